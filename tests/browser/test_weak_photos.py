"""A photo too poor for a portrait: refused with its number, let in as weak for a reason, and marked."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from patrol.store.tables import Hit
from tests.browser.conftest import PHONE, Enter
from tests.browser.running import RunningServer
from tests.browser.scene import Scene
from tests.watchlist.archives import zip_of
from tests.watchlist.drawn import Oval, jpeg_of

pytestmark = pytest.mark.browser

WHY = "only footage of 2 March"


def choose(page: Page, *photos: bytes) -> None:
    files = [{"name": f"still-{n}.jpg", "mimeType": "image/jpeg", "buffer": it} for n, it in enumerate(photos)]
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desk", "phone"])
def test_a_poor_photo_is_let_in_with_a_reason_where_there_is_no_better_one(
    enter: Enter, scene: Scene, server: RunningServer, viewport: object
) -> None:
    ada = enter("Ada", **({"viewport": viewport} if viewport else {}))
    ada.goto(f"{server.url}/watchlists/{scene.person.watchlist_id}")
    expect(ada.get_by_text("1 person has fewer than two good photos")).to_be_visible()
    ada.get_by_role("button", name="Add a photo").click()
    choose(ada, jpeg_of(Oval(3, is_pale=True)))
    dialog = ada.get_by_role("dialog")
    dialog.get_by_role("button", name="Add photos").click()
    expect(dialog.get_by_text("The face is blurred: sharpness 3, at least")).to_be_visible()
    expect(dialog.get_by_text("it may be let in as weak: it would find about")).to_be_visible()
    dialog.get_by_label("Let the poor ones in as weak, because").fill(WHY)
    dialog.get_by_role("button", name="Add photos").click()
    expect(dialog.get_by_text("Accepted as weak")).to_be_visible()
    dialog.get_by_role("button", name="Close").last.click()
    expect(ada.get_by_text(f"Let in by Ada: {WHY}.")).to_be_visible()
    expect(ada.locator(".person-photo-weak")).to_be_visible()


def test_the_answers_of_an_import_are_a_table_to_work_through(
    enter: Enter, scene: Scene, server: RunningServer, tmp_path: Path
) -> None:
    ada = enter("Ada")
    ada.goto(f"{server.url}/watchlists/{scene.person.watchlist_id}")
    ada.get_by_role("button", name="Import a ZIP").click()
    people = {"Ben.jpg": jpeg_of(Oval(5)), "Cem.jpg": jpeg_of(Oval(7, is_pale=True))}
    archive = {"name": "people.zip", "mimeType": "application/zip", "buffer": zip_of(people).getvalue()}
    dialog = ada.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(archive)  # type: ignore[arg-type]
    dialog.get_by_label("Source of the photos").fill("taken for the exercise")
    dialog.get_by_role("button", name="Import a ZIP").click()
    expect(dialog.get_by_text("1 accepted, 1 refused")).to_be_visible()
    expect(dialog.get_by_text("1 person has fewer than two good photos")).to_be_visible()
    with ada.expect_download() as download:
        dialog.get_by_role("button", name="Download as CSV").click()
    download.value.save_as(tmp_path / "answers.csv")
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["name"]: (row["result"], row["reason"]) for row in rows} == {
        "Ben": ("Accepted", ""),
        "Cem": ("Refused", "blurred"),
    }


def test_a_reviewer_sees_the_weak_photo_and_what_the_picture_lacks(enter: Enter, scene: Scene) -> None:
    hit = scene.hit()
    with scene.database.write() as session:
        row = session.get_one(Hit, hit.id)
        row.is_weak, row.measures = True, {**row.measures, "eye_distance_px": 12.4, "yaw_deg": 42}
    rita = enter("Rita")
    expect(rita.get_by_text("Weak photo").first).to_be_visible()
    expect(rita.get_by_text("small, 12.4 px between the eyes · turned about 42° to the side")).to_be_visible()
