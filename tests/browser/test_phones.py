"""Phones in the console: how many have been reached, a code that binds one, the end of one."""

import json

import pytest
from playwright.sync_api import expect

from patrol.store.tables import Member
from tests.browser.conftest import PHONE, Enter
from tests.browser.running import RunningServer
from tests.browser.scene import Scene

pytestmark = pytest.mark.browser


def test_a_phone_is_bound_by_a_code_and_ended_in_the_console(
    enter: Enter, scene: Scene, server: RunningServer
) -> None:
    with scene.database.write() as session:
        session.add(Member(group_id="gate-b", name="Gus", created_at=scene.now))
    page = enter("Ada")
    page.goto(f"{server.url}/groups")
    page.get_by_role("button", name="0 of 1 phones have reached us").click()
    dialog = page.get_by_role("dialog", name="Phones of Gate B")
    expect(dialog).to_contain_text("works only on its own network")
    with page.expect_response("**/groups/gate-b/phones") as made:
        dialog.get_by_role("button", name="QR code: Gus").click()
    code = dialog.get_by_role("img", name="Gus scans this with their own phone")
    expect(code).to_be_visible()
    assert code.evaluate("img => img.complete && img.naturalWidth") > 0
    guard = page.context.browser.new_context(viewport=PHONE).new_page()  # type: ignore[union-attr]
    guard.goto(str(json.loads(made.value.body())["url"]))
    guard.get_by_role("button", name="Bind this phone").click()
    expect(guard.locator("#welcome")).to_contain_text("This phone is Gus's now")
    expect(dialog).to_contain_text("1 of 1 phones have reached us")
    expect(code).to_have_count(0)
    dialog.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").last.get_by_role("button", name="Remove").click()
    expect(guard.get_by_text("This phone was removed")).to_be_visible()
    expect(dialog).to_contain_text("no phone yet")
    guard.context.close()
