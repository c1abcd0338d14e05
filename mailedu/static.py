"""Static files from memory under names that change with their content.

WhiteNoise streams each file through a thread under ASGI; here the few hundred files of the lab lie
in memory, so serving one costs as much as finding it in a dictionary.
"""

import gzip
import hashlib
import mimetypes
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage

# A hashed name never changes its content (RFC 8246); a plain one is asked for again.
FOREVER = b"public, max-age=31536000, immutable"
ASK_AGAIN = b"no-cache"
# Python's own table: on Windows the registry may call a script plain text, and browsers refuse it.
TYPES = mimetypes.MimeTypes()
TYPES.add_type("text/javascript", ".js")
TYPES.add_type("font/woff2", ".woff2")
COMPRESSIBLE = ("text/", "application/json", "image/svg")
_REFERENCE = re.compile(rb"""(url\(\s*["']?|from\s*["']|import\s*\(?\s*["'])([^"')]+)""")
# RFC 9110 12.5.3: a weight of 0 means "not this one".
_TAKES_GZIP = re.compile(rb"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE)


@dataclass(frozen=True)
class File:
    content: bytes
    type: str
    digest: str

    @cached_property
    def gzipped(self) -> bytes | None:
        """None where compressing does not pay."""
        if not self.type.startswith(COMPRESSIBLE):
            return None
        small = gzip.compress(self.content, 9, mtime=0)
        return small if len(small) < len(self.content) * 0.9 else None


class Files:
    """All static files by hashed and by plain name; references between them use hashed names.

    Two scripts that import each other would each be loaded under two names: modules form no circle.
    """

    def __init__(self, sources: dict[str, bytes]) -> None:
        self._sources = sources
        self._hashed: dict[str, str] = {}
        self.by_name: dict[str, File] = {}
        for name in sources:
            self.hashed(name)

    @classmethod
    def found(cls) -> "Files":
        sources = {}
        for finder in finders.get_finders():
            for path, storage in finder.list([]):
                name = posixpath.join(getattr(storage, "prefix", None) or "", path).replace(
                    "\\", "/"
                )
                with storage.open(path) as file:
                    sources.setdefault(name, file.read())
        return cls(sources)

    def hashed(self, name: str) -> str:
        """`lab/css/base.css` -> `lab/css/base.0f3a....css`. Raises KeyError for an unknown file."""
        if name not in self._hashed:
            self._hashed[name] = name  # what refers back in a circle keeps its plain name
            content = self._rewritten(name)
            digest = hashlib.sha256(content).hexdigest()[:12]
            stem, dot, ending = name.rpartition(".")
            file = File(content, TYPES.guess_type(name)[0] or "application/octet-stream", digest)
            self._hashed[name] = f"{stem}.{digest}{dot}{ending}"
            self.by_name[name] = self.by_name[self._hashed[name]] = file
        return self._hashed[name]

    def _rewritten(self, name: str) -> bytes:
        content = self._sources[name]
        if not name.endswith((".css", ".js")) or "vendor/" in name or name.startswith("admin/"):
            return content
        return _REFERENCE.sub(lambda match: match[1] + self._reference(name, match[2]), content)

    def _reference(self, name: str, reference: bytes) -> bytes:
        path, mark, rest = reference.decode().partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        if not path.startswith(".") or target not in self._sources:
            return reference
        relative = posixpath.relpath(self.hashed(target), posixpath.dirname(name))
        start = "" if relative.startswith("..") else "./"
        return f"{start}{relative}{mark}{rest}".encode()


@cache
def files() -> Files:
    """Read once a process; runserver starts a new one when a file changes."""
    return Files.found()


class HashedStaticFilesStorage(StaticFilesStorage):
    """Makes {% static %} yield the hashed name."""

    def url(self, name: str) -> str:
        try:
            return super().url(files().hashed(name))
        except KeyError:
            return super().url(name)


def static_files(application: Callable) -> Callable:
    """An ASGI layer that answers below STATIC_URL itself."""
    prefix = settings.STATIC_URL
    files()

    async def serve(scope: dict, receive: Callable, send: Callable) -> None:
        if not scope["path"].startswith(prefix):
            await application(scope, receive, send)
            return
        status, headers, body = answer(scope, scope["path"].removeprefix(prefix))
        headers.append((b"x-content-type-options", b"nosniff"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return serve


Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


def answer(scope: dict, name: str) -> Answer:
    """(status, headers, body); Twisted keeps the body of an answer to HEAD to itself."""
    if scope["method"] not in ("GET", "HEAD"):
        return refusal(405, b"read only\n", (b"allow", b"GET, HEAD"))
    if not (file := files().by_name.get(name)):
        return refusal(404, b"no such file\n")
    asked = dict(scope["headers"])
    # Weak, as the plain and the compressed form share it (RFC 9110 8.8.1).
    tag = f'W/"{file.digest}"'.encode()
    headers = [
        (b"etag", tag),
        (b"cache-control", FOREVER if file.digest in name else ASK_AGAIN),
        (b"vary", b"accept-encoding"),
    ]
    if tag in asked.get(b"if-none-match", b""):
        return 304, headers, b""
    body = file.content
    if _TAKES_GZIP.search(asked.get(b"accept-encoding", b"")) and file.gzipped:
        body = file.gzipped
        headers.append((b"content-encoding", b"gzip"))
    return 200, headers + described(file.type, body), body


def refusal(status: int, text: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    return status, [*headers, *described("text/plain", text)], text


def described(type: str, body: bytes) -> list[tuple[bytes, bytes]]:
    charset = "; charset=utf-8" if type.startswith("text/") else ""
    return [
        (b"content-type", f"{type}{charset}".encode()),
        (b"content-length", str(len(body)).encode()),
    ]
