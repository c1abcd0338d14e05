"""A message for people's eyes. Mail is hostile: HTML is stripped bare, its links do nothing."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import nh3

from protocols.mime import Part, header_value, text_parts
from protocols.mime.headers import MAX_HEADERS
from protocols.mime.text import decode_words
from protocols.transcript import printable

# Characters of a text, and of a raw source, that a page shows; the rest is in the download.
MAX_SHOWN = 200_000
# Header fields and links that a page shows.
MAX_LISTED = 200
# Elements of HTML that may be open at once: mail's tables within tables are some dozens. The time
# to clean them grows with the square of their number, 17 s for a text of nothing but <div>.
MAX_OPEN = 200
# Of them, those among which a closing tag looks for its own.
NEAR = 10
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
# What follows closes these, or they hold nothing.
_END_THEMSELVES = {
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "wbr",
}  # fmt: skip
_TYPE = {
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
}  # fmt: skip

_TAGS = {
    "a", "b", "big", "blockquote", "br", "center", "code", "dd", "div", "dl", "dt", "em", "font",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "q", "s", "small",
    "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt",
    "u", "ul",
}  # fmt: skip
# No address of anything anywhere; `href` is here to be noted and taken away.
_ATTRIBUTES = {
    "*": {"align", "dir", "lang", "title"},
    "a": {"href"},
    "font": {"color"},
    "img": {"alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """`number` counts all parts of the message from 0; `name` is safe as a file's name."""

    number: int
    name: str
    content_type: str
    size: int
    data: bytes


class Reading:
    """One message, taken apart when asked."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @cached_property
    def parts(self) -> list[Part]:
        return text_parts(self.content)

    @property
    def subject(self) -> str:
        return header_value(self.content, "Subject") or ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The fields as they stand, unfolded and decoded, in order."""
        return list(islice(_fields(self.content), MAX_LISTED))

    @property
    def text(self) -> str:
        """The plain text; for a message that has only HTML, the words of that."""
        return (self._plain or _words(self._html))[:MAX_SHOWN]

    @property
    def is_only_html(self) -> bool:
        return self.is_html and not self._plain

    @property
    def is_html(self) -> bool:
        return bool(self._html)

    @property
    def html(self) -> str:
        """Clean: no script, no style, no link, nothing to load. What is tangled stays as it is."""
        return _clean(self._html)[0]

    @property
    def links(self) -> list[str]:
        """Where the links of the HTML lead, for those who want to see through a fraud."""
        return list(dict.fromkeys(_clean(self._html)[1]))[:MAX_LISTED]

    @property
    def source(self) -> str:
        return printable(self.content[:MAX_SHOWN])

    @property
    def is_cut(self) -> bool:
        return len(self.content) > MAX_SHOWN

    @property
    def attachments(self) -> list[Attachment]:
        return [
            Attachment(n, _file_name(p, n), p.content_type, p.size, p.data)
            for n, p in enumerate(self.parts)
            if p.is_attachment
        ]

    @cached_property
    def _plain(self) -> str:
        found = (p.text for p in self.parts if _shown(p) and p.content_type == "text/plain")
        return "\n".join(found)

    @cached_property
    def _html(self) -> str:
        found = (p.text for p in self.parts if _shown(p) and p.content_type == "text/html")
        text = next(found, "")[:MAX_SHOWN]
        return html.escape(text) if _is_tangled(text) else text


def _shown(part: Part) -> bool:
    return not part.is_attachment


def _is_tangled(text: str) -> bool:
    """Whether more elements are open at once than MAX_OPEN, roughly as a browser counts."""
    opened: list[str] = []
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        if tag[1]:
            _close(opened, name)
        elif name not in _END_THEMSELVES:
            opened.append(name)
        if len(opened) > MAX_OPEN:
            return True
    return False


def _close(opened: list[str], name: str) -> None:
    """Those within an element end with it, but a change of type leaves them, a table keeps out."""
    for place in range(len(opened) - 1, max(len(opened) - NEAR, 0) - 1, -1):
        if opened[place] == name:
            del opened[place : place + 1 if name in _TYPE else len(opened)]
            return
        if opened[place] == "table":
            return


def _clean(text: str) -> tuple[str, list[str]]:
    links = []

    def without_address(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "href":
            links.append(value)
            return None
        return value

    clean = nh3.clean(
        text, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=without_address,
        url_schemes={"http", "https", "mailto", "ftp", "tel"}, link_rel=None,
    )  # fmt: skip
    return clean, links


def _words(text: str) -> str:
    """Rough, for reading only: the page escapes it like any text."""
    spaced = re.sub(r"(?i)<(br|/p|/div|/tr|/h\d|/li)\b", r"\n<\1", text)
    bare = nh3.clean(spaced, tags=set())
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&")):
        bare = bare.replace(entity, character)
    return re.sub(r"\n\s*\n\s*", "\n\n", bare).strip()


def _fields(content: bytes) -> Iterator[tuple[str, str]]:
    head = content[:MAX_HEADERS].partition(b"\r\n\r\n")[0]
    for field in re.split(rb"\r\n(?![ \t])", head):
        name, colon, value = field.partition(b":")
        unfolded = re.sub(rb"\r\n(?=[ \t])", b"", value).strip()
        if colon:
            yield printable(name), decode_words(printable(unfolded))


def _file_name(part: Part, number: int) -> str:
    """Without folders and control characters, whatever the sender wrote."""
    name = re.split(r"[\\/]", part.filename)[-1]
    name = re.sub(r"[^\w.\- ()]", "_", name).strip(" .")[-100:]
    return name or f"part-{number}"
