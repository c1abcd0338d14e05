"""UIDL's names outlive sessions and the server itself (RFC 1939 7)."""

import poplib

from tests.system.clients import MAIL, deliver
from tests.system.people import Account, new_guest


def unique_ids(lab, account: Account, delete: int = 0) -> list[bytes]:
    maildrop = poplib.POP3(*lab.pop3)
    maildrop.user(account.address)
    maildrop.pass_(account.password)
    names = [line.split()[1] for line in maildrop.uidl()[1]]
    if delete:
        maildrop.dele(delete)
    maildrop.quit()
    return names


def test_unique_ids_last(start_lab):
    lab = start_lab()
    account = new_guest(lab).account
    deliver(lab, account, MAIL)
    before = unique_ids(lab, account)
    last = len(before)
    assert len(set(before)) == last > 1
    assert unique_ids(lab, account, delete=last) == before
    assert lab.stop() == 0

    second = start_lab()
    assert unique_ids(second, account) == before[:-1]
    deliver(second, account, MAIL)
    after = unique_ids(second, account)
    assert after[:-1] == before[:-1]
    assert after[-1] not in before
