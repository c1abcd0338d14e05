"""What the grammar can miss, in words: the source of every syntax error's text."""

# Keys are the argument names of the table's syntaxes where there is one.
EXPECTED = {
    "command": "a command",
    "end": "the end of the line",
    "arguments": "arguments",
    "userid": "a user name",
    "password": "a password",
    "mechanism": "a mechanism",
    "initial-response": "an initial response in base64",
    "mailbox": "a mailbox name",
    "mailbox-utf7": "a mailbox name in modified UTF-7",
    "new-mailbox": "a new mailbox name",
    "reference": "a reference name",
    "pattern": "a mailbox pattern",
    "status-items": "a list of status items in parentheses",
    "sequence-set": "a set of numbers",
    "fetch-items": "items to fetch",
    "section": "a section like [], [HEADER] or [1.2]",
    "partial": "a part like <0.100>",
    "store-item": "FLAGS, +FLAGS or -FLAGS",
    "flag-list": "a list of flags",
    "flag": "a system flag or a keyword",
    "flag-recent": "a flag that clients may set",
    "date-time": 'a date and time like "17-Jul-1996 02:44:25 -0700"',
    "literal": "a message as a literal like {310}",
    "charset": "a character set",
    "search-keys": "a search key",
    "search-argument": "a string",
    "search-date": "a date like 1-Feb-1994",
    "search-number": "a number",
    "search-depth": "fewer search keys and parentheses",
    "id-params": "NIL or pairs of strings in parentheses",
    "capabilities": "capability names",
}  # fmt: skip


class Malformed(Exception):
    """Not what RFC 3501 9 says: `key` was expected after `before`, a key or a word."""

    def __init__(self, key: str, before: str) -> None:
        super().__init__(key, before)
        self.what = EXPECTED[key]
        self.before = the(before)


def the(key: str) -> str:
    """`the mailbox name`, or the word itself."""
    phrase = EXPECTED.get(key, key)
    for article in ("a ", "an "):
        if phrase.startswith(article):
            return "the " + phrase.removeprefix(article)
    return phrase
