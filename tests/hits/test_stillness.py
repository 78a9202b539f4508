"""A face that keeps its place for minutes is a picture; whoever moves as people do is not."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pytest

from patrol.hits.regions import Box
from patrol.hits.stillness import FORGOTTEN_AFTER, STILL_FOR, Stillness, Stood

WANDA, ELSE = uuid.uuid4(), uuid.uuid4()
PASSAGE = uuid.uuid4()
POSTER: Box = (0.40, 0.30, 0.44, 0.38)
WIDTH = POSTER[2] - POSTER[0]
SECONDS = int(STILL_FOR.total_seconds()) + 2
LOOKS_PER_S = 4

Place = Callable[[float, np.random.Generator], list[Box]]


def moved(box: Box, right: float = 0.0, down: float = 0.0, larger: float = 1.0) -> Box:
    """A box further on by so many of its own widths and heights, and larger."""
    wide, high = box[2] - box[0], box[3] - box[1]
    x, y = (box[0] + box[2]) / 2 + right * wide, (box[1] + box[3]) / 2 + down * high
    return x - larger * wide / 2, y - larger * high / 2, x + larger * wide / 2, y + larger * high / 2


def jitter(_s: float, random: np.random.Generator) -> list[Box]:
    return [moved(POSTER, *random.normal(0, 0.015, 2))]


def watch(place: Place, seconds: int, now: datetime) -> list[Stood]:
    """Wanda is matched at the poster once; then the place is looked at."""
    stillness, random = Stillness(), np.random.default_rng(5)
    stillness.match(WANDA, PASSAGE, POSTER, now)
    for number in range(seconds * LOOKS_PER_S):
        second = number / LOOKS_PER_S
        stillness.look(place(second, random), now + timedelta(seconds=second))
    return stillness.stood()


def test_a_poster_is_still_after_three_minutes_and_not_before(now: datetime) -> None:
    assert watch(jitter, SECONDS - 10, now) == []
    [stood] = watch(jitter, SECONDS, now)
    assert (stood.person_id, stood.passage_id) == (WANDA, PASSAGE)
    assert stood.box == pytest.approx(POSTER, abs=0.1 * WIDTH)
    assert now <= stood.since <= now + timedelta(seconds=2)


def swaying(second: float, random: np.random.Generator) -> list[Box]:
    return [moved(POSTER, 0.15 * float(np.sin(second / 3)), float(random.normal(0, 0.02)))]


def nodding_off(second: float, random: np.random.Generator) -> list[Box]:
    """Still, but for a fifth of the time spent leaning to one side."""
    return [moved(POSTER, 0.3 if second % 50 > 40 else 0.0)]


def leaning_in(second: float, _random: np.random.Generator) -> list[Box]:
    return [moved(POSTER, larger=1.0 + 0.15 * float(np.sin(second / 10)))]


def walking(second: float, _random: np.random.Generator) -> list[Box]:
    return [moved(POSTER, right=second)]


def nobody(_second: float, _random: np.random.Generator) -> list[Box]:
    return []


def gone_after_a_minute(second: float, random: np.random.Generator) -> list[Box]:
    return jitter(second, random) if second < 60 else []


@pytest.mark.parametrize("place", [swaying, nodding_off, leaning_in, walking, nobody, gone_after_a_minute])
def test_whoever_moves_or_leaves_is_a_person(place: Place, now: datetime) -> None:
    assert watch(place, 2 * SECONDS, now) == []


def passed_by(second: float, random: np.random.Generator) -> list[Box]:
    """People walk past in front, their faces beside the poster's, and hide it for some seconds of each minute."""
    others = [moved(POSTER, right=-3 + second % 60)]
    return others if 2 < second % 60 < 7 else [*others, *jitter(second, random)]


def loop_of_three(second: float, random: np.random.Generator) -> list[Box]:
    """A screen that shows her for ten seconds of thirty."""
    return jitter(second, random) if second % 30 < 11 else []


@pytest.mark.parametrize("place", [passed_by, loop_of_three])
def test_a_picture_that_is_hidden_now_and_then_is_still(place: Place, now: datetime) -> None:
    assert len(watch(place, SECONDS + 5, now)) == 1


def test_a_second_track_of_the_same_picture_goes_on_where_the_first_was(now: datetime) -> None:
    stillness, random, later = Stillness(), np.random.default_rng(5), uuid.uuid4()
    stillness.match(WANDA, PASSAGE, POSTER, now)
    for second in range(SECONDS):
        if second == 100:
            stillness.match(WANDA, later, POSTER, now + timedelta(seconds=second))
        stillness.look(jitter(second, random), now + timedelta(seconds=second))
    assert [stood.passage_id for stood in stillness.stood()] == [later]


def test_two_people_at_two_places_are_two(now: datetime) -> None:
    stillness, random, other = Stillness(), np.random.default_rng(5), moved(POSTER, right=6)
    stillness.match(WANDA, PASSAGE, POSTER, now)
    stillness.match(ELSE, uuid.uuid4(), other, now)
    for second in range(SECONDS):
        stillness.look([*jitter(second, random), other], now + timedelta(seconds=second))
    assert {stood.person_id for stood in stillness.stood()} == {WANDA, ELSE}


def test_what_was_written_down_is_not_said_again(now: datetime) -> None:
    stillness, random = Stillness(), np.random.default_rng(5)
    stillness.match(WANDA, PASSAGE, POSTER, now)
    for second in range(SECONDS):
        stillness.look(jitter(second, random), now + timedelta(seconds=second))
    [stood] = stillness.stood()
    stillness.forget(stood)
    assert stillness.stood() == []


def test_a_place_where_nobody_is_left_is_forgotten(now: datetime) -> None:
    stillness = Stillness()
    stillness.match(WANDA, PASSAGE, POSTER, now)
    stillness.look([], now + FORGOTTEN_AFTER + timedelta(seconds=1))
    assert stillness._spots == []
