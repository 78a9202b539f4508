"""Was this camera watched at 15:40? Gaps open and close as states change, whoever died in between."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.health import gaps
from patrol.health.gaps import Gap, Said
from patrol.store.engine import Database
from patrol.store.tables import StreamGap, StreamState
from tests.hits.sightings import STREAM

ID = STREAM.id
At = Callable[[float], datetime]


@pytest.fixture
def at(now: datetime) -> At:
    return lambda seconds: now + timedelta(seconds=seconds)


class Told:
    """A worker that says how the stream is, as `patrol watch` does."""

    def __init__(self, database: Database, at: At) -> None:
        self.database, self.at = database, at

    def say(self, second: float, state: str, error: str | None = None, **more: float | bool) -> None:
        picture_s, is_first = more.get("picture_s"), bool(more.get("is_first"))
        now = self.at(second)
        with self.database.write() as session:
            row = session.get(StreamState, ID)
            gaps.follow(
                session,
                STREAM,
                Said.of(row),
                state=state,
                error=error,
                picture_at=None if picture_s is None else self.at(float(picture_s)),
                now=now,
                is_first=is_first,
            )
            shown = state if error not in gaps.OURS else "stopped"
            session.merge(
                StreamState(
                    stream_id=ID, site_id="mall", worker_id="w", state=shown, error=error, since=now, updated_at=now
                )
            )

    def gaps(self) -> list[tuple[float, float | None, str]]:
        with self.database.read() as session:
            rows = session.scalars(select(StreamGap).order_by(StreamGap.began_at)).all()
        second = lambda moment: (moment - self.at(0)).total_seconds()  # noqa: E731
        return [(second(row.began_at), row.ended_at and second(row.ended_at), row.reason) for row in rows]

    def watched(self, second: float, now_s: float) -> str:
        with self.database.read() as session:
            return gaps.watched_at(session, ID, self.at(second), self.at(now_s)).watched


@pytest.fixture
def told(database: Database, at: At) -> Told:
    return Told(database, at)


def test_of_a_stream_that_nobody_ever_watched_nothing_is_known(told: Told) -> None:
    assert told.watched(-5, 0) == "unknown"


def test_watching_begins_with_the_first_picture(told: Told) -> None:
    told.say(0, "opening", is_first=True)
    told.say(3, "live", picture_s=2)
    told.say(58, "live", picture_s=57)
    assert told.gaps() == [(0, 2, "starting")]
    assert [told.watched(second, 60) for second in (-1, 1, 2, 30, 61)] == ["unknown", "no", "yes", "yes", "future"]


def test_a_first_word_of_live_says_since_when_it_is_known(told: Told) -> None:
    told.say(0, "live", is_first=True, picture_s=0)
    assert [told.watched(second, 5) for second in (-1, 1)] == ["unknown", "yes"]


def test_a_gap_goes_from_the_last_picture_to_the_first_one_after(told: Told) -> None:
    told.say(0, "live", is_first=True)
    told.say(100, "down", "timed_out", picture_s=90)
    told.say(110, "opening", picture_s=90)
    told.say(120, "live", picture_s=119)
    assert told.gaps()[1:] == [(90, 119, "timed_out")]


def test_a_camera_that_comes_and_goes_is_one_gap(told: Told) -> None:
    told.say(0, "live", is_first=True)
    for second in range(100, 200, 10):
        told.say(second, "down", "ended", picture_s=second)
        told.say(second + 4, "live", picture_s=second + 3)
    assert told.gaps()[1:] == [(100, 193, "ended")]


def test_a_word_of_live_that_no_picture_followed_ends_no_gap_for_good(told: Told) -> None:
    told.say(0, "live", is_first=True)
    told.say(100, "down", "ended", picture_s=90)
    told.say(101, "live", picture_s=90)
    told.say(102, "down", "refused", picture_s=90)
    told.say(110, "live", picture_s=109)
    assert told.gaps()[1:] == [(90, 109, "ended")]


def test_a_worker_that_dies_leaves_a_gap_from_its_last_word(told: Told) -> None:
    told.say(0, "live", is_first=True)
    told.say(50, "live")
    assert (told.watched(55, 60), told.watched(55, 70)) == ("yes", "no")
    told.say(200, "opening", is_first=True)
    told.say(204, "live", picture_s=203)
    assert told.gaps()[1:] == [(50, 203, "worker_ended")]


def test_a_worker_that_was_quick_to_go_on_still_tells_of_the_gap(told: Told) -> None:
    told.say(0, "live", is_first=True)
    told.say(20, "live", is_first=True, picture_s=20)
    assert told.gaps() == [(0, 20, "worker_ended")]


def test_what_the_camera_is_to_blame_for_is_a_gap_of_its_own(told: Told) -> None:
    told.say(0, "live", is_first=True)
    told.say(10, "stopped", gaps.STOPPED, picture_s=10)
    told.say(100, "opening", is_first=True)
    told.say(105, "down", "refused")
    told.say(300, "live", picture_s=300)
    assert told.gaps()[1:] == [(10, 105, "stopped"), (105, 300, "refused")]


def test_a_dead_worker_and_then_a_dead_camera_are_two(told: Told) -> None:
    told.say(0, "live", is_first=True)
    told.say(100, "down", "refused", is_first=True)
    assert told.gaps() == [(0, 100, "worker_ended"), (100, None, "refused")]


def test_gaps_are_cut_to_the_day_that_was_asked_for(told: Told, database: Database, at: At) -> None:
    told.say(0, "live", is_first=True)
    told.say(100, "down", "refused", picture_s=100)
    with database.read() as session:
        found = gaps.gaps_between(session, at(50), at(150), at(160), [ID, "other"])
    assert found == {ID: [Gap(at(100), None, "refused")], "other": []}


def test_an_answer_names_the_whole_gap(told: Told, database: Database, at: At) -> None:
    told.say(0, "live", is_first=True)
    told.say(100, "down", "refused", picture_s=95)
    told.say(200, "live", picture_s=198)
    with database.read() as session:
        answer = gaps.watched_at(session, ID, at(150), at(300))
    assert answer.gap == Gap(at(95), at(198), "refused")


def test_old_gaps_are_forgotten_and_the_standing_one_stays(told: Told, database: Database, at: At) -> None:
    told.say(0, "live", is_first=True)
    told.say(100, "down", "refused", picture_s=95)
    with database.write() as session:
        assert gaps.forget(session, at(1000)) == 1
    assert told.gaps() == [(95, None, "refused")]


def test_a_camera_that_fails_right_after_a_start_is_to_blame_itself(told: Told) -> None:
    told.say(0, "live", is_first=True)
    told.say(10, "stopped", gaps.STOPPED, picture_s=10)
    told.say(20, "live", is_first=True, picture_s=20)
    told.say(25, "down", "refused", picture_s=24)
    told.say(300, "live", picture_s=300)
    assert told.gaps()[1:] == [(10, 20, "stopped"), (24, 300, "refused")]


def test_a_camera_that_is_switched_off_while_it_is_down_is_switched_off_from_then_on(told: Told) -> None:
    told.say(0, "live", is_first=True)
    told.say(100, "down", "refused", picture_s=95)
    told.say(200, "stopped", gaps.DISABLED, picture_s=95)
    told.say(300, "live", is_first=True, picture_s=300)
    assert told.gaps()[1:] == [(95, 200, "refused"), (200, 300, "disabled")]


def test_the_gap_of_a_dead_worker_begins_with_its_last_word(told: Told, database: Database, at: At) -> None:
    told.say(0, "live", is_first=True)
    told.say(50, "live")
    with database.read() as session:
        assert gaps.watched_at(session, ID, at(900), at(1000)).gap == Gap(at(50), None, "worker_ended")


def test_a_stream_that_was_taken_away_long_ago_is_forgotten(told: Told, database: Database, at: At) -> None:
    told.say(0, "live", is_first=True)
    told.say(100, "stopped", gaps.DISABLED, picture_s=100)
    for known, before, n_left in (([ID], 1000, 1), (["other"], 50, 1), (["other"], 1000, 0)):
        with database.write() as session:
            gaps.forget_streams(session, known, at(before))
        with database.read() as session:
            assert len(session.scalars(select(StreamState)).all()) == n_left
    assert told.gaps() == []
    assert told.watched(500, 1000) == "unknown"
