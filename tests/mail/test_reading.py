"""Mail for people's eyes, hostile mail among it."""

from hypothesis import given
from hypothesis import strategies as st

from mailedu.mail.reading import MAX_LISTED, MAX_SHOWN, Reading
from protocols.mime.headers import MAX_HEADERS

HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"


def mixed(*parts: bytes) -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body + b"--b--\r\n"


def html(text: bytes) -> str:
    return Reading(HTML + text).html


def test_nothing_can_run_or_load():
    hostile = (
        b"<script>alert(1)</script><img src=http://t.example/p.gif alt=pixel onerror=alert(1)>"
        b"<style>@import 'x'</style><link rel=stylesheet href=x><iframe src=x></iframe>"
        b"<p style='background:url(http://t.example/)'>Hi</p><form action=x><input></form>"
        b"<svg onload=alert(1)></svg><base href=x><meta http-equiv=refresh content='0;url=x'>"
    )
    assert html(hostile) == '<img alt="pixel"><p>Hi</p>'


def test_links_do_nothing_but_are_named():
    reading = Reading(HTML + b"<a href=http://evil.example/ onclick=x>bank.example</a>" * 2)
    assert reading.html == "<a>bank.example</a>" * 2
    assert reading.links == ["http://evil.example/"]


def test_plain_text_goes_before_html():
    reading = Reading(mixed(b"\r\nplain & simple", HTML + b"<b>rich</b>"))
    assert (reading.text, reading.html) == ("plain & simple", "<b>rich</b>")


def test_words_of_a_message_that_has_only_html():
    assert Reading(HTML + b"<p>a &lt;b&gt;<br>c &amp; d</p><p>e</p>").text == "a <b>\nc & d\ne"


def test_header_fields_are_unfolded_and_decoded_in_order():
    content = (
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nTo: a@x,\r\n b@x\r\nTo: c@x\r\n\r\nTo: no\r\n"
    )
    assert Reading(content).headers == [
        ("Subject", "Grüße"), ("To", "a@x, b@x"), ("To", "c@x"),
    ]  # fmt: skip


def test_attachments_have_safe_names():
    part = b'Content-Disposition: attachment; filename="%b"\r\n\r\nxyz'
    names = [b"../../etc/passwd", b"C:\\\\a.exe", b"a\x01\x00b<.txt", b"..", b"x" * 300]
    found = Reading(mixed(b"\r\nhi", *(part % name for name in names))).attachments
    assert [(a.number, a.name) for a in found] == [
        (1, "passwd"), (2, "a.exe"), (3, "a__b_.txt"), (4, "part-4"), (5, "x" * 100),
    ]  # fmt: skip
    assert (found[0].data, found[0].size) == (b"xyz", 3)


def test_a_giant_text_is_cut():
    reading = Reading(b"\r\n" + b"x" * (MAX_SHOWN + 1))
    assert (len(reading.text), len(reading.source), reading.is_cut) == (MAX_SHOWN, MAX_SHOWN, True)


@given(st.binary() | st.binary().map(HTML.__add__))
def test_anything_can_be_read(content):
    reading = Reading(content)
    shown = [reading.headers, reading.text, reading.html, reading.links, reading.attachments]
    assert len(shown) == 5
    assert "<script" not in reading.html


def test_html_that_is_tangled_stays_as_it_is():
    """To clean it would take seconds, for which every page of the lab waits."""
    for hostile in (b"<div>", b"<ul><li>", b"<b></p>", b"<b>x</i>", b"<div><table></div></table>"):
        reading = Reading(HTML + hostile * 1000)
        assert reading.html == (hostile * 1000).decode().replace("<", "&lt;").replace(">", "&gt;")
        assert reading.text.startswith(hostile.decode())
        assert reading.links == []


def test_html_as_mail_has_it_is_not_tangled():
    cell = b"<table><tbody><tr><td>" * 30 + b"<p>a<br>b<p><font><b><i>c</b></i></font>"
    assert html(cell + b"</td></tr></tbody></table>" * 30 + b"<li>d" * 500).count("<li>d") == 500
    assert html(b"<div><b>a<div>b</b></div></div>" * 500).count("<b>a") == 500


def test_of_a_header_without_end_only_the_beginning_is_read():
    assert len(Reading(b"A: b\r\n" * 100_000).headers) == MAX_LISTED
    assert Reading(b"x" * MAX_HEADERS + b"\r\nA: b\r\n").headers == []
