import json

import pytest

from patrol.bench.comparison import Comparison, Timing, race

KEYS = {
    "reference_s_per_frame",
    "patrol_s_per_frame",
    "speedup",
    "reference_faces_per_frame",
    "patrol_faces_per_frame",
    "faces_ratio",
}


def comparison(reference: Timing, patrol: Timing) -> Comparison:
    contenders = {"patrol, slow": Timing(9.0, 1.0), "patrol, fast": patrol}
    return Comparison("title", "clip.mp4", reference, contenders, shipped="patrol, fast")


def test_the_figures_are_of_what_patrol_uses_by_default() -> None:
    figures = comparison(Timing(1.3, 3.6), Timing(0.05, 7.2)).figures()
    assert figures.keys() == KEYS
    assert figures["speedup"] == pytest.approx(26.0)
    assert figures["faces_ratio"] == pytest.approx(2.0)
    assert json.loads(json.dumps(figures)) == figures


def test_a_clip_without_faces_makes_figures_too() -> None:
    figures = comparison(Timing(1.0, 0.0), Timing(0.1, 0.0)).figures()
    assert figures["faces_ratio"] == 0.0
    assert comparison(Timing(1.0, 0.0), Timing(0.1, 0.0)).lines()


def test_the_table_names_machine_load_command_and_every_contender() -> None:
    text = "\n".join(comparison(Timing(1.3, 3.6), Timing(0.05, 7.2)).lines())
    for part in ("clip.mp4", "machine: ", "load ", "command: ", "face_recognition", "patrol, slow", "patrol, fast"):
        assert part in text


def test_every_contender_looks_at_every_frame_in_every_round() -> None:
    seen: dict[str, list[int]] = {"a": [], "b": []}

    def look_as(name: str, n_faces: int):
        def look(n: int) -> int:
            seen[name].append(n)
            return n_faces

        return look

    timings = race({"a": look_as("a", 2), "b": look_as("b", 3)}, n_frames=3, rounds=2)
    assert seen["a"] == seen["b"] == [0, 1, 2] * 3  # the first time to warm up
    assert (timings["a"].faces_per_frame, timings["b"].faces_per_frame) == (2.0, 3.0)
    assert timings["a"].s_per_frame >= 0
