"""The thresholds in force: the same for everybody who derives them, and written down once."""

import threading
from datetime import datetime, timedelta

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
    row = calibrating.row_of(found, found.derive(), now)
    with database.write() as session:
        calibrating.keep(session, found, row)


def test_until_somebody_says_so_patrols_own_budget_holds(database: Database, now: datetime) -> None:
    with database.read() as session:
        found = basis(session, now)
    assert (found.budget, found.budget_id, found.volunteers.shape) == (DEFAULT, None, (0, 0))
    assert found.derive().belief.fpir == pytest.approx(0.003)


def test_the_newest_budget_and_who_agreed_are_read_beside_the_entries(database: Database, now: datetime) -> None:
    with database.write() as session:
        said = budgets.set_budget(session, false_alerts_per_day=2, passages_per_day=20_000, by="ada", now=now)
        for days in (-1, 1):
            vector = template_of(20 + days).vector.astype("<f4").tobytes()
            session.add(
                Volunteer(
                    **{"name": "Ann", "consent": "letter", "created_at": now, "created_by": "rita"},
                    **{"ends_at": now + timedelta(days=days), "picture_key": None, "box_xyxy": []},
                    templates=[VolunteerTemplate(embedder="drawn-1", vector=vector, created_at=now)],
                )
            )
    with database.read() as session:
        found = basis(session, now)
    assert (found.budget_id, found.budget.fpir) == (said.id, pytest.approx(1e-4))
    assert np.allclose(found.volunteers, [template_of(21).vector])


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
    assert [other["is_chosen"] for other in others] == [False, False, True, False, False]
    assert [other["fpir"] for other in others] == pytest.approx([0.00075, 0.0015, 0.003, 0.006, 0.012])
    thresholds = [other["threshold"] for other in others]
    assert thresholds == sorted(thresholds, reverse=True)
    assert (event.kind, event.actor, event.body) == ("calibration.made", "system", {"rev": 7})


def test_it_is_written_down_once_for_each_revision_and_budget(any_database: Database, now: datetime) -> None:
    with any_database.read() as session:
        found = basis(session, now)
    keepers = [threading.Thread(target=keep, args=(any_database, found, now)) for _ in range(4)]
    for keeper in keepers:
        keeper.start()
    for keeper in keepers:
        keeper.join()
    with any_database.read() as session:
        assert len(session.scalars(select(Calibration)).all()) == 1
        assert calibrating.is_kept(session, found)
        assert not calibrating.is_kept(session, basis(session, now, rev=8))


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
