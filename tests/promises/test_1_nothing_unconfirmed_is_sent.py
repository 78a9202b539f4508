"""Promise 1: nothing is sent that a person did not confirm. Here the database is asked to break it, in raw SQL."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery, Group, GroupChat
from tests.hits.sightings import Cast, cast, match, track
from tests.hits.story import Story


@dataclass(frozen=True)
class Scene:
    """Three hits, one confirmed, one rejected, one waiting; and a group that could be told."""

    database: Database
    people: Cast
    chat_id: uuid.UUID
    hits: Mapping[str, uuid.UUID]
    decisions: Mapping[str, uuid.UUID]
    now: datetime

    def delivery(self, **given: Any) -> dict[str, Any]:
        row = {
            "id": uuid.uuid4(),
            "group_id": "gate",
            "chat_id": self.chat_id,
            "part": "hit",
            "revision": 0,
            "lane": 1,
        }
        row |= {"state": "queued", "attempts": 0, "text": "", "is_repeat": False, "next_try_at": self.now}
        return row | {"expires_at": self.now, "created_at": self.now} | given

    def write(self, **given: Any) -> None:
        """Past the mapped classes and their defaults: the table as the database has it."""
        with self.database.engine.begin() as connection:
            connection.execute(insert(Delivery.__table__), self.delivery(**given))  # type: ignore[arg-type]


@pytest.fixture
def scene(any_database: Database, blobs: Blobs, now: datetime) -> Scene:
    with any_database.write() as session:
        people = cast(session, now)
        chat = GroupChat(kind="page")
        session.add(Group(id="gate", name="Gate", latitude=31.2, longitude=121.4, created_at=now, chats=[chat]))
    story = Story(any_database, blobs, people)
    hits, decisions = {}, {}
    for n, verdict in enumerate(("confirmed", "rejected", "unsure", "waiting")):
        hit = story.see(track(now.replace(hour=n)), match(people))
        assert hit is not None
        hits[verdict] = hit.id
        if verdict != "waiting":
            decisions[verdict] = story.decide(hit, verdict).id
    return Scene(any_database, people, chat.id, hits, decisions, now)


def test_a_confirmed_hit_may_be_delivered(scene: Scene) -> None:
    scene.write(
        kind="hit",
        verdict="confirmed",
        decision_id=scene.decisions["confirmed"],
        hit_id=scene.hits["confirmed"],
    )


@pytest.mark.parametrize("kind", ["hit", "exercise"])
@pytest.mark.parametrize(
    ("decision", "verdict", "hit"),
    [
        (None, None, None),
        (None, None, "confirmed"),
        (None, "confirmed", "confirmed"),
        ("confirmed", None, "confirmed"),
        ("confirmed", "confirmed", None),
        ("rejected", "rejected", "rejected"),
        ("rejected", "confirmed", "rejected"),  # a lie about the decision
        ("unsure", "unsure", "unsure"),
        ("unsure", "confirmed", "unsure"),
        ("nobody's", "confirmed", "waiting"),
        ("confirmed", "confirmed", "waiting"),  # one hit's yes for another hit's picture
        ("confirmed", "confirmed", "rejected"),
        ("waiting", "confirmed", "waiting"),
    ],
)
def test_a_delivery_without_its_own_confirmed_decision_is_refused(
    scene: Scene, kind: str, decision: str | None, verdict: str | None, hit: str | None
) -> None:
    given = {
        "decision_id": scene.decisions.get(decision, uuid.uuid4()) if decision else None,
        "verdict": verdict,
        "hit_id": scene.hits[hit] if hit else None,
    }
    with pytest.raises(IntegrityError):
        scene.write(kind=kind, **given)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decision SET verdict = 'confirmed' WHERE verdict = 'rejected'",
        "UPDATE decision SET hit_id = (SELECT id FROM hit WHERE verdict IS NULL) WHERE verdict = 'confirmed'",
        "UPDATE decision SET user_name = 'somebody else'",
        "UPDATE decision SET decided_at = '2020-01-01 00:00:00'",
        "DELETE FROM decision WHERE verdict = 'confirmed'",
        "DELETE FROM hit WHERE verdict = 'confirmed'",
        "UPDATE delivery SET verdict = 'rejected'",
        "UPDATE delivery SET decision_id = NULL",
        "UPDATE delivery SET hit_id = (SELECT id FROM hit WHERE verdict IS NULL)",
        "UPDATE delivery SET decision_id = (SELECT id FROM decision WHERE verdict = 'rejected')",
    ],
)
def test_neither_decision_nor_delivery_can_be_bent_afterwards(scene: Scene, statement: str) -> None:
    test_a_confirmed_hit_may_be_delivered(scene)
    with pytest.raises(DatabaseError), scene.database.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(("user", "policy"), [(False, False), (True, True)])
def test_a_decision_is_a_persons_or_a_policys_and_never_nobodys_or_both(
    scene: Scene, user: bool, policy: bool
) -> None:
    row: dict[str, Any] = {"id": uuid.uuid4().hex, "hit": scene.hits["waiting"].hex, "policy": None, "user": None}
    with scene.database.engine.begin() as connection:
        if policy:
            row["policy"] = uuid.uuid4().hex
            connection.execute(
                text(
                    "INSERT INTO policy (id, watchlist_id, kind, text, written_by, created_at, ends_at)"
                    " SELECT :policy, id, 'auto', 'x', 'ada', created_at, ends_at FROM watchlist"
                ),
                {"policy": row["policy"]},
            )
    row["user"] = scene.people.rita.id.hex if user else None
    statement = text(
        "INSERT INTO decision"
        " (id, hit_id, round, seat, verdict, note, user_id, policy_id, decided_at, release_at)"
        " SELECT :id, :hit, 1, 1, 'confirmed', '', :user, :policy, created_at, created_at FROM watchlist"
    )
    with pytest.raises(IntegrityError, match="by_a_person_or_a_policy"), scene.database.engine.begin() as connection:
        connection.execute(statement, row)


def test_a_round_has_one_decision_a_seat(scene: Scene) -> None:
    with pytest.raises(IntegrityError), scene.database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO decision (id, hit_id, round, seat, verdict, note, user_id, decided_at, release_at)"
                " SELECT :id, hit_id, round, seat, 'confirmed', '', user_id, decided_at, release_at"
                " FROM decision WHERE verdict = 'rejected'"
            ),
            {"id": uuid.uuid4().hex},
        )


def test_the_same_decision_is_delivered_to_a_chat_once(scene: Scene) -> None:
    test_a_confirmed_hit_may_be_delivered(scene)
    with pytest.raises(IntegrityError):
        test_a_confirmed_hit_may_be_delivered(scene)
