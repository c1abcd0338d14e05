"""What a page can do wrong, told to it in its language, and what its messages may hold."""

from django.utils.translation import gettext_lazy

# Octets of one line or message: half a websocket frame, because JSON may need two for one.
MAX_OCTETS = 32 * 1024

TOO_FAST = gettext_lazy("Too many lines at once: this one was not sent. Wait a second.")
NO_GUEST = gettext_lazy("You have no mailbox yet. Press “Try it now” to get one.")
NO_SUCH_PANE = gettext_lazy("This console is not connected. Connect it first.")
TOO_MANY_PANES = gettext_lazy("Too many consoles on one page. Close one first.")
TOO_MANY_CONSOLES = gettext_lazy("Too many consoles on all your pages together. Close one first.")
UNREACHABLE = gettext_lazy("The server does not answer on its port. Try again in a moment.")
NOT_ONE_LINE = gettext_lazy("Send one line at a time.")
TOO_LONG = gettext_lazy("That is too long for the console: at most 32 KiB at once.")
NOT_READING = gettext_lazy("The server is not reading at the moment: nothing was sent.")
NOT_UNDERSTOOD = gettext_lazy(
    "The page sent something that the lab does not understand. Reload it."
)
NO_MAILBOX = gettext_lazy("The mailbox is gone. Press “Try it now” to get a new one.")


class Mistake(Exception):
    """Told to the page; `args[0]` is its text."""


def string(message: dict, name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str):
        raise Mistake(NOT_UNDERSTOOD)
    return value


def octets_of(text: str) -> bytes:
    octets = text.encode("utf-8", "replace")
    if len(octets) > MAX_OCTETS:
        raise Mistake(TOO_LONG)
    return octets
