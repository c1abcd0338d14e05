"""Programs that people really use: each sends, lists, reads and deletes, plain and sealed.

They trust the teaching CA and nobody else, and check the certificate wherever they can.
"""

import imaplib
import poplib
import smtplib
import subprocess
from email import message_from_bytes
from pathlib import Path

import pytest

from mailedu.certificates import client_context
from tests.system.clients import MAIL, deliver, fetched
from tests.system.programs import PATIENCE, WAYS, Desk, installed
from tests.system.sealed import NAME

TEXT = "Grüße\n.\nund Punkte\n"
READERS = ("pop3", "imap")


@pytest.fixture(params=WAYS)
def desk(request, lab, account, tmp_path) -> Desk:
    return Desk.make(lab, account, request.param, tmp_path)


def assert_sent(desk: Desk, by: str) -> None:
    """One message has come, through the way that the desk takes (RFC 3848)."""
    [content] = fetched(desk.lab, desk.account)
    message = message_from_bytes(content)
    protocol = "ESMTPSA" if desk.secure else "ESMTPA"
    assert (message["Subject"], message["Received"].split(" with ")[1].split()[0]) == (by, protocol)
    text = message.get_payload(decode=True).decode().replace("\r\n", "\n")
    assert text.rstrip() == TEXT.rstrip()  # swaks ends with an empty line


def letter(desk: Desk, subject: str) -> bytes:
    address = desk.account.address
    return (
        f"From: {address}\nTo: {address}\nSubject: {subject}\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{TEXT}"
    ).encode()


def assert_got(desk: Desk, files: list[Path], contents: list[bytes]) -> None:
    """The programs keep lines with LF, and some put a header of their own in front."""
    got = [file.read_bytes().replace(b"\r\n", b"\n") for file in files]
    want = [content.replace(b"\r\n", b"\n").partition(b"\n\n")[2] for content in contents]
    assert sorted(one.partition(b"\n\n")[2] for one in got) == sorted(want)


def test_swaks_sends(desk):
    address, password = desk.account.address, desk.account.password
    tls = {"plain": (), "starttls": ("--tls",), "sealed": ("--tls-on-connect",)}[desk.way]
    desk.run(
        "swaks", "--server", NAME, "--port", desk.port("submission"), "--from", address,
        "--to", address, "--auth", "PLAIN", "--auth-user", address, "--auth-password", password,
        *tls, *(("--tls-verify", "--tls-ca-path", desk.ca) if tls else ()),
        "--data", desk.write("letter", letter(desk, "swaks").decode()).read_text(),
    )  # fmt: skip
    assert_sent(desk, "swaks")


def test_msmtp_sends(desk):
    address, password = desk.account.address, desk.account.password
    tls = f"tls_trust_file {desk.ca}\ntls_starttls {'on' if desk.way == 'starttls' else 'off'}\n"
    settings = desk.write(
        "msmtprc",
        f"account default\nhost {NAME}\nport {desk.port('submission')}\nfrom {address}\n"
        f"auth plain\nuser {address}\npassword {password}\n"
        f"tls {'on' if desk.secure else 'off'}\n{tls if desk.secure else ''}",
    )
    desk.run("msmtp", "-C", settings, address, input=letter(desk, "msmtp"))
    assert_sent(desk, "msmtp")


@pytest.mark.parametrize("service", READERS)
def test_fetchmail_reads_and_deletes(desk, service):
    deliver(desk.lab, desk.account, MAIL, MAIL)
    contents = fetched(desk.lab, desk.account)
    # "": never TLS; "auto" without ssl: STARTTLS or nothing
    ssl = {"plain": 'sslproto ""', "starttls": 'sslproto "auto"', "sealed": "ssl"}[desk.way]
    settings = desk.write(
        "fetchmailrc",
        f"poll {NAME} protocol {service} port {desk.port(service)}\n"
        f'user "{desk.account.address}" password "{desk.account.password}" fetchall\n'
        f'{ssl} sslcertck sslcertfile "{desk.ca}" mda "cat > {desk.folder}/$$.got"\n',
    )
    desk.run("fetchmail", "-f", settings, "--pidfile", desk.folder / "pid", "-i", desk.folder / "i")
    assert_got(desk, list(desk.folder.glob("*.got")), contents)
    assert count(desk) == 0


@pytest.mark.parametrize("service", READERS)
def test_getmail_reads_and_deletes(desk, service):
    if desk.way == "starttls":
        pytest.skip("getmail knows no STARTTLS")
    deliver(desk.lab, desk.account, MAIL, MAIL)
    contents = fetched(desk.lab, desk.account)
    kind = service.upper() + ("SSL" if desk.secure else "")
    settings = desk.write(
        "getmailrc",
        f"[retriever]\ntype = Simple{kind}Retriever\nserver = {NAME}\n"
        f"port = {desk.port(service)}\nusername = {desk.account.address}\n"
        f"password = {desk.account.password}\n{f'ca_certs = {desk.ca}' if desk.secure else ''}\n"
        "[destination]\ntype = MDA_external\npath = /bin/sh\nallow_root_commands = true\n"
        'arguments = ("-c", "cat > $$.got")\n'
        "[options]\ndelete = true\ndelivered_to = false\nreceived = false\n",
    )
    desk.run("getmail", "--rcfile", settings, "--getmaildir", desk.folder)
    assert_got(desk, list(desk.folder.glob("*.got")), contents)
    assert count(desk) == 0


