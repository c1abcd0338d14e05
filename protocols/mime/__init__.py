"""MIME for mail servers and readers: pure functions on a message's octets that never raise.

Everything tolerates broken mail and takes linear time. Parts are slices of the original octets.
"""

from typing import NamedTuple

from protocols.mime.entities import parse
from protocols.mime.envelope import envelope
from protocols.mime.headers import header_fields
from protocols.mime.sections import Sections
from protocols.mime.structure import structures
from protocols.mime.text import Part, decoded_text, header_value, sent_date, text_parts

__all__ = [
    "Part",
    "Sections",
    "Summary",
    "decoded_text",
    "header_fields",
    "header_value",
    "sent_date",
    "summarize",
    "text_parts",
]


class Summary(NamedTuple):
    """What FETCH asks for most, as it goes on the wire (RFC 3501 7.4.2).

    `header_size` counts the octets of the header with its empty line.
    """

    envelope: bytes
    bodystructure: bytes
    body: bytes
    header_size: int


def summarize(content: bytes) -> Summary:
    message = parse(content)
    return Summary(envelope(message), *structures(message), header_size=message.body_start)
