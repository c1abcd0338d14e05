"""Python's own mail modules against one process and one account."""

import imaplib
import poplib

import pytest

from tests.protocols.conftest import Wire
from tests.system.clients import (
    MAIL,
    PATIENCE,
    SENDER,
    assert_traced,
    deliver,
    fetched,
    imap,
    pop,
    retrieved,
    smtp,
)


def test_what_smtp_delivered_is_what_pop3_and_imap_give_back(lab, account):
    with smtp(lab) as client:
        client.helo("foobar.example.net")
        client.sendmail(SENDER, [account.address], MAIL)
    with smtp(lab) as client:
        client.sendmail(SENDER, [account.address], MAIL)
    with smtp(lab) as client:
        client.login(account.address, account.password)
        client.sendmail(account.address, [account.address], MAIL)
    with smtp(lab) as client:
        client.sendmail("jörg@example.com", [account.address], MAIL, ["SMTPUTF8"])
    contents = retrieved(lab, account)
    assert fetched(lab, account) == contents
    senders = (SENDER, SENDER, account.address, "jörg@example.com")
    for content, protocol, sender in zip(
        contents, ("SMTP", "ESMTP", "ESMTPA", "UTF8SMTP"), senders, strict=True
    ):
        assert_traced(content, MAIL, protocol, account, sender)


def test_poplib(lab, account):
    deliver(lab, account, MAIL, b"Subject: two\r\n\r\n1\r\n2\r\n3\r\n", b"Subject: three\r\n\r\n")
    contents = retrieved(lab, account)
    client = pop(lab, account)
    sizes = [b"%d %d" % (n, len(content)) for n, content in enumerate(contents, 1)]
    assert client.list()[1] == sizes
    uids = dict(line.split() for line in client.uidl()[1])
    assert len(set(uids.values())) == len(uids) == 3
    head, _, body = contents[1].partition(b"\r\n\r\n")
    assert b"\r\n".join(client.top(2, 0)[1]) + b"\r\n" == head + b"\r\n\r\n"
    assert b"\r\n".join(client.top(2, 2)[1]) + b"\r\n" == head + b"\r\n\r\n1\r\n2\r\n"
    client.dele(1)
    with pytest.raises(poplib.error_proto, match="-ERR"):
        client.retr(1)
    client.rset()
    assert client.stat()[0] == 3
    client.dele(1)
    client.dele(3)
    assert client.stat() == (1, len(contents[1]))
    assert client.quit() == b"+OK bye"
    again = poplib.POP3(*lab.pop3, timeout=PATIENCE)
    again.apop(account.address, account.password)
    assert again.uidl()[1] == [b"1 " + uids[b"2"]]
    again.quit()
    assert fetched(lab, account) == [contents[1]]


