import gc
import itertools
import weakref

import numpy as np
import pytest

from patrol.faces.looks import MAX_LOOKS
from patrol.faces.track import MAX_LOST_S, Tracker
from patrol.values import Face, Track
from tests.faces.walkers import Walker, face_at, frame_at, people_in, scene, template_of, walk

WALKING_PX_PER_S = 400.0  # 8 face widths a second: boxes 50 px wide are 200 px apart at 2 looks a second


def to_the_right(start_x: float = 100.0, y: float = 400.0, speed: float = WALKING_PX_PER_S):
    return lambda second: (start_x + speed * second, y)


def to_the_left(start_x: float = 1900.0, y: float = 400.0):
    return to_the_right(start_x, y, -WALKING_PX_PER_S)


def standing(x: float = 900.0, y: float = 400.0):
    return lambda second: (x, y)


def test_nobody_in_view_makes_no_track() -> None:
    seen = walk(seconds=3)
    assert seen.given == []
    assert (seen.tracker.n_passages, seen.tracker.n_unusable) == (0, 0)


def test_a_walker_whose_boxes_never_overlap_is_one_passage() -> None:
    seen = walk(Walker(1, to_the_right()), seconds=4)
    (passage,) = seen.passages
    assert passage.is_over
    assert passage.n_faces == 9
    assert len(passage.looks) == 9
    assert passage.length_s == 4.0


@pytest.mark.parametrize("looks_per_s", [2.0, 3.0, 5.0])
def test_two_people_who_cross_keep_their_passages(looks_per_s: float) -> None:
    crossing = Walker(1, to_the_right(y=400)), Walker(2, to_the_left(y=410))
    seen = walk(*crossing, seconds=4.5, looks_per_s=looks_per_s)
    assert [people_in(passage) for passage in seen.passages] == [{1}, {2}]


def test_people_who_cross_one_behind_the_other_keep_their_passages() -> None:
    behind = Walker(2, to_the_left(y=405), hidden=[(1.8, 2.8)])
    seen = walk(Walker(1, to_the_right()), behind, seconds=4.5)
    assert [people_in(passage) for passage in seen.passages] == [{1}, {2}]


def test_people_who_cross_without_one_good_look_at_the_crossing_keep_their_passages() -> None:
    dark = [(1.5, 3.0)]
    seen = walk(Walker(1, to_the_right(), blurred=dark), Walker(2, to_the_left(y=440), blurred=dark), seconds=4.5)
    assert [people_in(passage) for passage in seen.passages] == [{1}, {2}]
    assert [passage.n_faces for passage in seen.passages] == [10, 10]


def test_a_crowd_of_eight_makes_eight_passages() -> None:
    crowd = [Walker(n, to_the_right(100 + 60 * n, 300 + 35 * (n % 3), speed=150 + 40 * n)) for n in range(8)]
    seen = walk(*crowd, seconds=4)
    assert sorted(person for passage in seen.passages for person in people_in(passage)) == list(range(8))


@pytest.mark.parametrize("hidden_s", [0.5, 1.0, 2.0])
def test_a_walker_hidden_for_a_moment_is_the_same_passage(hidden_s: float) -> None:
    seen = walk(Walker(1, to_the_right(), hidden=[(1.5, 1.5 + hidden_s)]), seconds=5)
    assert len(seen.passages) == 1


def test_somebody_gone_too_long_is_another_passage() -> None:
    seen = walk(Walker(1, standing(), hidden=[(2.0, 2.5 + MAX_LOST_S)]), seconds=8)
    assert [people_in(passage) for passage in seen.passages] == [{1}, {1}]


def test_somebody_who_takes_the_place_of_another_is_another_passage() -> None:
    seen = walk(Walker(1, standing(), hidden=[(2.5, 99)]), Walker(2, standing(910), hidden=[(0, 2.5)]), seconds=5)
    assert [people_in(passage) for passage in seen.passages] == [{1}, {2}]


def test_somebody_standing_for_a_minute_is_one_passage_of_few_looks() -> None:
    seen = walk(Walker(1, standing()), seconds=60)
    (passage,) = seen.passages
    assert passage.n_faces == 121
    assert len(passage.looks) <= MAX_LOOKS
    assert passage.length_s == 60.0


def test_faces_without_a_template_are_followed_until_one_has_it() -> None:
    seen = walk(Walker(1, to_the_right(), blurred=[(0, 1.9)]), seconds=4)
    (passage,) = seen.passages
    assert passage.n_faces == 9
    assert passage.length_s == 4.0
    assert seen.given[0].last_seen_at == frame_at(2.0).taken_at


def test_a_passage_without_one_good_look_yields_nothing_but_is_counted() -> None:
    seen = walk(Walker(1, to_the_right(), blurred=[(0, 99)]), seconds=4)
    assert seen.given == []
    assert (seen.tracker.n_passages, seen.tracker.n_unusable) == (1, 1)


def test_a_masked_face_is_no_passage_and_is_blurred_beside_who_is() -> None:
    tracker, rng = Tracker("hall"), np.random.default_rng(1)
    walker, poster = face_at((100, 100), template_of(1, 0.3, rng)), face_at((900, 400), template_of(2, 0.3, rng))
    (track,) = tracker.update(frame_at(0.0), [walker], [poster])
    assert np.array_equal(track.best_frame_boxes_xyxy, np.array([walker.box_xyxy, poster.box_xyxy]))
    assert (len(tracker.newest), tracker.n_passages) == (1, 1)


