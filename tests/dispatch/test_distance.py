"""Distances along the ellipsoid."""

import pytest

from patrol.dispatch.distance import Position, distance_m

FLINDERS_PEAK = (-(37 + 57 / 60 + 3.72030 / 3600), 144 + 25 / 60 + 29.52440 / 3600)
BUNINYONG = (-(37 + 39 / 60 + 10.15610 / 3600), 143 + 55 / 60 + 35.38390 / 3600)

CASES = [
    ((0, 0), (0, 0), 0.0, 0.0),
    (FLINDERS_PEAK, BUNINYONG, 54_972.271, 0.001),  # the worked example of Geoscience Australia
    ((0, 0), (0, 1), 111_319.491, 0.001),  # a degree of the equator
    ((0, 0), (1, 0), 110_574.389, 0.001),  # a degree of a meridian at the equator
    ((90, 0), (90, 120), 0.0, 0.001),  # the pole is one place
    ((0, 0), (0.5, 179.7), 19_936_288.579, 50_000),  # nearly opposite: on a sphere
    ((31.2304, 179.9999), (31.2304, -179.9999), 19.06, 0.1),  # across the date line
]


@pytest.mark.parametrize(("here", "there", "metres", "within"), CASES)
def test_a_distance_is_known(here: Position, there: Position, metres: float, within: float) -> None:
    assert distance_m(here, there) == pytest.approx(metres, abs=within)
    assert distance_m(there, here) == pytest.approx(metres, abs=within)
