"""When who was where, reckoned from when the server began to play."""

import pytest

from patrol.bench.cameras_truth import Play, expected, play_at, plays_of, touched
from tests.bench.films import FPS, FRAMES, camera, passage

LISTED = frozenset({"Ada"})
ROUND_S = (FRAMES - 1) / FPS  # 40 s less the last frame, whose time is that of the next round's first


def test_a_frame_was_captured_as_long_after_the_start_as_it_lies_behind_the_first() -> None:
    play = Play(camera(first_frame=50), began_at=1000.0)
    assert play.captured_at(50, near=1000.0) == 1000.0
    assert play.captured_at(75, near=1001.0) == 1001.0


def test_of_all_rounds_the_nearest_counts() -> None:
    play = Play(camera(), began_at=1000.0)
    assert play.captured_at(25, near=1001.0 + 3 * ROUND_S + 0.4) == pytest.approx(1001.0 + 3 * ROUND_S)
    assert play.captured_at(25, near=1001.0 + 3 * ROUND_S - 5) == pytest.approx(1001.0 + 3 * ROUND_S)


def test_frames_before_the_first_are_shown_in_the_next_round() -> None:
    play = Play(camera(first_frame=500), began_at=1000.0)
    assert play.captured_at(0, near=1020.0) == pytest.approx(1000.0 + ROUND_S - 500 / FPS)


def test_each_round_shows_each_passage_once() -> None:
    play = Play(camera(passage("Ada", 100, 200)), began_at=1000.0)
    shown = expected([play], LISTED, 1000.0, 1000.0 + 3 * ROUND_S)
    assert [each.began_at for each in shown] == pytest.approx([1004.0 + n * ROUND_S for n in range(3)])
    assert [each.ended_at for each in shown] == pytest.approx([1008.0 + n * ROUND_S for n in range(3)])
    assert {each.key for each in shown} == {("scene", 0)}


def test_any_time_of_one_round_counts_every_passage_that_it_does_not_cut_once() -> None:
    play = Play(camera(passage("Ada", 100, 200), passage("Ben", 600, 700)), began_at=1000.0)
    assert [each.person for each in expected([play], LISTED, 1010.0, 1010.0 + ROUND_S)] == ["Ben", "Ada"]


def test_a_passage_that_the_time_cuts_does_not_count() -> None:
    play = Play(camera(passage("Ada", 100, 200)), began_at=1000.0)
    assert expected([play], LISTED, 1004.5, 1030.0) == []
    assert expected([play], LISTED, 1000.0, 1007.5) == []
    assert len(touched([play], LISTED, 1004.5, 1030.0)) == len(touched([play], LISTED, 1000.0, 1007.5)) == 1


def test_a_camera_may_begin_in_the_middle_of_a_passage() -> None:
    play = Play(camera(passage("Ada", 100, 200), first_frame=150), began_at=1000.0)
    assert expected([play], LISTED, 990.0, 1030.0) == []
    (cut,) = touched([play], LISTED, 990.0, 1030.0)
    assert (cut.began_at, cut.ended_at) == (998.0, 1002.0)


def test_nothing_was_shown_before_the_camera_played_or_after_it_was_cut() -> None:
    early = Play(camera(passage("Ada", 100, 200)), began_at=1005.0, ended_at=1012.0)
    assert expected([early], LISTED, 900.0, 1200.0) == []


def test_passages_are_those_of_listed_people_or_strangers() -> None:
    play = Play(camera(passage("Ada", 100, 200), passage("Ben", 300, 400)), began_at=1000.0)
    assert [(each.person, each.is_listed) for each in expected([play], LISTED, 1000.0, 1030.0)] == [
        ("Ada", True),
        ("Ben", False),
    ]


def test_a_face_is_large_from_fifty_pixels_on_if_ever() -> None:
    grows = Play(camera(passage("Ada", 100, 200, width_px=80)), began_at=1000.0)
    stays = Play(camera(passage("Ada", 100, 200, width_px=45)), began_at=1000.0)
    assert expected([grows], LISTED, 1000.0, 1030.0)[0].large_at == 1005.0
    assert expected([stays], LISTED, 1000.0, 1030.0)[0].large_at is None


def test_a_second_client_ends_the_showing_of_the_first() -> None:
    gate, hall = camera(), camera(id="hall")
    plays = plays_of([gate, hall], [("/gate", 1000.0), ("/hall", 1001.0), ("/gate", 1050.0)])
    assert [(each.began_at, each.ended_at) for each in plays["gate"]] == [(1000.0, 1050.0), (1050.0, float("inf"))]
    assert play_at(plays["gate"], 1049.0) == plays["gate"][0]
    assert play_at(plays["gate"], 1051.0) == plays["gate"][1]
    assert play_at(plays["gate"], 999.0) is None
    assert len(plays["hall"]) == 1
