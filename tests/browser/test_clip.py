"""The clip of a hit in a browser: it comes by itself, plays, jumps to the hit, and plays where H.265 does not."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from patrol.clips.keeping import keep
from patrol.store.tables import Hit
from patrol.streams.remux import remux
from tests.browser.conftest import PHONE, Enter, clock
from tests.browser.scene import Scene
from tests.rtsp import make_clip
from tests.streams.rings import filled, packets_of
from tests.waiting import eventually

pytestmark = pytest.mark.browser
BEFORE = timedelta(seconds=5)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    encoders = {"h264": "libx264", "hevc": "libx265"}
    return {name: make_clip(folder / f"{name}.mp4", codec=it, n_frames=250) for name, it in encoders.items()}


def film(scene: Scene, hit: Hit, source: Path) -> None:
    """Write the ten seconds around a hit, as the worker does."""
    ring = filled(*packets_of(source), hit.seen_at - BEFORE)
    clip = remux(ring.gops(), hit.seen_at, hit.seen_at + BEFORE, 10**8)
    assert keep(scene.database, scene.blobs, hit.id, clip, actor="worker:w-1", now=clock())


def video(page: Page) -> Locator:
    return page.locator("video")


def place_of(page: Page) -> float:
    place: float = video(page).evaluate("it => it.currentTime")
    return place


def is_playing(page: Page) -> None:
    """Pictures of the right size are shown, and time goes on."""
    expect(video(page)).to_be_visible()
    eventually(lambda: place_of(page) > 0.2)
    assert video(page).evaluate("it => [it.videoWidth, it.videoHeight]") == [320, 240]


def test_a_clip_comes_by_itself_and_plays_at_a_key(enter: Enter, scene: Scene, sources: dict[str, Path]) -> None:
    hit = scene.hit()
    page = enter("Rita")
    expect(page.get_by_text("The clip follows")).to_be_visible()
    film(scene, hit, sources["h264"])
    expect(page.get_by_role("button", name="Clip, 10 s")).to_be_visible()
    expect(page.get_by_text("The clip follows")).to_have_count(0)
    page.keyboard.press("v")
    is_playing(page)
    assert video(page).evaluate("it => it.duration") == pytest.approx(10, abs=0.1)
    page.keyboard.press("v")
    expect(video(page)).to_have_count(0)
    expect(page.get_by_role("img", name=re.compile("^Full picture"))).to_be_visible()


def test_a_click_plays_it_and_another_jumps_to_the_hit(enter: Enter, scene: Scene, sources: dict[str, Path]) -> None:
    film(scene, scene.hit(), sources["h264"])
    page = enter("Rita")
    page.get_by_role("button", name="Clip, 10 s").click()
    is_playing(page)
    page.get_by_role("button", name="To the hit").click()
    eventually(lambda: place_of(page) >= 4.5)
    assert place_of(page) < 7
    page.get_by_role("button", name="Back to the picture").click()
    expect(video(page)).to_have_count(0)


def test_h265_is_played_in_h264_and_saved_as_it_is(enter: Enter, scene: Scene, sources: dict[str, Path]) -> None:
    film(scene, scene.hit(), sources["hevc"])
    page = enter("Rita")
    page.get_by_role("button", name="Clip, 10 s").click()
    is_playing(page)
    expect(page.get_by_text("does not play H.265")).to_be_visible()
    assert "as=h264" in video(page).evaluate("it => it.currentSrc")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save").click()
    assert saved.value.suggested_filename == "hit-1.mp4"
    assert b"hvc1" in saved.value.path().read_bytes()


def test_a_clip_that_went_meanwhile_cannot_be_played(enter: Enter, scene: Scene, sources: dict[str, Path]) -> None:
    film(scene, scene.hit(), sources["h264"])
    page = enter("Rita")
    expect(page.get_by_role("button", name="Clip, 10 s")).to_be_visible()
    for stored in scene.blobs.stored():
        if stored.key.startswith("clip/"):
            scene.blobs.delete(stored.key)
    page.get_by_role("button", name="Clip, 10 s").click()
    expect(page.get_by_role("alert").filter(has_text="cannot be played")).to_be_visible()


def test_on_a_phone_it_fits_and_the_keys_are_listed(enter: Enter, scene: Scene, sources: dict[str, Path]) -> None:
    film(scene, scene.hit(), sources["h264"])
    page = enter("Rita", viewport=PHONE)
    page.get_by_role("button", name="Clip, 10 s").click()
    is_playing(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.keyboard.press("?")
    expect(page.get_by_text("Clip, and back to the picture")).to_be_visible()
