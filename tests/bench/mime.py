"""Reading MIME takes linear time: `python tests/bench/mime.py`.

For each kind of hostile input, eight times as much is compared with the floor, one eighth of it, in
the same run. Linear work gives about 8, quadratic work 64. Exit code 1 where one is beyond LIMIT.
"""

import sys
import time
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from protocols.mime import header_value, summarize, text_parts  # noqa: E402
from protocols.mime.addresses import parse_addresses  # noqa: E402

LIMIT = 30
# Below this many seconds the clock says more about the machine than about the work.
LEAST = 0.02
BEGINNINGS = (
    b"To: ",
    b"Subject: ",
    b"Content-Type: text/plain; ",
    b"Content-Type: a",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b",
)
UNITS = (
    *(b"(", b'"', b"<@a,", b":", b"a@", b"\\(", b"a ", b"=?a?q?", b";a=", b"; "),
    *(b"\r\n ", b"--b\r\n", b"?= ", b"*0*="),
)


def main() -> int:
    worst = max((ratio(begin, unit), begin, unit) for begin, unit in product(BEGINNINGS, UNITS))
    print(f"worst ratio {worst[0]:.1f} for {worst[1]!r} and many {worst[2]!r}; limit {LIMIT}")
    return worst[0] > LIMIT


def ratio(begin: bytes, unit: bytes) -> float:
    return seconds(begin + unit * 40_000) / max(seconds(begin + unit * 5_000), LEAST)


def seconds(content: bytes) -> float:
    start = time.process_time()
    summarize(content)
    header_value(content, "subject")
    text_parts(content)
    parse_addresses(content)
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())
