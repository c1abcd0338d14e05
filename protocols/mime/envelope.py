"""The IMAP ENVELOPE of a message (RFC 3501 7.4.2)."""

from functools import lru_cache

from protocols.mime.addresses import Address, parse_addresses
from protocols.mime.entities import Entity
from protocols.mime.wire import NIL, nstring, parenthesised

# Octets of a list of addresses that is remembered: three people with their names.
SHORT = 200
_ADDRESS_FIELDS = (b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc")


def envelope(message: Entity) -> bytes:
    author, sender, reply_to, to, cc, bcc = (_addresses(message, name) for name in _ADDRESS_FIELDS)
    return parenthesised([
        nstring(message.field(b"date")),
        nstring(message.field(b"subject")),
        author,
        author if sender == NIL else sender,  # RFC 3501 7.4.2
        author if reply_to == NIL else reply_to,
        to,
        cc,
        bcc,
        nstring(message.field(b"in-reply-to")),
        nstring(message.field(b"message-id")),
    ])  # fmt: skip


def _addresses(message: Entity, name: bytes) -> bytes:
    values = message.fields.get(name)
    if not values:
        return NIL
    value = b",".join(values)  # RFC 5322 4.5.3: several fields of a name are read as one
    return _short(value) if len(value) <= SHORT else _written(value)


def _written(value: bytes) -> bytes:
    addresses = map(_address, parse_addresses(value))
    return parenthesised(addresses, between=b"")  # RFC 3501 9: 1*address


_short = lru_cache(1024)(_written)  # the same few people write to each other


def _address(address: Address) -> bytes:
    return parenthesised(map(nstring, address))
