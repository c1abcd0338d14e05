"""The table's rows in teaching order, with their handlers."""

from protocols.commands import stays
from protocols.replies import Refused
from protocols.smtp import replies
from protocols.smtp.auth import authenticate
from protocols.smtp.delivery import end_of_data
from protocols.smtp.grammar import is_host
from protocols.smtp.replies import Answer
from protocols.smtp.session import SmtpSession
from protocols.smtp.table import (
    BDAT,
    CONNECTED,
    DATA,
    END_OF_DATA,
    GREETED,
    MAIL,
    RCPT,
    TABLE,
    keywords,
)
from protocols.smtp.transaction import bdat, data, mail, rcpt

_ANY = (CONNECTED, GREETED, MAIL, RCPT, BDAT)


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
    if not extended:
        return Answer(replies.HELO_OK, values)
    return Answer(replies.EHLO_OK, values, keywords(session.tls_offered, session.plain_logins))


@TABLE.command("STARTTLS", {GREETED: CONNECTED}, rfc="RFC 3207 4", capability="STARTTLS")
async def starttls(session: SmtpSession, argument: str) -> Answer:
    _no_argument("STARTTLS", argument)
    session.begin_tls(replies.STARTTLS_SECURED, replies.STARTTLS_UNAVAILABLE)
    return Answer(replies.STARTTLS_OK)


TABLE.command(
    "AUTH", stays(GREETED), "mechanism [initial-response]", rfc="RFC 4954 4", capability="AUTH"
)(authenticate)


TABLE.command("MAIL", {GREETED: MAIL}, "FROM:<reverse-path> [parameters]", rfc="RFC 5321 4.1.1.2")(
    mail
)
TABLE.command(
    "RCPT", {MAIL: RCPT, RCPT: RCPT}, "TO:<forward-path> [parameters]", rfc="RFC 5321 4.1.1.3"
)(rcpt)
TABLE.command("DATA", {RCPT: DATA}, rfc="RFC 5321 4.1.1.4")(data)
TABLE.command(
    "BDAT", {RCPT: BDAT, BDAT: BDAT}, "size [LAST]", rfc="RFC 3030 2", capability="CHUNKING"
)(bdat)
# After BDAT it is no dot but the word LAST that ends the message.
TABLE.command(END_OF_DATA, {DATA: GREETED, BDAT: GREETED}, rfc="RFC 5321 4.1.1.4")(end_of_data)


_RESET = {CONNECTED: CONNECTED, **dict.fromkeys((GREETED, MAIL, RCPT, BDAT), GREETED)}


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
    await session.strikes.named_only(argument.strip("<>"))
    return Answer(replies.VRFY_OK)  # RFC 5321 7.3: no list of addresses for whoever asks


@TABLE.command("HELP", stays(*_ANY), "[command]", rfc="RFC 5321 4.1.1.8", capability="HELP")
async def help_(session: SmtpSession, argument: str) -> Answer:
    row = TABLE.get(argument.upper()) if argument != END_OF_DATA else None
    if not argument:
        names = (name for name in TABLE if name != END_OF_DATA)
        return Answer(replies.HELP_OK, {"commands": " ".join(names)})
    if row is None:
        raise Refused(replies.HELP_UNKNOWN)
    return Answer(replies.HELP_TOPIC, {"usage": row.usage})


@TABLE.command("QUIT", stays(*_ANY), rfc="RFC 5321 4.1.1.10")
async def quit_(session: SmtpSession, argument: str) -> Answer:
    _no_argument("QUIT", argument)
    session.closing = True
    return Answer(replies.QUIT_OK, {"host": session.host.name})


def _no_argument(command: str, argument: str) -> None:
    if argument:
        raise _syntax(command)


def _syntax(command: str) -> Refused:
    return Refused(replies.SYNTAX, usage=TABLE[command].usage)
