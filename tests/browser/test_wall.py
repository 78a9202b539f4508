"""The wall in a browser: pictures with boxes as a worker shows them, keys, a hit, a worker that dies, a phone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from threading import Event, Thread

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from patrol.live.pictures import LivePictures
from patrol.live.server import LiveServer
from patrol.store.tables import StreamState, Worker
from tests.browser.conftest import PHONE, Enter
from tests.browser.scene import HALL, MALL, Scene
from tests.hits.sightings import EMBEDDER, drawn_frame, face

pytestmark = pytest.mark.browser

EVERY_S = 0.3


@dataclass
class LiveWorker:
    """Shows a drawn picture of one camera a few times a second, and beats."""

    scene: Scene
    server: LiveServer
    stop: Event

    def run(self) -> None:
        for number in count():
            now = datetime.now(UTC)
            self.beat(now)
            self.server.note(HALL.id, drawn_frame(now, number), [face()])
            if self.stop.wait(EVERY_S):
                return

    def beat(self, now: datetime) -> None:
        row = Worker(id="w", started_at=now, beat_at=now, embedder=EMBEDDER, runtime="fake")
        row.live_address, row.live_token = self.server.address, self.server.token
        state = StreamState(
            stream_id=HALL.id, site_id=MALL.id, worker_id="w", state="live", since=now, updated_at=now
        )
        with self.scene.database.write() as session:
            session.merge(row)
            session.merge(state)


@pytest.fixture
def worker(scene: Scene) -> Iterator[LiveWorker]:
    server = LiveServer(LivePictures(fps=5, most_per_s=20), "127.0.0.1")
    server.start()
    made = LiveWorker(scene, server, Event())
    thread = Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    made.stop.set()
    thread.join(5)
    server.close()


def open_wall(page: Page) -> None:
    page.get_by_role("link", name="Wall", exact=True).click()


def test_a_camera_is_watched_and_its_hit_leads_to_the_review(enter: Enter, scene: Scene, worker: LiveWorker) -> None:
    page = enter("Rita")
    open_wall(page)
    tile = page.get_by_role("button", name=f"{HALL.name}, larger")
    expect(tile.get_by_role("img", name="1 face")).to_be_visible()
    expect(tile.locator("rect")).to_have_count(1)
    first = tile.locator("img").get_attribute("src")
    expect(tile.locator("img")).not_to_have_attribute("src", first or "")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/wall/{HALL.id}$"))
    expect(page.get_by_role("img", name="1 face")).to_be_visible()
    page.keyboard.press("Escape")
    hit = scene.hit()
    page.get_by_role("button", name=f"{HALL.name}: review hit #0001").click()
    expect(page).to_have_url(re.compile(f"/hits/{hit.id}$"))


def test_a_worker_that_dies_is_told_and_its_last_picture_stays(enter: Enter, worker: LiveWorker) -> None:
    page = enter("Rita")
    open_wall(page)
    expect(page.get_by_role("img", name="1 face")).to_be_visible()
    worker.stop.set()
    worker.server.close()
    expect(page.get_by_text("does not answer just now")).to_be_visible()
    expect(page.get_by_role("img", name="1 face")).to_be_visible()


def test_a_hidden_tab_asks_nothing(enter: Enter, worker: LiveWorker) -> None:
    page = enter("Rita")
    open_wall(page)
    expect(page.get_by_role("img", name="1 face")).to_be_visible()
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    with pytest.raises(TimeoutError), page.expect_request(re.compile("/wall\\?"), timeout=1000):
        pass


def test_on_a_phone_the_wall_is_one_column_and_the_choice_is_kept(enter: Enter, worker: LiveWorker) -> None:
    page = enter("Rita", viewport=PHONE)
    page.goto(f"{page.url}wall")
    expect(page.get_by_role("img", name="1 face")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    picture = page.locator(".wall-picture").bounding_box()
    assert picture is not None
    assert picture["width"] > 340
    page.get_by_role("button", name="Choose cameras").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="None").click()
    dialog.get_by_role("button", name="Save").click()
    page.reload()
    expect(page.get_by_text("No camera to show")).to_be_visible()
    expect(page.get_by_role("button", name="Chosen: 0")).to_be_visible()
