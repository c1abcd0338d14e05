"""Names for replies that are not in our catalogue: other servers word them differently. Pure."""

from protocols.smtp.replies import ReplyLine
from protocols.smtp.table import TABLE
from protocols.transcript import Kind, Outcome

# Foreign servers' refusals that ours has too, by command ("" = any) and by code or enhanced code.
_FOREIGN = {
    ("RCPT", "5.1.1"): "RCPT.no-such-mailbox",
    ("RCPT", "5.7.1"): "RCPT.relay",
    ("RCPT", "4.5.3"): "RCPT.too-many",
    ("RCPT", "4.2.2"): "RCPT.no-room",
    ("DATA", "5.4.6"): "DATA.loop",
    ("DATA", "500"): "DATA.refused",
    ("MAIL", "530"): "MAIL.login-first",
    ("MAIL", "5.1.7"): "MAIL.address",
    ("RCPT", "5.1.3"): "RCPT.address",
    ("AUTH", "5.5.2"): "AUTH.not-base64",
    ("AUTH", "530"): "AUTH.needs-tls",
    ("AUTH", "534"): "AUTH.too-weak",
    ("AUTH", "535"): "AUTH.failed",
    ("AUTH", "538"): "AUTH.needs-tls",
    ("STARTTLS", "454"): "STARTTLS.unavailable",
    ("", "500"): "error.unknown",
    ("", "502"): "error.not-implemented",
    ("", "555"): "error.parameter",
    ("", "421"): "farewell",
}
_OWN_REFUSALS = ("MAIL", "RCPT", "DATA", "AUTH", "BDAT")
# RFC 4954 6
_LOGIN_CODES = ("235", "432", "530", "534", "535", "538")


def foreign_id(verb: str, reply: ReplyLine, disorder: str) -> str:
    """The explanation of another server's `reply`; `disorder` is what a 503 means here."""
    code = reply.code
    if verb == "greeting":
        return "smtp.greeting" if code[0] == "2" else "smtp.greeting.refused"
    if code[0] == "3":
        return "smtp.DATA.start" if code == "354" else "smtp.AUTH.challenge"
    if code[0] == "2":
        return f"smtp.{verb}.ok" if verb else "smtp.reply"
    if reply.code == "503" and disorder:
        return disorder
    return f"smtp.{_refusal(verb, reply)}"


def _refusal(verb: str, reply: ReplyLine) -> str:
    keys = ((verb, reply.status), (verb, reply.code), ("", reply.code))
    known = next((_FOREIGN[key] for key in keys if key in _FOREIGN), "")
    if verb in TABLE and reply.code == "501" and not known:
        return "error.syntax"
    if verb and known == "error.unknown":
        return "error.unrecognized"
    general = f"{verb}.refused" if verb in _OWN_REFUSALS else f"refused.{reply.code[0]}"
    return known or general


def kind_of(code: str) -> Kind:
    return Kind.CONTINUATION if code[0] == "3" else Kind.REPLY


def outcome_of(code: str) -> Outcome:
    failed = code[0] in "45"
    return Outcome.SUCCESS if code[0] == "2" else Outcome.FAILURE if failed else Outcome.NONE


def rfc_of(verb: str, reply: ReplyLine) -> str:
    """The section that defines this reply to `verb`."""
    if reply.code == "334":
        return "RFC 4954 4"
    if reply.code in _LOGIN_CODES:
        return "RFC 4954 6"
    if verb in ("AUTH", "STARTTLS", "BDAT"):
        return TABLE[verb].rfc
    return "RFC 3463" if reply.status and reply.code[0] in "45" else "RFC 5321 4.2"


def host_of(reply: ReplyLine, greeted: str) -> str:
    """The server's name, with which greeting and farewell should begin (RFC 5321 4.2).

    `greeted` is what the greeting said: others than ours say no more than `221 Bye`.
    """
    word = reply.text.split(" ")[0]
    names_a_host = word.startswith("[") or "." in word.rstrip(".")
    return word if names_a_host or not greeted else greeted
