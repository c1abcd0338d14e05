"""Lines of POP3 clients and servers, right and wrong."""

from hypothesis import strategies as st

from protocols.pop3.replies import REPLIES
from protocols.pop3.table import NOT_OFFERED, TABLE
from protocols.transcript import Side

ARGUMENTS = [
    "",
    " ",
    " 0",
    " 1",
    " 2",
    " 3",
    " 99999",
    " x",
    " 1 0",
    " 1 9",
    " ann@lab.example",
    " geheim",
]
OTHERS = ["", ".", " STAT", "HELO x", "a1 LOGIN ann geheim", "PASS:geheim", "RETR1", "FOO", "STTA"]

keywords = st.sampled_from([*TABLE, *NOT_OFFERED, *map(str.lower, TABLE)])
commands = st.builds(str.__add__, keywords, st.sampled_from(ARGUMENTS)) | st.sampled_from(OTHERS)
line_ends = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b""])
client_octets = (
    st.builds(lambda line, end: line.encode() + end, commands, line_ends)
    | st.binary(max_size=300)
    | st.builds(lambda n: b"x" * n + b"\r\n", st.sampled_from([253, 254, 4095, 4096, 9000]))
)

DATA = [
    ".",
    "..",
    "...x",
    "",
    "1 241",
    "1 1.1",
    "x",
    "Subject: x",
    " folded",
    "CAPA",
    "SASL PLAIN",
    "+ ",
    "+",
]
FOREIGN = [
    "+OK", "-ERR", "+ok done", "+OK POP3 ready <1896.697170952@dbc.mtview.ca.us>", "+OK 2 320",
    "+OK 2 messages (320 octets)", "+OK 120 octets", "-ERR [IN-USE] no", "-ERR [X-Y/Z] no",
    "+OK []",
]  # fmt: skip
server_lines = st.sampled_from(
    [reply.template for reply in REPLIES]
    + ["+OK mailbox has 1 messages (241 octets)", "+OK 1 241", "+OK 1 1.1"]
    + DATA
    + FOREIGN
)
server_octets = st.builds(
    lambda line, end: line.encode() + end, server_lines, line_ends
) | st.binary(max_size=300)
wires = st.lists(
    st.tuples(st.just(Side.CLIENT), client_octets) | st.tuples(st.just(Side.SERVER), server_octets),
    max_size=40,
)
