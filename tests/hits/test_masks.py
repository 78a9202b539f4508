"""A still face is reported once and a mask offered; a mask holds until it is taken away."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.hits import masks
from patrol.hits.masks import GONE_AFTER, PERSON_FOR, MasksRefused, StillFaceUnknown
from patrol.hits.regions import Box, Polygon, contains
from patrol.hits.stillness import Stood
from patrol.store.tables import Alarm, Event, StillFace
from tests.hits.sightings import SITE, STREAM, track
from tests.hits.story import Story

POSTER: Box = (0.40, 0.30, 0.44, 0.38)
CORNER: Polygon = ((0.0, 0.0), (0.2, 0.0), (0.2, 0.2))


def reported(story: Story, now: datetime) -> StillFace:
    """A hit whose face then stood still."""
    seen = track(now)
    hit = story.see(seen)
    assert hit is not None
    with story.database.write() as session:
        stood = Stood(hit.person_id, seen.passage_id, POSTER, now)
        still = masks.report(session, STREAM, stood, now)
    assert still is not None
    return still


def alarms_of(session: Session) -> list[str]:
    return [alarm.subject for alarm in session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None)))]


def test_a_still_face_marks_its_hit_sounds_an_alarm_and_rests(story: Story, now: datetime) -> None:
    still = reported(story, now)
    [hit] = story.hits()
    assert hit.is_still
    with story.database.read() as session:
        [alarm] = session.scalars(select(Alarm)).all()
        assert (alarm.code, alarm.subject) == ("still_face", f"hit:{hit.id}")
        assert alarm.detail == {"number": hit.number, "stream_id": "gate-b", "name": "Gate B", "site_id": "mall"}
        regions = masks.read_regions(session, now)[STREAM.id]
    assert regions.rests(still.person_id, [POSTER])
    assert story.event_kinds()[-1] == "face.still"


def test_a_face_whose_hit_is_not_written_yet_is_reported_later(story: Story, now: datetime) -> None:
    with story.database.write() as session:
        stood = Stood(story.people.wanda.id, track(now).passage_id, POSTER, now)
        assert masks.report(session, STREAM, stood, now) is None
    assert story.count(StillFace) == 0


def test_accepting_lays_a_mask_with_room_beside_those_there_are(story: Story, now: datetime) -> None:
    still = reported(story, now)
    with story.database.write() as session:
        masks.set_masks(session, STREAM.id, SITE.id, [CORNER], "user:ada", now)
        masks.accept(session, masks.find(session, still.id), "user:ada", now)
    with story.database.read() as session:
        laid = masks.masks_of(session, STREAM.id)
        assert laid[0] == CORNER
        assert all(contains(laid[1], corner) for corner in (POSTER[:2], POSTER[2:]))
        assert alarms_of(session) == []
        assert masks.read_regions(session, now)[STREAM.id].stills == ()  # the mask does it now
        assert session.scalars(select(StillFace.decided_by)).one() == "user:ada"


def test_taking_the_mask_away_forgets_the_still_face(story: Story, now: datetime) -> None:
    still = reported(story, now)
    with story.database.write() as session:
        masks.accept(session, masks.find(session, still.id), "user:ada", now)
        masks.set_masks(session, STREAM.id, SITE.id, [CORNER], "user:ada", now)
        assert session.scalars(select(StillFace.state)).one() == "gone"


def test_a_person_after_all_is_matched_again_and_not_asked_about_for_a_shift(story: Story, now: datetime) -> None:
    still = reported(story, now)
    with story.database.write() as session:
        masks.dismiss(session, masks.find(session, still.id), "user:ada", now)
        regions = masks.read_regions(session, now)[STREAM.id]
        assert not regions.rests(still.person_id, [POSTER])
        assert regions.is_known(still.person_id, POSTER)
        assert masks.read_regions(session, now + PERSON_FOR) == {}
        assert alarms_of(session) == []


def test_what_was_decided_is_not_decided_again(story: Story, now: datetime) -> None:
    still = reported(story, now)
    with story.database.write() as session:
        masks.dismiss(session, masks.find(session, still.id), "user:ada", now)
        with pytest.raises(StillFaceUnknown):
            masks.find(session, still.id)


def test_another_sites_still_face_is_not_there(story: Story, now: datetime) -> None:
    still = reported(story, now)
    with story.database.write() as session:
        assert masks.offered(session, ["another"]) == []
        assert [row.id for row in masks.offered(session, [SITE.id], STREAM.id)] == [still.id]
        with pytest.raises(StillFaceUnknown):
            masks.find(session, still.id, ["another"])


def test_a_poster_that_was_taken_down_is_asked_about_for_a_day(story: Story, now: datetime) -> None:
    still = reported(story, now)
    later = now + timedelta(hours=5)
    with story.database.write() as session:
        masks.seen(session, [still.id], later)
        assert masks.retire(session, now + GONE_AFTER) == 0
        assert masks.retire(session, later + GONE_AFTER) == 1
        assert alarms_of(session) == []
        assert masks.read_regions(session, later + GONE_AFTER) == {}


@pytest.mark.parametrize(
    ("mask", "code"),
    [
        (((0.1, 0.1), (0.2, 0.2)), "corners"),
        (tuple((i / 30, (i % 2) / 2) for i in range(21)), "corners"),
        (((0.0, 0.0), (1.2, 0.0), (0.0, 1.0)), "outside"),
        (((0.0, 0.0), (float("nan"), 0.0), (0.0, 1.0)), "outside"),
        (((0.1, 0.1), (0.2, 0.2), (0.3, 0.3)), "too_small"),
    ],
)
def test_what_is_no_mask_is_refused(story: Story, now: datetime, mask: Polygon, code: str) -> None:
    with story.database.write() as session, pytest.raises(MasksRefused) as refused:
        masks.set_masks(session, STREAM.id, SITE.id, [mask], "user:ada", now)
    assert refused.value.code == code


def test_more_masks_than_a_picture_has_room_for_are_refused(story: Story, now: datetime) -> None:
    with story.database.write() as session, pytest.raises(MasksRefused) as refused:
        masks.set_masks(session, STREAM.id, SITE.id, [CORNER] * 21, "user:ada", now)
    assert refused.value.code == "too_many"


def test_who_laid_masks_is_on_record(story: Story, now: datetime) -> None:
    with story.database.write() as session:
        masks.set_masks(session, STREAM.id, SITE.id, [CORNER], "user:ada", now)
    with story.database.read() as session:
        [event] = session.scalars(select(Event).where(Event.kind == "masks.set")).all()
    assert (event.actor, event.subject, event.site_id, event.body) == ("user:ada", "stream:gate-b", "mall", {"n": 1})
