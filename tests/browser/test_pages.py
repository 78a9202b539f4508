"""Every page of the console opens at both widths, in both languages, without an error and without overflowing."""

import pytest
from playwright.sync_api import ConsoleMessage, ViewportSize, expect

from tests.browser.conftest import DESK, PHONE, Enter
from tests.browser.running import RunningServer
from tests.browser.scene import Scene

pytestmark = pytest.mark.browser

PAGES = {
    "history": ("History", "记录"),
    "watchlists": ("Watchlists", "布控名单"),
    "groups": ("Guard groups", "保安群组"),
    "streams": ("Streams", "视频流"),
    "system": ("System", "系统"),
    "accuracy": ("Accuracy", "准确度"),
    "users": ("Users", "用户"),
}


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_opens(enter: Enter, scene: Scene, server: RunningServer, viewport: ViewportSize) -> None:
    page = enter("Ada", viewport=viewport)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: _keep_error(message, errors))
    for language in range(2):
        for address, titles in PAGES.items():
            page.goto(f"{server.url}/{address}")
            expect(page.get_by_role("heading", name=titles[language], exact=True, level=1)).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"], address
        page.get_by_role("button", name="中文" if language == 0 else "English").click()
    assert errors == []


def _keep_error(message: ConsoleMessage, errors: list[str]) -> None:
    if message.type in ("error", "warning"):
        errors.append(message.text)


def test_nothing_is_loaded_from_another_host(enter: Enter, scene: Scene, server: RunningServer) -> None:
    page = enter("Ada")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for address in PAGES:
        page.goto(f"{server.url}/{address}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert [url for url in asked if not url.startswith((server.url, "blob:", "data:"))] == []


def test_a_wrong_password_is_explained(enter: Enter, server: RunningServer) -> None:
    page = enter("Rita")
    page.get_by_role("button", name="Account of Rita").click()
    page.get_by_role("menuitem", name="Log out").click()
    page.get_by_label("Name").fill("Rita")
    page.get_by_label("Password").fill("wrong and long enough")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_reviewer_is_not_shown_the_users(enter: Enter, server: RunningServer) -> None:
    page = enter("Rita")
    expect(page.get_by_role("link", name="Users")).to_have_count(0)
    page.goto(f"{server.url}/users")
    expect(page.get_by_text("Your account does not have this page")).to_be_visible()


def test_a_group_gets_a_link_that_is_shown_once(enter: Enter, server: RunningServer) -> None:
    page = enter("Ada")
    page.goto(f"{server.url}/groups")
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_role("textbox", name="Page link").input_value()
    assert link.startswith(f"{server.url}/g/")
    guard = page.context.new_page()
    guard.goto(link)
    expect(guard.get_by_text("Gate B").first).to_be_visible()


def test_a_decided_hit_is_found_in_the_history(enter: Enter, scene: Scene, server: RunningServer) -> None:
    scene.hit()
    page = enter("Rita")
    expect(page.get_by_role("button", name="Reject")).to_be_enabled()
    page.keyboard.press("x")
    page.get_by_role("link", name="History").click()
    page.get_by_role("link", name="Pat Example").click()
    expect(page.get_by_role("dialog").get_by_text("What was decided")).to_be_visible()


def test_a_list_is_made(enter: Enter, server: RunningServer) -> None:
    page = enter("Ada")
    page.goto(f"{server.url}/watchlists")
    page.get_by_role("button", name="New list").click()
    page.get_by_label("Name").fill("Missing children")
    page.get_by_label("Reason").fill("case 12")
    page.get_by_label("Owner").fill("Ada")
    page.get_by_label("Ends").fill("2031-01-01T12:00")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Missing children").click()
    expect(page.get_by_role("heading", name="Missing children")).to_be_visible()
