"""Error rates, still faces and masks in the console: seen, sorted, drawn and decided, at a desk and on a phone."""

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from patrol.hits import masks
from patrol.hits.stillness import Stood
from patrol.store.tables import Hit, HitPassage, Portrait, StreamDay, Watchlist, Worker
from tests.browser.conftest import PHONE, Enter
from tests.browser.running import RunningServer
from tests.browser.scene import HALL, MALL, Scene
from tests.hits.sightings import EMBEDDER

pytestmark = pytest.mark.browser

POSTER = (0.40, 0.30, 0.48, 0.48)


@pytest.fixture
def rated(scene: Scene) -> Scene:
    """A list in earnest; four false alerts and a yes in a thousand passages, and a worker."""
    now = scene.now
    with scene.database.write() as session:
        watchlist = session.get_one(Watchlist, scene.person.watchlist_id)
        watchlist.is_exercise, watchlist.category = False, "wanted"
        session.get_one(Portrait, scene.portrait.id).created_at = now - timedelta(days=40)
        session.add(StreamDay(stream_id=HALL.id, day=now.date(), site_id=MALL.id, n_looks=9, n_passages=1_000))
        session.add(Worker(id="w", started_at=now, beat_at=now, embedder=EMBEDDER, runtime="fake"))
    for verdict in (*["rejected"] * 4, "confirmed"):
        hit = scene.hit(similarity=0.31)
        with scene.database.write() as session:
            row = session.get_one(Hit, hit.id)
            row.verdict = verdict
            row.portrait_id = scene.portrait.id
    return scene


def still_face(scene: Scene) -> None:
    hit = scene.hit()
    with scene.database.write() as session:
        passage = session.query(HitPassage).where(HitPassage.hit_id == hit.id).one()
        masks.report(session, HALL, Stood(hit.person_id, passage.passage_id, POSTER, hit.seen_at), hit.seen_at)


def fits(page: Page) -> bool:
    """Nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_rates_stand_by_entry_and_camera_and_say_where_a_threshold_was_raised(
    enter: Enter, rated: Scene, server: RunningServer
) -> None:
    page = enter("Rita")
    page.get_by_role("link", name="Error rates").click()
    entries = page.get_by_role("table", name="By entry")
    expect(entries).to_contain_text("Pat Example")
    expect(entries).to_contain_text("Raised at camera Hall 3F to 0.35")
    expect(page.get_by_role("region", name="In all")).to_contain_text("0.4 %")
    cameras = page.get_by_role("table", name="By camera")
    expect(cameras).to_contain_text("1,000")
    cameras.get_by_role("button", name="Sort by False alerts", exact=True).click()
    expect(cameras.get_by_role("columnheader", name="Sort by False alerts", exact=True)).to_have_attribute(
        "aria-sort", "descending"
    )
    assert fits(page)
    phone = enter("Rita", viewport=PHONE)
    phone.goto(f"{server.url}/rates")
    expect(phone.get_by_role("table", name="By entry")).to_contain_text("Pat Example")
    assert fits(phone)


def test_an_admin_writes_and_ends_a_sites_policy(enter: Enter, rated: Scene, server: RunningServer) -> None:
    page = enter("Ada")
    page.goto(f"{server.url}/rates")
    section = page.get_by_role("region", name="Strangers' templates")
    expect(section).to_contain_text("This site keeps none.")
    section.get_by_role("button", name="Write a policy").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why, and on whose word").fill("a twin works here")
    dialog.get_by_label("Ends").fill((rated.now + timedelta(days=30)).strftime("%Y-%m-%d 12:00"))
    dialog.get_by_label("Ends").press("Enter")
    dialog.get_by_role("button", name="Save").click()
    expect(section).to_contain_text("a twin works here")
    section.get_by_role("button", name="End it now").click()
    page.get_by_role("dialog").get_by_role("button", name="End it now").click()
    expect(section).to_contain_text("This site keeps none.")


def test_a_still_face_is_masked_and_a_mask_is_drawn_and_removed(
    enter: Enter, scene: Scene, server: RunningServer
) -> None:
    still_face(scene)
    page = enter("Ada")
    page.goto(f"{server.url}/streams")
    offered = page.get_by_role("region", name="Faces that do not move")
    expect(offered).to_contain_text("Pat Example at Hall 3F")
    offered.get_by_role("button", name="A poster or a screen: mask it").click()
    expect(offered).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Masks (1)").click()
    dialog = page.get_by_role("dialog")
    picture = dialog.get_by_role("img", name="The camera's picture with its masks")
    expect(dialog.get_by_text("Mask 1", exact=True)).to_be_visible()
    draw(page, picture)
    expect(dialog.get_by_text("Mask 2", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Remove mask 1").click()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    with scene.database.read() as session:
        [mask] = masks.masks_of(session, HALL.id)
    assert mask[0] == pytest.approx((0.1, 0.1), abs=0.02)
    assert mask[2] == pytest.approx((0.3, 0.4), abs=0.02)


def draw(page: Page, picture: Locator) -> None:
    """Drag a rectangle over a part of the picture."""
    picture.hover()  # it comes in with its dialog, and stands still then
    box = picture.bounding_box()
    assert box is not None
    for part, then in (((0.1, 0.1), page.mouse.down), ((0.2, 0.3), None), ((0.3, 0.4), page.mouse.up)):
        picture.hover(position={"x": part[0] * box["width"], "y": part[1] * box["height"]})
        if then:
            then()


def test_on_a_phone_the_streams_fit_and_a_reviewer_does_not_decide(
    enter: Enter, scene: Scene, server: RunningServer
) -> None:
    still_face(scene)
    page = enter("Rita", viewport=PHONE)
    page.goto(f"{server.url}/streams")
    offered = page.get_by_role("region", name="Faces that do not move")
    expect(offered).to_contain_text("Pat Example at Hall 3F")
    expect(offered.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("button", name="Masks")).to_have_count(0)
    assert fits(page)
