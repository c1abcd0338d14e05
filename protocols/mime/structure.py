"""BODYSTRUCTURE and BODY of a message (RFC 3501 7.4.2), each type as its sender spelled it."""

from functools import lru_cache
from typing import NamedTuple

from protocols.mime.entities import Entity
from protocols.mime.envelope import envelope
from protocols.mime.headers import (
    MediaType,
    Parameters,
    token_and_parameters,
    without_comments,
)
from protocols.mime.wire import NIL, nstring, parenthesised, string

_CHARSET = (b"charset", b"us-ascii")
_EXTENSION = frozenset({b"content-disposition", b"content-language", b"content-location"})


class Structures(NamedTuple):
    """BODYSTRUCTURE, and BODY: the same without extension data."""

    bodystructure: bytes
    body: bytes


def structures(entity: Entity) -> Structures:
    return _multipart(entity) if entity.children else _single(entity)


def _multipart(entity: Entity) -> Structures:
    children = [structures(child) for child in entity.children]
    subtype = string(entity.media_type.subtype)
    extension = [_parameters(entity.media_type.parameters), *_extension(entity)]
    return Structures(
        parenthesised([b"".join(c.bodystructure for c in children), subtype, *extension]),
        parenthesised([b"".join(c.body for c in children), subtype]),
    )


def _single(entity: Entity) -> Structures:
    extension = [nstring(entity.field(b"content-md5")), *_extension(entity)]
    if not entity.message:
        items = [*_fields(entity), *_line_count(entity)]
        return Structures(parenthesised([*items, *extension]), parenthesised(items))
    inner = structures(entity.message)
    items = [*_fields(entity), envelope(entity.message)]
    lines = _line_count(entity)
    return Structures(
        parenthesised([*items, inner.bodystructure, *lines, *extension]),
        parenthesised([*items, inner.body, *lines]),
    )


def _fields(entity: Entity) -> list[bytes]:
    return [
        *_media(entity.media_type),
        nstring(entity.field(b"content-id")),
        nstring(entity.field(b"content-description")),
        string(transfer_encoding(entity)),
        b"%d" % (entity.end - entity.body_start),
    ]


def _line_count(entity: Entity) -> list[bytes]:
    if not entity.message and entity.media_type.type.lower() != b"text":
        return []
    return [b"%d" % entity.content.count(b"\n", entity.body_start, entity.end)]


def transfer_encoding(entity: Entity) -> bytes:
    return without_comments(entity.field(b"content-transfer-encoding") or b"") or b"7bit"


@lru_cache(32)  # most mail has one of a few; its header may be long
def _media(media: MediaType) -> tuple[bytes, ...]:
    """Type, subtype and parameters."""
    return string(media.type), string(media.subtype), _parameters(_with_charset(media))


def _with_charset(media: MediaType) -> Parameters:
    if media.type.lower() != b"text" or media.parameter(b"charset"):
        return media.parameters
    return (*media.parameters, _CHARSET)  # RFC 2046 4.1.2


def _parameters(parameters: Parameters) -> bytes:
    return parenthesised(string(word) for pair in parameters for word in pair)


def _extension(entity: Entity) -> list[bytes]:
    """Disposition, language and location."""
    if _EXTENSION.isdisjoint(entity.fields):  # as in most mail
        return [NIL] * len(_EXTENSION)
    disposition = token_and_parameters(entity.field(b"content-disposition") or b"")
    tags = without_comments(entity.field(b"content-language") or b"").split(b",")
    return [
        parenthesised([string(disposition[0]), _parameters(disposition[1])])
        if disposition
        else NIL,
        parenthesised(string(tag.strip()) for tag in tags if tag.strip()),
        nstring(entity.field(b"content-location")),
    ]
