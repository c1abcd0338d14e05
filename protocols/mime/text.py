"""Mail for people: decoded header values, text and attachments (RFC 2045, 2047, 2183, 2231)."""

import binascii
import re
from dataclasses import dataclass
from datetime import date
from email.utils import collapse_rfc2231_value, decode_params, parsedate
from string import ascii_letters, digits

from protocols.mime.entities import Entity, parse
from protocols.mime.headers import (
    Parameters,
    fields_by_name,
    header_end,
    token_and_parameters,
)
from protocols.mime.structure import transfer_encoding

_ENCODED_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([BbQq])\?([^?\s]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]+\?[BbQq]\?)")
# Codecs that mail uses; Python knows others that are slow (punycode) or no character sets.
_CHARSET = re.compile(
    r"(us-)?ascii|utf[-_]?(7|8|16|32)([-_]?[bl]e)?|(iso|cp|ibm|windows|koi8|mac|euc|gb|big5|ks)[\w-]{0,16}"
    r"|latin[-_]?\d|shift[-_]jis|hz(-gb-2312)?|tis-620",
    re.IGNORECASE | re.ASCII,
)
_NOT_BASE64 = bytes(set(range(256)) - set(ascii_letters.encode() + digits.encode() + b"+/"))
# A date is some forty characters; the standard library's reader need not see more.
_MAX_DATE = 100


@dataclass(frozen=True, slots=True)
class Part:
    """A part without parts. `content_type` and `disposition` are in lower case; "" means absent.

    `data` is what the sender put in, its transfer encoding undone; `text` is that as characters,
    "" unless the type is text/*.
    """

    content_type: str
    charset: str
    filename: str
    disposition: str
    data: bytes
    text: str = ""

    @property
    def size(self) -> int:
        """In octets."""
        return len(self.data)

    @property
    def is_attachment(self) -> bool:
        return self.disposition == "attachment" or not self.content_type.startswith("text/")


def header_value(content: bytes, name: str) -> str | None:
    """The first field with this name, unfolded and decoded; None when there is none."""
    fields = fields_by_name(content[: header_end(content, 0, len(content))])
    values = fields.get(name.lower().encode("utf-8", "replace"))
    return decode_words(decode_charset(values[0], "utf-8")) if values else None


def sent_date(content: bytes) -> date | None:
    """The day that the Date field names, whatever its time and zone (RFC 3501 6.4.4)."""
    value = header_value(content, "Date")
    try:
        parsed = parsedate(value[:_MAX_DATE]) if value else None
        return date(*parsed[:3]) if parsed else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def text_parts(content: bytes) -> list[Part]:
    """All parts without parts in order, also those of a message within the message."""
    return [_part(leaf) for leaf in parse(content).leaves()]


def decoded_text(content: bytes) -> str:
    """The text of all text parts, also of attached ones, for SEARCH BODY."""
    return "\n".join(p.text for p in text_parts(content) if p.content_type.startswith("text/"))


def decode_words(value: str) -> str:
    """`value` with its encoded words read (RFC 2047 6.2)."""
    return _ENCODED_WORD.sub(_decode_word, _BETWEEN_WORDS.sub(r"\1", value))


def decode_charset(data: bytes, charset: str) -> str:
    """`data` in a character set; an unknown or wrong one is read as UTF-8 or else as Latin-1."""
    if _CHARSET.fullmatch(charset):
        try:
            return data.decode(charset)
        except (LookupError, ValueError):
            pass
    try:
        return data.decode("utf-8")
    except ValueError:
        return data.decode("latin-1")


def _decode_word(match: re.Match[str]) -> str:
    charset, encoding, text = match.groups()
    octets = text.encode("utf-8", "replace")
    if encoding in "Bb":
        return decode_charset(_base64(octets), charset)
    return decode_charset(binascii.a2b_qp(octets, header=True), charset)


def _part(leaf: Entity) -> Part:
    media = leaf.media_type
    disposition, parameters = token_and_parameters(leaf.field(b"content-disposition") or b"") or (
        b"", (),
    )  # fmt: skip
    charset = media.parameter(b"charset").decode("ascii", "replace")
    data = _decode_body(leaf)
    is_text = media.type.lower() == b"text"
    return Part(
        content_type=media.name.decode("ascii"),
        charset=charset,
        filename=_filename(parameters, "filename") or _filename(media.parameters, "name"),
        disposition=disposition.decode("ascii").lower(),
        data=data,
        text=decode_charset(data, charset) if is_text else "",
    )


def _decode_body(leaf: Entity) -> bytes:
    match transfer_encoding(leaf).lower():
        case b"base64":
            return _base64(leaf.body)
        case b"quoted-printable":
            return binascii.a2b_qp(leaf.body)
    return leaf.body


def _base64(data: bytes) -> bytes:
    """RFC 2045 6.8: other characters are skipped; a cut end loses at most one octet group."""
    kept = data.partition(b"=")[0].translate(None, _NOT_BASE64)
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def _filename(parameters: Parameters, name: str) -> str:
    """Also as `name*`, `name*0` (RFC 2231) and, wrongly but often, as encoded words."""
    pairs = [(n.decode("utf-8", "replace"), decode_charset(v, "utf-8")) for n, v in parameters]
    try:
        decoded = dict(decode_params([("", ""), *pairs])[1:])
        value = next((v for n, v in decoded.items() if n.lower() == name), "")
        return decode_words(collapse_rfc2231_value(value).strip('"'))
    except (ValueError, LookupError, TypeError):
        return ""
