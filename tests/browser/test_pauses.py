"""The stop button in the console: pressed once, seen on every page at once; and who is told, at the hit."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, Enter
from tests.browser.running import RunningServer
from tests.browser.scene import Scene

pytestmark = pytest.mark.browser


def test_what_is_stopped_is_seen_on_every_page_until_it_is_sent_again(
    enter: Enter, scene: Scene, server: RunningServer
) -> None:
    ada, rita = enter("Ada", viewport=PHONE), enter("Rita")
    expect(rita.get_by_text("Sending is stopped")).to_have_count(0)
    ada.get_by_role("button", name="Stop sending").click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_label("Why").fill("fire alarm in the north hall")
    dialog.get_by_role("button", name="Stop sending").click()
    banner = rita.get_by_role("alert").filter(has_text="Sending is stopped")
    expect(banner).to_contain_text("Everything")
    expect(banner).to_contain_text("fire alarm in the north hall")
    expect(banner).to_contain_text("by Ada")
    expect(banner.get_by_role("button")).to_have_count(0)
    for address in ("history", "streams", "system"):
        rita.goto(f"{server.url}/{address}")
        expect(banner).to_be_visible()
    ada.get_by_role("button", name="Send again").click()
    ada.get_by_role("dialog").get_by_role("button", name="Send again").click()
    expect(banner).to_have_count(0)
    expect(ada.get_by_text("Sending is stopped")).to_have_count(0)


def test_one_list_is_stopped_by_its_name(enter: Enter, scene: Scene, server: RunningServer) -> None:
    ada = enter("Ada", viewport=DESK)
    ada.get_by_role("button", name="Stop sending").click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_text("One list").click()
    dialog.get_by_label("List", exact=True).click()
    ada.get_by_title("Exercise spring").click()
    dialog.get_by_label("Why").fill("checking the photos")
    dialog.get_by_role("button", name="Stop sending").click()
    expect(ada.get_by_role("alert").filter(has_text="One list: Exercise spring")).to_be_visible()


def test_a_hit_says_who_would_be_told_and_why(enter: Enter, scene: Scene, server: RunningServer) -> None:
    hit = scene.hit()
    rita = enter("Rita")
    rita.goto(f"{server.url}/hits/{hit.id}")
    panel = rita.get_by_role("region", name="Who is told, and why")
    expect(panel).to_contain_text("Would be told now")
    expect(panel).to_contain_text("Gate B covers this site")
    rita.get_by_role("button", name="中文").click()
    expect(rita.get_by_role("region", name="通知对象及原因")).to_contain_text("负责整个场所")
