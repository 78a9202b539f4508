"""Which way somebody walks, from two boxes of a face."""

import numpy as np
import pytest

from patrol.faces.heading import heading_of

FIRST = (100, 100, 150, 160)
CASES = [
    (FIRST, None),  # stands
    ((120, 100, 170, 160), None),  # sways
    ((400, 110, 450, 170), "right"),
    ((10, 100, 60, 160), "left"),
    ((90, 90, 165, 180), "towards"),
    ((110, 105, 145, 147), "away"),
    ((500, 100, 560, 172), "right"),  # nearer too, but above all across
    ((140, 90, 230, 200), "towards"),  # across too, but above all nearer
    ((100, 100, 100, 160), None),  # no box at all
]


@pytest.mark.parametrize(("last", "heading"), CASES)
def test_the_larger_movement_is_the_heading(last: tuple[int, ...], heading: str | None) -> None:
    assert heading_of(np.array(FIRST, np.float32), np.array(last, np.float32)) == heading
