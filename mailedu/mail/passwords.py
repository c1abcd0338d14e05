"""Readable passwords and names for pupils."""

import secrets

# Short, known to children in German or English, without umlauts: easy to type from paper.
WORDS = """
    ahorn amsel anker apfel birke biene blume brise dachs delfin distel eiche elster ente erle
    falke farn fichte fjord flieder fuchs garten ginster hafen hase hirsch honig igel insel
    kirsche klee komet kranich krokus lampe laterne lerche linde lotus luchs magnet mango melone
    moos morgen muschel narzisse nebel nelke otter palme papaya pinsel planet quelle rabe regen
    robbe rose salbei schilf segel sommer spatz stern storch strand tanne taube tulpe ulme ufer
    veilchen wald wiese winter wolke zeder zebra zimt
""".split()  # noqa: SIM905
NAMES = """
    anna ben clara david emma finn greta hugo ida jonas kira leo mia nils olga paul ronja
    samir tina umut vera wim yara zoe
""".split()  # noqa: SIM905


def readable_password() -> str:
    """Such as `tulpe-4821`: some 700,000, enough where each try has to cross a mail server."""
    return f"{secrets.choice(WORDS)}-{_number()}"


def pseudonym() -> str:
    """A local part that names nobody, such as `anna-4821`."""
    return f"{secrets.choice(NAMES)}-{_number()}"


def _number() -> int:
    return 1000 + secrets.randbelow(9000)
