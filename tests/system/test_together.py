"""Several people and programs at one mailbox, and a whole class on copies of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mailedu.mail.samples import load
from tests.lab.web import Browser, Socket
from tests.system.clients import pop
from tests.system.people import closed, lines, new_guest

CLASS = 40
SLIDES = (
    "USER wiki@example.com",
    "PASS passwort_im_klartext",
    "STAT",
    "LIST",
    "RETR 1",
    "DELE 1",
    "QUIT",
)
[SAMPLE] = load("slides")


def say(page: Socket, conversation: dict, text: str, answer: str, pane: str = "a") -> str:
    """Send a line and wait for an entry that begins with `answer`, behind all heard so far."""
    heard = len(page.entries(conversation["id"]))
    page.say("octets" if "\n" in text else "send", pane=pane, text=text)
    return line_behind(page, conversation, answer, heard)


def line_behind(page: Socket, conversation: dict, start: str, heard: int) -> str:
    id = conversation["id"]

    def found() -> list[str]:
        new = page.entries(id)[heard:]
        return [e["text"] for e in new if e["side"] == "S" and e["text"].startswith(start)]

    while not found():
        message = page.next()
        assert message["type"] not in ("close", "error"), message
    return found()[0]


@pytest.fixture
def guest(lab):
    return new_guest(lab)


def test_two_browsers_and_a_mail_program_at_one_mailbox(lab, guest):
    address, password = guest.account.address, guest.account.password
    with guest.page() as writer, guest.page("de") as reader:
        for page in (writer, reader):
            page.say("watch")
        smtp, imap = writer.open("a", "smtp"), reader.open("a", "imap")
        say(reader, imap, f"a1 LOGIN {address} {password}", "a1 OK")
        say(reader, imap, "a2 SELECT INBOX", "a2 OK")
        [exists] = [e["text"] for e in reader.entries(imap["id"]) if e["text"].endswith(" EXISTS")]
        count = int(exists.split()[1])
        say(reader, imap, "a3 IDLE", "+ idling")

        for command in ("HELO me", f"MAIL FROM:<{address}>", f"RCPT TO:<{address}>"):
            say(writer, smtp, command, "250")
        say(writer, smtp, "DATA", "354")
        heard = len(reader.entries(imap["id"]))
        say(writer, smtp, "Subject: together\n\nText\n.\n", "250")
        assert line_behind(reader, imap, "* ", heard) == f"* {count + 1} EXISTS"

        program = pop(lab, guest.account)
        assert program.stat()[0] == count + 1
        assert b"Subject: together" in program.retr(count + 1)[1]
        program.dele(count + 1)
        heard = len(reader.entries(imap["id"]))
        program.quit()
        assert line_behind(reader, imap, "* ", heard) == f"* {count + 1} EXPUNGE"
        say(reader, imap, "DONE", "a3 OK")
        say(reader, imap, "a4 LOGOUT", "a4 OK")
        say(writer, smtp, "QUIT", "221")
        assert_same_story(writer, reader, smtp["id"], imap["id"])


def assert_same_story(one: Socket, other: Socket, smtp: str, imap: str) -> None:
    """Both pages tell of all three conversations, line by line and without a gap."""
    told = [m["conversation"] for m in one.heard if m["type"] == "conversation"]
    outside = next(c["id"] for c in told if c["protocol"] == "pop3")
    for id in (smtp, imap, outside):
        stories = [closed(page, id) for page in (one, other)]
        for story in stories:
            assert [e["seq"] for e in story] == list(range(1, len(story) + 1))
        assert [e["text"] for e in stories[0]] == [e["text"] for e in stories[1]]
    texts = [text for side, text in lines(one, outside) if side == "C"]
    assert (texts[-1], len(texts)) == ("QUIT", 6)


def test_the_panel_follows_what_a_mail_program_does(lab, guest):
    with guest.page() as page:
        page.say("mailbox")
        [inbox, *_] = page.a("mailbox")["mailbox"]["folders"]
        program = pop(lab, guest.account)
        program.dele(1)
        page.until(lambda m: m["type"] == "mailbox" and m["mailbox"]["locked"] and marked(m) == [1])
        program.quit()
        left = inbox["total"] - 1
        page.until(
            lambda m: (
                m["type"] == "mailbox"
                and (m["mailbox"]["locked"], first(m)["total"]) == (False, left)
            )
        )


def first(message: dict) -> dict:
    return message["mailbox"]["folders"][0]


def marked(message: dict) -> list[int]:
    return [m["number"] for m in first(message)["messages"] if m["marked"]]


def test_a_class_plays_the_slides_session_at_once(lab):
    with ThreadPoolExecutor(CLASS) as pool:
        pages = list(pool.map(lambda n: Browser(lab.http).try_it().socket(), range(CLASS)))
        stories = list(pool.map(play, pages))
    for page in pages:
        page.close()
    first, *others = [[text for side, text in story] for story in stories]
    assert first[0].startswith("+OK mailedu POP3 server ready <")
    assert first[1:] == [
        *SLIDES[:1], "+OK Please enter password",
        *SLIDES[1:2], "+OK mailbox locked and ready",
        *SLIDES[2:3], f"+OK 1 {len(SAMPLE.content)}",
        *SLIDES[3:4], f"+OK mailbox has 1 messages ({len(SAMPLE.content)} octets)",
        f"1 {len(SAMPLE.content)}", ".",
        *SLIDES[4:5], "+OK message follows", *SAMPLE.content.decode().splitlines(), ".",
        *SLIDES[5:6], "+OK message marked for delete",
        *SLIDES[6:], "+OK bye",
    ]  # fmt: skip
    assert [story[1:] for story in others] == [first[1:]] * (CLASS - 1)
    assert len({story[0] for story in (first, *others)}) == CLASS


def play(page: Socket) -> list[tuple[str, str]]:
    """The lines of the slides' session; nobody else's ever come."""
    page.say("watch")
    conversation = page.open("a", "pop3")
    for line in SLIDES:
        say(page, conversation, line, "+OK")
    story = lines(page, conversation["id"])
    told = {m["conversation"] for m in page.heard if m["type"] == "entries"}
    assert told == {conversation["id"]}
    return story


def test_each_pupil_deletes_only_his_own_copy(lab):
    one, other = new_guest(lab), new_guest(lab)
    with one.page() as page:
        play(page)
    with one.page() as again, other.page() as theirs:
        counts = []
        for page in (again, theirs):
            conversation = page.open("a", "pop3")
            for line in SLIDES[:2]:
                say(page, conversation, line, "+OK")
            counts.append(say(page, conversation, "STAT", "+OK"))
        assert counts == ["+OK 0 0", f"+OK 1 {len(SAMPLE.content)}"]
