"""A clip shows the passage around the best look, however long somebody stands there."""

from datetime import datetime, timedelta

import pytest

from patrol.clips.spans import Lengths, Span, has_its_moment, span_of, span_of_track
from patrol.store.tables import Hit
from tests.hits.sightings import track

FIVE = Lengths(timedelta(seconds=5), timedelta(seconds=5), 10**7)


@pytest.mark.parametrize(
    ("first_s", "seen_s", "last_s", "start_s", "end_s"),
    [
        (0, 0, 0, -5, 5),
        (-3, 0, 2, -8, 7),
        (-600, 0, 0, -15, 5),
        (0, 0, 600, -5, 15),
        (-600, 0, 600, -15, 15),
    ],
)
def test_a_span_holds_the_passage_and_some_seconds_more(
    now: datetime, first_s: float, seen_s: float, last_s: float, start_s: float, end_s: float
) -> None:
    first, seen, last, start, end = (now + timedelta(seconds=s) for s in (first_s, seen_s, last_s, start_s, end_s))
    assert span_of(first, seen, last, FIVE) == Span(start, seen, end)


def test_a_tracks_moment_is_its_best_look(now: datetime) -> None:
    span = span_of_track(track(now, length_s=3), FIVE)
    assert span == Span(now - timedelta(seconds=8), now, now + timedelta(seconds=5))
    assert now in span
    assert now + timedelta(seconds=6) not in span


@pytest.mark.parametrize(("before_s", "after_s", "is_on"), [(0, 0, False), (0, 1, True), (1, 0, True)])
def test_no_seconds_are_no_clip(before_s: float, after_s: float, is_on: bool) -> None:
    assert Lengths(timedelta(seconds=before_s), timedelta(seconds=after_s), 1).is_on is is_on


@pytest.mark.parametrize(("began_s", "has_it"), [(None, False), (-4, True), (-11, False), (1, False)])
def test_a_clip_may_be_of_a_look_that_was_bettered(now: datetime, began_s: float | None, has_it: bool) -> None:
    began_at = None if began_s is None else now + timedelta(seconds=began_s)
    hit = Hit(seen_at=now, clip_began_at=began_at, clip_s=None if began_s is None else 10.0)
    assert has_its_moment(hit) is has_it
