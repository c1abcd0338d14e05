"""Transcripts as tables."""

from django.db import models


class Transcript(models.Model):
    """A conversation that has an owner. `closed` is empty while it is open, and after a crash.

    `service` is the one it came in by ("" in old rows), `tls` the version in use at its end.
    """

    id = models.CharField(primary_key=True, max_length=32)
    owner = models.CharField(max_length=64, db_index=True)
    protocol = models.CharField(max_length=10)
    service = models.CharField(max_length=16, blank=True)
    tls = models.CharField(max_length=16, blank=True)
    port = models.PositiveIntegerField()
    peer = models.CharField(max_length=64)
    origin = models.CharField(max_length=10)
    account = models.CharField(max_length=254, blank=True)
    opened = models.DateTimeField()
    closed = models.DateTimeField(null=True)
    written = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-opened"]

    def __str__(self) -> str:
        return f"{self.protocol} {self.id}"


class Part(models.Model):
    """Some of a transcript's lines, from number `first` on, as `stored.py` writes them.

    A running transcript grows by parts, so that a long one need not be written again and again.
    """

    transcript = models.ForeignKey(Transcript, models.CASCADE, db_index=False)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    entries = models.TextField()

    class Meta:
        ordering = ["first"]
        constraints = [
            models.UniqueConstraint(fields=["transcript", "first"], name="one_part_from_a_line")
        ]

    def __str__(self) -> str:
        return f"{self.transcript_id} {self.first}-{self.last}"
