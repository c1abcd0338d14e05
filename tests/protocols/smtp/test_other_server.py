"""aiosmtpd beside our own server: its words, the lab's rules, explained by the same observer."""

import asyncio
import smtplib

import pytest

from protocols.conversation import Ending
from protocols.faults import Cut, Fault, FaultPlan
from protocols.texts import explain
from protocols.transcript import Side

ANN = "ann@lab.example"
MAIL = b"Subject: x\r\n\r\n.dot\r\nb\xc3\xa4h\r\n"


@pytest.fixture
def client(mail_lab):
    with smtplib.SMTP(*mail_lab.ports["aiosmtpd"], timeout=20) as client:
        yield client


def inbox(lab, address=ANN):
    async def contents():
        box = (await lab.store.account(address)).inbox
        return [await box.content(message) for message in box.messages]

    return lab.run(contents())


def said(lab, conversation):
    return lab.call(lambda: list(conversation.recorder.entries))


def test_mail_is_delivered_as_by_our_own(mail_lab, client):
    before = len(inbox(mail_lab))
    assert client.sendmail("a@b.example", [ANN], MAIL) == {}
    contents = inbox(mail_lab)
    assert len(contents) == before + 1
    assert contents[-1].startswith(b"Return-Path: <a@b.example>\r\nReceived: from ")
    assert contents[-1].endswith(MAIL)


@pytest.mark.parametrize(
    ("recipient", "answer"),
    [
        ("someone@elsewhere.example", (550, b"relaying denied")),
        ("nobody@lab.example", (550, b"no such mailbox here")),
        ("user%elsewhere.example@lab.example", (550, b"no such mailbox here")),
    ],
)
def test_our_rules_hold(client, recipient, answer):
    client.ehlo()
    client.mail("a@b.example")
    assert client.docmd(f"RCPT TO:<{recipient}>") == answer


@pytest.mark.parametrize("path", ["/", "/" + "x" * 5000])
def test_a_page_in_a_browser_cannot_send_mail(mail_lab, path):
    before = inbox(mail_lab)
    wire = mail_lab.connect("aiosmtpd")
    wire.line()
    mail = f"HELO c\r\nMAIL FROM:<e@b.example>\r\nRCPT TO:<{ANN}>\r\nDATA\r\nevil\r\n.\r\n"
    wire.send(f"POST {path} HTTP/1.1\r\nHost: x\r\n\r\n{mail}".encode())
    assert wire.rest() == b"421 lab.example closing channel: this is HTTP, not SMTP\r\n"
    assert inbox(mail_lab) == before
    wire.close()


def test_the_null_reverse_path_is_taken(mail_lab, client):
    before = len(inbox(mail_lab))
    assert client.sendmail("", [ANN], MAIL) == {}
    [content] = inbox(mail_lab)[before:]
    assert content.startswith(b"Return-Path: <>\r\n")
    for line in ("MAIL FROM:<>", "RSET", "mail from: <> SIZE=10 BODY=8BITMIME"):
        assert client.docmd(line) == (250, b"OK")
    assert client.docmd("RCPT TO:<>") == (501, b"expected <local-part@domain>")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MAIL FROM:<a@b.example> SIZE=5 BODY=8bitmime SMTPUTF8", (250, b"OK")),
        ('MAIL FROM:<"a b"@c.example>', (250, b"OK")),
        ("MAIL FROM:<@x.example:a@b.example>", (250, b"OK")),
        ("MAIL FROM:<a@[127.0.0.1]>", (250, b"OK")),
        ("MAIL FROM:<a..b@c.example>", (501, b"expected <local-part@domain> or <>")),
        ("MAIL FROM:<a@b.example.>", (553, b"Error: malformed address")),
        ("MAIL FROM:<", (553, b"Error: malformed address")),
    ],
)
def test_paths_and_parameters_reach_our_engine(client, line, answer):
    client.ehlo()
    assert client.docmd(line) == answer


