"""Dates as IMAP writes them (RFC 3501 9, date, date-time), in every locale."""

import re
from datetime import date, datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})")


def read_date(text: str) -> date:
    """`1-Feb-1994`; raises ValueError."""
    match = _DATE.fullmatch(text)
    if not match:
        raise ValueError(text)
    return date(int(match[3]), MONTHS.index(match[2].title()) + 1, int(match[1]))


def write_date_time(moment: datetime) -> str:
    """`17-Jul-1996 02:44:25 -0700`: the day in two places, the zone always."""
    return f"{moment.day:2}-{MONTHS[moment.month - 1]}-{moment.year:04} {moment:%H:%M:%S %z}"
