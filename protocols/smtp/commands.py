"""The table's rows in teaching order, with their handlers."""

from protocols.commands import stays
from protocols.replies import Refused
from protocols.smtp import replies
from protocols.smtp.auth import authenticate
from protocols.smtp.data import DotReader
from protocols.smtp.delivery import end_of_data
from protocols.smtp.grammar import Fault, Malformed, Path, is_host, read_path
from protocols.smtp.replies import Answer
from protocols.smtp.session import Envelope, SmtpSession
from protocols.smtp.table import (
    CONNECTED,
    DATA,
    END_OF_DATA,
    GREETED,
    MAIL,
    MAX_MESSAGE,
    MAX_RECIPIENTS,
    PARAMETERS,
    RCPT,
    TABLE,
    keywords,
)
from protocols.store import Account

_ANY = (CONNECTED, GREETED, MAIL, RCPT)
_BODIES = ("7BIT", "8BITMIME")  # RFC 6152 2
_POSTMASTER = "postmaster"


@TABLE.command("HELO", dict.fromkeys(_ANY, GREETED), "domain", rfc="RFC 5321 4.1.1.1")
async def helo(session: SmtpSession, argument: str) -> Answer:
    return _hello(session, argument, "HELO", extended=False)


@TABLE.command("EHLO", dict.fromkeys(_ANY, GREETED), "domain", rfc="RFC 5321 4.1.1.1")
async def ehlo(session: SmtpSession, argument: str) -> Answer:
    return _hello(session, argument, "EHLO", extended=True)


def _hello(session: SmtpSession, domain: str, command: str, *, extended: bool) -> Answer:
    if not is_host(domain):
        raise _syntax(command)
    session.reset()  # RFC 5321 4.1.4
    session.helo, session.extended = domain, extended
    values = {"host": session.host.name}
    return (
        Answer(replies.EHLO_OK, values, keywords(session.tls_offered)) if extended else Answer(replies.HELO_OK, values)
    )


@TABLE.command("STARTTLS", {GREETED: CONNECTED}, rfc="RFC 3207 4", capability="STARTTLS")
async def starttls(session: SmtpSession, argument: str) -> Answer:
    _no_argument("STARTTLS", argument)
    if session.conversation.tls:
        raise Refused(replies.STARTTLS_SECURED)
    if not session.tls_offered:
        raise Refused(replies.STARTTLS_UNAVAILABLE)
    session.wants_tls = True
    return Answer(replies.STARTTLS_OK)


TABLE.command(
    "AUTH", stays(GREETED), "mechanism [initial-response]", rfc="RFC 4954 4", capability="AUTH"
)(authenticate)


@TABLE.command("MAIL", {GREETED: MAIL}, "FROM:<reverse-path> [parameters]", rfc="RFC 5321 4.1.1.2")
async def mail(session: SmtpSession, argument: str) -> Answer:
    path = _read(session, "MAIL", argument, "FROM", replies.BAD_SENDER)
    if path.local and not path.domain:
        raise Refused(replies.BAD_SENDER)
    utf8 = _check_mail_parameters(path)
    if not path.is_ascii and not utf8:
        raise Refused(replies.SENDER_UTF8)  # RFC 6531 3.5
    session.envelope = Envelope(path.address, utf8)
    return Answer(replies.MAIL_OK)


def _check_mail_parameters(path: Path) -> bool:
    """Whether SMTPUTF8 was asked for. Raises Refused."""
    size, body = path.parameters.get("SIZE"), path.parameters.get("BODY")
    if size is not None:
        _check_size(size)
    if body is not None and body.upper() not in _BODIES:
        raise Refused(replies.PARAMETER_VALUE)
    if path.parameters.get("AUTH") == "" or path.parameters.get("SMTPUTF8"):
        raise Refused(replies.PARAMETER_SYNTAX)  # RFC 4954 5, RFC 6531 3.4
    return "SMTPUTF8" in path.parameters


def _check_size(size: str) -> None:
    if not (size.isascii() and size.isdigit() and len(size) <= 20):  # RFC 1870 3
        raise Refused(replies.PARAMETER_SYNTAX)
    if int(size) > MAX_MESSAGE:
        raise Refused(replies.TOO_BIG_DECLARED, limit=MAX_MESSAGE)  # RFC 1870 6.1


