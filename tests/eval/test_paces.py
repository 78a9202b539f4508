"""The figures of one number of looks a second."""

import json

import pytest

from patrol.cli.evaluation_paces import lines
from patrol.eval.paces import Pace, figures, measure_pace
from patrol.eval.passages import Plan
from patrol.eval.recording import Recording
from patrol.eval.truth import Truth
from patrol.values import Language
from tests.eval.walked import PRIOR, portraits, recorded
from tests.faces.walkers import Walker


def video(number: int) -> tuple[Recording, Truth]:
    right = Walker(2 * number, lambda second: (200 + 400 * second, 300), noise=0.4)
    left = Walker(2 * number + 1, lambda second: (1800 - 400 * second, 320), noise=0.4)
    return recorded([right, left], 4)


@pytest.fixture(scope="module")
def pace() -> Pace:
    return measure_pace([video(number) for number in range(10)], 4, portraits(80), Plan(30, 20, splits=2), PRIOR)


def test_the_figures_are_plain_json(pace: Pace) -> None:
    told = json.loads(json.dumps(figures(pace)))
    assert told["looks_per_s"] == 4
    assert told["tracks"] == 20
    assert (told["switches"], told["mixed_tracks"], told["fragments"], told["false_tracks"]) == (0, 0, 0, 0)
    assert told["fta"] == 0.0
    assert told["fta_interval"][0] == 0.0 < told["fta_interval"][1]


def test_an_fpir_is_told_where_the_strangers_carry_it(pace: Pace) -> None:
    told = figures(pace)["at_fpir"]
    assert list(told) == ["0.1"]  # ten strangers a split: one alert is 10 %
    assert told["0.1"]["fnir"] == {"best_frame": 0.0, "any_frame": 0.0, "fused": 0.0, "decided": 0.0}
    low, high = told["0.1"]["false_alerts_per_camera_day_interval"]
    assert low < told["0.1"]["false_alerts_per_camera_day"] < high
    assert told["0.1"]["false_alerts_per_camera_day"] == 86_400 / 40  # one in the forty seconds of the ten videos


@pytest.mark.parametrize(("language", "said"), [("en", "fewer misses"), ("zh", "漏报比")])
def test_the_figures_can_be_read(pace: Pace, language: Language, said: str) -> None:
    told = {
        "videos": 10,
        "passages": 20,
        "people": 20,
        "gallery": 30,
        "embedder": "drawn",
        "runtime": "none",
        "seconds": 1,
    }
    text = "\n".join(lines({**told, "paces": [figures(pace)]}, language))
    assert said in text
    assert "FNIR 0.0 %" in text
