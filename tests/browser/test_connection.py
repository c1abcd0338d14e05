"""When a connection ends: the server's, and the page's own."""

import pytest
from chromium import say, try_it
from playwright.sync_api import Page, WebSocketRoute, expect

pytestmark = pytest.mark.browser


def test_the_server_closes_and_enter_connects_again(console: Page):
    say(console, "QUIT")
    banner = console.locator(".banner")
    expect(banner).to_contain_text("The server has closed the connection.")
    expect(console.locator(".dot")).to_have_attribute("data-is", "closed")
    console.locator("[data-ref=input]").fill("CAPA")
    console.keyboard.press("Enter")
    expect(banner).to_be_hidden()
    expect(console.locator("[data-ref=input]")).to_have_value("CAPA")
    expect(console.locator(".row.s .raw")).to_have_count(1)
    expect(console.get_by_role("link", name="the conversation before this one")).to_be_visible()


def test_the_button_connects_again_too(console: Page):
    say(console, "QUIT")
    console.locator(".banner").get_by_role("button", name="Connect again").click()
    expect(console.locator(".row.s .raw")).to_have_count(1)
    say(console, "CAPA")


def test_a_dropped_websocket_loses_no_line_and_nothing_typed(page: Page):
    sockets: list[WebSocketRoute] = []

    def route(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/ws/lab/", route)
    try_it(page)
    say(page, "USER wiki@example.com")
    spoken = page.locator(".raw").all_text_contents()
    page.locator("[data-ref=input]").fill("PASS half-typed")
    sockets[0].close(code=1012)
    expect(page.locator(".banner")).to_contain_text("with it this conversation ended")
    assert len(sockets) == 2
    assert page.locator(".raw").all_text_contents() == spoken
    expect(page.locator("[data-ref=input]")).to_have_value("PASS half-typed")
    page.keyboard.press("Enter")
    expect(page.locator(".row.s .raw")).to_have_count(1)


def test_the_back_button_leads_back_to_a_console_that_works(console: Page):
    console.get_by_role("link", name="Learn").click()
    console.go_back()
    console.locator(".row.s .raw").first.wait_for()
    say(console, "CAPA")
    expect(console.locator(".row.s .raw").last).to_have_text(".")
