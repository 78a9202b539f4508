"""Times of pictures are the camera's where they can be true, and rise in any case."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from patrol.streams.access_units import AccessUnit
from patrol.streams.timestamps import TICKS_PER_S, Stamps, lay_out, usual_step_s
from tests.streams.rings import BEGAN_AT

FRAME_S = 0.04
FRAME = round(FRAME_S * TICKS_PER_S)


def units(shown_s: Sequence[float | None], waits_s: Sequence[float] | None = None) -> list[AccessUnit]:
    """Pictures that came FRAME_S apart, or after these waits."""
    at, made = BEGAN_AT, []
    for number, shown in enumerate(shown_s):
        at += timedelta(seconds=waits_s[number] if waits_s else FRAME_S)
        made.append(AccessUnit(b"", shown, at, number == 0, 1))
    return made


def steps(stamps: Stamps) -> list[int]:
    return [b - a for a, b in pairwise(sorted(stamps.pts))]


def evenly(n: int, start_s: float = 0.0) -> list[float | None]:
    return [start_s + number * FRAME_S for number in range(n)]


@pytest.mark.parametrize(
    "shown_s",
    [
        evenly(1),
        evenly(10),
        evenly(10, start_s=95_443.7),  # a 32-bit clock about to turn
        [None, *evenly(9, FRAME_S)],  # the first packet of a connection
        [None, None, None, None],
        [0.0, 0.04, None, 0.12, 0.16],
        [0.0] * 5,  # some sources stamp nothing
        [*evenly(5), *evenly(5, 4 * FRAME_S)],  # a looping source's seam
        [*evenly(5, 50.0), *evenly(5, 3.0)],  # the clock was set back
        [*evenly(5), *evenly(5, 7_000.0)],  # or forward
        [*evenly(5, 50.0), *evenly(5, 50.0)],  # by as little as that
    ],
)
def test_pictures_follow_each_other_evenly_whatever_the_stamps(shown_s: list[float | None]) -> None:
    stamps = lay_out(units(shown_s))
    assert stamps.pts[0] == stamps.dts[0] == 0
    assert all(abs(step - FRAME) <= 1 for step in steps(stamps))
    assert stamps.ticks == pytest.approx(len(shown_s) * FRAME, abs=2)


def test_reordered_pictures_are_decoded_before_they_are_shown() -> None:
    shown_s = [number * FRAME_S for start in range(0, 40, 4) for number in (start + 3, start + 1, start, start + 2)]
    stamps = lay_out(units(shown_s))
    assert all(dts <= pts for dts, pts in zip(stamps.dts, stamps.pts, strict=True))
    assert all(a < b for a, b in pairwise(stamps.dts))
    assert set(steps(stamps)) == {FRAME}


def test_a_gap_in_which_nothing_came_stays_a_gap() -> None:
    stamps = lay_out(units([0.0, 0.04, 3.04, 3.08], [0.0, 0.04, 3.0, 0.04]))
    assert steps(stamps) == [FRAME, 3 * TICKS_PER_S, FRAME]


def test_pictures_that_came_late_keep_their_own_time() -> None:
    stamps = lay_out(units(evenly(4), [0.0, 2.0, 0.0, 0.0]))
    assert set(steps(stamps)) == {FRAME}


def test_a_new_connection_goes_on_after_as_long_as_it_took() -> None:
    before, after = units(evenly(3)), units(evenly(3))
    later = [AccessUnit(b"", u.shown_s, u.arrived_at + timedelta(seconds=5), u.is_key, 2) for u in after]
    assert steps(lay_out([*before, *later])) == [FRAME, FRAME, round(4.92 * TICKS_PER_S), FRAME, FRAME]


@pytest.mark.parametrize(
    ("shown_s", "step_s"), [([], 0.04), ([None], 0.04), ([0, 0.1, 0.2, 5], 0.1), ([0, 0.5, 1.0], 0.5), ([1, 1], 0.04)]
)
def test_the_usual_step_is_the_one_most_often_taken(shown_s: list[float | None], step_s: float) -> None:
    assert usual_step_s(shown_s) == pytest.approx(step_s)