@TABLE.command(
    "RCPT", {MAIL: RCPT, RCPT: RCPT}, "TO:<forward-path> [parameters]", rfc="RFC 5321 4.1.1.3"
)
async def rcpt(session: SmtpSession, argument: str) -> Answer:
    path = _read(session, "RCPT", argument, "TO", replies.BAD_RECIPIENT)
    if not path.local or not path.domain and path.local.lower() != _POSTMASTER:
        raise Refused(replies.BAD_RECIPIENT)
    envelope = session.envelope
    if not path.is_ascii and not envelope.utf8:
        raise Refused(replies.RECIPIENT_UTF8)
    if len(envelope.recipients) >= MAX_RECIPIENTS and path.address not in envelope.recipients:
        raise Refused(replies.TOO_MANY_RECIPIENTS)  # RFC 5321 4.5.3.1.10
    account = await _account(session, path)
    await session.strikes.named(account)
    envelope.recipients[path.address] = account
    return Answer(replies.RCPT_OK)


async def _account(session: SmtpSession, path: Path) -> Account:
    """The account that takes mail for `path`. Raises Refused."""
    store = session.host.store
    domains = (path.domain,) if path.domain else store.domains  # RFC 5321 4.5.1
    if path.domain and not store.is_local(path.address):
        raise Refused(replies.NO_RELAY)
    names = dict.fromkeys((path.local, path.local.partition("+")[0]))
    for address in (f"{name}@{domain}" for name in names if name for domain in domains):
        if account := await store.account(address, session.conversation.realm):
            return account
    raise Refused(replies.NO_MAILBOX)


@TABLE.command("DATA", {RCPT: DATA}, rfc="RFC 5321 4.1.1.4")
async def data(session: SmtpSession, argument: str) -> Answer:
    _no_argument("DATA", argument)
    session.message = DotReader(MAX_MESSAGE)
    return Answer(replies.DATA_START)


TABLE.command(END_OF_DATA, {DATA: GREETED}, rfc="RFC 5321 4.1.1.4")(end_of_data)


_RESET = {CONNECTED: CONNECTED, **dict.fromkeys((GREETED, MAIL, RCPT), GREETED)}


@TABLE.command("RSET", _RESET, rfc="RFC 5321 4.1.1.5")
async def rset(session: SmtpSession, argument: str) -> Answer:
    _no_argument("RSET", argument)
    session.reset()
    return Answer(replies.RSET_OK)


@TABLE.command("NOOP", stays(*_ANY), "[string]", rfc="RFC 5321 4.1.1.9")
async def noop(session: SmtpSession, argument: str) -> Answer:
    return Answer(replies.NOOP_OK)


@TABLE.command("VRFY", stays(*_ANY), "string", rfc="RFC 5321 4.1.1.6")
async def vrfy(session: SmtpSession, argument: str) -> Answer:
    if not argument:
        raise _syntax("VRFY")
    return Answer(replies.VRFY_OK)  # RFC 5321 7.3: no list of addresses for whoever asks


@TABLE.command("EXPN", stays(*_ANY), "string", rfc="RFC 5321 4.1.1.7")
async def expn(session: SmtpSession, argument: str) -> Answer:
    if not argument:
        raise _syntax("EXPN")
    raise Refused(replies.EXPN_REFUSED)


@TABLE.command("HELP", stays(*_ANY), "[command]", rfc="RFC 5321 4.1.1.8", capability="HELP")
async def help(session: SmtpSession, argument: str) -> Answer:
    row = TABLE.get(argument.upper())
    if not argument:
        # RFC 5321 4.2.4: what only ever gets 502 is not announced
        names = (name for name in TABLE if name not in (END_OF_DATA, "EXPN"))
        return Answer(replies.HELP_OK, {"commands": " ".join(names)})
    if row is None:
        raise Refused(replies.HELP_UNKNOWN)
    return Answer(replies.HELP_TOPIC, {"usage": row.usage})


@TABLE.command("QUIT", stays(*_ANY), rfc="RFC 5321 4.1.1.10")
async def quit(session: SmtpSession, argument: str) -> Answer:
    _no_argument("QUIT", argument)
    session.closing = True
    return Answer(replies.QUIT_OK, {"host": session.host.name})


def _read(
    session: SmtpSession, command: str, argument: str, keyword: str, bad_address: replies.Reply
) -> Path:
    try:
        path = read_path(argument, keyword)
    except Malformed as malformed:
        if malformed.fault is Fault.ADDRESS:
            raise Refused(bad_address) from None
        if malformed.fault is Fault.PARAMETER:
            raise Refused(replies.PARAMETER_SYNTAX) from None
        raise _syntax(command) from None
    offered = PARAMETERS[command] if session.extended else {}
    if not path.parameters.keys() <= offered.keys():
        raise Refused(replies.PARAMETER_UNKNOWN)  # RFC 5321 4.1.1.11
    return path


def _no_argument(command: str, argument: str) -> None:
    if argument:
        raise _syntax(command)


def _syntax(command: str) -> Refused:
    return Refused(replies.SYNTAX, usage=TABLE[command].usage)