def test_every_track_has_looks_and_the_frame_of_its_best() -> None:
    walkers = Walker(1, to_the_right(), values=(0.2, 0.9, 0.4)), Walker(2, to_the_left(y=900))
    seen = walk(*walkers, seconds=4)
    for track in seen.given:
        assert track.best in track.looks
        assert track.best.quality.value == max(face.quality.value for face in track.looks)
        assert any(np.array_equal(track.best.box_xyxy, box) for box in track.best_frame_boxes_xyxy)
        assert track.best_frame.taken_at <= track.last_seen_at


def test_the_boxes_of_everybody_in_the_best_frame_are_kept() -> None:
    refused = Walker(2, to_the_left(y=900), blurred=[(0, 99)])
    (passage,) = walk(Walker(1, to_the_right()), refused, seconds=1).passages
    assert passage.best_frame_boxes_xyxy.shape == (2, 4)


def test_a_look_that_adds_nothing_is_not_reported_again() -> None:
    tracker = Tracker("hall")
    good, poor = (face_at((100, 100), template_of(1, 0.3, np.random.default_rng(0)), value=v) for v in (0.9, 0.2))
    assert len(tracker.update(frame_at(0.0), [good])) == 1
    assert tracker.update(frame_at(0.1), [poor]) == []


def test_a_track_is_over_once_and_its_passage_keeps_one_id() -> None:
    seen = walk(Walker(1, to_the_right(), hidden=[(2.0, 99)]), seconds=7)
    assert len({track.passage_id for track in seen.given}) == 1
    assert [track.is_over for track in seen.given].count(True) == 1
    assert seen.given[-1].is_over


def test_a_tracker_holds_one_frame_a_person() -> None:
    tracker, pictures = Tracker("hall"), []
    for frame, faces in scene([Walker(1, standing(), values=(0.4, 0.5, 0.6, 0.3))], 30.0, 2.0):
        pictures.append(weakref.ref(frame.picture))
        tracker.update(frame, faces)
        del frame
    gc.collect()
    assert sum(picture() is not None for picture in pictures) == 1


def test_closing_ends_everybody_still_in_view() -> None:
    tracker = Tracker("hall")
    frames = list(scene([Walker(1, to_the_right()), Walker(2, to_the_left())], 1.0, 2.0))
    for frame, faces in frames:
        tracker.update(frame, faces)
    assert [track.is_over for track in tracker.close()] == [True, True]
    assert tracker.close() == []


def test_a_gap_in_the_stream_ends_what_was_open() -> None:
    tracker = Tracker("hall")
    rng = np.random.default_rng(0)
    tracker.update(frame_at(0.0), [face_at((100, 100), template_of(1, 0.3, rng))])
    over, begun = tracker.update(frame_at(60.0), [face_at((100, 100), template_of(1, 0.3, rng))])
    assert (over.is_over, begun.is_over) == (True, False)
    assert over.passage_id != begun.passage_id


def test_a_clock_that_steps_back_ends_nothing() -> None:
    tracker = Tracker("hall")
    rng = np.random.default_rng(0)
    faces = [face_at((100, 100), template_of(1, 0.3, rng)) for _ in range(2)]
    tracker.update(frame_at(5.0), faces[:1])
    tracker.update(frame_at(4.0), faces[1:])
    (track,) = tracker.close()
    assert track.n_faces == 2
    assert track.length_s >= 0


def test_a_foreign_look_in_a_track_does_not_bend_its_template() -> None:
    rng = np.random.default_rng(3)
    looks = [face_at((900, 400), template_of(1, 0.5, rng)) for _ in range(6)]
    stranger = face_at((900, 400), template_of(2, 0.5, rng), value=0.05)
    track = _last([*looks[:3], stranger, *looks[3:]])
    assert people_in(track) == {1}


def test_a_stranger_taken_for_the_best_look_gives_the_place_back() -> None:
    rng = np.random.default_rng(3)
    stranger = face_at((900, 400), template_of(2, 0.5, rng), value=0.06)
    looks = [face_at((900, 400), template_of(1, 0.5, rng), value=0.05) for _ in range(6)]
    track = _last([stranger, *looks])
    assert people_in(track) == {1}
    assert track.best in track.looks


def _last(faces: list[Face]) -> Track:
    """Show one face a look, half a second apart, in one place; the last word on the longest passage."""
    tracker = Tracker("hall")
    given = [tracker.update(frame_at(n / 2, n), [face]) for n, face in enumerate(faces)]
    return max(itertools.chain(*given, tracker.close()), key=lambda track: track.n_faces)


def test_a_passage_that_ends_says_how_well_it_could_be_seen() -> None:
    tracker = Tracker("hall")
    for number, (width_px, value) in enumerate([(20.0, 0.2), (60.0, 0.9), (30.0, 0.4)]):
        seen = face_at((500, 400), template_of(1, 0.1, np.random.default_rng(number)), width_px=width_px, value=value)
        tracker.update(frame_at(number / 4), [seen])
        assert tracker.ended == ()
    tracker.update(frame_at(MAX_LOST_S + 1), [])
    (end,) = tracker.ended
    assert (end.face_width_px, end.quality.value, end.is_usable) == (60.0, 0.9, True)
    assert end.at == frame_at(0.5).taken_at
    tracker.update(frame_at(MAX_LOST_S + 2), [])
    assert tracker.ended == ()


def test_a_passage_without_a_usable_look_says_what_its_best_one_lacked() -> None:
    tracker = Tracker("hall")
    for number, value in enumerate([0.1, 0.3, 0.2]):
        tracker.update(frame_at(number / 4), [face_at((500, 400), width_px=14.0, value=value)])
    tracker.close()
    (end,) = tracker.ended
    assert (end.face_width_px, end.quality.value, end.quality.refusals) == (14.0, 0.3, ("blurred",))
    assert not end.is_usable
