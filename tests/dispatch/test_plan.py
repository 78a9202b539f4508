"""The plan that routing works on: what it reads of groups, and when it is read anew."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from patrol.dispatch import groups
from patrol.dispatch.desk import Desk
from patrol.dispatch.drafts import ChatDraft, MemberDraft
from patrol.dispatch.plan import Plan, Plans, load
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import GroupChat
from patrol.values import Building, Place, Site
from tests.dispatch.scene import ACROSS_THE_STREET, MALL, Scene, scene_in

SITE = Site("mall", "East Mall", *MALL, "Asia/Shanghai", (Building("north", "North hall", ("1F", "2F", "3F")),))
THIRD, SECOND = (
    {"site": "mall", "building": "north", "floor": "3F"},
    {"site": "mall", "building": "north", "floor": "2F"},
)
EVENINGS = {"weekly": [{"days": ["mon"], "from": "18:00", "to": "22:00"}]}


@pytest.fixture
def scene(any_database: Database, blobs: Blobs, now: datetime) -> Scene:
    return scene_in(any_database, blobs, now)


def loaded(scene: Scene) -> Plan:
    with scene.database.read() as session:
        return load(session, [SITE])


def current(scene: Scene, plans: Plans) -> Plan:
    with scene.database.read() as session:
        return plans.current(session)


def test_without_groups_nobody_covers_anything(scene: Scene) -> None:
    plan = loaded(scene)
    assert plan.covering("mall", "gate-b", Place(), MALL) == {}
    assert list(plan.nearest(MALL)) == []


def test_a_group_is_read_with_its_chats_its_roster_and_its_shifts(scene: Scene) -> None:
    members = (MemberDraft("Gus"), MemberDraft("Hana"))
    scene.group("gate", ChatDraft("webhook", "https://example.org/hook", "h"), members=members, shifts=EVENINGS)
    gate = loaded(scene).groups["gate"]
    assert (gate.n_chats, gate.n_members, gate.unused) == (2, 2, None)
    assert not gate.duty.is_on(scene.now)  # Monday, 09:30 in Shanghai
    assert gate.duty.until(scene.now) == scene.now + timedelta(hours=8, minutes=30)


def test_a_rota_counts_in_the_groups_own_zone_where_it_has_one(scene: Scene) -> None:
    scene.group("gate", shifts=EVENINGS, time_zone="Pacific/Auckland")  # there it is 14:30
    assert loaded(scene).groups["gate"].duty.until(scene.now) == scene.now + timedelta(hours=3, minutes=30)


def test_a_rota_is_asked_again_when_its_answer_changes(scene: Scene) -> None:
    scene.group("gate", shifts=EVENINGS)
    duty = loaded(scene).groups["gate"].duty
    evening, night = (scene.now + timedelta(hours=hours) for hours in (9, 13))
    assert [duty.is_on(moment) for moment in (scene.now, evening, night, scene.now)] == [False, True, False, False]


def test_groups_with_the_same_rota_share_its_answer(scene: Scene) -> None:
    scene.group("gate", shifts=EVENINGS)
    scene.group("exit", shifts=EVENINGS)
    scene.group("roof", shifts=EVENINGS, time_zone="Europe/London")
    plan = loaded(scene)
    gate, exit_, roof = (plan.groups[id].duty for id in ("gate", "exit", "roof"))
    assert gate is exit_
    assert roof is not gate
    assert roof.until(scene.now) != gate.until(scene.now)


def test_a_group_without_covers_covers_its_whole_site_but_for_a_default_and_one_with_a_circle(scene: Scene) -> None:
    scene.group("gate")
    scene.group("booth", radius_m=50.0)
    scene.group("kiosk", site_id=None)
    scene.group("desk", is_default=True)
    plan = loaded(scene)
    assert plan.covering("mall", None, Place(), ACROSS_THE_STREET) == {"gate": "covers_site"}
    assert plan.covering("airport", None, Place(), MALL) == {"booth": "covers_circle"}


def test_a_circle_ends_where_its_radius_does_on_the_ellipsoid(scene: Scene) -> None:
    scene.group("booth", radius_m=100.0)
    plan = loaded(scene)
    degree_m = 110_879.7  # of latitude at 31.2304 degrees north, WGS-84
    inside, outside = ((MALL[0] + metres / degree_m, MALL[1]) for metres in (99.5, 100.5))
    assert "booth" in plan.covering("mall", None, Place(), inside)
    assert "booth" not in plan.covering("mall", None, Place(), outside)


def test_a_group_stands_where_it_says_or_else_in_the_midst_of_what_it_covers(scene: Scene) -> None:
    scene.group("third", covers=(THIRD,))
    scene.group("both", covers=(THIRD, SECOND))
    scene.group("desk", covers=(THIRD,), building="north", floor="1F")
    scene.group("wide")
    scene.group("guests", site_id=None, covers=(SECOND, {"stream": "gate-b"}))
    stand = {id: (group.site_id, group.place) for id, group in loaded(scene).groups.items()}
    assert stand == {
        "third": ("mall", Place("north", "3F")),
        "both": ("mall", Place("north")),
        "desk": ("mall", Place("north", "1F")),
        "wide": ("mall", Place()),
        "guests": ("mall", Place("north", "2F")),
    }


def test_a_default_that_lists_places_covers_these(scene: Scene) -> None:
    scene.group("desk", is_default=True, covers=(THIRD,))
    assert loaded(scene).covering("mall", None, Place("north", "3F"), MALL) == {"desk": "covers_floor"}


def test_the_nearest_come_first(scene: Scene) -> None:
    for id, position in {"far": (39.9, 116.4), "here": MALL, "near": ACROSS_THE_STREET}.items():
        scene.group(id, position=position)
    assert [group.id for group in loaded(scene).nearest(MALL)] == ["here", "near", "far"]


def test_a_plan_is_read_once_until_a_group_changes(scene: Scene) -> None:
    plans = Plans(Desk(lambda: (SITE,)))
    first = current(scene, plans)
    scene.confirmed_hit()
    assert current(scene, plans) is first
    scene.group("gate")
    second = current(scene, plans)
    assert set(second.groups) == {"gate"}
    assert current(scene, plans) is second


@pytest.mark.parametrize("what", ["shift", "roster", "end"])
def test_a_new_shift_a_new_roster_and_an_end_are_seen_at_once(scene: Scene, what: str) -> None:
    scene.group("gate")
    plans = Plans(Desk(lambda: (SITE,)))
    before = current(scene, plans)
    with scene.database.write() as session:
        draft = groups.draft_of(groups.find(session, "gate"))
        changed = {
            "shift": replace(draft, shifts=EVENINGS),
            "roster": replace(draft, members=(MemberDraft("Gus"),)),
            "end": replace(draft, is_active=False),
        }
        groups.change(session, "gate", changed[what], "ada", scene.now)
    after = current(scene, plans).groups["gate"]
    was = before.groups["gate"]
    assert (after.duty.is_on(scene.now), after.n_members, after.is_active) != (
        was.duty.is_on(scene.now),
        was.n_members,
        was.is_active,
    )


def test_new_walking_times_are_seen_at_once(scene: Scene) -> None:
    sites = [SITE]
    plans = Plans(Desk(lambda: tuple(sites)))
    first = current(scene, plans)
    sites[0] = replace(SITE, time_zone="Asia/Tokyo")
    assert current(scene, plans) is not first


def test_a_group_that_has_no_chat_in_use_is_read_as_such(scene: Scene) -> None:
    scene.group("mute")
    with scene.database.write() as session:
        session.execute(update(GroupChat).values(removed_at=scene.now))
    assert loaded(scene).groups["mute"].unused == "no_chat"
