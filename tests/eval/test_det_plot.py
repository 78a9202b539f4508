import re
from xml.etree import ElementTree

import pytest

from patrol.eval import det_plot
from patrol.eval.det_plot import HEIGHT, WIDTH, Line, Mark
from patrol.matching.intervals import Interval

POINTS = [(0.001, 0.2), (0.01, 0.05), (0.1, 0.0)]


def drawn(points: list[tuple[float, float]] = POINTS, name: str = "patrol") -> str:
    return det_plot.draw([Line(name, "curve", points)], [Mark(0.01, 0.05, Interval(0.03, 0.08))], "x", "y")


def corners(svg: str) -> list[tuple[float, float]]:
    """The points of the first curve; the legend's comes after it."""
    path = re.search(r'class="curve" points="([^"]+)"', svg)
    assert path is not None
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in path[1].split())]


def test_the_plot_is_sound_xml_and_everything_lies_within_it() -> None:
    root = ElementTree.fromstring(drawn())
    assert root.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in corners(drawn()))


def test_each_power_of_ten_takes_the_same_way() -> None:
    (x1, y1), (x2, y2), (x3, y3) = corners(drawn())
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert y1 < y2 < y3  # fewer misses lie lower


def test_no_miss_at_all_is_drawn_at_the_lower_end() -> None:
    assert corners(drawn())[-1][1] == HEIGHT - det_plot.BOTTOM


def test_the_axes_carry_rates_in_percent() -> None:
    assert {"0.1 %", "1 %", "10 %"} <= set(re.findall(r">([\d.]+ %)<", drawn()))


def test_a_name_with_angle_brackets_is_text() -> None:
    assert "&lt;script&gt;" in drawn(name="<script>")


def test_a_single_point_is_no_crash() -> None:
    assert corners(drawn([(0.5, 0.1)]))
