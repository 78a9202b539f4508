"""Who may be told of a list's hits, set in the console."""

import pytest
from playwright.sync_api import expect

from patrol.store.tables import Watchlist
from tests.browser.conftest import Enter
from tests.browser.running import RunningServer
from tests.browser.scene import Scene
from tests.waiting import eventually

pytestmark = pytest.mark.browser


def rules(scene: Scene) -> tuple[list[str] | None, int | None]:
    with scene.database.read() as session:
        listed = session.get_one(Watchlist, scene.person.watchlist_id)
        return listed.levels, listed.tell_at_once


def test_levels_and_how_many_at_once_are_chosen_and_taken_back(
    enter: Enter, scene: Scene, server: RunningServer
) -> None:
    ada = enter("Ada")
    ada.goto(f"{server.url}/watchlists/{scene.person.watchlist_id}")
    ada.get_by_role("button", name="Change", exact=True).first.click()
    dialog = ada.get_by_role("dialog")
    levels = dialog.get_by_label("Groups that may be told")
    levels.fill("guards")
    levels.press("Enter")
    levels.fill("cleaners")
    levels.press("Enter")
    dialog.get_by_label("Groups told at once").fill("5")
    dialog.get_by_role("button", name="Save").click()
    eventually(lambda: rules(scene) == (["guards", "cleaners"], 5))
    ada.get_by_role("button", name="Change", exact=True).first.click()
    expect(dialog.get_by_label("Groups told at once")).to_have_value("5")
    for _level in range(2):
        dialog.get_by_label("Groups that may be told").press("Backspace")
    dialog.get_by_label("Groups told at once").fill("")
    dialog.get_by_role("button", name="Save").click()
    eventually(lambda: rules(scene) == (None, None))
