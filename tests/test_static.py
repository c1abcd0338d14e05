"""Static files from memory: names, references, headers."""

import asyncio
import gzip
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from mailedu import static
from mailedu.static import ASK_AGAIN, FOREVER, Files, answer, files, static_files

SOURCES = {
    "lab/base.css": b'@import "./tokens.css"; a { background: url(../img/a.svg#x) }',
    "lab/tokens.css": b":root { --ink: black }",
    "img/a.svg": b"<svg/>",
    "lab/page.js": b'import { a } from "./deep/part.js";\nimport("./deep/part.js");\n"./no.js"',
    "lab/deep/part.js": b'import "../other.js"; export const a = 1;',
    "lab/other.js": b"export {};",
    "vendor/x-1.0/x.js": b'import "./y.js";',
    "vendor/x-1.0/y.js": b"",
}


def hashed(content: bytes, name: str) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"


def test_a_name_tells_the_content():
    found = Files(SOURCES)
    assert found.hashed("img/a.svg") == hashed(b"<svg/>", "img/a.svg")
    assert found.by_name[found.hashed("img/a.svg")] is found.by_name["img/a.svg"]


def test_references_use_hashed_names():
    found = Files(SOURCES)
    tokens, picture = found.hashed("lab/tokens.css"), found.hashed("img/a.svg")
    assert found.by_name["lab/base.css"].content.decode() == (
        f'@import "./{tokens.removeprefix("lab/")}"; a {{ background: url(../{picture}#x) }}'
    )
    part = found.hashed("lab/deep/part.js").removeprefix("lab/")
    assert found.by_name["lab/page.js"].content.decode() == (
        f'import {{ a }} from "./{part}";\nimport("./{part}");\n"./no.js"'
    )


def test_a_change_reaches_the_names_of_all_that_refer_to_it():
    before, after = Files(SOURCES), Files({**SOURCES, "lab/other.js": b"export const b = 2;"})
    changed = [name for name in SOURCES if before.hashed(name) != after.hashed(name)]
    assert changed == ["lab/page.js", "lab/deep/part.js", "lab/other.js"]


def test_what_is_not_ours_stays_as_it_is():
    assert Files(SOURCES).by_name["vendor/x-1.0/x.js"].content == b'import "./y.js";'


@given(st.text())
def test_a_template_may_name_any_file(name):
    storage = static.HashedStaticFilesStorage()
    assert storage.url("x" + name).startswith("/static/x")


def ask(name: str, method: str = "GET", **headers: str) -> tuple[int, dict, bytes]:
    fields = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    status, headers, body = answer({"method": method, "headers": fields}, name)
    return status, dict(headers), body


def test_a_hashed_name_is_kept_for_ever_and_a_plain_one_asked_for_again():
    name = "admin/css/base.css"
    assert ask(files().hashed(name))[1][b"cache-control"] == FOREVER
    assert ask(name)[1][b"cache-control"] == ASK_AGAIN


def test_the_same_again_costs_no_body():
    status, headers, body = ask("admin/css/base.css")
    assert (status, bool(body)) == (200, True)
    tag = headers[b"etag"].decode()
    assert ask("admin/css/base.css", if_none_match=f'W/"other", {tag}')[::2] == (304, b"")
    assert ask("admin/css/base.css", if_none_match='W/"other"')[0] == 200


def test_compressed_for_those_who_take_it():
    plain = ask("admin/css/base.css")
    small = ask("admin/css/base.css", accept_encoding="br, gzip")
    assert gzip.decompress(small[2]) == plain[2]
    assert small[1][b"content-encoding"] == b"gzip"
    assert small[1][b"content-length"] == str(len(small[2])).encode()
    for refused in ("br", "gzip;q=0", "gzip; q=0.0, br"):
        assert ask("admin/css/base.css", accept_encoding=refused) == plain
    assert ask("admin/css/base.css", accept_encoding="gzip;q=0.5") == small


def test_types_do_not_depend_on_the_machine():
    assert ask("admin/js/core.js")[1][b"content-type"] == b"text/javascript; charset=utf-8"
    assert ask("admin/css/base.css")[1][b"content-type"] == b"text/css; charset=utf-8"
    assert ask("admin/img/search.svg")[1][b"content-type"] == b"image/svg+xml"


def test_nothing_else_is_served():
    for name in ("", "../manage.py", "admin/../../manage.py", "/etc/passwd", "admin", "a\0b"):
        assert ask(name)[::2] == (404, b"no such file\n")


def test_files_cannot_be_written():
    status, headers, _ = ask("admin/css/base.css", "POST")
    assert (status, headers[b"allow"]) == (405, b"GET, HEAD")


def test_all_other_paths_reach_the_application():
    reached = []

    async def application(scope, receive, send) -> None:
        reached.append(scope["path"])

    async def send(message) -> None:
        sent.append(message["type"])

    sent = []
    layer = static_files(application)
    for path in ("/", "/static", "/static/nothing.css"):
        scope = {"type": "http", "method": "GET", "path": path, "headers": []}
        asyncio.run(layer(scope, None, send))
    assert reached == ["/", "/static"]
    assert sent == ["http.response.start", "http.response.body"]
