"""Long work: a submission kept as it came, the job that works through it, and what each row came to."""

import uuid

from django.conf import settings
from django.db import models


class Job(models.Model):
    """One piece of long work. The row is the queue: there is no second place to look, nothing to lose.

    A worker leases a job, renews the lease as it goes, and commits ``done`` in the same transaction as the
    rows it stands for; when a worker dies, the lease runs out and another goes on from ``done``.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="jobs"
    )
    organisation = models.ForeignKey(
        "registry.Organisation", null=True, on_delete=models.PROTECT, related_name="jobs"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)

    filename = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    path = models.CharField(max_length=255, blank=True, help_text="below the submissions folder")
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    options = models.JSONField(default=dict)

    total = models.BigIntegerField(null=True, help_text="rows, when known")
    done = models.BigIntegerField(default=0, help_text="rows worked through and committed")
    accepted = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    error = models.JSONField(null=True, help_text="a problem document, when the whole job failed")

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "created_at"]),
            models.Index(fields=["organisation", "-created_at"]),
            models.Index(fields=["owner", "-created_at"]),
        ]


class Outcome(models.Model):
    """What one row of a submission came to, when it was not simply accepted."""

    class Kind(models.TextChoices):
        DUPLICATE = "duplicate"
        REJECTED = "rejected"
        WARNING = "warning"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="outcomes")
    index = models.BigIntegerField(help_text="row or event, counted from 0")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    code = models.CharField(max_length=60, blank=True)
    place = models.CharField(max_length=300, blank=True)
    message = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    words = models.JSONField(null=True, help_text="message and remedy as sentences, with the values in them")
    reference = models.CharField(max_length=300, blank=True, help_text="event ID or key of the row")
    raw = models.JSONField(null=True, help_text="the row as it came, to be mended and replayed")

    class Meta:
        ordering = ["job", "index", "id"]
        indexes = [models.Index(fields=["job", "kind", "index"])]
