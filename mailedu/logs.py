"""What the log says of requests."""

import logging


def without_traceback(record: logging.LogRecord) -> bool:
    """A request that is refused is no failure of ours: one line tells it."""
    if record.levelno < logging.ERROR:
        record.exc_info = None
    return True
