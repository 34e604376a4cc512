"""The ledger: every change and every look at personal data, in one chain that can only grow."""

import json
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AppendOnly(TypeError):
    """Somebody tried to change the past."""

    def __init__(self) -> None:
        super().__init__("The ledger is append-only: write a new entry with ledger.actions.record().")


class EntryQuerySet(models.QuerySet["Entry"]):
    """Reads only."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    update = delete = bulk_update = bulk_create = _refuse


class Entry(models.Model):
    """One thing that happened.

    ``detail_json`` is kept as the very text that was hashed: a JSON column would be rewritten by the database
    (PostgreSQL rewrites numbers and key order) and the hash could not be recomputed.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(_("时间"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="ledger_entries"
    )
    actor_name = models.CharField(_("操作人"), max_length=150, help_text="the user name at that time")
    action = models.CharField(_("事项"), max_length=80)
    subject = models.CharField(_("对象"), max_length=300)
    detail_json = models.TextField(default="{}")
    look = models.BooleanField(_("查看个人信息"), default=False)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-seq"]
        indexes = [
            models.Index(fields=["subject", "-seq"]),
            models.Index(fields=["actor", "-seq"]),
            models.Index(fields=["action", "-seq"]),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; never update."""
        if not self._state.adding:
            raise AppendOnly
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never."""
        raise AppendOnly

    @property
    def detail(self) -> dict[str, Any]:
        """What else was recorded."""
        return json.loads(self.detail_json)


class LedgerHead(models.Model):
    """The last number and hash: the lock that puts appends in a row, and the witness of a cut-off tail."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ledger_one_head")]

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"
