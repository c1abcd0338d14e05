"""Every limit in its protocol's own words. Time passes only when a test says so."""

import asyncio
from base64 import b64encode
from select import select
from socket import SO_SNDBUF, SOL_SOCKET

import pytest

from protocols.connection import LINGER, MAX_WAITING, SLOW_LINGER
from protocols.conversation import MailHost, NoAudience
from protocols.deadlines import HANDSHAKE, TOTAL
from protocols.guard import FREE, Guard
from protocols.guard import MAX_WAITING as IN_LINE
from protocols.imap.intake import MAX_LINE as IMAP_LINE
from protocols.imap.session import MAX_LITERAL, ImapSession
from protocols.imap.session import MAX_MESSAGE as IMAP_MESSAGE
from protocols.limits import PER_ADDRESS, RESERVE, TOLD_WITHIN, Limits
from protocols.memory import MemoryStore
from protocols.pop3.grammar import MAX_COMMAND_LINE
from protocols.pop3.session import Pop3Session
from protocols.sasl import MAX_RESPONSE_LINE
from protocols.session import MAX_BAD_IN_ALL
from protocols.smtp import PROTOCOL as SMTP
from protocols.smtp.session import MAX_LINE as SMTP_LINE
from protocols.smtp.session import SmtpSession
from protocols.smtp.table import MAX_MESSAGE, MAX_RECIPIENTS
from protocols.tls import TlsFailed
from protocols.transcript import Side
from tests.protocols.conftest import MailLab, TlsWire, Wire

CROWDED = {
    "pop3": b"-ERR [SYS/TEMP] too many connections",
    "imap": b"* BYE too many connections",
    "smtp": b"421 ",
    "submission": b"421 ",
}
ALL = pytest.mark.parametrize("service", CROWDED)
NOOPS = {"pop3": b"NOOP", "imap": b"a NOOP", "smtp": b"NOOP", "submission": b"NOOP"}
IDLE = {
    "pop3": (Pop3Session.idle_limit, b""),  # RFC 1939 3: without a word
    "imap": (ImapSession.idle_limit, b"* BYE "),
    "smtp": (SmtpSession.idle_limit, b"421 "),
    "submission": (SmtpSession.idle_limit, b"421 "),
}


def pass_time(lab: MailLab, seconds: float) -> None:
    """For the lab's loop, `seconds` go by at once."""
    before = lab.loop.time

    def shift() -> None:
        lab.loop.time = lambda: before() + seconds

    for step in (shift, *[lambda: None] * 3):  # what is due runs, and what that has set off
        lab.call(step)


def connect(lab: MailLab, service: str, receive_buffer: int = 0) -> Wire:
    wire = lab.connect(service, receive_buffer=receive_buffer)
    assert wire.line() != b""
    return wire


def ready(lab: MailLab, service: str = "smtp") -> Wire:
    """An SMTP client that has said EHLO."""
    wire = connect(lab, service)
    answer = wire.ask(b"EHLO c.example")
    while answer[3:4] == b"-":
        answer = wire.line()
    return wire


# How many


@ALL
@pytest.mark.parametrize("limits", [Limits(connections=2), Limits(local=2)])
def test_one_connection_too_many_is_told_so(mail_lab, service, limits):
    mail_lab.host.limits = limits
    first, second = connect(mail_lab, service), connect(mail_lab, service)
    third = mail_lab.connect(service)
    assert third.rest().startswith(CROWDED[service])
    third.close()
    first.close()
    mail_lab.until(lambda: len(mail_lab.host.conversations) == 1)
    fourth = connect(mail_lab, service)
    assert fourth.ask(NOOPS[service]) != b""
    for wire in (second, fourth):
        wire.close()


@pytest.mark.parametrize("service", ["pop3", "imap", "submission"])
def test_on_a_sealed_port_too_one_too_many_is_told_so(sealed_lab, client_context, service):
    sealed_lab.host.limits = Limits(connections=0)
    sealed = {"submission": "smtps"}.get(service, f"{service}s")
    wire = TlsWire(sealed_lab.ports[sealed], client_context)
    wire.shake_hands()
    wire.send(wire.layer.outgoing())
    assert wire.rest().startswith(CROWDED[service])
    assert wire.layer.ended
    wire.close()


