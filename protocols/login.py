"""Whether somebody is who they say: the same for every protocol and mechanism."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from protocols.replies import Refused, Reply
from protocols.session import Session
from protocols.store import Account

# Given the account's password ("" if there is no such account), whether the client knows it.
# Compares in constant time, and always: an unknown name must cost what a wrong password costs.
Knows = Callable[[str], bool]

Value = TypeVar("Value")


class LoginFailed(Exception):
    """The name is unknown or the proof is wrong: the client must not learn which."""


class TooManyLogins(Exception):
    """The account has as many conversations as it may have."""


async def worded(step: Awaitable[Value], refusals: Mapping[type[Exception], Reply]) -> Value:
    """What `step` gives; an error among `refusals` becomes the protocol's answer (Refused)."""
    try:
        return await step
    except tuple(refusals) as error:
        raise Refused(refusals[type(error)]) from None


async def log_in(session: Session, name: str, knows: Knows) -> Account:
    """The account `name`. Raises LoginFailed, TooManyLogins, TooManyWaiting.

    The caller announces it by `session.logged_in` once nothing else can fail.
    """
    host, conversation = session.host, session.conversation
    who = conversation.realm or conversation.peer[0]
    account = await host.store.account(name, conversation.realm)
    if account:
        await session.strikes.named(account)

    def is_right() -> bool:
        return knows(account.password if account else "") and account is not None

    if not await host.guard.judge(who, name, is_right, session.pausing, conversation.wait):
        raise LoginFailed
    if host.logins[account] >= host.limits.per_account:
        raise TooManyLogins
    return account