def test_mpop_reads_and_deletes(desk):
    deliver(desk.lab, desk.account, MAIL, MAIL)
    contents = fetched(desk.lab, desk.account)
    tls = f"tls_trust_file {desk.ca}\ntls_starttls {'on' if desk.way == 'starttls' else 'off'}\n"
    settings = desk.write(
        "mpoprc",
        f"account default\nhost {NAME}\nport {desk.port('pop3')}\nkeep off\n"
        f"auth user\nuser {desk.account.address}\npassword {desk.account.password}\n"
        f"uidls_file {desk.folder}/uidls\ndelivery maildir {desk.maildir()}\n"
        f"tls {'on' if desk.secure else 'off'}\n{tls if desk.secure else ''}",
    )
    desk.run("mpop", "-C", settings)
    assert_got(desk, list((desk.folder / "Maildir/new").iterdir()), contents)
    assert count(desk) == 0


def mutt_settings(desk: Desk) -> Path:
    force = "yes" if desk.secure else "no"
    starttls = "yes" if desk.way == "starttls" else "no"
    return desk.write(
        "muttrc",
        f'set from="{desk.account.address}" smtp_url="{desk.url("submission")}"\n'
        f'set use_from charset=utf-8 send_charset=utf-8 allow_8bit copy=no\n'
        f"set ssl_starttls={starttls} ssl_force_tls={force} ssl_ca_certificates_file={desk.ca}\n"
        f'set certificate_file="" mail_check=600 wait_key=no sleep_time=0\n'
        f"set delete=yes quit=yes pop_delete=no pipe_decode=no folder={desk.folder}\n"
        'macro index X "<first-entry><pipe-message>cat > one.got<enter><delete-message><quit>"\n',
    )  # fmt: skip


def test_mutt_sends(desk):
    settings = mutt_settings(desk)
    desk.run("mutt", "-n", "-F", settings, "-s", "mutt", desk.account.address, input=TEXT.encode())
    assert_sent(desk, "mutt")


@pytest.mark.parametrize("service", READERS)
def test_mutt_reads_and_deletes(desk, service):
    deliver(desk.lab, desk.account, MAIL, MAIL)
    contents = fetched(desk.lab, desk.account)
    url = desk.url(service, {"pop3": "pop", "pop3s": "pops"}.get(desk.scheme(service), ""))
    desk.run_in_terminal("mutt", "-n", "-F", mutt_settings(desk), "-e", "push X", "-f", url)
    assert_got(desk, [desk.folder / "one.got"], contents[:1])
    assert count(desk) == 1


def s_nail(desk: Desk) -> tuple[str, ...]:
    settings = ["v15-compat", "ttycharset=utf-8", "sendcharsets=utf-8", "mime-encoding=8bit"]
    settings += [f"from={desk.account.address}", "tls-verify=strict", f"tls-ca-file={desk.ca}"]
    settings += ["tls-ca-no-defaults", "hold", "keep", "smtp-auth=plain"]
    if desk.way == "starttls":
        settings += ["smtp-use-starttls", "pop3-use-starttls", "imap-use-starttls"]
    return ("s-nail", "-n", *(part for setting in settings for part in ("-S", setting)))


def test_s_nail_sends(desk):
    desk.run(
        *s_nail(desk), "-S", f"mta={desk.url('submission')}", "-s", "s-nail",
        desk.account.address, input=TEXT.encode(),
    )  # fmt: skip
    assert_sent(desk, "s-nail")


@pytest.mark.parametrize("service", READERS)
def test_s_nail_lists_reads_and_deletes(desk, service):
    deliver(desk.lab, desk.account, MAIL, MAIL)
    script = b"headers\ntype 1\ndelete 1\nquit\n"
    said = desk.run(*s_nail(desk), "-#", "-f", desk.url(service), input=script)
    assert said.count(b"Dots and octets") >= 2
    assert b".hidden" in said
    assert count(desk) == 1


def curl(desk: Desk, service: str, path: str, *more: object, input: bytes = b"") -> bytes:
    return desk.run(
        "curl", "-sS", "--cacert", desk.ca, *(("--ssl-reqd",) if desk.secure else ()),
        "--user", f"{desk.account.address}:{desk.account.password}",
        f"{desk.scheme(service)}://{desk.place(service)}{path}", *more, input=input,
    )  # fmt: skip


