"""A message of the guest's mailboxes, for the guest to read. Looking changes nothing."""

from dataclasses import dataclass

from mailedu.mail.models import Message
from mailedu.mail.reading import MAX_SHOWN, Reading
from protocols.mime import header_value
from protocols.transcript import printable

# Octets of the source that the page shows: the samples fit, and a browser stays quick.
MAX_SOURCE = 64 * 1024
# What people look at; the names stay as they stand on the wire.
FIELDS = ("From", "To", "Cc", "Subject", "Date")


@dataclass(frozen=True, slots=True)
class Letter:
    folder: str
    reading: Reading

    @property
    def fields(self) -> list[tuple[str, str]]:
        values = [(name, header_value(self.reading.content, name)) for name in FIELDS]
        return [(name, value) for name, value in values if value]

    @property
    def size(self) -> int:
        """In octets."""
        return len(self.reading.content)

    @property
    def is_text_cut(self) -> bool:
        return len(self.reading.text) == MAX_SHOWN

    @property
    def source(self) -> str:
        return printable(self.reading.content[:MAX_SOURCE])

    @property
    def is_source_cut(self) -> bool:
        return self.size > MAX_SOURCE


def find(realm: str, address: str, folder: str, uid: int) -> Letter | None:
    """None where there is none, where it is gone, and in mailboxes outside the guest's `realm`."""
    if not realm:
        return None
    found = Message.objects.select_related("content").filter(
        mailbox__account__realm=realm,
        mailbox__account__address=address,
        mailbox__name=folder,
        uid=uid,
    )
    message = found.first()
    return Letter(folder, Reading(bytes(message.content.octets))) if message else None
