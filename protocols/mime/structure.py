"""BODYSTRUCTURE and BODY of a message (RFC 3501 7.4.2), each type as its sender spelled it."""

from protocols.mime.entities import Entity
from protocols.mime.envelope import envelope
from protocols.mime.headers import Parameters, token_and_parameters, without_comments
from protocols.mime.wire import NIL, nstring, parenthesised, string

_CHARSET = (b"charset", b"us-ascii")


def structure(entity: Entity, extended: bool) -> bytes:
    """BODYSTRUCTURE when `extended`, else BODY: the same without extension data."""
    return _multipart(entity, extended) if entity.children else _single(entity, extended)


def _multipart(entity: Entity, extended: bool) -> bytes:
    media = entity.media_type
    parts = b"".join(structure(child, extended) for child in entity.children)
    items = [parts, string(media.subtype)]
    if extended:
        items += [_parameters(media.parameters), *_extension(entity)]
    return parenthesised(items)


def _single(entity: Entity, extended: bool) -> bytes:
    media = entity.media_type
    items = [
        string(media.type),
        string(media.subtype),
        _parameters(_with_charset(entity)),
        nstring(entity.field(b"content-id")),
        nstring(entity.field(b"content-description")),
        string(transfer_encoding(entity)),
        b"%d" % (entity.end - entity.body_start),
    ]
    if entity.message:
        items += [envelope(entity.message), structure(entity.message, extended)]
    if entity.message or media.type.lower() == b"text":
        items.append(b"%d" % entity.content.count(b"\n", entity.body_start, entity.end))
    if extended:
        items += [nstring(entity.field(b"content-md5")), *_extension(entity)]
    return parenthesised(items)


def transfer_encoding(entity: Entity) -> bytes:
    return without_comments(entity.field(b"content-transfer-encoding") or b"") or b"7bit"


def _with_charset(entity: Entity) -> Parameters:
    media = entity.media_type
    if media.type.lower() != b"text" or media.parameter(b"charset"):
        return media.parameters
    return (*media.parameters, _CHARSET)  # RFC 2046 4.1.2


def _parameters(parameters: Parameters) -> bytes:
    return parenthesised(string(word) for pair in parameters for word in pair)


def _extension(entity: Entity) -> list[bytes]:
    """Disposition, language and location."""
    disposition = token_and_parameters(entity.field(b"content-disposition") or b"")
    tags = without_comments(entity.field(b"content-language") or b"").split(b",")
    return [
        parenthesised([string(disposition[0]), _parameters(disposition[1])])
        if disposition
        else NIL,
        parenthesised(string(tag.strip()) for tag in tags if tag.strip()),
        nstring(entity.field(b"content-location")),
    ]
