"""The Internet Message Access Protocol, version 4rev1 (RFC 3501)."""
