"""A running case in a real browser: clocks count down, answers come in, it is handed down, it is closed."""

import re
import uuid

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from patrol.dispatch.replies import receive_from_page
from patrol.store.tables import Delivery, Episode, Group, GroupChat
from patrol.values import Media, ReplyKind
from tests.browser.conftest import PHONE, Enter, clock
from tests.browser.scene import MALL, Scene
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sender")]


def below(scene: Scene) -> None:
    """A group under the one at the gate, far from the camera: told only by a forward."""
    with scene.database.write() as session:
        group = Group(id="floor-1", name="Floor 1", latitude=30.0, longitude=120.0, created_at=scene.now)
        group.parent_id, group.chats = "gate-b", [GroupChat(kind="page")]
        session.add(group)


def confirmed(page: Page, scene: Scene) -> None:
    """Hit 1, confirmed by a key and sent; the page shows it."""
    hit = scene.hit()
    expect(page.get_by_role("article")).to_have_attribute("aria-label", re.compile(r"\b1\b"))
    expect(page.get_by_role("button", name="Confirm")).to_be_enabled()
    page.keyboard.press("c")
    eventually(lambda: sent(scene))
    open_hit(page, hit.id)


def open_hit(page: Page, hit_id: uuid.UUID) -> None:
    page.goto(re.sub(r"(//[^/]+)/.*", rf"\1/hits/{hit_id}", page.url))


def sent(scene: Scene) -> Delivery | None:
    with scene.database.read() as session:
        return session.scalars(select(Delivery).where(Delivery.kind == "hit", Delivery.state == "sent")).first()


def say(scene: Scene, kind: ReplyKind, **more: object) -> None:
    delivery = sent(scene)
    assert delivery is not None
    with scene.database.write() as session:
        ref = uuid.uuid4().hex
        receive_from_page(
            session,
            scene.blobs,
            delivery.group_id,
            delivery.id,
            kind,
            event_ref=ref,
            now=clock(),
            member="Gus",
            **more,  # type: ignore[arg-type]
        )


def test_a_case_runs_and_is_closed_where_the_hit_is(enter: Enter, scene: Scene) -> None:
    below(scene)
    page = enter("Rita")
    confirmed(page, scene)
    panel = page.get_by_role("region", name="Case #0001")
    expect(panel.get_by_text(re.compile(r"Gate B · Seen 0:\d\d left"))).to_be_visible()
    photo = Media("photo", scene.photo_jpeg, "image/jpeg")
    say(scene, "sighted", place={"site": MALL.id, "words": "by the noodle shop"}, media=(photo,))
    expect(panel.get_by_text("by the noodle shop")).to_be_visible()
    expect(page.get_by_role("img", name="Photo 1")).to_be_visible()
    page.get_by_role("button", name="Forward").click()
    page.get_by_label("Floor 1").check()
    page.get_by_role("dialog").get_by_role("button", name="Forward").click()
    expect(panel.get_by_text("Forwarded to Floor 1")).to_be_visible()
    panel.get_by_role("button", name="Being handled").click()
    page.get_by_role("dialog").get_by_role("button", name="Being handled").click()
    expect(panel.get_by_text(re.compile(r"Being handled until .* \(Rita\)"))).to_be_visible()
    panel.get_by_role("button", name="Close the case").click()
    page.get_by_label("Found and handed over").check()
    page.get_by_role("dialog").get_by_role("button", name="Close the case").click()
    expect(panel.get_by_text("Closed: found and handed over (Rita)")).to_be_visible()
    with scene.database.read() as session:
        assert session.scalars(select(Episode.outcome)).all() == ["handed_over"]


def test_a_call_for_help_is_ended_by_who_saw_that_help_has_come(enter: Enter, scene: Scene) -> None:
    page = enter("Rita")
    confirmed(page, scene)
    say(scene, "need_help")
    banner = page.get_by_role("link", name="Group gate-b needs help at hit #0001")
    expect(banner).to_be_visible()
    page.goto(re.sub(r"(//[^/]+)/.*", r"\1/streams", page.url))
    banner.click()
    page.get_by_role("button", name="Help has arrived").click()
    expect(banner).to_have_count(0)


def test_the_next_hit_of_an_open_case_says_whose_update_it_is(enter: Enter, scene: Scene) -> None:
    page = enter("Rita")
    confirmed(page, scene)
    scene.now = clock()  # behind the decision: a sighting of its own
    open_hit(page, scene.hit("Gate 5").id)
    expect(page.get_by_text("Update of #0001").first).to_be_visible()
    expect(page.get_by_text("A yes makes this hit an update of the case.")).to_be_visible()


@pytest.mark.parametrize("viewport", [None, PHONE])
def test_who_only_looks_closes_nothing(enter: Enter, scene: Scene, viewport: object) -> None:
    rita = enter("Rita")
    confirmed(rita, scene)
    max = enter("Max", **({"viewport": viewport} if viewport else {}))
    delivery = sent(scene)
    assert delivery is not None
    assert delivery.hit_id is not None
    open_hit(max, delivery.hit_id)
    expect(max.get_by_text(re.compile(r"Seen 0:\d\d left"))).to_be_visible()
    expect(max.get_by_role("button", name="Close the case")).to_have_count(0)
