"""What the mailbox panel shows, and when."""

import asyncio

from mailedu.lab.panel import MAX_SHOWN, Panel
from protocols.memory import MemoryStore
from protocols.store import DELETED, SEEN, FlagChange, NewMessage

MAIL = b"From: Someone <someone@example.com>\r\nSubject: Hello\r\n\r\nText\r\n"


class Pictures(list):
    """The pictures that a panel made, as a page gets them."""

    def __init__(self, account):
        super().__init__()
        self.panel = Panel(lambda: self.append(self.panel.picture()))
        self.panel.show(account)

    async def next(self):
        seen = len(self)
        async with asyncio.timeout(10):
            while len(self) == seen:
                await asyncio.sleep(0.001)
        return self[-1]


def account(messages=1):
    return MemoryStore().add_account("anna@lab.example", "pw", [MAIL] * messages)


def test_the_picture_names_every_message():
    async def play():
        shown = account()
        picture = Pictures(shown)[-1]
        [folder] = picture["folders"]
        [message] = folder["messages"]
        date = message.pop("date")
        assert date == shown.inbox.messages[0].internal_date.isoformat(timespec="seconds")
        assert message == {
            "number": 1, "uid": 1, "from": "Someone <someone@example.com>", "subject": "Hello",
            "octets": len(MAIL), "flags": [], "marked": False,
        }  # fmt: skip
        assert (picture["address"], picture["locked"]) == ("anna@lab.example", False)
        assert (folder["name"], folder["total"], folder["unseen"]) == ("INBOX", 1, 1)

    asyncio.run(play())


def test_the_newest_are_shown_and_all_are_counted():
    async def play():
        [folder] = Pictures(account(MAX_SHOWN + 5))[-1]["folders"]
        numbers = [message["number"] for message in folder["messages"]]
        assert (folder["total"], numbers) == (MAX_SHOWN + 5, list(range(6, MAX_SHOWN + 6)))

    asyncio.run(play())


def test_arrivals_flags_folders_locks_and_marks_are_seen():
    async def play():
        shown = account()
        pictures = Pictures(shown)
        await shown.inbox.append([NewMessage(MAIL)])
        assert (await pictures.next())["folders"][0]["total"] == 2
        await shown.inbox.set_flags(shown.inbox.messages[:1], FlagChange.ADD, [SEEN, DELETED])
        message = (await pictures.next())["folders"][0]["messages"][0]
        assert (message["flags"], message["marked"]) == ([DELETED, SEEN], True)
        sent = await shown.create("Sent")
        assert [f["name"] for f in (await pictures.next())["folders"]] == ["INBOX", "Sent"]
        await sent.append([NewMessage(MAIL)])
        assert (await pictures.next())["folders"][1]["total"] == 1
        maildrop = await shown.lock_maildrop()
        assert (await pictures.next())["locked"] is True
        maildrop.marked.add(maildrop.messages[1])
        shown.changed()
        assert (await pictures.next())["folders"][0]["messages"][1]["marked"] is True

    asyncio.run(play())


def test_many_changes_at_once_make_one_picture():
    async def play():
        shown = account()
        pictures = Pictures(shown)
        for _ in range(50):
            await shown.inbox.append([NewMessage(MAIL)])
        picture = await pictures.next()
        assert (len(pictures), picture["folders"][0]["total"]) == (2, 51)

    asyncio.run(play())


def test_a_panel_that_shows_another_account_leaves_the_first():
    async def play():
        first, second = account(), account()
        pictures = Pictures(first)
        pictures.panel.show(second)
        assert (first.listeners, first.inbox.listeners) == (set(), set())
        assert pictures.panel in second.inbox.listeners
        pictures.panel.show(None)
        assert (second.listeners, second.inbox.listeners) == (set(), set())

    asyncio.run(play())
