"""What an action refuses; the text says why, in the reader's language."""


class MailError(Exception):
    """What was asked for cannot be done."""


class ImportFailed(MailError):
    """The file cannot be imported."""
