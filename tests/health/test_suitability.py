"""What a camera can do where it hangs, in plain sentences, and never before a day has passed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from patrol import words
from patrol.faces.quality import ENROLMENT, VIDEO
from patrol.health import hours
from patrol.health.suitability import Bars, Suitability, report, spans
from patrol.store.engine import Database
from patrol.values import PassageEnd
from tests.health.test_hours import passage
from tests.hits.sightings import STREAM

BARS = Bars(VIDEO, ENROLMENT)
MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)  # in Shanghai
TOMORROW = MIDNIGHT + timedelta(hours=24)
SMALL = {"eye_px": 6.0, "lacks": ("too_small",)}


def judge(database: Database, by_hour: Mapping[int, list[PassageEnd]], n_hours: int = 24) -> Suitability:
    """A day in which each hour of the day at the site saw these passages."""
    with database.write() as session:
        for hour in range(n_hours):
            at = MIDNIGHT + timedelta(hours=hour)
            hours.count(session, STREAM, by_hour.get(hour, []), 3600.0, at)
    with database.read() as session:
        return report(session, STREAM, BARS, TOMORROW)


def at(hour: int, n: int, **how: object) -> list[PassageEnd]:
    return [passage(MIDNIGHT + timedelta(hours=hour), **how) for _ in range(n)]  # type: ignore[arg-type]


def said(found: Suitability) -> list[str]:
    return [words.say(f"suitability.{it.code}", "en", **it.fields) for it in found.findings]


def test_nothing_is_said_of_a_camera_that_nobody_passed(database: Database) -> None:
    found = judge(database, {})
    assert (found.verdict, found.usable_share) == ("unknown", None)
    assert "0 passages in 24.0 hours" in said(found)[0]


@pytest.mark.parametrize(("n", "n_hours"), [(19, 24), (200, 23)])
def test_before_a_day_and_twenty_passages_it_is_too_early(database: Database, n: int, n_hours: int) -> None:
    found = judge(database, {9: at(9, n)}, n_hours)
    assert (found.verdict, len(found.findings)) == ("unknown", 1)
    assert f"{n} passages" in said(found)[0]


def test_a_camera_that_shows_faces_is_good(database: Database) -> None:
    found = judge(database, {9: at(9, 30), 10: at(10, 3, **SMALL)})
    assert (found.verdict, found.n_passages, found.n_usable) == ("good", 33, 30)
    assert said(found)[0] == "This camera can identify people: 91 % of those who pass show a usable face."


def test_a_camera_of_small_faces_says_so_and_how_much_nearer_it_must_come(database: Database) -> None:
    found = judge(database, {9: at(9, 30, **SMALL), 10: at(10, 2)})
    assert found.verdict == "unfit"
    assert said(found)[0].startswith("This camera cannot identify people: faces are 14 px wide.")
    assert said(found)[1].startswith("94 % of faces are too small: 6 px between the eyes where 8 are the least.")
    assert "Zoom in 1.3 times" in said(found)[1]


def test_blur_and_profiles_are_told_apart(database: Database) -> None:
    blurred = at(9, 10, lacks=("blurred",))
    sideways = at(10, 10, lacks=("turned_away",))
    found = judge(database, {9: blurred, 10: sideways, 11: at(11, 20)})
    assert found.verdict == "limited"
    assert [it.code for it in found.findings] == ["limited", "blurred", "turned_away"]


def test_a_rare_lack_is_not_worth_a_sentence(database: Database) -> None:
    found = judge(database, {9: at(9, 10, lacks=("blurred",)), 10: at(10, 2, lacks=("cut_off",)), 11: at(11, 30)})
    assert [it.code for it in found.findings] == ["limited", "blurred"]


def test_a_lack_is_told_of_those_who_have_it(database: Database) -> None:
    found = judge(database, {9: at(9, 10, **SMALL), 10: at(10, 30, eye_px=40.0)})
    assert found.eye_distance_px is not None
    assert found.eye_distance_px > 30
    assert said(found)[1].startswith("25 % of faces are too small: 6 px between the eyes")


def test_dark_nights_are_told_by_the_sites_clock(database: Database) -> None:
    dark = {"under_exposure": 0.7, "lacks": ("blurred",)}
    night = {hour: at(hour, 6, **dark) for hour in (18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5)}
    found = judge(database, {**night, **{hour: at(hour, 20) for hour in range(8, 17)}})
    assert found.findings[-1].code == "dark"
    assert said(found)[-1].startswith("Too dark at 18:00-06:00")


def test_a_camera_that_looks_down_is_told(database: Database) -> None:
    found = judge(database, {9: at(9, 30, pitch=0.9)})
    assert [it.code for it in found.findings] == ["good", "steep"]
    assert "42 degrees" in said(found)[1]


def test_every_finding_has_its_words_in_both_languages(database: Database) -> None:
    lacks = ("too_small", "too_dark", "too_bright", "flat", "blurred", "turned_away", "looks_up_or_down", "cut_off")
    found = judge(database, {9: at(9, 30, lacks=lacks, pitch=0.9, over_exposure=0.9, under_exposure=0.9)})
    assert len(found.findings) == 12
    for it in found.findings:
        assert words.say(f"suitability.{it.code}", "zh", **it.fields)


def test_what_is_older_than_a_week_does_not_count(database: Database) -> None:
    judge(database, {9: at(9, 30)})
    with database.read() as session:
        assert report(session, STREAM, BARS, TOMORROW + timedelta(days=8)).n_passages == 0


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ([], ""),
        ([5], "05:00-06:00"),
        ([22, 23, 0, 1], "22:00-02:00"),
        ([18, 23], "18:00-19:00, 23:00-24:00"),
        ([7, 8, 12], "07:00-09:00, 12:00-13:00"),
        (list(range(24)), "00:00-24:00"),
    ],
)
def test_hours_are_said_as_times(of: list[int], said: str) -> None:
    assert spans(of) == said


def test_a_face_that_is_almost_large_enough_is_not_told_as_large_enough(database: Database) -> None:
    found = judge(database, {9: at(9, 30, eye_px=7.6, lacks=("too_small",))})
    assert "7 px between the eyes where 8 are the least" in said(found)[1]
