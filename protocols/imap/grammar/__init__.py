"""How IMAP commands are read (RFC 3501 9): pure functions and one cursor, no server."""
