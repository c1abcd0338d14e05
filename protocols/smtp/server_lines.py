"""What one line of an SMTP server means, given the command that it answers."""

from protocols.smtp.lines import capability_line, capability_rfc, reply_tokens
from protocols.smtp.naming import foreign_id, host_of, kind_of, outcome_of, rfc_of
from protocols.smtp.pending import Pending
from protocols.smtp.replies import (
    AUTH_AGAIN,
    AUTH_CANCELLED,
    BROWSER,
    MISSING,
    REPLIES,
    STORE_FAILED,
    TRANSACTION,
    UNKNOWN,
    ReplyLine,
)
from protocols.smtp.table import BDAT, DATA, TABLE, missing
from protocols.transcript import Entry, Kind, Remark, Side, Token

# The server has no such command.
NOT_KNOWN = ("500", "502")
# Stands in a sentence for what was not said, such as the words of a server that gives a code only.
UNSAID = "…"
# What a 503 means where a message has come in part.
_CHUNKS = "smtp.error.chunks"


def is_farewell(reply: ReplyLine) -> bool:
    """Whether it ends the conversation without answering anything."""
    found = REPLIES.recognise(reply.plain) if reply.code == "421" else None
    return found is not None and found[0] is not BROWSER


def unasked(text: str, reply: ReplyLine, host: str, phase: str) -> Entry:
    """A reply to no command. `host` is the name with which the server greeted."""
    found = REPLIES.recognise(reply.plain)
    other = "smtp.farewell" if reply.code == "421" else "smtp.reply"
    id, values = (found[0].id, found[1]) if found else (other, {})
    entry = Entry(Side.SERVER, Kind.REPLY, text, id, tokens=reply_tokens(reply), phase=phase)
    entry.params = {"code": reply.code, "text": reply.text or UNSAID, **values}
    entry.params.setdefault("host", host_of(reply, host))
    entry.outcome = outcome_of(reply.code)
    return entry


def first_line(
    opened: Pending, text: str, reply: ReplyLine, state: str, host: str, phase: str, again: bool
) -> Entry:
    """The first, or only, line of the reply to `opened`. Learns what a challenge says.

    `again`: a login has succeeded before.
    """
    id, values = _identify(opened, reply, state, again)
    entry = Entry(Side.SERVER, kind_of(reply.code), text, id, tokens=reply_tokens(reply))
    entry.params = {"host": host_of(reply, host), **_params(opened, reply, state), **values}
    if "missing" in entry.params:  # names only: sentences of any language hold it
        entry.params["missing"] = entry.params["missing"].replace(" or ", "/")
    entry.phase = phase
    entry.outcome = outcome_of(reply.code)
    asked = opened.answered
    entry.answers = asked.seq if asked else 0
    entry.rfc = rfc_of(opened.verb, reply)
    if reply.code == "503":
        entry.remark = _order_remark(entry.params)
    if entry.kind is Kind.CONTINUATION:
        _describe_continuation(entry, reply, opened)
    return entry


def further_line(opened: Pending, text: str, reply: ReplyLine) -> Entry:
    first = opened.first
    entry = Entry(Side.SERVER, Kind.DATA, text, "smtp.reply.more", phase=first.phase)
    entry.tokens = reply_tokens(reply)
    entry.unit, entry.answers = first.seq, first.answers
    entry.params = {"code": reply.code, "text": reply.text}
    if opened.verb == "EHLO" and reply.code == "250":
        _describe_capability(entry, reply)
    return entry


def _identify(
    opened: Pending, reply: ReplyLine, state: str, again: bool
) -> tuple[str, dict[str, str]]:
    """The explanation of a reply to `opened`, and its values."""
    lacks_bdat = opened.chunk and reply.code in NOT_KNOWN
    verb = opened.verb if lacks_bdat else opened.replied
    found, values = REPLIES.recognise(reply.plain, verb) or (None, {})
    if opened.cancelled and reply.code == "501":
        return AUTH_CANCELLED.id, {}
    if not found or not _fits(found.id, verb):
        return foreign_id(verb, reply, _disorder(opened.verb, state, again)), {}
    return _CHUNKS if found is TRANSACTION and state == BDAT else found.id, values


def _fits(id: str, verb: str) -> bool:
    """Whether our server says it to `verb`; another may use the same words for something else."""
    if id == UNKNOWN.id:
        return not verb
    command = id.split(".")[1]
    shared = id == STORE_FAILED.id or (command, verb) == (DATA, BDAT)
    return command not in TABLE or command == verb or shared


def _disorder(verb: str, state: str, again: bool) -> str:
    """The explanation of a 503 to `verb`; "" if nothing that was said before is to blame."""
    row = TABLE.get(verb)
    if row and not row.allowed_in(state):
        late = _CHUNKS if state == BDAT else TRANSACTION.id
        return MISSING.id if missing(verb, state) else late
    return AUTH_AGAIN.id if verb == "AUTH" and again else ""


def _params(opened: Pending, reply: ReplyLine, state: str) -> dict[str, str]:
    row, entry = TABLE.get(opened.verb), opened.entry
    params = {"usage": row.usage, "missing": _missing(row.name, state)} if row else {}
    params["command"] = entry.text.partition(" ")[0][:40] if entry else ""
    params |= entry.params if entry else {}
    if params.get("address") == "":
        params["address"] = UNSAID
    said = {"code": reply.code, "status": reply.status, "text": reply.text or UNSAID}
    return params | said | {"state": state}


def _missing(verb: str, state: str) -> str:
    row = TABLE.get(verb)
    return missing(verb, state) if row and not row.allowed_in(state) else ""


def _describe_capability(entry: Entry, reply: ReplyLine) -> None:
    keyword, value = capability_line(reply.text)
    entry.id, entry.rfc = f"smtp.capability.{keyword}", capability_rfc(keyword)
    entry.params |= {"keyword": keyword, "value": value}
    begin = len(entry.text) - len(reply.text)
    end = begin + len(keyword)
    entry.tokens += (Token(begin, end, entry.id),)
    if value:
        entry.tokens += (Token(end + 1, len(entry.text), "smtp.token.capability-value"),)


def _describe_continuation(entry: Entry, reply: ReplyLine, opened: Pending) -> None:
    entry.params["expects"] = "message" if reply.code == "354" else "line"
    if reply.code != "334" or not opened.sasl:
        return
    line = opened.sasl.challenge(reply.text)
    if line.kind != "continue":
        entry.id = line.id
    entry.params["decoded"] = line.decoded
    if reply.text:
        entry.tokens += (Token(4, len(entry.text), "smtp.token.base64"),)


def _order_remark(params: dict[str, str]) -> Remark | None:
    """Beside a 503, if a command was missing before the refused one."""
    named = {"command": params["command"], "missing": params.get("missing", "")}
    return Remark("smtp.tutor.order", named) if named["missing"] else None
