"""Ada says how many false alerts she accepts, takes another budget from the table, and lets a volunteer go."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from patrol.store.tables import Calibration, StreamDay
from patrol.watchlist.portraits import Photo
from patrol.watchlist.volunteers import Agreement, add_volunteers
from tests.browser.conftest import PHONE, Enter
from tests.browser.running import RunningServer
from tests.browser.scene import Scene
from tests.watchlist.drawn import DrawnFinder, Oval, jpeg_of
from tests.web.test_accuracy import BELIEF

pytestmark = pytest.mark.browser


def prepare(scene: Scene) -> None:
    """A volunteer, a day's counts, and what a worker derived before anybody had said anything."""
    agreement = Agreement("letter of 1 March", scene.now + timedelta(days=90))
    photo = Photo("li.jpg", jpeg_of(Oval(1)))
    add_volunteers(scene.database, scene.blobs, DrawnFinder(), agreement, [("李雷", photo)], by="Ada", now=scene.now)
    with scene.database.write() as session:
        day = scene.now.date() - timedelta(days=2)
        counted = StreamDay(stream_id="hall-3f", day=day, site_id="mall", n_looks=9)
        counted.n_passages = 20_000
        row = Calibration(embedder="drawn-1", rev=1, budget_id=None, made_at=scene.now, n_people=1)
        row.sure, row.uncertain, row.weak, row.belief = 0.2, 0.15, 0.3, BELIEF
        session.add_all([counted, row])


def test_a_budget_is_set_from_what_the_cameras_counted(enter: Enter, scene: Scene, server: RunningServer) -> None:
    prepare(scene)
    page = enter("Ada")
    page.goto(f"{server.url}/accuracy")
    expect(page.get_by_text("Of 1,000 strangers who pass about 0.02")).to_be_visible()
    expect(page.get_by_text("57 people here")).to_be_visible()
    expect(page.get_by_label("About so many people pass a day")).to_have_value("20000")
    page.get_by_label("At most so many false alerts a day").fill("2.5")
    page.get_by_role("button", name="Set the budget").click()
    expect(page.get_by_text("Budget of 2.5 false alerts a day of 20,000 passages")).to_be_visible()
    expect(page.get_by_text("set by Ada")).to_be_visible()
    page.get_by_label("At most so many false alerts a day").fill("20001")
    page.get_by_role("button", name="Set the budget").click()
    expect(page.get_by_text("an alert for everybody")).to_be_visible()


def test_a_volunteer_is_shown_on_a_phone_and_let_go(enter: Enter, scene: Scene, server: RunningServer) -> None:
    prepare(scene)
    page = enter("Ada", viewport=PHONE)
    page.goto(f"{server.url}/accuracy")
    expect(page.get_by_role("img", name="Volunteer 李雷")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nobody yet")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_who_does_not_administer_has_no_such_page(enter: Enter, server: RunningServer) -> None:
    page = enter("Rita")
    page.goto(f"{server.url}/accuracy")
    expect(page.get_by_text("Your account does not have this page")).to_be_visible()
