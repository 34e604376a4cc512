"""What the trace keeps besides events and their index (those are in ``store``)."""

from django.db import models


class Context(models.Model):
    """A JSON-LD @context that events came with; most events share one of a few."""

    digest = models.CharField(max_length=64, unique=True)
    body = models.JSONField()


class MasterData(models.Model):
    """Attributes of a place, party or product as a document's header told them; the registry stands above it."""

    item = models.CharField(max_length=400, unique=True, help_text="key of the identifier")
    vocabulary = models.CharField(max_length=200)
    attributes = models.JSONField(default=dict)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL)
    updated_at = models.DateTimeField(auto_now=True)


class Finding(models.Model):
    """A break in a chain, found when events came in. ``kind`` is one of ``breaks.KINDS``."""

    kind = models.CharField(max_length=40)
    item = models.CharField(max_length=400)
    event = models.BigIntegerField()
    event_id = models.CharField(max_length=400)
    time = models.DateTimeField()
    place = models.CharField(max_length=400, blank=True, help_text="key of where it shows")
    region = models.CharField(max_length=6, blank=True)
    organisation = models.ForeignKey(
        "registry.Organisation", null=True, on_delete=models.SET_NULL, related_name="findings"
    )
    found_at = models.DateTimeField(auto_now_add=True)
    gone_at = models.DateTimeField(null=True, help_text="when later events made it whole")

    class Meta:
        ordering = ["-time", "-id"]
        constraints = [models.UniqueConstraint(fields=["kind", "item", "event"], name="finding_once")]
        indexes = [
            models.Index(fields=["region", "-time"]),
            models.Index(fields=["organisation", "-time"]),
            models.Index(fields=["gone_at", "-time"]),
        ]


class Unswept(models.Model):
    """A range of new events in which breaks are still to be looked for; written together with the events."""

    first = models.BigIntegerField()
    last = models.BigIntegerField()