def test_no_enhanced_code_where_none_was_announced(mail_lab, client):
    client.ehlo()
    assert client.has_extn("enhancedstatuscodes") is False
    [conversation] = mail_lab.host.conversations
    mail_lab.call(lambda: conversation.end(Ending.SHUTDOWN))
    assert client.getreply() == (421, b"lab.example closing channel: the lab shuts down")


def test_octets_that_are_no_text_come_back_as_they_came(mail_lab):
    wire = mail_lab.connect("aiosmtpd")
    wire.line()
    assert wire.ask(b"VRFY \xff@") == b"502 Could not VRFY \xff@\r\n"
    wire.close()


def test_who_sends_ahead_does_not_hold_up_others(mail_lab):
    mail_lab.tick()
    flood, other = mail_lab.connect("aiosmtpd"), mail_lab.connect("smtp")
    flood.line(), other.line()
    its, others = sorted(mail_lab.host.conversations, key=lambda c: c.service.port, reverse=True)
    waits = others.end.__self__._transport
    mail_lab.call(waits.pause_reading)
    other.send(b"NOOP\r\n")
    heard, answers = its.recorder.record, []

    def begin(side, data):
        heard(side, data)
        if side is Side.SERVER:
            waits.resume_reading()
            answers.append(data)

    others.recorder.record = lambda *said: before.append(len(answers))
    before = []
    its.recorder.record = begin
    flood.send(b"NOOP\r\n" * 1000)
    assert other.line().startswith(b"250")
    mail_lab.until(lambda: len(answers) == 1000)
    assert [0 < count < 100 for count in before] == [True, True], before
    flood.close(), other.close()


def test_an_address_beyond_ascii_needs_smtputf8(mail_lab):
    wire = mail_lab.connect("aiosmtpd")
    wire.line()
    wire.ask(b"HELO c")
    wire.ask(b"MAIL FROM:<a@b.example>")
    assert wire.ask("RCPT TO:<łucja@lab.example>".encode()).startswith(b"553 ")
    wire.close()


def test_sentences_are_its_own_and_explained_all_the_same(mail_lab, client):
    assert client.docmd("FROB") == (500, b'Error: command "FROB" not recognized')
    client.sendmail("a@b.example", [ANN], MAIL)
    [conversation] = mail_lab.host.conversations
    entries = said(mail_lab, conversation)
    replies = [entry for entry in entries if entry.side is Side.SERVER]
    assert {entry.text for entry in replies} >= {"354 End data with <CR><LF>.<CR><LF>", "250 OK"}
    assert all(
        explain(e.id, language, e.params).short for e in entries for language in ("en", "de")
    )


def test_what_it_lacks_is_told_in_the_words_of_smtp(mail_lab, client):
    [conversation] = mail_lab.host.conversations
    for line in ("EHLO c", "AUTH PLAIN", "STARTTLS", "BDAT 5 LAST", "QUIT"):
        client.docmd(line)
    replies = [entry for entry in said(mail_lab, conversation) if entry.side is Side.SERVER][-4:]
    assert [entry.id for entry in replies] == [
        "smtp.AUTH.needs-tls", "smtp.STARTTLS.unavailable", "smtp.error.unrecognized",
        "smtp.QUIT.ok",
    ]  # fmt: skip
    assert replies[-1].params["host"] == "lab.example"


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r\n\0.\r\n"]
)
def test_nothing_is_smuggled_past_it(mail_lab, end):
    before = inbox(mail_lab)
    wire = mail_lab.connect("aiosmtpd")
    wire.line()
    wire.send(f"HELO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<{ANN}>\r\nDATA\r\n".encode())
    while not wire.line().startswith(b"354"):
        pass
    evil = f"MAIL FROM:<e@b.example>\r\nRCPT TO:<{ANN}>\r\nDATA\r\nevil\r\n.\r\nQUIT\r\n".encode()
    wire.send(b"Subject: x\r\n\r\nx" + end + evil)
    assert wire.rest().startswith(b"554 ")
    assert inbox(mail_lab) == before
    wire.close()


