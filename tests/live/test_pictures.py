"""Pictures are kept only for who looks, made once for each size, and dropped when nobody looks any more."""

from dataclasses import replace

import numpy as np
import pytest

from patrol.live import pictures as made
from patrol.live.pictures import ASKED_FOR_S, Shot, fitting, smaller
from tests.live.looked_at import BEGAN_AT, Seconds, decoded, frame, pictures, seen


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_nothing_is_kept_that_nobody_asked_for(seconds: Seconds) -> None:
    live = pictures(seconds)
    assert not live.wants("gate-b")
    live.note("gate-b", frame(), [])
    assert live.n_kept == 0
    assert live.newer({"gate-b": 0}, 640) == []


def test_who_asks_gets_the_next_picture_and_each_only_once(seconds: Seconds) -> None:
    live = pictures(seconds)
    live.newer({"gate-b": 0}, 640)
    assert live.wants("gate-b")
    live.note("gate-b", frame(), [])
    [shot] = live.newer({"gate-b": 0}, 640)
    assert (shot.stream_id, shot.taken_at, shot.resolution_wh) == ("gate-b", BEGAN_AT, (640, 360))
    assert decoded(shot.jpeg).shape == (360, 640, 3)
    assert live.newer({"gate-b": shot.number}, 640) == []
    live.note("gate-b", frame(2.0), [])
    [second] = live.newer({"gate-b": shot.number}, 640)
    assert second.number > shot.number


def test_boxes_are_parts_of_the_picture_and_end_where_it_ends(seconds: Seconds) -> None:
    live = pictures(seconds)
    live.newer({"gate-b": 0}, 640)
    live.note("gate-b", frame(), seen((128, 72, 256, 144), (-20, 0, 64, 720)))
    [shot] = live.newer({"gate-b": 0}, 640)
    assert shot.boxes == ((0.1, 0.1, 0.2, 0.2), (0.0, 0.0, 0.05, 1.0))


def test_a_size_is_made_once_however_many_look(seconds: Seconds, monkeypatch: pytest.MonkeyPatch) -> None:
    makes: list[int] = []
    make = made._shot_of

    def counted(kept: made._Kept, width: int) -> Shot:
        makes.append(width)
        return make(kept, width)

    monkeypatch.setattr(made, "_shot_of", counted)
    live = pictures(seconds)
    live.newer({"gate-b": 0}, 640)
    live.note("gate-b", frame(), [])
    assert live.newer({"gate-b": 0}, 640) == live.newer({"gate-b": 0}, 600)
    live.newer({"gate-b": 0}, 1280)
    assert makes == [640, 1280]


def test_a_small_picture_is_not_made_larger(seconds: Seconds) -> None:
    live = pictures(seconds)
    live.newer({"gate-b": 0}, 640)
    live.note("gate-b", frame(size_wh=(352, 288)), [])
    [shot] = live.newer({"gate-b": 0}, 640)
    assert shot.resolution_wh == (352, 288)


@pytest.mark.parametrize(("asked", "given"), [(1, 160), (640, 640), (641, 960), (9999, 1920)])
def test_only_a_few_sizes_are_made(asked: int, given: int) -> None:
    assert fitting(asked) == given


def test_no_more_pictures_of_a_stream_than_allowed(seconds: Seconds) -> None:
    live = pictures(seconds, fps=2.0)
    live.newer({"gate-b": 0}, 640)
    taken = []
    for at_s in np.arange(0.0, 2.0, 0.1):
        live.note("gate-b", frame(float(at_s)), [])
        taken += [shot.taken_at for shot in live.newer({"gate-b": 0}, 640)]
    assert len(set(taken)) == 4


def test_frames_that_come_late_from_the_ring_do_not_turn_time_back(seconds: Seconds) -> None:
    live = pictures(seconds)
    live.newer({"gate-b": 0}, 640)
    live.note("gate-b", frame(4.0), [])
    live.note("gate-b", frame(1.0), [])
    [shot] = live.newer({"gate-b": 0}, 640)
    assert (shot.taken_at - BEGAN_AT).total_seconds() == 4.0


def test_a_clock_that_is_set_back_does_not_stop_the_pictures(seconds: Seconds) -> None:
    live = pictures(seconds)
    live.newer({"gate-b": 0}, 640)
    live.note("gate-b", frame(3600.0), [])
    [shot] = live.newer({"gate-b": 0}, 640)
    live.note("gate-b", frame(0.0), [])
    [second] = live.newer({"gate-b": shot.number}, 640)
    assert second.taken_at == BEGAN_AT
    assert second.number == shot.number + 1


def test_what_nobody_asks_for_any_more_is_dropped(seconds: Seconds) -> None:
    live = pictures(seconds)
    live.newer({"gate-b": 0, "gate-c": 0}, 640)
    live.note("gate-b", frame(), [])
    live.note("gate-c", replace(frame(), stream_id="gate-c"), [])
    seconds.now += ASKED_FOR_S - 1
    live.newer({"gate-c": 0}, 640)
    seconds.now += 1
    live.sweep()
    assert live.n_kept == 1
    assert not live.wants("gate-b")
    assert live.wants("gate-c")


def test_beyond_the_cap_the_streams_take_turns(seconds: Seconds) -> None:
    live = pictures(seconds, most_per_s=2)
    ids = ("a", "b", "c", "d")
    live.newer(dict.fromkeys(ids, 0), 640)
    for id in ids:
        live.note(id, frame(0.0, id), [])
    known = dict.fromkeys(ids, 0)
    turns = []
    for _ in range(2):
        shots = live.newer(known, 640)
        turns.append([shot.stream_id for shot in shots])
        known |= {shot.stream_id: shot.number for shot in shots}
        seconds.now += 1.0
    assert turns == [["a", "b"], ["c", "d"]]


def test_new_pictures_of_the_first_streams_do_not_push_the_others_back(seconds: Seconds) -> None:
    live = pictures(seconds, most_per_s=1)
    live.newer({"a": 0, "b": 0}, 640)
    turns = []
    for at_s in range(4):
        for id in ("a", "b"):
            live.note(id, frame(float(at_s), id), [])
        turns += [shot.stream_id for shot in live.newer({"a": 0, "b": 0}, 640)]
        seconds.now += 1.0
    assert turns == ["a", "b", "a", "b"]


def test_a_picture_that_is_made_already_costs_no_turn(seconds: Seconds) -> None:
    live = pictures(seconds, most_per_s=1)
    live.newer({"gate-b": 0}, 640)
    live.note("gate-b", frame(), [])
    assert len(live.newer({"gate-b": 0}, 640)) == 1
    assert len(live.newer({"gate-b": 0}, 640)) == 1
    assert live.newer({"gate-b": 0}, 1280) == []


@pytest.mark.parametrize("width", [160, 320, 640, 960])
def test_a_smaller_picture_keeps_its_shape_and_its_light(width: int) -> None:
    left_dark = np.zeros((1080, 1920, 3), np.uint8)
    left_dark[:, 960:] = 200
    made_small = smaller(left_dark, width)
    assert made_small.shape == (width * 9 // 16, width, 3)
    assert made_small.mean() == pytest.approx(100, abs=1)
    assert smaller(made_small, 1920) is made_small
