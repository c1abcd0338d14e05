"""Planned faults at work in the POP3 and SMTP engines."""

import base64
import hashlib

import pytest

from protocols import PROTOCOLS
from protocols.conversation import MailHost, NoAudience
from protocols.faults import Cut, Fault, FaultPlan
from protocols.memory import MemoryStore
from protocols.session import MAX_BAD_COMMANDS
from tests.protocols.dialogs import ID, Player
from tests.protocols.mails import HELLO, SLIDES

POP3, SMTP = ({p.name: p for p in PROTOCOLS}[name] for name in ("pop3", "smtp"))
ANN, BOB = "ann@lab.example", "bob@lab.example"
LATER = "451 4.7.1 later"
BROKEN = "-ERR [SYS/TEMP] broken"
TO_ANN, TO_BOB = f"RCPT TO:<{ANN}>", f"RCPT TO:<{BOB}>"
SECRET = base64.b64encode(f"\0{ANN}\0geheim".encode()).decode()


class Lab:
    """Ann and Bob, and what the sessions slept."""

    def __init__(self, *faults: Fault) -> None:
        self.store = MemoryStore()
        self.ann = self.store.add_account(ANN, "geheim", [SLIDES, HELLO])
        self.bob = self.store.add_account(BOB, "geheim")
        self.ann.faults = FaultPlan(faults)
        self.slept: list[float] = []
        self.host = MailHost(self.store, NoAudience(), lambda: 0.0, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def pop3(self) -> Player:
        return self._player(POP3)

    def reading(self) -> Player:
        """Ann, logged in."""
        client = self.pop3()
        say(client, f"USER {ANN}", "PASS geheim")
        return client

    def smtp(self) -> Player:
        """A stranger who has begun a mail."""
        client = self._player(SMTP)
        say(client, "EHLO pc.example", "MAIL FROM:<c@b.example>")
        return client

    def _player(self, protocol) -> Player:
        client = Player(protocol, protocol.session, self.host)
        client.output = b""
        return client


def say(client: Player, *lines: str) -> str:
    """The answer to the last one."""
    answer = [client.command(line) for line in lines][-1]
    client.output = b""
    return answer


def events(client: Player) -> list[tuple[str, dict[str, str]]]:
    return [(e.id, e.params) for e in client.entries if e.id.startswith("wire.fault")]


def test_enhanced_code_for_who_said_ehlo():
    lab = Lab(Fault("smtp", "RCPT", times=2, reply=LATER))
    assert say(lab.smtp(), TO_ANN) == f"{LATER}\r\n"
    plain = lab._player(SMTP)
    assert say(plain, "HELO pc.example", "MAIL FROM:<c@b.example>", TO_ANN) == "451 later\r\n"


def test_a_refused_recipient_gets_nothing():
    lab = Lab(Fault("smtp", "RCPT", reply=LATER))
    client = lab.smtp()
    assert say(client, TO_BOB, TO_ANN) == f"{LATER}\r\n"
    assert say(client, "DATA", "Subject: x\r\n\r\nx\r\n.").startswith("250")
    assert (len(lab.ann.inbox.messages), len(lab.bob.inbox.messages)) == (2, 1)


def test_another_recipients_plan_is_not_asked():
    lab = Lab(Fault("smtp", "RCPT", times=0, reply=LATER))
    lab.ann.faults, lab.bob.faults = FaultPlan(), lab.ann.faults
    client = lab.smtp()
    assert say(client, TO_ANN).startswith("250")
    assert say(client, TO_BOB) == f"{LATER}\r\n"


def test_what_the_table_forbids_is_not_asked():
    lab = Lab(Fault("smtp", times=0, reply=LATER))
    client = lab._player(SMTP)
    assert say(client, TO_ANN).startswith("503")
    assert say(client, "EHLO pc.example", "MAIL FROM:<c@b.example>").startswith("250")


@pytest.mark.parametrize("lines", [[f"AUTH PLAIN {SECRET}"], ["AUTH PLAIN", SECRET]])
def test_auth(lines):
    lab = Lab(Fault("smtp", "AUTH", reply="454 4.7.0 temporary"))
    client = lab._player(SMTP)
    assert say(client, "EHLO pc.example", *lines) == "454 4.7.0 temporary\r\n"
    assert client.session.account is None
    assert say(client, *lines).startswith("235")


def test_who_is_logged_in_has_its_own_plan():
    lab = Lab(Fault("smtp", "MAIL", times=0, reply=LATER))
    client = lab._player(SMTP)
    say(client, "EHLO pc.example", f"AUTH PLAIN {SECRET}")
    assert say(client, "MAIL FROM:<ann@lab.example>") == f"{LATER}\r\n"


def test_who_meets_a_plan_has_done_nothing_wrong():
    lab = Lab(Fault("pop3", "NOOP", times=0, reply=BROKEN),
              Fault("smtp", "RCPT", times=0, reply=LATER))  # fmt: skip
    reading, stranger = lab.reading(), lab.smtp()
    for _ in range(MAX_BAD_COMMANDS + 1):
        assert say(reading, "NOOP") == f"{BROKEN}\r\n"
        assert say(stranger, TO_ANN) == f"{LATER}\r\n"


def test_mail_to_oneself_counts_once():
    lab = Lab(Fault("smtp", "RCPT", times=2, reply=LATER))
    client = lab._player(SMTP)
    say(client, "EHLO pc.example", f"AUTH PLAIN {SECRET}", "MAIL FROM:<ann@lab.example>")
    assert [say(client, TO_ANN)[:3] for _ in range(3)] == ["451", "451", "250"]


def test_apop():
    lab = Lab(Fault("pop3", "APOP", reply=BROKEN))
    client = lab.pop3()
    digest = hashlib.md5(f"<{ID}@lab.example>geheim".encode(), usedforsecurity=False).hexdigest()
    assert say(client, f"APOP {ANN} {digest}") == f"{BROKEN}\r\n"
    assert lab.ann.maildrop is None
    assert say(client, f"APOP {ANN} {digest}").startswith("+OK")


@pytest.mark.parametrize("lines", [[f"AUTH PLAIN {SECRET}"], ["AUTH PLAIN", SECRET]])
def test_auth_in_pop3(lines):
    lab = Lab(Fault("pop3", "AUTH", reply=BROKEN))
    client = lab.pop3()
    assert say(client, *lines) == f"{BROKEN}\r\n"
    assert lab.ann.maildrop is None
    assert say(client, *lines).startswith("+OK")


def copies(lab: Lab, *realms: str) -> list[Player]:
    """Pupils at their own copies of Ann's mailbox."""
    clients = [lab.pop3() for _ in realms]
    for client, realm in zip(clients, realms, strict=True):
        lab.store.add_account(ANN, "geheim", realm=realm)
        client.conversation.realm = realm
    return clients


def test_the_plan_of_a_shared_account_strikes_each_realms_own_copy():
    lab = Lab(Fault("pop3", "PASS", reply=BROKEN))
    for client in (*copies(lab, "a", "b"), lab.pop3()):
        assert say(client, f"USER {ANN}", "PASS geheim") == f"{BROKEN}\r\n"
        assert say(client, f"USER {ANN}", "PASS geheim").startswith("+OK")


def test_a_copys_own_plan_goes_first():
    lab = Lab(Fault("pop3", "STAT", times=0, reply=BROKEN))
    [client] = copies(lab, "a")
    say(client, f"USER {ANN}", "PASS geheim")
    own = Fault("pop3", "STAT", reply="-ERR own"), Fault("pop3", "STAT", delay=3)
    client.session.account.faults = FaultPlan(own)
    assert say(client, "STAT") == "-ERR own\r\n"
    assert (say(client, "STAT"), lab.slept) == (f"{BROKEN}\r\n", [3])


def test_the_plan_of_a_copy_reaches_nobody_else():
    lab = Lab()
    first, other = copies(lab, "a", "b")
    say(first, f"USER {ANN}", "PASS geheim")
    first.session.account.faults = FaultPlan([Fault("pop3", times=0, reply=BROKEN)])
    assert say(other, f"USER {ANN}", "PASS geheim").startswith("+OK")


def test_delay():
    lab = Lab(Fault("pop3", "STAT", delay=7))
    client = lab.reading()
    assert say(client, "STAT") == f"+OK 2 {len(SLIDES) + len(HELLO)}\r\n"
    assert lab.slept == [7]
    assert say(client, "STAT").startswith("+OK 2 ")
    assert lab.slept == [7]


def test_an_answer_about_several_waits_for_the_slowest():
    slow = Fault("smtp", times=0, delay=5, announce=True)
    lab = Lab(slow)
    lab.bob.faults = FaultPlan([slow, Fault("smtp", ".", delay=2)])
    client = lab.smtp()
    say(client, TO_ANN, TO_BOB, "DATA")
    assert lab.slept == [5, 5, 5]
    assert say(client, "Subject: x", ".").startswith("250")
    assert lab.slept[3:] == [5, 2]
    assert len(events(client)) == 4


def test_the_last_chunk_gets_one_answer_and_waits_once():
    lab = Lab(Fault("smtp", times=0, delay=5))
    client = lab.smtp()
    say(client, TO_ANN, "BDAT 2\r\n")
    assert say(client, "BDAT 2 LAST\r\n").startswith("250 2.0.0 OK")
    assert lab.slept == [5, 5, 5]


@pytest.mark.parametrize(
    ("cut", "octets", "heard"),
    [(Cut.BEFORE, 9, ""), (Cut.INSIDE, 9, "+OK messa"), (Cut.AFTER, 9, "all")],
)
def test_cut(cut, octets, heard):
    lab = Lab(Fault("pop3", "RETR", cut=cut, octets=octets))
    client = lab.reading()
    whole = f"+OK message follows\r\n{SLIDES.decode()}.\r\n"
    assert say(client, "RETR 1") == (whole if heard == "all" else heard)
    assert client.session.closing


def test_a_planned_reply_and_then_the_cut():
    client = Lab(Fault("pop3", "RETR", reply=BROKEN, cut=Cut.AFTER)).reading()
    assert say(client, "RETR 1") == f"{BROKEN}\r\n"
    assert client.session.closing


def test_the_answer_is_lost_but_the_mail_is_not():
    lab = Lab(Fault("smtp", ".", cut=Cut.BEFORE))
    client = lab.smtp()
    assert say(client, TO_ANN, "DATA", "Subject: x\r\n\r\nx\r\n.") == ""
    assert client.session.closing
    assert len(lab.ann.inbox.messages) == 3


@pytest.mark.parametrize("command", ["BDAT", "."])
@pytest.mark.parametrize(("cut", "heard"), [(Cut.BEFORE, ""), (Cut.AFTER, "250 2.0.0 OK\r\n")])
def test_a_cut_at_the_last_chunk_leaves_the_mail_stored(command, cut, heard):
    lab = Lab(Fault("smtp", command, cut=cut))
    client = lab.smtp()
    assert say(client, TO_ANN, "BDAT 12 LAST\r\nSubject: x") == heard
    assert client.session.closing
    assert len(lab.ann.inbox.messages) == 3


@pytest.mark.parametrize(("octets", "stored"), [(20, 2), (10_000, 3)])
def test_cut_in_the_message(octets, stored):
    lab = Lab(Fault("smtp", "DATA", cut=Cut.INSIDE, octets=octets))
    client = lab.smtp()
    assert say(client, TO_ANN, "DATA").startswith("354")
    assert not client.session.closing
    say(client, "Subject: x", "", "x" * 20, ".")
    assert client.session.closing is (stored == 2)
    assert len(lab.ann.inbox.messages) == stored


def test_a_cut_that_never_came_does_not_wait_for_the_next_message():
    lab = Lab(Fault("smtp", "DATA", cut=Cut.INSIDE, octets=60))
    client = lab.smtp()
    say(client, TO_ANN, "DATA", "Subject: x", ".")
    say(client, "MAIL FROM:<c@b.example>", TO_ANN, "DATA")
    assert say(client, "Subject: " + "x" * 60, ".").startswith("250")


@pytest.mark.parametrize(("realms", "codes"), [("ab", "451 451"), ("aa", "451 250")])
def test_greylisting_tells_the_pupils_of_a_class_apart(realms, codes):
    lab = Lab(Fault("smtp", "RCPT", each=True, reply=LATER))
    clients = [lab.smtp() for _ in realms]
    for client, realm in zip(clients, realms, strict=True):
        client.conversation.realm = realm
    assert " ".join(say(client, TO_ANN)[:3] for client in clients) == codes


def test_a_planned_reply_is_explained_by_what_it_says():
    known = Fault("smtp", "RCPT", reply="550 no such mailbox here")
    lab = Lab(Fault("smtp", "RCPT", reply=LATER), known)
    client = lab.smtp()
    say(client, TO_ANN, TO_ANN)
    ids = [e.id for e in client.entries if e.kind == "reply"]
    assert ids[-2:] == ["smtp.RCPT.refused", "smtp.RCPT.no-such-mailbox"]


def test_nothing_is_told_unless_it_may_be():
    faults = [Fault("pop3", "STAT", delay=1, reply=BROKEN, cut=Cut.AFTER)]
    client = Lab(*faults).reading()
    say(client, "STAT")
    assert events(client) == []


def test_what_may_be_told_stands_before_the_answer():
    fault = Fault("pop3", "STAT", delay=1.5, reply=BROKEN, cut=Cut.AFTER, announce=True)
    client = Lab(fault).reading()
    say(client, "STAT")
    assert events(client) == [
        ("wire.fault.delay", {"seconds": "1.5"}),
        ("wire.fault.reply", {"command": "STAT"}),
        ("wire.fault.cut", {"command": "STAT"}),
    ]
    assert [entry.id for entry in client.entries][-5:-3] == ["pop3.STAT", "wire.fault.delay"]
    assert client.entries[-1].text == BROKEN