def test_step_mode_holds_its_answers_too(mail_lab):
    wire = mail_lab.connect("aiosmtpd")
    wire.line()
    [conversation] = mail_lab.host.conversations
    held = []

    async def gate():
        held.append(asyncio.get_running_loop().create_future())
        await held[-1]

    conversation.gate = gate
    wire.send(b"NOOP\r\n")
    mail_lab.until(lambda: len(held) == 1)
    assert said(mail_lab, conversation)[-1].text == "NOOP"
    conversation.gate = None
    mail_lab.call(lambda: held[0].set_result(None))
    assert wire.line() == b"250 OK\r\n"
    wire.close()


def test_it_says_farewell_when_the_lab_ends(mail_lab):
    wire = mail_lab.connect("aiosmtpd")
    wire.line()
    mail_lab.run(mail_lab.listeners.close())
    assert wire.rest() == b"421 lab.example closing channel: the lab shuts down\r\n"
    wire.close()


def test_a_message_that_it_refuses_itself_ends_the_transaction(client):
    client.ehlo()
    for _ in range(2):
        assert client.mail("a@b.example") == (250, b"OK")
        assert client.rcpt(ANN) == (250, b"OK")
        assert client.data(b"x" * 1100)[0] == 500


@pytest.mark.parametrize("command", ["RCPT", "DATA", ".", "RSET"])
@pytest.mark.parametrize(
    ("cut", "octets", "heard"),
    [(Cut.BEFORE, 0, b""), (Cut.INSIDE, 5, b"250 O"), (Cut.AFTER, 0, b"250 OK")],
)
def test_a_planned_cut_ends_it_as_well(mail_lab, command, cut, octets, heard):
    account = mail_lab.run(mail_lab.store.account(ANN))
    account.faults = FaultPlan([Fault("smtp", command, cut=cut, octets=octets)])
    before = len(inbox(mail_lab))
    wire = mail_lab.connect("aiosmtpd")
    wire.line()
    for line in (b"EHLO c", b"MAIL FROM:<a@b.example>"):
        wire.send(line + b"\r\n")
        while wire.line()[3:4] == b"-":
            pass
    said_last = {"RCPT": b"", "RSET": b"RSET\r\n"}.get(command, b"DATA\r\n")
    wire.send(f"RCPT TO:<{ANN}>\r\n".encode() + said_last)
    if command in ("DATA", "."):
        assert [wire.line()[:3] for _ in range(2)] == [b"250", b"354"]
        wire.send(b"x\r\n" * 10 + b".\r\n")
    rest = wire.rest()
    if command == "RSET":
        rest = rest.removeprefix(b"250 OK\r\n")
    if command == "DATA":  # it invites by itself; the message does not arrive whole
        assert rest == b""
    else:
        assert rest.startswith(heard)
        assert (rest == heard) is (cut is not Cut.AFTER)
    assert len(inbox(mail_lab)) - before == (command == ".")
    wire.close()


def test_whom_we_let_wait_on_purpose_is_not_silent(mail_lab, client):
    account = mail_lab.run(mail_lab.store.account(ANN))
    account.faults = FaultPlan([Fault("smtp", "RCPT", delay=300)])
    [conversation] = mail_lab.host.conversations
    server = conversation.end.__self__

    async def sleep(seconds):
        server._timeout_cb()  # its clock has run out meanwhile

    mail_lab.host.sleep = sleep
    client.ehlo()
    client.mail("a@b.example")
    assert client.rcpt(ANN) == (250, b"OK")


def test_what_is_planned_for_a_reset_leaves_no_mail_behind(mail_lab, client):
    account = mail_lab.run(mail_lab.store.account(ANN))
    account.faults = FaultPlan([Fault("smtp", "RSET", times=0, reply="451 4.3.0 no")])
    client.ehlo()
    for _ in range(2):
        assert client.mail("a@b.example") == (250, b"OK")
        assert client.rcpt(ANN) == (250, b"OK")
        assert client.rset() == (451, b"no")
