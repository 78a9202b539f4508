"""A stream's loop follows where listed faces are matched, and knows which places it has asked about."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from patrol.hits.regions import Regions, Still, part_of
from patrol.hits.standing import Standing
from patrol.hits.stillness import STILL_FOR
from patrol.values import Match
from tests.hits.sightings import EMBEDDER, FRAME_WH, drawn_frame, face, track

WANDA = uuid.uuid4()
PLACE = part_of(face().box_xyxy, FRAME_WH)


def a_match() -> Match:
    return Match(WANDA, uuid.uuid4(), 0.6, 0.6, 0.45, None, None, EMBEDDER, "sure")


def known(*, is_resting: bool) -> Regions:
    return Regions(stills=(Still(uuid.uuid4(), WANDA, PLACE, is_resting),))


def stared(standing: Standing, now: datetime) -> int:
    """How many faces do not move, after she was matched and the same picture was seen for minutes."""
    standing.rests(track(now), a_match())
    frame, n_stood = drawn_frame(now), 0
    for second in range(int(STILL_FOR.total_seconds()) + 3):
        moved_on = replace(frame, taken_at=now + timedelta(seconds=second))
        n_stood = len(standing.look(moved_on, [face()]))
    return n_stood


def test_a_face_that_does_not_move_is_said_once_it_was_matched(now: datetime) -> None:
    assert stared(Standing(), now) == 1


def test_a_place_that_is_known_is_not_asked_about_again(now: datetime) -> None:
    resting, a_person = Standing(known(is_resting=True)), Standing(known(is_resting=False))
    assert (stared(resting, now), stared(a_person, now)) == (0, 0)
    assert resting.rests(track(now), a_match())
    assert not a_person.rests(track(now), a_match())


def test_a_still_face_that_is_there_is_noted(now: datetime) -> None:
    standing = Standing(known(is_resting=True))
    standing.look(drawn_frame(now), [])
    assert standing.seen == set()
    standing.look(drawn_frame(now), [face()])
    assert standing.seen == {standing.regions.stills[0].id}
