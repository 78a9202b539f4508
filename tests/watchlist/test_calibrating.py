"""The thresholds in force: the same for everybody who derives them, and written down once."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.matching.budget import DEFAULT, Entries
from patrol.matching.impostors import ImpostorTail
from patrol.matching.prior import Prior
from patrol.store.engine import Database
from patrol.store.tables import Calibration, Event, Volunteer, VolunteerTemplate, Worker
from patrol.values import Float32
from patrol.watchlist import budgets, calibrating
from patrol.watchlist.calibrating import Basis
from tests.watchlist.drawn import template_of

PRIOR = Prior(
    embedder="drawn-1",
    crowds=(),
    tail=ImpostorTail((1e-1, 1e-3, 1e-5), (0.1, 0.3, 0.45)),
    caution=0.02,
    margin=0.05,
    found=((0.1, 0.99), (0.3, 0.9), (0.6, 0.5)),
    n_people=2000,
    n_mated=10_000,
    made_by="a test",
)


def people(n: int) -> Float32:
    return np.stack([template_of(person).vector for person in range(n)])


def basis(session: Session, now: datetime, n: int = 3, rev: int = 7) -> Basis:
    entries = Entries(people(n), np.zeros(n, np.bool_))
    return calibrating.read_basis(session, PRIOR, rev, entries, now)


def keep(database: Database, found: Basis, now: datetime) -> None:
    derived = found.derive()
    row = calibrating.row_of(found, derived, now)
    with database.write() as session:
        calibrating.keep(session, found, derived, row)


def volunteer(session: Session, now: datetime, vector: bytes, days: int = 1) -> None:
    session.add(
        Volunteer(
            **{"name": "Ann", "consent": "letter", "created_at": now, "created_by": "rita"},
            **{"ends_at": now + timedelta(days=days), "picture_key": None, "box_xyxy": []},
            templates=[VolunteerTemplate(embedder="drawn-1", vector=vector, created_at=now)],
        )
    )


def test_until_somebody_says_so_patrols_own_budget_holds(database: Database, now: datetime) -> None:
    with database.read() as session:
        found = basis(session, now)
    assert (found.budget, found.budget_id, found.volunteers.shape) == (DEFAULT, None, (0, 0))
    assert found.derive().belief.fpir == pytest.approx(0.003)


def test_the_newest_budget_and_who_agreed_are_read_beside_the_entries(database: Database, now: datetime) -> None:
    with database.write() as session:
        said = budgets.set_budget(session, false_alerts_per_day=2, passages_per_day=20_000, by="ada", now=now)
        for days in (-1, 1):
            volunteer(session, now, template_of(20 + days).vector.astype("<f4").tobytes(), days)
    with database.read() as session:
        found = basis(session, now)
    assert (found.budget_id, found.budget.fpir) == (said.id, pytest.approx(1e-4))
    assert np.allclose(found.volunteers, [template_of(21).vector])


@pytest.mark.parametrize("n_listed", [3, 0])
def test_a_volunteers_damaged_template_is_left_out_and_the_others_count(
    database: Database, now: datetime, n_listed: int
) -> None:
    whole = template_of(20).vector.astype("<f4")
    wrong = (whole[:-1].tobytes(), b"", whole.tobytes() + b"x", (whole * np.nan).tobytes(), (2 * whole).tobytes())
    with database.write() as session:
        for vector in (wrong[0], whole.tobytes(), template_of(21).vector.astype("<f4").tobytes(), *wrong[1:]):
            volunteer(session, now, vector)
    with database.read() as session:
        found = basis(session, now, n_listed) if n_listed else None
        volunteers = found.volunteers if found else calibrating.read_volunteers(session, "drawn-1", now)
    assert volunteers.shape == (2, len(whole))
    assert found is None or found.derive().belief.n_volunteers == 2


def test_where_every_volunteers_template_is_damaged_there_is_none(database: Database, now: datetime) -> None:
    with database.write() as session:
        volunteer(session, now, b"123")
    with database.read() as session:
        assert basis(session, now).volunteers.shape[0] == 0
        assert basis(session, now).derive().belief.n_volunteers == 0
        assert len(calibrating.read_volunteers(session, "drawn-1", now)) == 0


def test_what_followed_is_written_down_with_what_other_budgets_would_give(database: Database, now: datetime) -> None:
    with database.read() as session:
        found = basis(session, now)
    keep(database, found, now)
    with database.read() as session:
        row = calibrating.newest_calibration(session)
        event = session.scalars(select(Event)).one()
    assert row is not None
    scale = found.derive().scale
    assert (row.sure, row.uncertain, row.weak) == (scale.sure, scale.uncertain, scale.weak)
    assert (row.n_people, row.rev, row.embedder, row.budget_id) == (3, 7, "drawn-1", None)
    assert row.belief["found"].keys() == {"value", "low", "high"}
    others = row.belief["alternatives"]
    assert not any(other["is_chosen"] for other in others), "nobody has set one, and patrol's own is not spent whole"
    assert [other["fpir"] for other in others] == pytest.approx([0.00075, 0.0015, 0.003, 0.006, 0.012])
    thresholds = [other["threshold"] for other in others]
    assert thresholds == sorted(thresholds, reverse=True)
    assert (event.kind, event.actor, event.body) == ("calibration.made", "system", {"rev": 7})


def test_it_is_written_down_once_whoever_derives_it(any_database: Database, now: datetime) -> None:
    with any_database.read() as session:
        found = basis(session, now)
    keepers = [threading.Thread(target=keep, args=(any_database, found, now)) for _ in range(4)]
    for keeper in keepers:
        keeper.start()
    for keeper in keepers:
        keeper.join()
    with any_database.read() as session:
        assert len(session.scalars(select(Calibration)).all()) == 1
        assert calibrating.is_kept(session, found, found.derive())


def rows(database: Database) -> list[tuple[int, int]]:
    """By age: of which revision, of how many people."""
    with database.read() as session:
        written = session.scalars(select(Calibration).order_by(Calibration.made_at)).all()
        assert len(session.scalars(select(Event)).all()) == len(written)
        return [(row.rev, row.n_people) for row in written]


def test_a_revision_that_changes_nothing_is_no_new_row_but_in_force(any_database: Database, now: datetime) -> None:
    for rev in (7, 9, 8):  # who comes late changes nothing
        with any_database.read() as session:
            found = basis(session, now, rev=rev)
        keep(any_database, found, now + timedelta(seconds=rev))
    assert rows(any_database) == [(9, 3)]


def test_who_ends_by_the_clock_changes_what_is_written_without_a_revision(
    any_database: Database, now: datetime
) -> None:
    for seconds, n in enumerate((3, 2, 3)):  # the last one: a worker whose clock is behind
        with any_database.read() as session:
            found = basis(session, now, n)
        keep(any_database, found, now + timedelta(seconds=seconds))
    assert rows(any_database) == [(7, 3), (7, 2)]


def test_what_a_worker_makes_of_an_older_revision_is_not_written_behind_the_newer(
    database: Database, now: datetime
) -> None:
    for seconds, (rev, n) in enumerate([(7, 3), (9, 4), (8, 2)]):
        with database.read() as session:
            found = basis(session, now, n, rev)
        keep(database, found, now + timedelta(seconds=seconds))
    assert rows(database) == [(7, 3), (9, 4)]


@pytest.mark.parametrize(
    "other", [{"caution": 0.04}, {"n_people": 1999}, {"found": ((0.1, 0.98), (0.3, 0.8), (0.6, 0.3))}]
)
def test_another_file_of_calibration_is_written_down_though_the_list_is_the_same(
    database: Database, now: datetime, other: dict[str, Any]
) -> None:
    with database.read() as session:
        found = basis(session, now)
    keep(database, found, now)
    keep(database, replace(found, prior=replace(PRIOR, **other)), now + timedelta(seconds=1))
    assert rows(database) == [(7, 3), (7, 3)]


def test_the_newest_is_that_of_the_embedder_that_the_workers_use(database: Database, now: datetime) -> None:
    with database.write() as session:
        session.add(Worker(id="w", started_at=now, beat_at=now, rev=7, embedder="drawn-1", runtime="drawn"))
    with database.read() as session:
        assert calibrating.newest_calibration(session) is None
        found = basis(session, now)
    keep(database, found, now)
    with database.write() as session:
        other = calibrating.row_of(found, found.derive(), now + timedelta(seconds=1))
        other.embedder = "coming-1"
        session.add(other)
    with database.read() as session:
        newest = calibrating.newest_calibration(session)
        assert newest is not None
        assert newest.embedder == "drawn-1"
        assert len(calibrating.calibration_history(session, 10)) == 1
