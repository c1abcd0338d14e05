"""Sets of message numbers or UIDs: `1,3:5,9:*` (RFC 3501 9, sequence-set)."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

MAX_NUMBER = 2**32 - 1  # RFC 3501 9, nz-number
_ITEM = re.compile(r"(\d{1,10}|\*)(?::(\d{1,10}|\*))?")

Ranges = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Pairs of first and last; None stands for `*`, the largest number in use."""

    pairs: tuple[tuple[int | None, int | None], ...]

    def ranges(self, largest: int) -> Ranges:
        """Ascending, without overlap. RFC 3501 9: 4:2 is 2:4, and n:* always holds the largest."""
        given = ((largest if a is None else a, largest if b is None else b) for a, b in self.pairs)
        return merged((min(pair), max(pair)) for pair in given)


def read_set(text: str) -> SequenceSet:
    """Raises ValueError."""
    return SequenceSet(tuple(_pair(item) for item in text.split(",")))


def merged(pairs: Iterable[tuple[int, int]]) -> Ranges:
    ranges: Ranges = []
    for low, high in sorted(pairs):
        if ranges and low <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(high, ranges[-1][1]))
        else:
            ranges.append((low, high))
    return ranges


def holds(ranges: Ranges, number: int) -> bool:
    place = bisect_right(ranges, (number, MAX_NUMBER))
    return place > 0 and number <= ranges[place - 1][1]


def write_set(numbers: Iterable[int]) -> str:
    """The shortest set for ascending `numbers`."""
    return ",".join(
        str(low) if low == high else f"{low}:{high}"
        for low, high in merged((n, n) for n in numbers)
    )


def _pair(item: str) -> tuple[int | None, int | None]:
    match = _ITEM.fullmatch(item)
    if not match:
        raise ValueError(item)
    first = _number(match[1])
    return first, first if match[2] is None else _number(match[2])


def _number(text: str) -> int | None:
    if text == "*":
        return None
    if not 1 <= int(text) <= MAX_NUMBER:
        raise ValueError(text)
    return int(text)
