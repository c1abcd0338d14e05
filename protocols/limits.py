"""How many connections a host takes. What one connection may do stands beside its parser."""

from dataclasses import dataclass

# All connections of the process: each costs some ten KiB and a file handle.
CONNECTIONS = 10_000
# From one address: a class of forty behind a school's router, each with a mail program's five.
PER_ADDRESS = 200
# From this machine itself: the site's own consoles come from here, one connection each.
LOCAL = CONNECTIONS
# They never take this part of all connections: mail programs get in however many consoles are open.
RESERVE = 8
# Logged in to one account: a class that shares a mailbox, some of them with a mail program's five.
PER_ACCOUNT = 100
# Too many on a port with TLS: so many may shake hands all the same, to hear why they must go, ...
TOLD = 30
# ... in so many seconds. A handshake may take as long, so there are never more at once.
TOLD_WITHIN = 60


@dataclass(frozen=True, slots=True)
class Limits:
    connections: int = CONNECTIONS
    per_address: int = PER_ADDRESS
    local: int = LOCAL
    per_account: int = PER_ACCOUNT
    told: int = TOLD

    def of_address(self, address: str) -> int:
        is_local = address.startswith("127.") or address in ("::1", "::ffff:127.0.0.1")
        spared = self.connections - self.connections // RESERVE
        return min(self.local, spared) if is_local else self.per_address
