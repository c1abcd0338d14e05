"""What the log says of requests."""

import logging


def without_traceback(record: logging.LogRecord) -> bool:
    """A request that is refused is no failure of ours: one line tells it."""
    name, harmless = record.name, record.levelno < logging.ERROR
    if (name == "django.request" and harmless) or name.startswith("django.security."):
        record.exc_info = None
    return True
