"""The tree of a message's parts as offsets into its octets (RFC 2045 2.4, RFC 2046 5)."""

from typing import NamedTuple

from protocols.mime.headers import (
    MAX_HEADERS,
    MediaType,
    fields_by_name,
    header_end,
    media_type,
)

# Mail nests three or four levels deep; each level is one more search through its octets.
MAX_DEPTH = 20
# An empty part is 7 octets, in a BODYSTRUCTURE 70. What follows stays in the last part.
MAX_PARTS = 1000
# Lines that begin like a delimiter: what follows so many stays in its part, whatever it is.
MAX_LOOKS = 10 * MAX_PARTS
# Octets that are searched for parts, each level anew: the largest message that is taken may nest as
# deep as mail does, a small one down to MAX_DEPTH.
MAX_SEARCHED = 50 * 1024 * 1024

TEXT = MediaType(b"text", b"plain", ((b"charset", b"us-ascii"),))  # RFC 2045 5.2
MESSAGE = MediaType(b"message", b"rfc822")
OPAQUE = MediaType(b"application", b"octet-stream")


class Entity(NamedTuple):
    """A header and a body: a message or a part. It lies at content[start:end].

    A multipart has at least one of `children`; a message/rfc822 part has the `message` in it.
    """

    content: bytes
    start: int
    body_start: int
    end: int
    fields: dict[bytes, list[bytes]]
    media_type: MediaType
    children: tuple["Entity", ...] = ()
    message: "Entity | None" = None

    @property
    def header(self) -> bytes:
        """With the empty line, if there is one."""
        return self.content[self.start : self.body_start]

    @property
    def body(self) -> bytes:
        return self.content[self.body_start : self.end]

    def field(self, name: bytes) -> bytes | None:
        """The unfolded value of the first field with this lower-case name."""
        return self.fields.get(name, (None,))[0]

    def leaves(self) -> list["Entity"]:
        """The parts that hold no parts, in order, also those of messages within the message."""
        inner = (self.message,) if self.message else self.children
        return [leaf for entity in inner for leaf in entity.leaves()] if inner else [self]


def parse(content: bytes) -> Entity:
    """The message in `content`. Never fails: what is broken counts as text (RFC 2045 5.2)."""
    return _Parser(content).entity(0, len(content))


class _Parser:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.parts_left = MAX_PARTS
        self.looks_left = MAX_LOOKS
        self.search_left = MAX_SEARCHED
        self.headers_left = MAX_HEADERS

    def entity(self, start: int, end: int, depth: int = 0, default: MediaType = TEXT) -> Entity:
        body = header_end(self.content, start, end)
        fields = fields_by_name(self.content[start : min(body, start + self.headers_left)])
        self.headers_left = max(self.headers_left - (body - start), 0)
        written = fields.get(b"content-type")
        media = written and media_type(written[0]) or default
        place = (self.content, start, body, end, fields)
        if media.type.lower() == b"multipart":
            if not media.parameter(b"boundary").strip():
                return Entity(*place, TEXT)
            if self._may_search(body, end, depth):
                return Entity(*place, media, self._children(media, body, end, depth + 1))
            media = OPAQUE
        if media.name != b"message/rfc822":
            return Entity(*place, media)
        if not self._may_search(body, end, depth):
            return Entity(*place, OPAQUE)
        return Entity(*place, media, message=self.entity(body, end, depth + 1))

    def _may_search(self, start: int, end: int, depth: int) -> bool:
        self.search_left -= end - start
        return depth < MAX_DEPTH and self.search_left >= 0

    def _children(self, media: MediaType, body: int, end: int, depth: int) -> tuple[Entity, ...]:
        default = MESSAGE if media.name == b"multipart/digest" else TEXT  # RFC 2046 5.1.5
        boundary = media.parameter(b"boundary").rstrip()
        # RFC 3501 9 (body-type-mpart): a multipart has at least one body, if an empty one
        places = self._places(boundary, body, end) or [(end, end)]
        return tuple(self.entity(*place, depth, default) for place in places)

    def _places(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """Where the parts lie. The line end before a delimiter belongs to it (RFC 2046 5.1.1)."""
        places: list[tuple[int, int]] = []
        needle, begin, position = b"\n--" + boundary, None, max(start - 1, 0)
        while self.looks_left and (position := self.content.find(needle, position, end)) >= 0:
            self.looks_left -= 1
            line_end = self.content.find(b"\n", position + 1, end)
            line_end = end if line_end < 0 else line_end
            rest = self.content[position + len(needle) : line_end].rstrip(b" \t\r")
            if rest in (b"", b"--") and (self.parts_left or rest):
                if begin is not None:
                    stop = position - self.content.endswith(b"\r", 0, position)
                    places.append((begin, max(begin, stop)))
                if rest:
                    return places
                begin = min(line_end + 1, end)
                self.parts_left -= 1
            position = line_end
        return places if begin is None else [*places, (begin, end)]
