"""Which sample messages there are, in the order of a mailbox, and what each one teaches."""

from typing import NamedTuple

from protocols.store import ANSWERED, FLAGGED, SEEN


class Row(NamedTuple):
    en: str
    de: str
    flags: tuple[str, ...] = ()


STANDARD: dict[str, Row] = {
    "plain-english": Row(
        "The least that makes a message: five header fields, an empty line, ASCII text, no MIME.",
        "So wenig reicht: fünf Kopfzeilen, eine Leerzeile, Text in ASCII, kein MIME.",
        (SEEN,),
    ),
    "plain-german": Row(
        "Umlauts travel as encoded words in the header (`Q` and `B`), as UTF-8 in the body.",
        "Umlaute reisen im Kopf als kodierte Wörter (`Q` und `B`), im Rumpf als UTF-8.",
        (SEEN,),
    ),
    "two-encodings": Row(
        "The same sentence twice: `quoted-printable` stays half readable, `base64` does not.",
        "Zweimal derselbe Satz: `quoted-printable` bleibt halb lesbar, `base64` nicht.",
        (SEEN,),
    ),
    "attachments": Row(
        "An attachment is just one more part between boundary lines, an image as `base64` text.",
        "Ein Anhang ist nur ein weiterer Teil zwischen Trennzeilen, ein Bild als `base64`-Text.",
        (SEEN, FLAGGED),
    ),
    "html-alternative": Row(
        "One text in two forms, the richest last; the tiny image tells the sender who has read it.",
        "Ein Text in zwei Fassungen, die reichste zuletzt; das winzige Bild verrät, wer ihn liest.",
    ),
    "utf8-subject": Row(
        "A header in raw UTF-8 (RFC 6532): every server on the way must know SMTPUTF8.",
        "Ein Kopf in reinem UTF-8 (RFC 6532): Jeder Server auf dem Weg muss SMTPUTF8 können.",
    ),
    "long-headers": Row(
        "Each server adds a `Received` field on top, so the way is read from the bottom up.",
        "Jeder Server setzt ein `Received` obenauf, darum liest man den Weg von unten nach oben.",
        (SEEN,),
    ),
    "thread-1": Row(
        "A thread begins: only its `Message-ID` will tie the answers to it.",
        "Ein Faden beginnt: Nur seine `Message-ID` wird die Antworten mit ihm verbinden.",
        (SEEN, ANSWERED),
    ),
    "thread-2": Row(
        "An answer: `In-Reply-To` and `References` repeat the `Message-ID` of the question.",
        "Eine Antwort: `In-Reply-To` und `References` wiederholen die `Message-ID` der Frage.",
        (SEEN,),
    ),
    "thread-3": Row(
        "An answer to the answer: `References` grows by one and keeps the whole thread.",
        "Antwort auf die Antwort: `References` wächst um einen Eintrag und hält den ganzen Faden.",
    ),
    "phishing": Row(
        "A fraud: `From`, `Reply-To` and `Return-Path` disagree, and the link leads elsewhere.",
        "Ein Betrug: `From`, `Reply-To`, `Return-Path` passen nicht zusammen, der Link lügt.",
        (FLAGGED,),
    ),
    "dot-lines": Row(
        "Lines that begin with a dot get a second one on the wire; only a lone dot ends the data.",
        "Ein Punkt am Zeilenanfang wird unterwegs verdoppelt; nur einer ganz allein beendet.",
    ),
    "mailing-list": Row(
        "A list sends it: `List-Id` names it, `Return-Path` gets bounces, `Reply-To` answers.",
        "Von einer Liste: `List-Id` nennt sie, `Return-Path` bekommt Fehler, `Reply-To` Antworten.",
        (SEEN,),
    ),
    "bounce": Row(
        "A report in three parts: for people, for programs (`Status: 5.1.1`), the message itself.",
        "Ein Bericht in drei Teilen: für Menschen, für Programme (`Status: 5.1.1`), die Nachricht.",
    ),
    "forward": Row(
        "A whole message in another: `message/rfc822` has its own header and its own parts.",
        "Eine Nachricht in einer anderen: `message/rfc822` mit eigenem Kopf und eigenen Teilen.",
    ),
}  # fmt: skip

SLIDES: dict[str, Row] = {
    "test-e-mail": Row(
        "The message of the slides: with CRLF line ends it has 241 octets, not the printed 236.",
        "Die Nachricht der Folien: Mit CRLF an jedem Zeilenende hat sie 241 Oktette, nicht 236.",
    ),
}
