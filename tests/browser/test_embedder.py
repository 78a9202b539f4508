"""Ada sees how far a change of the embedder is and whom it would cost, and switches all the same, or stays."""

import pytest
from playwright.sync_api import Page, expect

from patrol.watchlist import changeover
from patrol.watchlist.renewal import Renewed
from tests.browser.conftest import PHONE, Enter
from tests.browser.running import RunningServer
from tests.browser.scene import Scene

pytestmark = pytest.mark.browser


def compare(scene: Scene) -> None:
    """A change to dlib's network of which everything is embedded that can be: nothing."""
    with scene.database.write() as session:
        change = changeover.start(session, "sface", "dlib", "dlib-resnet29-v1", by="Ada", now=scene.now)
        failed = Renewed(change.id, None, "blurred", {"found": "3", "needed": "5"})
        changeover.note_progress(session, change, "dlib-resnet29-v1", [failed])
        changeover.begin_comparing(session, change, scene.now)


def answer(page: Page, button: str) -> None:
    """Press a button of the card, and the same in the question that follows."""
    page.get_by_role("region", name="Embedder").get_by_role("button", name=button).click()
    page.get_by_role("dialog").get_by_role("button", name=button).click()


def test_who_would_be_lost_is_seen_before_the_switch(enter: Enter, scene: Scene, server: RunningServer) -> None:
    compare(scene)
    page = enter("Ada")
    page.goto(f"{server.url}/accuracy")
    card = page.get_by_role("region", name="Embedder")
    expect(card.get_by_text("From sface to dlib")).to_be_visible()
    expect(card.get_by_text("Comparing both on live hits")).to_be_visible()
    expect(card.get_by_text("would not be looked for any more")).to_be_visible()
    card.get_by_text("1 photo cannot be used by it").click()
    expect(card.get_by_text("sharpness 3")).to_be_visible()
    answer(page, "Switch to dlib")
    expect(card.get_by_role("listitem").filter(has_text="dlib").get_by_text("in use")).to_be_visible()
    expect(card.get_by_text("From sface to dlib")).to_be_hidden()


def test_a_change_is_dropped_on_a_phone(enter: Enter, scene: Scene, server: RunningServer) -> None:
    compare(scene)
    page = enter("Ada", viewport=PHONE)
    page.goto(f"{server.url}/accuracy")
    answer(page, "Stay as it is")
    card = page.get_by_role("region", name="Embedder")
    expect(card.get_by_role("listitem").filter(has_text="sface").get_by_text("in use")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
