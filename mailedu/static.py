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
from functools import cached_property

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage

# A hashed name never changes its content (RFC 8246); a plain one is asked for again.
FOREVER = b"public, max-age=31536000, immutable"
ASK_AGAIN = b"no-cache"
_REFERENCE = re.compile(rb"""(url\(\s*["']?|from\s*["']|import\s*\(?\s*["'])([^"')]+)""")
_TEXT = ("text/", "application/javascript", "application/json", "image/svg")


@dataclass(frozen=True)
class File:
    content: bytes
    type: str
    digest: str

    @cached_property
    def gzipped(self) -> bytes | None:
        """None where compressing does not pay."""
        small = gzip.compress(self.content, 9, mtime=0) if self.type.startswith(_TEXT) else b""
        return small if small and len(small) < len(self.content) * 0.9 else None


class Files:
    """All static files by hashed and by plain name; references between them use hashed names."""

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
            type = mimetypes.guess_type(name)[0] or "application/octet-stream"
            file = File(content, type, digest)
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


_files: Files | None = None


def files() -> Files:
    """Read once; anew for each use while developing."""
    global _files
    if _files is None or settings.DEBUG:
        _files = Files.found()
    return _files


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

    async def serve(scope, receive, send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(prefix):
            await application(scope, receive, send)
            return
        status, headers, body = answer(scope, scope["path"].removeprefix(prefix))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )

    return serve


def answer(scope: dict, name: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """(status, headers, body) for GET and HEAD (RFC 9110 9.3)."""
    file = files().by_name.get(name)
    if file is None or scope["method"] not in ("GET", "HEAD"):
        return 404, [(b"content-type", b"text/plain")], b"no such file\n"
    asked = dict(scope["headers"])
    tag = f'"{file.digest}"'.encode()
    headers = [
        (b"etag", tag),
        (b"cache-control", FOREVER if file.digest in name else ASK_AGAIN),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if asked.get(b"if-none-match") == tag:
        return 304, headers, b""
    body = file.content
    if file.gzipped and b"gzip" in asked.get(b"accept-encoding", b""):
        body = file.gzipped
        headers.append((b"content-encoding", b"gzip"))
    charset = "; charset=utf-8" if file.type.startswith(_TEXT[:3]) else ""
    headers.append((b"content-type", f"{file.type}{charset}".encode()))
    headers.append((b"content-length", str(len(body)).encode()))
    return 200, headers, body
