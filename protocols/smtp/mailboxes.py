"""Whose mailbox an address is."""

from protocols.smtp.grammar import Path
from protocols.smtp.session import SmtpSession
from protocols.store import Account

_POSTMASTER = "postmaster"


def is_postmaster(path: Path) -> bool:
    """The one address that may stand without a domain (RFC 5321 4.5.1)."""
    return path.local.lower() == _POSTMASTER


async def account_for(session: SmtpSession, path: Path) -> Account | None:
    """The account that takes mail for `path`, a local address; `a+b` is a's as well."""
    store = session.host.store
    domains = [path.domain] if path.domain else []
    if is_postmaster(path):
        domains += store.domains  # who runs the lab is one for all its domains
    for name in _names(path.local):
        for domain in domains:
            account = await store.account(f"{name}@{domain}", session.conversation.realm)
            if account:
                return account
    return None


def is_own(account: Account, path: Path) -> bool:
    """Whether `path` is an address of `account`."""
    own = account.address.lower()
    return any(f"{name}@{path.domain}".lower() == own for name in _names(path.local))


def _names(local: str) -> list[str]:
    base = local.partition("+")[0]
    return [local] if base in ("", local) else [local, base]
