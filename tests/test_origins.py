"""Which pages may open a websocket."""

import pytest

from mailedu.origins import is_own
from tests.lab.web import Browser


def own(origin: str | None, host: str) -> bool:
    headers = [(b"host", host.encode()), (b"cookie", b"a=b")]
    return is_own(headers + ([(b"origin", origin.encode("latin-1"))] if origin else []))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://lab.school:8000", "lab.school:8000"),
        ("http://192.0.2.7:8000", "192.0.2.7:8000"),
        ("http://[2001:db8::1]:8000", "[2001:db8::1]:8000"),
        ("http://Lab.School", "lab.school"),
        ("http://lab.school", "lab.school:80"),
        ("https://lab.school", "lab.school"),  # a proxy ended TLS
        ("https://lab.school", "lab.school:443"),
        ("https://lab.school:8443", "lab.school:8443"),
    ],
)
def test_the_labs_own_pages(settings, origin, host):
    settings.ALLOWED_HOSTS = ["*"]
    assert own(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://",
        "http://evil.example",
        "http://evil.example:8000",
        "http://lab.school",
        "http://lab.school:8001",
        "http://lab.school:80008000",
        "http://sub.lab.school:8000",
        "http://lab.school:8000/",
        "file://lab.school:8000",
        "lab.school:8000",
        "http://\xff",
    ],
)
def test_no_other_page(settings, origin):
    settings.ALLOWED_HOSTS = ["*"]
    assert not own(origin, "lab.school:8000")


def test_a_foreign_name_that_leads_to_this_machine_is_not_the_labs(settings):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    assert own("http://localhost:8000", "localhost:8000")
    assert own("http://[::1]:8000", "[::1]:8000")
    assert not own("http://evil.example:8000", "evil.example:8000")
    assert not own("http://", "")


@pytest.mark.parametrize("bind", ["127.0.0.1", "0.0.0.0"])
def test_the_lab_is_deaf_to_foreign_pages(start_lab, tmp_path, bind):
    lab = start_lab(tmp_path / "lab", MAILEDU_BIND=bind)
    browser = Browser(("127.0.0.1", lab.http[1])).try_it()
    browser.socket().close()
    port = lab.http[1]
    for origin in (None, "null", "http://evil.example", f"http://127.0.0.1:{port + 1}"):
        with pytest.raises(ConnectionRefusedError):
            browser.socket(Origin=origin)
