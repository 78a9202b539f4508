"""Who got a hit and why, who did not and why: as it was decided, and in words of both languages."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from string import Formatter

import pytest

from patrol import words
from patrol.dispatch import explanations, plan
from patrol.dispatch.desk import Desk
from patrol.dispatch.explanations import Explained
from patrol.dispatch.plan import Candidate, Plans
from patrol.dispatch.queue import fan_out
from patrol.store.tables import Delivery, Hit
from patrol.values import Language, Site
from tests.dispatch.scene import MALL, OTHER_SIDE_OF_TOWN, Scene

SITES = (Site("mall", "East Mall", *MALL, "Asia/Shanghai"),)
EVENINGS = {"weekly": [{"days": ["mon"], "from": "18:00", "to": "22:00"}]}


def explained(scene: Scene, hit_id: uuid.UUID) -> Explained:
    with scene.database.read() as session:
        hit = session.get_one(Hit, hit_id)
        return explanations.explain(session, hit, plan.load(session, SITES), scene.now)


def route(scene: Scene) -> None:
    with scene.database.write() as session:
        fan_out(session, scene.blobs, Plans(Desk(lambda: SITES)), scene.now, deadline_s=600)


def whys(found: Explained) -> dict[str, dict[str, str]]:
    parts = ((part, getattr(found.route, part)) for part in explanations.PARTS)
    return {part: {it.group_id: it.why for it in candidates} for part, candidates in parts}


@pytest.fixture
def groups(scene: Scene) -> None:
    scene.group("gate")
    scene.group("exit", position=(31.2310, 121.4745))
    scene.group("night", shifts=EVENINGS)
    scene.group("shop", level="shopkeepers")
    scene.group("airport", position=OTHER_SIDE_OF_TOWN, site_id="airport")


@pytest.mark.usefixtures("groups")
def test_before_a_yes_it_says_who_would_be_told_now(scene: Scene) -> None:
    found = explained(scene, scene.hit())
    assert (found.outcome, found.routed_at) == (None, None)
    assert whys(found) == {
        "told": {"gate": "covers_site", "exit": "covers_site"},
        "reserves": {},
        "refused": {"night": "off_shift", "shop": "level_not_allowed", "airport": "elsewhere"},
    }


@pytest.mark.usefixtures("groups")
def test_afterwards_it_says_what_was_decided_whatever_the_groups_are_now(scene: Scene) -> None:
    hit_id = scene.confirmed_hit()
    before = whys(explained(scene, hit_id))
    route(scene)
    scene.now += timedelta(hours=10)  # the night group is on shift
    scene.group("new")
    found = explained(scene, hit_id)
    assert whys(found) == before
    assert (found.outcome, found.routed_at) == ("delivered", scene.now - timedelta(hours=10))


@pytest.mark.usefixtures("groups")
def test_who_was_told_since_is_among_those_who_were_told(scene: Scene) -> None:
    hit_id = scene.confirmed_hit()
    route(scene)
    for group, parent in (("night", None), ("airport", "gate")):
        forward(scene, hit_id, group, parent)
    assert whys(explained(scene, hit_id))["told"] == {
        "gate": "covers_site",
        "exit": "covers_site",
        "night": "passed_on",
        "airport": "forwarded",
    }
    assert whys(explained(scene, hit_id))["refused"] == {"shop": "level_not_allowed"}


def forward(scene: Scene, hit_id: uuid.UUID, group: str, parent: str | None) -> None:
    first = scene.deliveries(hit_id)[0]
    with scene.database.write() as session:
        row = Delivery(id=uuid.uuid4(), kind="hit", group_id=group, chat=scene.page_chat(session, group), lane=1)
        for name in ("decision_id", "verdict", "hit_id", "next_try_at", "expires_at", "created_at"):
            setattr(row, name, getattr(first, name))
        row.parent_id = first.id if parent else None
        session.add(row)


@pytest.mark.usefixtures("groups")
def test_after_a_withdrawal_it_still_says_who_had_been_told(scene: Scene) -> None:
    hit_id = scene.confirmed_hit()
    route(scene)
    scene.decide(hit_id, "rejected")
    route(scene)
    found = explained(scene, hit_id)
    assert found.outcome == "withdrawn"
    assert list(whys(found)["told"]) == ["gate", "exit"]


@pytest.mark.usefixtures("groups")
def test_where_the_hit_itself_is_why_nobody_is_told_every_group_near_says_so(scene: Scene) -> None:
    hit_id = scene.hit()
    with scene.database.write() as session:
        session.get_one(Hit, hit_id).last_seen_at = scene.now - timedelta(hours=13)
    assert whys(explained(scene, hit_id))["refused"]["gate"] == "too_old"
    scene.decide(hit_id, "confirmed")
    route(scene)
    found = explained(scene, hit_id)
    assert (found.outcome, found.route.told) == ("too_old", ())
    assert whys(found)["refused"]["gate"] == "too_old"


def test_the_default_is_known_as_such(scene: Scene) -> None:
    scene.group("desk", is_default=True, site_id=None)
    hit_id = scene.confirmed_hit()
    route(scene)
    found = explained(scene, hit_id)
    assert found.route.is_default
    assert explanations.say_outcome(found, "en").startswith("Nobody covers the place")
    assert whys(found)["told"] == {"desk": "default"}


SAID: list[tuple[Candidate, Language, str]] = [
    (Candidate("g", "G", "guards", "covers_floor", 2.5, 40.0), "en", "covers this floor; 2.5 min on foot"),
    (Candidate("g", "G", "guards", "covers_floor", 2.0, 40.0), "zh", "负责此楼层；步行 2 分钟"),
    (
        Candidate("g", "G", "guards", "near", None, 101.4),
        "en",
        "is near, though it does not cover the place; 101 m away",
    ),
    (Candidate("g", "G", "shops", "level_not_allowed"), "en", 'groups of level "shops" are not told of this list'),
    (
        Candidate("g", "G", "guards", "off_shift", until=datetime(2026, 3, 2, 14, tzinfo=UTC)),
        "en",
        "is off shift until 2026-03-02 22:00",
    ),
    (Candidate("g", "G", "guards", "covers_site", None, 0.0, n_floors=0), "en", "covers this site; same floor"),
    (
        Candidate("g", "G", "guards", "covers_site", None, 30.2, n_floors=-2),
        "zh",
        "负责整个场所；低 2 层；相距 30 米",
    ),
    (Candidate("g", "G", "guards", "covers_site", None, 0.0, n_floors=1), "en", "covers this site; floors up: 1"),
    (Candidate("g", "G", "guards", "off_shift"), "zh", "不在班"),
    (Candidate("g", "G", "guards", "of_another_version", 3.0), "en", "of_another_version; 3 min on foot"),
]


@pytest.mark.parametrize(("candidate", "language", "said"), SAID)
def test_a_reason_is_said_in_words(candidate: Candidate, language: Language, said: str) -> None:
    assert explanations.say(candidate, language, "Asia/Shanghai") == said


def test_who_is_in_line_hears_his_place_in_it() -> None:
    candidate = Candidate("g", "G", "guards", "covers_site", None, 12.0)
    said = explanations.say(candidate, "en", "Asia/Shanghai", place_in_line=2)
    assert said.startswith("number 2 in line")
    assert said.endswith("covers this site; 12 m away")


def test_every_sentence_names_the_same_in_both_languages() -> None:
    for subject in ("routing", "pauses"):
        for code, entry in words.catalogue(subject).items():
            assert set(fields_of(entry["en"])) == set(fields_of(entry["zh"])), code


def fields_of(sentence: str) -> Iterator[str]:
    return (name for _text, name, _spec, _conversion in Formatter().parse(sentence) if name)


def test_what_is_kept_is_plain_and_leaves_out_who_covers_other_places(scene: Scene) -> None:
    scene.group("gate")
    scene.group("airport", position=OTHER_SIDE_OF_TOWN, site_id="airport")
    kept = explanations.kept(explained(scene, scene.hit()).route)
    assert json.loads(json.dumps(kept)) == [
        {
            "part": "told",
            "group_id": "gate",
            "name": "Gate",
            "level": "guards",
            "why": "covers_site",
            "distance_m": 0.0,
        }
    ]
