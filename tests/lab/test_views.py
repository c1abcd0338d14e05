"""What each page is given. The live pages are in test_consumer.py and tests/browser."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from mailedu.lab import guests
from mailedu.lab.models import Transcript
from protocols import PROTOCOLS

pytestmark = pytest.mark.django_db

NAMES = [protocol.name for protocol in PROTOCOLS]
PAGES = [
    reverse(name) for name in ("start", "watch", "connect", "trust", "learn", "privacy")
] + [reverse(page, args=[name]) for page in ("console", "reference") for name in NAMES]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_for_anybody(client, path, language):
    answer = client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    assert answer.context["guest"] is None


@pytest.mark.parametrize("path", PAGES)
def test_every_page_knows_its_guest(client, path):
    client.post(reverse("try"))
    assert client.get(path).context["guest"].address.endswith("@lab.example")


@pytest.mark.parametrize("path", ["/console/gopher/", "/reference/gopher/", "/transcripts/none/"])
def test_what_is_not_there_is_404(client, path):
    assert client.get(path).status_code == 404


def test_what_changes_something_is_no_get(client):
    assert client.get("/mailbox/reset/").status_code == 405


@pytest.mark.parametrize("path", ["/try/", "/card/"])
def test_where_a_refusal_stood_one_begins_anew(client, path):
    assert client.get(path).headers["location"] == "/"
    assert guests.guest_of(client.session) is None


def test_the_page_data_is_the_table(client):
    rows = client.get("/console/pop3/").context["protocols"]
    assert [row["name"] for row in rows] == NAMES
    for row, protocol in zip(rows, PROTOCOLS, strict=True):
        assert [c["name"] for c in row["commands"]] == list(protocol.table)
        assert [s["name"] for s in row["states"]] == list(protocol.table.states)
        assert row["transitions"] == [list(edge) for edge in protocol.table.transitions()]
        assert (row["host"], row["standard_port"]) == ("testserver", protocol.services[0].port)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("pop3", {"pop3": "plain", "pop3s": "TLS"}),
        ("imap", {"imap": "plain", "imaps": "TLS"}),
        (
            "smtp",
            {
                "smtp": "relay",
                "submission": "submission",
                "smtps": "submission, TLS",
                "aiosmtpd": "another server",
            },
        ),
    ],
)
def test_each_door_of_a_protocol_is_there(client, name, kinds):
    doors = client.get(f"/console/{name}/").context["protocol"]["services"]
    assert {door["name"]: door["kind"] for door in doors} == kinds
    assert [door["name"] for door in doors if door["tls"]] == [f"{name}s"]
    upgrading = [door["name"] for door in doors if door["upgrades"]]
    assert upgrading == [kind for kind in kinds if kind not in (f"{name}s", "aiosmtpd")]


@pytest.mark.parametrize(
    ("query", "service"),
    [("", "pop3"), ("?service=pop3s", "pop3s"), ("?service=imaps", "pop3"), ("?service=x", "pop3")],
)
def test_the_address_names_the_door(client, query, service):
    assert client.get(f"/console/pop3/{query}").context["service"] == service


@pytest.mark.parametrize("door, beside", [("smtp", "smtp"), ("smtps", "smtp"), ("gopher", None)])
def test_a_second_pane_may_stand_beside(client, door, beside):
    context = client.get(f"/console/pop3/?beside={door}").context
    assert context["protocol"]["name"] == "pop3"
    assert (context["beside"] or {}).get("name") == beside


def test_each_sample_session_names_a_door_of_its_protocol(client):
    context = client.get("/console/pop3/").context
    doors = {row["name"]: [d["name"] for d in row["services"]] for row in context["protocols"]}
    for session in context["sessions"]:
        assert session["service"] in doors[session["protocol"]]


def test_the_slides_sessions_are_as_printed(client):
    sessions = {row["id"]: row for row in client.get("/console/pop3/").context["sessions"]}
    assert sessions["pop3-slides"]["lines"] == [
        "USER wiki@example.com", "PASS passwort_im_klartext", "STAT", "LIST", "RETR 1",
        "DELE 1", "QUIT",
    ]  # fmt: skip
    lines = sessions["smtp-slides"]["lines"]
    assert lines[:4] == [
        "HELO foobar.example.net", "MAIL FROM: <sender@example.org>",
        "RCPT TO: <receiver@example.com>", "DATA",
    ]  # fmt: skip
    header, _, body = lines[4].partition("\n\n")
    assert header.split("\n") == [
        "From: <sender@example.org>", "To: <receiver@example.com>", "Subject: Testmail",
        "Date: Thu, 26 Oct 2006 13:10:50 +0200",
    ]  # fmt: skip
    assert body.endswith("et dolore magna aliqua")
    assert lines[5:] == ["QUIT"]


def test_the_imap_sample_uses_the_guests_own_mailbox(client):
    def login():
        sessions = {row["id"]: row for row in client.get("/console/imap/").context["sessions"]}
        return sessions["imap-sample"]["lines"][0]

    assert login() == "a1 LOGIN wiki@example.com passwort_im_klartext"
    client.post(reverse("try"))
    guest = client.get("/").context["guest"]
    assert login() == f"a1 LOGIN {guest.address} {guest.password}"


def test_the_reference_lists_the_table_and_every_reply(client):
    for protocol in PROTOCOLS:
        groups = client.get(f"/reference/{protocol.name}/").context["groups"]
        rows = {group["name"]: group["rows"] for group in groups}
        assert [row["name"] for row in rows["commands"]] == [
            command.usage for command in protocol.table.values()
        ]
        assert [row["id"] for row in rows["replies"]] == [reply.id for reply in protocol.replies]


def test_mail_programs_get_the_guests_credentials_and_this_host(client):
    client.post(reverse("try"))
    context = client.get(reverse("connect"), headers={"host": "localhost:8000"}).context
    guest = context["guest"]
    snippets = {s["id"]: s["text"] for kind in context["clients"] for s in kind["snippets"]}
    port = {row["name"]: row["port"] for row in context["ports"]}
    assert snippets["telnet-pop3"] == f"telnet localhost {port['pop3']}"
    assert snippets["curl-pop3s"] == (
        f'curl -v --cacert mailedu-ca.crt --user "{guest.address}:{guest.password}"'
        f" pop3s://localhost:{port['pop3s']}/1"
    )
    for id, text in snippets.items():
        assert not re.search(r"[{}]", text), id
        if id.startswith("python-"):
            compile(text, id, "exec")
    assert context["login"] == guest.address
    assert [(row["plain"], row["sealed"]) for row in context["thunderbird"]] == [
        (port["pop3"], port["pop3s"]),
        (port["imap"], port["imaps"]),
        (port["submission"], port["smtps"]),
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_door_has_its_use_its_console_and_how_tls_begins(client, language):
    answer = client.get(reverse("connect"), headers={"accept-language": language})
    rows = answer.context["ports"]
    services = [service for protocol in PROTOCOLS for service in protocol.services]
    assert [row["name"] for row in rows] == [service.name for service in services]
    assert [row["tls"] for row in rows] == [service.serve is None for service in services]
    assert len({str(row["use"]) for row in rows}) == len(rows)
    upgrades = {row["name"]: row["upgrade"] for row in rows}
    assert [name for name, upgrade in upgrades.items() if not upgrade] == [
        service.name for service in services if service.tls
    ]
    assert (upgrades["pop3"], upgrades["submission"]) == ("STLS", "STARTTLS")
    learned = client.get(reverse("learn")).content.decode()
    for row in rows:
        place = f'/console/{row["protocol"]}/?service={row["name"]}"'
        assert (answer.content.decode().count(place), learned.count(place)) == (1, 1)


@pytest.mark.parametrize("language", ["en", "de"])
def test_learn_leads_to_tls_and_to_trust(client, settings, language):
    def learned() -> str:
        answer = client.get(reverse("learn"), headers={"accept-language": language})
        return answer.content.decode().partition('<h2 id="tls">')[2].partition("<h2")[0]

    assert "/console/pop3/?service=pop3s&amp;beside=pop3" in learned()
    assert learned().count(f'href="{reverse("trust")}"') == 2
    settings.LAB_TLS_OWN = ("school.crt", "school.key")  # then there is no teaching CA
    assert learned().count(f'href="{reverse("trust")}"') == 1


@pytest.mark.parametrize("language", ["en", "de"])
def test_watch_leads_to_trust_whoever_sees_no_failed_handshake(client, admin_client, language):
    def ways(of) -> int:
        answer = of.get(reverse("watch"), headers={"accept-language": language})
        box = answer.content.decode().partition('id="nobody"')[2].partition("</section>")[0]
        return box.count(f'href="{reverse("trust")}"')

    client.post(reverse("try"))
    assert (ways(client), ways(admin_client)) == (1, 0)


def test_only_pupils_are_asked_to_try_it(client, admin_client):
    for browser, texts in ((client, (True, False)), (admin_client, (False, True))):
        page = browser.get(reverse("watch")).content.decode()
        assert ("data-try" in page, "a server of this lab" in page) == texts


def test_the_staff_is_told_whose_a_stored_conversation_was(client, admin_client):
    client.post(reverse("try"))
    realm = client.session["guest"]["realm"]
    known_as = client.get(reverse("watch")).context["guest"].address
    now = datetime.now(UTC)
    for id, owner in (("one", realm), ("two", "gone")):
        Transcript.objects.create(
            id=id, owner=owner, protocol="pop3", port=110, peer="", origin="console",
            account="wiki@example.com", opened=now, closed=now, written=now,
        )  # fmt: skip
    rows = admin_client.get(reverse("watch")).context["transcripts"]
    assert {row["id"]: row["guest"] for row in rows} == {"one": known_as, "two": ""}
    page = admin_client.get(reverse("transcript", args=["one"])).content.decode()
    assert known_as in page.partition('id="about"')[2]


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/console/smtp/?beside=pop3", "/console/smtp/?beside=pop3"),
        ("https://elsewhere.example/", "/console/pop3/"),
        ("//elsewhere.example/", "/console/pop3/"),
        ("", "/console/pop3/"),
    ],
)
def test_forms_lead_on_within_the_site(client, wanted, location):
    assert client.post(reverse("try"), {"next": wanted}).headers["location"] == location


def test_the_language_can_be_switched(client):
    client.post(reverse("set_language"), {"language": "de", "next": "/"})
    assert client.get("/").headers["content-language"] == "de"
