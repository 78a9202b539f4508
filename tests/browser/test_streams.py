"""The streams at a desk and on a phone: trouble first, each day's gaps, what a camera can do."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from patrol.health import hours
from patrol.store.tables import StreamGap, StreamState
from tests.browser.conftest import DESK, PHONE, Enter
from tests.browser.running import RunningServer
from tests.browser.scene import HALL, Scene
from tests.health.test_hours import passage

pytestmark = pytest.mark.browser


@pytest.fixture
def refused(scene: Scene) -> Scene:
    """The hall's camera has been refused for 20 minutes, after two days in which faces were too small."""
    since = scene.now - timedelta(minutes=20)
    said_at = scene.now + timedelta(hours=1)  # however long the browser takes
    with scene.database.write() as session:
        state = StreamState(
            stream_id=HALL.id, site_id=HALL.site.id, worker_id="w", state="down", since=since, updated_at=said_at
        )
        state.error, state.codec, state.width, state.height = "refused", "h264", 1920, 1080
        session.add(state)
        for began_at, ended_at, reason in (
            (since - timedelta(days=2), since - timedelta(days=2), "starting"),
            (since, None, "refused"),
        ):
            gap = StreamGap(stream_id=HALL.id, site_id=HALL.site.id, began_at=began_at, reason=reason)
            gap.ended_at = ended_at
            session.add(gap)
        for hour in range(1, 30):
            at = scene.now - timedelta(hours=hour)
            hours.count(session, HALL, [passage(at, eye_px=6, lacks=("too_small",))] * 2, 3600, at)
    return scene


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_camera_in_trouble_says_why_and_since_when(
    enter: Enter, refused: Scene, server: RunningServer, viewport: ViewportSize
) -> None:
    page = enter("Rita", viewport=viewport)
    page.goto(f"{server.url}/streams")
    row = page.get_by_role("listitem").filter(has_text=HALL.name)
    expect(row).to_contain_text("Reconnecting since")
    expect(row).to_contain_text("nothing listens at this port")
    expect(row.locator(".day-bar")).to_have_accessible_name(re.compile(r"watched \d.* of the time, 1 gap"))
    page.get_by_text("Somebody in view 0", exact=True).click()
    expect(page.get_by_text("No camera like that")).to_be_visible()
    page.get_by_text("In trouble 1", exact=True).click()
    page.get_by_label("Find a camera").fill(HALL.name.upper())
    expect(row).to_be_visible()
    assert fits(page)


def test_somebody_asks_whether_the_camera_was_watched(enter: Enter, refused: Scene, server: RunningServer) -> None:
    page = enter("Rita")
    page.goto(f"{server.url}/streams")
    page.get_by_role("link", name=HALL.name).click()
    card = page.get_by_role("region", name="Was this camera watched at")
    for minutes, said in ((10, "No: at"), (60, "Yes: it was watched"), (60 * 24 * 9, "Nobody knows")):
        moment = (refused.now - timedelta(minutes=minutes)).astimezone(ZoneInfo(HALL.site.time_zone))
        card.get_by_label("Was this camera watched at").fill(moment.strftime("%Y-%m-%dT%H:%M"))
        card.get_by_role("button", name="Look it up").click()
        expect(card.get_by_role("status")).to_contain_text(said)


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_camera_says_that_it_cannot_identify_people(
    enter: Enter, refused: Scene, server: RunningServer, viewport: ViewportSize
) -> None:
    page = enter("Rita", viewport=viewport)
    page.goto(f"{server.url}/streams/{HALL.id}")
    card = page.get_by_role("region", name="Can it identify people?")
    expect(card).to_contain_text("This camera cannot identify people: faces are 14 px wide.")
    expect(card).to_contain_text("Zoom in 1.3 times")
    assert fits(page)
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("region", name="能否识别人员？")).to_contain_text("人脸宽仅 14 像素")
