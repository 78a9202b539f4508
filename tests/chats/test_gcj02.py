"""The coordinates of Chinese maps."""

import pytest

from patrol.chats.gcj02 import moved_by, to_wgs84
from patrol.dispatch.distance import distance_m

PLACES = [(39.915, 116.404), (31.2304, 121.4737), (22.5431, 114.0579), (30.6570, 104.0800), (45.75, 126.65)]


def test_a_published_pair_of_tiananmen_square() -> None:
    """The sample of coordtransform's documentation, which everybody's converters are held against."""
    north, east = moved_by(39.915, 116.404)
    assert (39.915 + north, 116.404 + east) == pytest.approx((39.91640428150164, 116.41024449916938), abs=1e-9)


@pytest.mark.parametrize("place", PLACES)
def test_there_and_back_is_the_same_place(place: tuple[float, float]) -> None:
    moved = place[0] + moved_by(*place)[0], place[1] + moved_by(*place)[1]
    assert 100 < distance_m(place, moved) < 1_000
    assert distance_m(place, to_wgs84(*moved)) < 0.1


@pytest.mark.parametrize("place", [(51.5, -0.12), (-33.87, 151.2), (0.0, 0.0), (90.0, 180.0)])
def test_a_place_elsewhere_is_left_where_it_is(place: tuple[float, float]) -> None:
    assert to_wgs84(*place) == place
