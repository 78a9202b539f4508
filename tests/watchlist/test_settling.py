"""Whoever follows the gallery has the same thresholds, and the first one writes them down."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from patrol.matching.prior import prior_of
from patrol.store.engine import Database
from patrol.store.tables import Calibration, Person, Watchlist
from patrol.watchlist import budgets, people
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.settling import gallery_of, known_of, known_of_version, settle
from tests.watchlist.conftest import PersonMaker
from tests.watchlist.drawn import DRAWN, template_of
from tests.watchlist.test_calibrating import PRIOR
from tests.watchlist.tracks import add_portrait


def enrol(database: Database, watchlist: Watchlist, new_person: PersonMaker, numbers: range, now: datetime) -> None:
    with database.write() as session:
        listed = people.find_watchlist(session, watchlist.id)
        for number in numbers:
            add_portrait(session, new_person(session, listed, name=f"No {number}"), template_of(number), now)


def written(database: Database) -> Sequence[Calibration]:
    with database.read() as session:
        return session.scalars(select(Calibration).order_by(Calibration.made_at, Calibration.rev)).all()


def test_of_nobody_nothing_is_written_down(database: Database, now: datetime) -> None:
    settle(database, Gallery("drawn-1", DRAWN, PRIOR), now)
    assert written(database) == []


def test_given_thresholds_follow_from_nothing_and_are_not_written_down(
    database: Database, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    enrol(database, watchlist, new_person, range(3), now)
    settle(database, Gallery("drawn-1", DRAWN), now)
    assert written(database) == []


def test_two_workers_have_the_same_thresholds_and_one_row(
    database: Database, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    first, second = Gallery("drawn-1", DRAWN, PRIOR), Gallery("drawn-1", DRAWN, PRIOR)
    enrol(database, watchlist, new_person, range(3), now)
    settle(database, first, now)
    enrol(database, watchlist, new_person, range(3, 30), now)
    for gallery in (first, second, first):
        settle(database, gallery, now)
    assert [row.n_people for row in written(database)] == [3, 30]
    assert first.standing.scale.uncertain == pytest.approx(second.standing.scale.uncertain, abs=1e-6)
    assert written(database)[1].uncertain == first.standing.scale.uncertain
    assert written(database)[1].belief["basis"] == "mixed"


def test_an_entry_that_ends_by_the_clock_is_written_down_too(
    database: Database, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    enrol(database, watchlist, new_person, range(3), now)
    gallery = Gallery("drawn-1", DRAWN, PRIOR)
    settle(database, gallery, now)
    with database.write() as session:
        session.execute(update(Person).where(Person.name == "No 2").values(ends_at=now + timedelta(hours=1)))
    for hours in (2, 3):
        settle(database, Gallery("drawn-1", DRAWN, PRIOR), now + timedelta(hours=hours))
    assert [(row.n_people, row.rev) for row in written(database)] == [(3, gallery.rev), (2, gallery.rev)]


def test_a_longer_list_asks_for_more_likeness(
    database: Database, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    with database.write() as session:  # above the likeness that is asked for whoever is listed
        budgets.set_budget(session, false_alerts_per_day=1, passages_per_day=20_000, by="ada", now=now)
    gallery = Gallery("drawn-1", DRAWN, PRIOR)
    for numbers in (range(1), range(1, 20)):
        enrol(database, watchlist, new_person, numbers, now)
        settle(database, gallery, now)
    short, long = written(database)
    assert (short.belief["basis"], long.belief["basis"]) == ("prior", "prior")
    assert short.uncertain < long.uncertain < long.sure


def test_a_new_budget_reaches_every_follower_at_the_next_look(
    database: Database, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    gallery = Gallery("drawn-1", DRAWN, PRIOR)
    enrol(database, watchlist, new_person, range(3), now)
    settle(database, gallery, now)
    before = gallery.standing.scale.uncertain
    with database.write() as session:
        said = budgets.set_budget(session, false_alerts_per_day=0.1, passages_per_day=20_000, by="ada", now=now)
    settle(database, gallery, now + timedelta(seconds=1))
    assert gallery.standing.scale.uncertain > before
    assert [row.budget_id for row in written(database)] == [None, said.id]


def test_a_gallery_is_made_of_what_the_manifest_says_of_the_embedder(tmp_path: Path) -> None:
    assert gallery_of(tmp_path, "sface").embedder == "sface-2021dec"
    assert known_of(tmp_path, "sface") is prior_of("sface-2021dec", None)


def test_a_calibration_beside_the_weights_goes_before_the_shipped_one(tmp_path: Path) -> None:
    shipped = (Path(__file__).parents[2] / "patrol/faces/manifest.toml").read_text(encoding="utf-8")
    assert "[sface]" in shipped
    own = shipped.replace("[sface]\n", '[sface]\ncalibration = "own.json"\n', 1)
    (tmp_path / "manifest.toml").write_text(own, encoding="utf-8")
    assert (
        known_of(tmp_path, "sface").n_people == prior_of("sface-2021dec", None).n_people
    )  # the file is not there yet
    text = PRIOR.to_json().replace("drawn-1", "sface-2021dec")
    (tmp_path / "own.json").write_text(text, encoding="utf-8")
    assert known_of(tmp_path, "sface").made_by == "a test"
    assert known_of_version(tmp_path, "sface-2021dec").made_by == "a test"


def test_an_embedder_that_no_manifest_has_is_one_that_nobody_measured(tmp_path: Path) -> None:
    assert known_of_version(tmp_path, "gone-1").n_people == 0
