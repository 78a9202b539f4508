"""Judging one loop: who really stood where the hit's box is."""

import pytest

from patrol.demo.loop import Report, iou, who_stood_there
from patrol.demo.scene import Box, Passage, Sighting, Truth

ADA, BEN = (100.0, 100.0, 160.0, 180.0), (400.0, 120.0, 440.0, 180.0)


def passage(person: str, box: Box, frames: range) -> Passage:
    return Passage(person, "across", tuple(Sighting(frame, box, 0.0) for frame in frames))


TRUTH = Truth(25, 500, (1920, 1080), 1, (passage("Ada", ADA, range(50, 100)), passage("Ben", BEN, range(480, 500))))


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ((0, 0, 1, 1), (5, 5, 6, 6), 0.0),
        ((0, 0, 2, 2), (0, 0, 2, 2), 1.0),
        ((0, 0, 2, 2), (1, 0, 3, 2), 1 / 3),
        ((0, 0, 2, 2), (2, 0, 3, 2), 0.0),
    ],
)
def test_iou(one: Box, other: Box, share: float) -> None:
    assert iou(one, other) == pytest.approx(share)


@pytest.mark.parametrize(
    ("frame", "box", "who"),
    [
        (75, ADA, "Ada"),
        (75, (104.0, 96.0, 166.0, 178.0), "Ada"),
        (75, BEN, None),  # Ben is not there yet
        (250, ADA, None),  # Ada has gone
        (490, BEN, "Ben"),
        (490, ADA, None),
    ],
)
def test_a_hit_is_held_against_the_scene(frame: int, box: Box, who: str | None) -> None:
    assert who_stood_there(box, TRUTH, frame) == who


def test_a_report_starts_as_not_ok_and_says_why_only_where_it_is_so() -> None:
    fresh = Report()
    assert fresh.to_json() == {
        "ok": False,
        "frames": 0,
        "faces": 0,
        "hits": 0,
        "decision": None,
        "delivery": None,
        "ms": {},
    }
    assert Report(problem="no hit came").to_json()["problem"] == "no hit came"