def test_curl_sends_lists_reads_and_deletes(desk):
    address = desk.account.address
    send = ("--mail-from", address, "--mail-rcpt", address, "--upload-file", "-")
    curl(desk, "submission", "", *send, input=letter(desk, "curl").replace(b"\n", b"\r\n"))
    assert_sent(desk, "curl")
    [content] = fetched(desk.lab, desk.account)
    assert curl(desk, "pop3", "/") == b"1 %d\r\n" % len(content)
    assert curl(desk, "pop3", "/1") == content
    assert curl(desk, "imap", "/INBOX;MAILINDEX=1") == content
    curl(desk, "imap", "/INBOX", "-X", "STORE 1 +FLAGS (\\Deleted)")
    assert b"1 EXPUNGE" in curl(desk, "imap", "/INBOX", "-X", "EXPUNGE")
    assert count(desk) == 0


@pytest.mark.parametrize(
    "service, lines, answer",
    [
        ("pop3", "USER {0}\nPASS {1}\nSTAT\nQUIT\n", b"+OK 0 0\r\n"),
        ("imap", "a LOGIN {0} {1}\na SELECT INBOX\na LOGOUT\n", b"* 0 EXISTS\r\n"),
        ("submission", "EHLO c.example\nVRFY {0}\nQUIT\n", b"252 "),
    ],
)
def test_openssl_reads(lab, account, tmp_path, service, lines, answer):
    for way in ("starttls", "sealed"):
        (tmp_path / way).mkdir()
        desk = Desk.make(lab, account, way, tmp_path / way)
        begin = ("-starttls", desk.scheme(service)) if way == "starttls" else ()
        said = desk.run(
            "openssl", "s_client", "-connect", desk.place(service), *begin, "-quiet", "-crlf",
            "-CAfile", desk.ca, "-verify_return_error", "-verify_hostname", NAME,
            input=lines.format(account.address, account.password).encode(),
        )  # fmt: skip
        assert answer in said


def test_python_sends(desk):
    context = client_context(desk.lab.data_dir)
    port = desk.port("submission")
    if desk.way == "sealed":
        client = smtplib.SMTP_SSL(NAME, port, timeout=PATIENCE, context=context)
    else:
        client = smtplib.SMTP(NAME, port, timeout=PATIENCE)
    with client:
        if desk.way == "starttls":
            client.starttls(context=context)
        client.login(desk.account.address, desk.account.password)
        content = letter(desk, "smtplib").replace(b"\n", b"\r\n")
        client.sendmail(desk.account.address, desk.account.address, content)
    assert_sent(desk, "smtplib")


def test_poplib_lists_reads_and_deletes(desk):
    deliver(desk.lab, desk.account, MAIL, MAIL)
    contents = fetched(desk.lab, desk.account)
    context = client_context(desk.lab.data_dir)
    port = desk.port("pop3")
    if desk.way == "sealed":
        client = poplib.POP3_SSL(NAME, port, timeout=PATIENCE, context=context)
    else:
        client = poplib.POP3(NAME, port, timeout=PATIENCE)
    if desk.way == "starttls":
        client.stls(context)
    client.user(desk.account.address)
    client.pass_(desk.account.password)
    assert client.list()[1] == [b"%d %d" % (n, len(c)) for n, c in enumerate(contents, 1)]
    assert b"".join(line + b"\r\n" for line in client.retr(2)[1]) == contents[1]
    client.dele(2)
    client.quit()
    assert fetched(desk.lab, desk.account) == contents[:1]


def test_imaplib_lists_reads_and_deletes(desk):
    deliver(desk.lab, desk.account, MAIL, MAIL)
    contents = fetched(desk.lab, desk.account)
    context = client_context(desk.lab.data_dir)
    port = desk.port("imap")
    if desk.way == "sealed":
        client = imaplib.IMAP4_SSL(NAME, port, timeout=PATIENCE, ssl_context=context)
    else:
        client = imaplib.IMAP4(NAME, port, timeout=PATIENCE)
    if desk.way == "starttls":
        client.starttls(context)
    client.login(desk.account.address, desk.account.password)
    assert client.select() == ("OK", [b"2"])
    assert client.fetch("2", "(BODY[])")[1][0][1] == contents[1]
    client.store("1", "+FLAGS", "\\Deleted")
    assert client.expunge() == ("OK", [b"1"])
    client.logout()
    assert fetched(desk.lab, desk.account) == contents[1:]


@pytest.mark.parametrize("program", ["curl", "openssl"])
def test_who_does_not_know_the_ca_goes_no_further(lab, program):
    """And the lab takes it calmly."""
    installed(program)
    place = f"{NAME}:{lab.ports['pop3s'][1]}"
    commands = {
        "curl": ["curl", "-sS", f"pop3s://{place}/"],
        "openssl": ["openssl", "s_client", "-connect", place, "-verify_return_error"],
    }
    done = subprocess.run(commands[program], input=b"", capture_output=True, timeout=PATIENCE)
    assert done.returncode != 0
    assert b"certificate" in done.stderr


def count(desk: Desk) -> int:
    with imaplib.IMAP4(*desk.lab.imap, timeout=PATIENCE) as client:
        client.login(desk.account.address, desk.account.password)
        return int(client.select(readonly=True)[1][0])
