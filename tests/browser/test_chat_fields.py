"""Adding a chat to a group in a browser: the address that a platform has to call stands there to be copied."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_platform_that_calls_us_is_given_an_address(enter: Enter, server: RunningServer) -> None:
    page = enter("Ada")
    page.goto(f"{server.url}/groups")
    page.get_by_role("button", name="New group").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Chats", exact=True).click()
    dialog.get_by_role("button", name="Add a chat").click()
    dialog.get_by_label("Kind").last.click()
    page.locator(".ant-select-item-option", has_text="Feishu").click()
    expect(dialog.get_by_text("let the platform call")).to_have_count(0)
    dialog.get_by_label("Secret").last.fill("feishu-3f")
    expect(dialog.get_by_text(f"{server.url}/chats/feishu/feishu-3f")).to_be_visible()
