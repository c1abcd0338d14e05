"""The octets that BODY[section] names (RFC 3501 6.4.5)."""

from functools import cached_property

from protocols.mime.entities import Entity, parse
from protocols.mime.headers import header_end, raw_fields

# Octets of a header from which fields are chosen: many times more than mail has, some ms to read.
MAX_CHOSEN_FROM = 1024 * 1024


class Sections:
    """Those of one message, which is taken apart once for all of them, if at all.

    `header_size` is that of its Summary, if that is known.
    """

    def __init__(self, content: bytes, header_size: int | None = None) -> None:
        self._content = content
        self._header_size = header_size

    @cached_property
    def _message(self) -> Entity:
        return parse(self._content)

    def take_apart(self) -> None:
        """What `section` does when it is first asked for a part."""
        self._message  # noqa: B018  kept from now on

    def section(
        self, path: tuple[int, ...], what: str = "", fields: tuple[str, ...] = ()
    ) -> bytes | None:
        """The octets of BODY[path.what]; None when there is no such part.

        `what` is "", HEADER, TEXT, MIME, HEADER.FIELDS or HEADER.FIELDS.NOT (with `fields`).
        """
        if not path:
            return _of_message(self._content, what.upper(), fields, self._header_size)
        part = _part(self._message, path)
        if part is None:
            return None
        match what.upper():
            case "":
                return part.body
            case "MIME":
                return part.header
            case rest:
                # RFC 3501 6.4.5: the others name something in a message, so it must hold one
                return _of_message(part.body, rest, fields) if part.message else None


def _of_message(
    content: bytes, what: str, fields: tuple[str, ...], body_start: int | None = None
) -> bytes | None:
    if body_start is None:
        body_start = header_end(content, 0, len(content))
    match what:
        case "":
            return content
        case "HEADER":
            return content[:body_start]
        case "TEXT":
            return content[body_start:]
        case "HEADER.FIELDS":
            return _subset(content[:body_start], fields, wanted=True)
        case "HEADER.FIELDS.NOT":
            return _subset(content[:body_start], fields, wanted=False)
    return None


def _subset(header: bytes, names: tuple[str, ...], wanted: bool) -> bytes:
    lower = {name.lower().encode("utf-8", "replace") for name in names}
    kept = [
        raw for name, raw in raw_fields(_beginning(header)) if (name.lower() in lower) == wanted
    ]
    # RFC 3501 6.4.5: the empty line belongs to every subset, unless the message has none
    has_empty_line = header in (b"\n", b"\r\n") or header.endswith((b"\n\n", b"\n\r\n"))
    return b"".join(kept) + (b"\r\n" if has_empty_line else b"")


def _beginning(header: bytes) -> bytes:
    if len(header) <= MAX_CHOSEN_FROM:
        return header
    return header[: header.rfind(b"\n", 0, MAX_CHOSEN_FROM) + 1]


def _part(message: Entity, path: tuple[int, ...]) -> Entity | None:
    """The part at `path`. The only part of a message that is no multipart is number 1."""
    entity: Entity | None = message
    is_message = True
    for number in path:
        if not is_message and entity.message:
            entity, is_message = entity.message, True
        if entity.children:
            entity = entity.children[number - 1] if 0 < number <= len(entity.children) else None
            is_message = False
        elif is_message and number == 1:
            is_message = False
        else:
            return None
        if entity is None:
            return None
    return entity