def test_a_flood_costs_no_handshakes(sealed_lab, client_context):
    opened = []

    class Audience(NoAudience):
        def opened(self, conversation):
            opened.append(conversation)

    sealed_lab.host.audience = Audience()
    sealed_lab.host.limits = Limits(connections=0, told=1)
    first = TlsWire(sealed_lab.ports["pop3s"], client_context)
    first.shake_hands()
    second = TlsWire(sealed_lab.ports["pop3s"], client_context)
    with pytest.raises(TlsFailed) as caught:
        second.shake_hands()
    assert caught.value.detail == "TLSV1_ALERT_INTERNAL_ERROR"
    ids = sealed_lab.call(lambda: [entry.id for entry in opened[1].recorder.entries])
    assert ids[:2] == ["wire.opened.tls", "wire.crowded"]
    for wire in (first, second):
        wire.close()


def test_after_a_minute_the_next_is_told_again():
    now = [0.0]
    host = MailHost(MemoryStore(), NoAudience(), lambda: now[0], limits=Limits(told=2))
    assert [host.may_be_told() for _ in range(3)] == [True, True, False]
    now[0] = TOLD_WITHIN - 1
    assert not host.may_be_told()
    now[0] = TOLD_WITHIN
    assert [host.may_be_told() for _ in range(3)] == [True, True, False]


def test_a_turned_away_client_has_as_long_as_the_next_are_not_told():
    """So there are never more than `told` at once."""
    assert HANDSHAKE <= TOLD_WITHIN