def test_imaplib_fetches_everything(lab, account):
    deliver(lab, account, MAIL)
    [content] = retrieved(lab, account)
    header, _, text = content.partition(b"\r\n\r\n")
    header += b"\r\n\r\n"
    client = imaplib.IMAP4(*lab.imap, timeout=PATIENCE)
    answer = f"\0{account.address}\0{account.password}".encode()
    assert client.authenticate("PLAIN", lambda _: answer)[0] == "OK"
    assert client.select() == ("OK", [b"1"])

    def one(items: str) -> bytes:
        status, [(_, octets), *_] = client.fetch("1", items)
        assert status == "OK"
        return octets

    def said(items: str) -> bytes:
        parts = client.fetch("1", items)[1]
        return b"".join(p if isinstance(p, bytes) else b"".join(p) for p in parts)

    assert b"\\Seen" not in said("(FLAGS)")
    assert one("(BODY.PEEK[])") == one("(RFC822)") == one("(BODY[])") == content
    assert b"\\Seen" in said("(FLAGS)")
    assert one("(BODY[HEADER])") == one("(RFC822.HEADER)") == header
    assert one("(BODY[TEXT])") == one("(RFC822.TEXT)") == text
    assert b"RFC822.SIZE %d " % len(content) in said("(RFC822.SIZE FLAGS)")
    assert one("(BODY[HEADER.FIELDS (SUBJECT)])") == b"Subject: Dots and octets\r\n\r\n"
    assert b"Subject" not in one("(BODY[HEADER.FIELDS.NOT (SUBJECT)])")
    assert one("(BODY[1])") == ".\r\n..\r\n.hidden\r\nGrüße ".encode() + b"\xff"
    assert one("(BODY[2])") == b"abc"
    assert one("(BODY[2.MIME])") == b"Content-Type: application/octet-stream\r\n\r\n"
    assert one("(BODY[]<7.20>)") == content[7:27]
    items = {"FAST": b"", "ALL": b" ENVELOPE", "FULL": b" ENVELOPE BODY"}
    for macro, more in items.items():  # RFC 3501 6.4.5
        said_all = said(macro)
        wanted = (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", *more.split())
        assert [item for item in wanted if b"%b " % item not in said_all] == []
    envelope = b'1 (ENVELOPE (NIL "Dots and octets" (("Ben" NIL "ben" "example.com"))'
    assert said("(ENVELOPE)").startswith(envelope)
    text = b'("text" "plain" ("charset" "utf-8") NIL NIL "8bit" 25 3'
    other = b'("application" "octet-stream" NIL NIL NIL "7bit" 3'
    assert said("(BODY)") == b'1 (BODY (%b)%b) "mixed"))' % (text, other)
    more = b" NIL NIL NIL"
    assert said("(BODYSTRUCTURE)") == (
        b'1 (BODYSTRUCTURE (%b NIL%b)%b NIL%b) "mixed" ("boundary" "b")%b))'
        % (text, more, other, more, more)
    )
    assert client.logout()[0] == "BYE"


def test_imaplib_works_in_the_mailbox(lab, account):
    deliver(lab, account, MAIL, b"Subject: two\r\n\r\n2\r\n")
    with imap(lab, account) as client:
        assert client.select() == ("OK", [b"2"])
        assert client.search(None, "SUBJECT", '"two"') == ("OK", [b"2"])
        assert client.search(None, "BODY", '"hidden"') == ("OK", [b"1"])
        assert client.store("2", "+FLAGS", "(\\Flagged $lab)")[1] == [
            b"2 (FLAGS (\\Flagged \\Recent $lab))"
        ]
        assert client.search(None, "FLAGGED", "KEYWORD", "$lab") == ("OK", [b"2"])
        client.create("Archiv")
        assert client.copy("1:2", "Archiv")[0] == "OK"
        assert client.append("INBOX", "(\\Draft)", None, MAIL)[0] == "OK"
        assert client.search(None, "DRAFT") == ("OK", [b"3"])
        assert client.fetch("3", "(BODY.PEEK[])")[1][0][1] == MAIL
        client.store("1:2", "+FLAGS.SILENT", "\\Deleted")
        assert client.expunge() == ("OK", [b"1", b"1"])
        assert client.select("Archiv") == ("OK", [b"2"])
        assert client.search(None, "FLAGGED") == ("OK", [b"2"])
        assert_traced(client.fetch("1", "(BODY[])")[1][0][1], MAIL, "ESMTP", account)
        client.close()
        client.delete("Archiv")
    assert fetched(lab, account) == retrieved(lab, account) == [MAIL]


def test_idle_hears_of_each_delivery(lab, account):
    wire = Wire(lab.imap)
    wire.line()
    for command in (f"a LOGIN {account.address} {account.password}", "b SELECT INBOX", "c IDLE"):
        wire.send(command.encode() + b"\r\n")
    while not wire.line().startswith(b"+"):
        pass
    for number in (1, 2):
        deliver(lab, account, MAIL)
        assert wire.line() == b"* %d EXISTS\r\n" % number
        assert wire.line() == b"* %d RECENT\r\n" % number
    assert wire.ask(b"DONE") == b"c OK IDLE terminated\r\n"
    wire.close()
