"""When a connection ends: the server's, and the page's own."""

import pytest
from chromium import greeted, say, try_it
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

    page.route_web_socket("**/ws/lab/?*", route)
    try_it(page)
    say(page, "USER wiki@example.com")
    spoken = page.locator(".raw").all_text_contents()
    page.locator("[data-ref=input]").fill("PASS half-typed")
    sockets[0].close(code=1012)
    expect(page.locator(".banner")).to_contain_text("lost its connection")
    expect(page.locator(".dot")).to_have_attribute("data-is", "connecting")
    expect(page.locator(".banner")).to_be_hidden()
    expect(page.locator(".dot")).to_have_attribute("data-is", "open")
    assert len(sockets) == 2
    assert page.locator(".raw").all_text_contents() == spoken
    expect(page.locator("[data-ref=input]")).to_have_value("PASS half-typed")
    page.keyboard.press("Enter")
    expect(page.locator(".row.s .raw").last).to_have_text(
        "-ERR [AUTH] invalid user name or password"
    )


def test_a_conversation_that_ended_while_the_page_was_away_is_told(page: Page):
    ends: list[WebSocketRoute] = []
    away: list[bool] = []

    def route(socket: WebSocketRoute) -> None:
        if away:
            socket.close()
        else:
            ends.extend([socket, socket.connect_to_server()])

    page.route_web_socket("**/ws/lab/?*", route)
    try_it(page)
    say(page, "USER wiki@example.com")
    away.append(True)
    for end in ends:
        end.close()
    anew = page.context.new_page()
    anew.goto("/console/pop3/")
    greeted(anew)
    away.clear()
    expect(page.locator(".banner")).to_contain_text("with it this conversation ended")


def test_a_reload_goes_on_where_it_was(console: Page):
    say(console, "USER wiki@example.com", "PASS passwort_im_klartext")
    spoken = console.locator(".raw").all_text_contents()
    console.reload()
    expect(console.locator(".raw")).to_have_count(len(spoken))
    assert console.locator(".raw").all_text_contents() == spoken
    expect(console.locator("#mailbox")).to_contain_text("wiki@example.com")
    say(console, "STAT")
    expect(console.locator(".row.s .raw").last).to_have_text("+OK 1 241")


def test_the_back_button_leads_back_to_a_console_that_works(console: Page):
    console.get_by_role("link", name="Learn").click()
    console.go_back()
    console.locator(".row.s .raw").first.wait_for()
    say(console, "CAPA")
    expect(console.locator(".row.s .raw").last).to_have_text(".")


def test_a_reload_finds_the_pane_that_is_left(console: Page):
    console.locator("[data-ref=beside] summary").click()
    console.locator("[data-beside=smtp]").first.click()
    say(console, "HELO me.example", pane=1)
    console.locator("[data-ref=shut]").first.click()
    expect(console.locator(".pane")).to_have_count(1)
    spoken = console.locator(".raw").all_text_contents()
    assert console.url.endswith("/console/smtp/")
    console.reload()
    expect(console.locator(".raw")).to_have_count(len(spoken))
    assert console.locator(".raw").all_text_contents() == spoken
    say(console, "NOOP")


def test_a_reload_does_not_play_a_session_again(console: Page):
    console.goto("/console/pop3/?play=pop3-slides")
    field = console.locator("[data-ref=input]")
    expect(field).to_have_value("USER wiki@example.com")
    field.press("Enter")
    expect(field).to_have_value("PASS passwort_im_klartext")
    spoken = console.locator(".raw").all_text_contents()
    console.reload()
    expect(console.locator(".raw")).to_have_count(len(spoken))
    assert console.locator(".raw").all_text_contents() == spoken


def test_a_console_too_many_says_so_until_there_is_room(console: Page):
    tabs = [console]
    while not tabs[-1].locator(".banner").is_visible():
        tabs.append(console.context.new_page())
        tabs[-1].goto("/console/pop3/")
        tabs[-1].locator(".row.s .raw, .banner:not([hidden])").first.wait_for()
    last = tabs.pop()
    expect(last.locator(".banner")).to_contain_text("Too many consoles on all your pages")
    expect(last.locator(".dot")).to_have_attribute("data-is", "closed")
    say(tabs.pop(), "QUIT")
    last.locator(".banner").get_by_role("button", name="Connect again").click()
    expect(last.locator(".row.s .raw")).to_have_count(1)
    expect(last.locator(".banner")).to_be_hidden()