def test_a_school_behind_one_address_fits():
    limits = Limits()
    assert limits.of_address("192.0.2.1") == PER_ADDRESS
    assert limits.of_address("2001:db8::1") == PER_ADDRESS
    local = {limits.of_address(address) for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1")}
    assert local == {limits.connections - limits.connections // RESERVE}


def test_consoles_leave_room_for_mail_programs():
    host = MailHost(MemoryStore(), NoAudience(), lambda: 0.0, limits=Limits(connections=RESERVE))

    def is_one_too_many(address: str) -> bool:
        return host.crowded(host.open(SMTP, SMTP.services[0], (address, 1)))

    crowded = [is_one_too_many("127.0.0.1") for _ in range(RESERVE)]
    assert crowded == [False] * (RESERVE - 1) + [True]
    host.close(next(iter(host.conversations)))
    assert is_one_too_many("192.0.2.1") is False
    assert is_one_too_many("192.0.2.1") is True


def test_an_account_has_so_many_connections_and_no_more(mail_lab):
    mail_lab.host.limits = Limits(per_account=2)
    wires = [connect(mail_lab, "imap") for _ in range(3)]
    answers = [wire.ask(b"a LOGIN ann@lab.example geheim")[:12] for wire in wires]
    assert answers == [b"a OK [CAPABI", b"a OK [CAPABI", b"a NO [LIMIT]"]
    pop3, smtp = connect(mail_lab, "pop3"), ready(mail_lab)
    pop3.ask(b"USER ann@lab.example")
    assert pop3.ask(b"PASS geheim").startswith(b"-ERR [SYS/TEMP]")
    token = b64encode(b"\0ann@lab.example\0geheim")
    assert smtp.ask(b"AUTH PLAIN " + token).startswith(b"454 ")
    wires[0].close()
    mail_lab.until(lambda: len(mail_lab.host.conversations) == 4)
    assert smtp.ask(b"AUTH PLAIN " + token).startswith(b"235 ")
    for wire in (*wires[1:], pop3, smtp):
        wire.close()


# How long a line, a literal, a message


@pytest.mark.parametrize(
    ("service", "limit", "within", "beyond"),
    [
        ("pop3", MAX_COMMAND_LINE, b"-ERR unknown", b"-ERR line too long"),
        ("smtp", SMTP_LINE, b"500 5.5.1 ", b"500 5.5.2 line too long"),
        ("imap", IMAP_LINE, b"a BAD unknown", b"* BAD line exceeds"),
    ],
)
def test_a_line_may_be_so_long(mail_lab, service, limit, within, beyond):
    wire = ready(mail_lab) if service == "smtp" else connect(mail_lab, service)
    line = b"a " if service == "imap" else b""
    fill = b"x" * (limit - len(line) - 2)
    assert wire.ask(line + fill).startswith(within)
    assert wire.ask(line + fill + b"x").startswith(beyond)
    assert wire.ask(NOOPS[service]) != b""
    wire.close()


def test_a_line_of_an_auth_exchange_may_be_longer(mail_lab):
    wire = ready(mail_lab)
    assert wire.ask(b"AUTH PLAIN").startswith(b"334")
    assert wire.ask(b"A" * (MAX_RESPONSE_LINE - 2)).startswith(b"5")
    wire.ask(b"AUTH PLAIN")
    assert wire.ask(b"A" * (MAX_RESPONSE_LINE - 1)).startswith(b"500 ")
    assert wire.ask(b"NOOP").startswith(b"250")
    wire.close()


def test_a_literal_may_have_so_many_octets(mail_lab):
    wire = connect(mail_lab, "imap")
    assert wire.ask(b"a LOGIN {%d}" % (MAX_LITERAL + 1)).startswith(b"a BAD literal exceeds")
    assert wire.ask(b"a LOGIN ann@lab.example {%d}" % MAX_LITERAL).startswith(b"+ ")
    assert wire.ask(b"x" * MAX_LITERAL).startswith(b"a NO ")
    wire.ask(b"a LOGIN ann@lab.example geheim")
    assert wire.ask(b"a APPEND INBOX {%d}" % (IMAP_MESSAGE + 1)).startswith(b"a NO [TOOBIG]")
    wire.close()


def test_a_message_may_have_so_many_octets(mail_lab):
    wire = ready(mail_lab)
    declared = wire.ask(b"MAIL FROM:<a@b.example> SIZE=%d" % (MAX_MESSAGE + 1))
    assert declared.startswith(b"552 5.3.4 ")
    for line in (b"MAIL FROM:<a@b.example>", b"RCPT TO:<ann@lab.example>", b"DATA"):
        wire.ask(line)
    wire.send(b"x" * 998 + b"\r\n" + (b"y" * 998 + b"\r\n") * (MAX_MESSAGE // 1000) + b"x" * 1000)
    assert wire.ask(b"\r\n.").startswith(b"552 5.3.4 ")
    assert wire.ask(b"NOOP").startswith(b"250")
    wire.close()


def test_a_mail_may_have_so_many_recipients(mail_lab):
    wire = ready(mail_lab)
    wire.ask(b"MAIL FROM:<a@b.example>")
    codes = [wire.ask(b"RCPT TO:<ann+%d@lab.example>" % n)[:9] for n in range(MAX_RECIPIENTS + 1)]
    assert codes == [b"250 2.1.5"] * MAX_RECIPIENTS + [b"452 4.5.3"]
    wire.close()


# How often wrong


@pytest.mark.parametrize(
    ("service", "last"),
    [("pop3", b"-ERR too many"), ("imap", b"* BYE too many"), ("smtp", b"421 ")],
)
def test_who_only_errs_is_shown_the_door(mail_lab, service, last):
    wire = connect(mail_lab, service)
    wire.send(b"WRONG\r\n" * 29 + NOOPS[service] + b"\r\n" + b"WRONG\r\n" * 31)
    assert wire.rest().splitlines()[-1].startswith(last)
    wire.close()


@pytest.mark.parametrize(
    ("service", "last"),
    [("pop3", b"-ERR too many"), ("imap", b"* BYE too many"), ("smtp", b"421 ")],
)
def test_who_errs_again_and_again_is_shown_the_door_too(mail_lab, service, last):
    wire = connect(mail_lab, service)
    right = {"pop3": b"CAPA", "imap": b"a NOOP", "smtp": b"NOOP"}[service]
    wire.send((right + b"\r\n" + b"WRONG\r\n" * 20) * (MAX_BAD_IN_ALL // 20))
    said = wire.rest().splitlines()
    assert said[-1].startswith(last)
    assert len(said) > MAX_BAD_IN_ALL  # and not before
    wire.close()


LOGINS = {
    "pop3": ((b"USER ann@lab.example", b"PASS wrong"), b"-ERR"),
    "imap": ((b"a LOGIN ann@lab.example wrong",), b"a NO"),
    "smtp": ((b"AUTH PLAIN " + b64encode(b"\0ann@lab.example\0wrong"),), b"535"),
}


WAITING = {
    "pop3": b"-ERR [SYS/TEMP] ",  # RFC 3206 4
    "imap": b"a NO [UNAVAILABLE] ",  # RFC 5530 3
    "smtp": b"454 4.7.0 ",  # RFC 4954 6
}


class Bedtime:
    """Time for a guard that passes while it sleeps; `hold` lets it oversleep until `wake`."""

    def __init__(self, lab: MailLab, hold: bool = False) -> None:
        self.now, self.slept = 0.0, []
        self._lab = lab
        self._awake = asyncio.Event()
        if not hold:
            self._awake.set()
        lab.host.guard = Guard(lambda: self.now, self._sleep, asyncio.Lock)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self._awake.wait()
        self.now += seconds

    def wake(self) -> None:
        self._lab.call(self._awake.set)


def login_wire(lab: MailLab, service: str) -> Wire:
    return ready(lab) if service == "smtp" else connect(lab, service)


def guess(wire: Wire, service: str) -> bytes:
    return [wire.ask(step) for step in LOGINS[service][0]][-1]


@pytest.mark.parametrize("service", LOGINS)
def test_guessing_a_password_takes_ever_longer(mail_lab, service):
    night = Bedtime(mail_lab)
    wire = login_wire(mail_lab, service)
    [conversation] = mail_lab.host.conversations
    for _ in range(9):
        assert guess(wire, service).startswith(LOGINS[service][1])
    assert night.slept == [1, 2, 4, 8, 10, 10]
    entries = mail_lab.call(lambda: conversation.recorder.entries)
    pauses = [e.params["seconds"] for e in entries if e.id == "wire.pause"]
    assert pauses == ["1", "2", "4", "8", "10", "10"]
    wire.close()


def test_hanging_up_does_not_save_the_wait(mail_lab):
    night = Bedtime(mail_lab)
    for _ in range(6):
        wire = connect(mail_lab, "imap")
        assert guess(wire, "imap").startswith(b"a NO [AUTH")
        wire.close()
    assert night.slept == [1, 2, 4]
    wire = connect(mail_lab, "pop3")  # the right password waits as well, then all is forgotten
    wire.ask(b"USER ann@lab.example")
    assert wire.ask(b"PASS geheim").startswith(b"+OK")
    again = connect(mail_lab, "imap")
    assert guess(again, "imap").startswith(b"a NO [AUTH")
    assert night.slept == [1, 2, 4, 8]
    for one in (wire, again):
        one.close()


@pytest.mark.parametrize("service", LOGINS)
def test_parallel_guesses_stand_in_line_and_the_line_is_short(mail_lab, service):
    night = Bedtime(mail_lab, hold=True)
    wires = [login_wire(mail_lab, service) for _ in range(IN_LINE + 1)]
    conversations = list(mail_lab.host.conversations)
    for _ in range(FREE):
        guess(wires[0], service)
    steps, refused = LOGINS[service]
    for wire in wires[:IN_LINE]:
        for step in steps[:-1]:
            wire.ask(step)
        wire.send(steps[-1] + b"\r\n")

    def pauses() -> list[int]:
        entries = (e for c in conversations for e in c.recorder.entries)
        return sorted(int(e.params["seconds"]) for e in entries if e.id == "wire.pause")

    mail_lab.until(lambda: pauses() == [1, 3, 7, 15, 25])
    assert guess(wires[-1], service).startswith(WAITING[service])
    assert night.slept == [1]
    night.wake()
    assert all(wire.line().startswith(refused) for wire in wires[:IN_LINE])
    assert night.slept == [1, 2, 4, 8, 10]
    for wire in wires:
        wire.close()


# How long


@ALL
def test_silence_ends_a_connection(mail_lab, service):
    limit, farewell = IDLE[service]
    wire = connect(mail_lab, service)
    for _ in range(2):
        pass_time(mail_lab, limit - 10)
        assert wire.ask(NOOPS[service]) != b""
    pass_time(mail_lab, limit + 1)
    rest = wire.rest()
    assert rest.startswith(farewell)
    assert rest.count(b"\r\n") == (1 if farewell else 0)
    wire.close()


@ALL
def test_what_never_becomes_a_line_does_not_put_off_the_end(mail_lab, service):
    limit, farewell = IDLE[service]
    wire = connect(mail_lab, service)
    [conversation] = mail_lab.host.conversations
    session = conversation.end.__self__.session
    for n in range(1, 4):
        wire.send(b"x")
        mail_lab.until(lambda: len(session.reader) == n)  # noqa: B023  asked at once
        pass_time(mail_lab, limit / 3)
    assert wire.rest().startswith(farewell)
    wire.close()


@ALL
def test_a_line_too_long_to_keep_does_not_put_off_the_end_either(mail_lab, service):
    limit, farewell = IDLE[service]
    wire = connect(mail_lab, service)
    [conversation] = mail_lab.host.conversations
    heard = conversation.recorder.record
    counted = []
    conversation.recorder.record = lambda side, *said: (counted.append(side), heard(side, *said))
    wire.send(b"x" * (IMAP_LINE + 1))  # which is the longest
    assert wire.line() != b""  # refused at once, and read on
    for n in range(1, 4):
        wire.send(b"x")
        mail_lab.until(lambda: counted.count(Side.CLIENT) > n)  # noqa: B023  asked at once
        pass_time(mail_lab, limit / 3)
    assert wire.rest().startswith(farewell)
    wire.close()


def test_a_message_that_grows_puts_off_the_end(mail_lab):
    """Somebody types it. What a day is too short for is cut by the limit for all connections."""
    wire = ready(mail_lab)
    [conversation] = mail_lab.host.conversations
    progress = conversation.end.__self__.deadlines
    for line in (b"MAIL FROM:<a@b.example>", b"RCPT TO:<ann@lab.example>", b"DATA"):
        wire.ask(line)
    for _ in range(4):
        pass_time(mail_lab, SmtpSession.idle_limit - 10)
        before = progress._progress
        wire.send(b"x")
        mail_lab.until(lambda: progress._progress > before)  # noqa: B023  asked at once
    assert wire.ask(b"\r\n.").startswith(b"250")
    wire.close()


@pytest.mark.parametrize(
    ("service", "farewell"), [("imap", b"* BYE "), ("smtp", b"421 "), ("submission", b"421 ")]
)
def test_a_day_is_enough_for_anybody(mail_lab, service, farewell):
    limit, _ = IDLE[service]
    wire = connect(mail_lab, service)
    for _ in range(int(TOTAL // (limit - 10))):
        pass_time(mail_lab, limit - 10)
        assert not wire.ask(NOOPS[service]).startswith(farewell)
    pass_time(mail_lab, limit - 10)
    assert wire.rest().startswith(farewell)
    wire.close()


def test_the_maildrop_is_free_after_the_autologout(mail_lab):
    wire = connect(mail_lab, "pop3")
    wire.ask(b"USER ann@lab.example")
    assert wire.ask(b"PASS geheim").startswith(b"+OK")
    wire.ask(b"DELE 1")
    pass_time(mail_lab, Pop3Session.idle_limit + 1)
    assert wire.rest() == b""
    again = connect(mail_lab, "pop3")
    again.ask(b"USER ann@lab.example")
    assert again.ask(b"PASS geheim").startswith(b"+OK")
    assert again.ask(b"STAT").startswith(b"+OK 2 ")  # RFC 1939 3: nothing is deleted
    for one in (wire, again):
        one.close()


# Who does not read, who does not shake hands


def test_who_does_not_read_is_cut_in_the_end(mail_lab):
    mail_lab.store.add_account("big@lab.example", "x", [b"x" * 76 + b"\r\n" * 100_000] * 2)
    wire = connect(mail_lab, "pop3", receive_buffer=4096)
    [conversation] = mail_lab.host.conversations
    transport = conversation.end.__self__._transport
    wire.ask(b"USER big@lab.example")
    wire.ask(b"PASS x")
    wire.send(b"RETR 1\r\n" * 1000)
    mail_lab.until(lambda: transport.get_write_buffer_size() > 0)
    other = connect(mail_lab, "smtp")
    assert other.ask(b"NOOP").startswith(b"250")
    pass_time(mail_lab, Pop3Session.idle_limit + 1)
    pass_time(mail_lab, LINGER + 1)
    pass_time(mail_lab, SLOW_LINGER + 1)
    mail_lab.until(lambda: conversation.closed)
    for one in (wire, other):
        one.close()


def test_who_reads_slowly_gets_all(mail_lab):
    """RFC 1939 3: the timer is for inactivity, and there is none."""
    content = b"x" * 76 + b"\r\n"
    mail_lab.store.add_account("big@lab.example", "x", [content * 100_000])
    wire = connect(mail_lab, "pop3", receive_buffer=4096)
    [conversation] = mail_lab.host.conversations
    transport = conversation.end.__self__._transport
    wire.ask(b"USER big@lab.example")
    wire.ask(b"PASS x")
    wire.send(b"RETR 1\r\n")
    assert wire.line().startswith(b"+OK")
    for _ in range(4):
        pass_time(mail_lab, Pop3Session.idle_limit - 10)
        before = mail_lab.call(transport.get_write_buffer_size)
        while mail_lab.call(transport.get_write_buffer_size) == before:
            assert wire.line() != b""
    lines = list(iter(wire.line, b".\r\n"))
    assert len(lines) > 50_000
    assert wire.ask(b"NOOP").startswith(b"+OK")
    wire.close()


@ALL
def test_who_asks_without_end_and_reads_nothing_is_not_read_either(mail_lab, service):
    wire = connect(mail_lab, service, receive_buffer=4096)
    [conversation] = mail_lab.host.conversations
    connection = conversation.end.__self__
    connection._transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
    asks = NOOPS | {"pop3": b"CAPA"}  # before the login POP3 knows no NOOP
    wire.socket.setblocking(False)
    while mail_lab.call(connection._transport.is_reading):
        if select((), (wire.socket,), (), 0.01)[1]:
            wire.socket.send((asks[service] + b"\r\n") * 1000)
    kept = mail_lab.call(
        lambda: len(connection.session.reader) + connection._transport.get_write_buffer_size()
    )
    assert MAX_WAITING < kept < 3 * MAX_WAITING
    wire.close()
    mail_lab.until(lambda: conversation.closed)


@pytest.mark.parametrize("service", ["pop3s", "imaps", "smtps"])
@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02"])
def test_a_handshake_has_its_own_limit(sealed_lab, service, said):
    wire = sealed_lab.connect(service)
    sealed_lab.until(lambda: len(sealed_lab.host.conversations) == 1)
    [conversation] = sealed_lab.host.conversations
    wire.send(said)
    pass_time(sealed_lab, HANDSHAKE + 1)
    assert wire.rest() == b""
    ids = [entry.id for entry in sealed_lab.call(lambda: conversation.recorder.entries)]
    assert "wire.tls-failed.silence" in ids
    wire.close()
