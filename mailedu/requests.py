"""Requests as the web server takes them in, before Django sees them.

Twisted would keep a body of any size on the disk, and read forms on the event loop, for which every
mail connection waits: 7 s for 25 MB of `a&a&a`. Django reads them again, in a thread.
"""

from daphne.http_protocol import HTTPFactory, WebRequest

# Octets of one body: the staff's largest upload has 25 MiB, and somewhat more is told in its form.
MAX_BODY = 32 * 1024 * 1024
# Nobody knows the reader's language yet.
TOO_LARGE = (
    "More than 32 MB at once are not accepted. — Mehr als 32 MB auf einmal werden nicht angenommen."
)


def bound_requests(factory: HTTPFactory) -> None:
    """Daphne's factory names the class of its requests only as it builds a connection."""
    build = factory.buildProtocol

    def bounded(address: object):
        connection = build(address)
        connection.requestFactory = BoundedRequest
        return connection

    factory.buildProtocol = bounded


class BoundedRequest(WebRequest):
    """What is too much is read away, so that the browser shows the answer."""

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, parsePOSTFormSubmission=False, **options)
        self._came = 0

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  Twisted's name
        self._came += len(data)
        if self._came <= MAX_BODY:
            super().handleContentChunk(data)

    def process(self):
        if self._came > MAX_BODY:
            self.basic_error(413, b"Content Too Large", TOO_LARGE)
            return None
        return super().process()
