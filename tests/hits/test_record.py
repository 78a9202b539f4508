"""A match becomes one hit: with its evidence, once, better as the person comes nearer, until somebody decides."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select

from patrol.hits.record import record
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Event, Hit, HitPassage, HitProbe, Person, Watchlist
from patrol.values import Match, Place, Track
from tests.hits.sightings import STREAM, Cast, cast, elsewhere, entry, match, portrait_of, track
from tests.hits.story import COOLDOWN_S, Story


def test_a_match_becomes_a_hit_with_all_its_evidence(story: Story, now: datetime) -> None:
    stranger = np.array([[10, 10, 40, 50]], np.float32)
    seen = track(now, others_xyxy=stranger)
    story.see(seen, match(story.people, 0.61))
    (hit,) = story.hits()
    assert hit.id == uuid.uuid5(seen.passage_id, str(story.people.wanda.id))
    assert (hit.number, hit.round, hit.verdict, hit.origin, hit.grade) == (1, 1, None, "match", "sure")
    assert (hit.stream_id, hit.place, hit.site_id, hit.time_zone) == (
        "gate-b",
        "3F escalator, towards exit B",
        "mall",
        "Asia/Shanghai",
    )
    assert (hit.latitude, hit.longitude) == (31.23, 121.47)
    assert (hit.similarity, hit.threshold, hit.runner_up, hit.embedder) == (0.61, 0.45, 0.2, "sface-2021dec")
    assert (hit.portrait_id, hit.watchlist_id) == (story.people.portrait.id, story.people.watchlist.id)
    assert (hit.n_looks, hit.n_passages, hit.track_length_s) == (3, 1, 2.0)
    assert (hit.seen_at, hit.first_seen_at) == (now, now - timedelta(seconds=2))
    assert hit.box_xyxy == [200, 100, 260, 180]
    assert hit.other_boxes_xyxy == [[10, 10, 40, 50]]
    assert hit.frame_wh == [640, 360]
    assert hit.crop_xyxy == [152, 52, 308, 228]
    assert hit.face_key is not None
    assert hit.frame_key is not None
    assert story.blobs.get(hit.face_key).startswith(b"\xff\xd8\xff")
    assert story.blobs.keys() == sorted([hit.face_key, hit.frame_key])
    assert story.event_kinds() == ["hit.recorded"]


def test_a_hit_keeps_where_its_stream_looks(story: Story, now: datetime) -> None:
    hit = story.see(track(now), stream=replace(STREAM, where=Place("north", "3F", "escalator")))
    assert hit is not None
    assert (hit.building, hit.floor, hit.post) == ("north", "3F", "escalator")


def test_the_probe_templates_are_kept_as_they_were(story: Story, now: datetime) -> None:
    seen = track(now, n_looks=4)
    story.see(seen)
    with story.database.read() as session:
        kept = session.scalars(select(HitProbe)).all()
    vectors = {probe.vector for probe in kept}
    assert vectors == {look.template.vector.tobytes() for look in seen.looks if look.template}
    assert {probe.embedder for probe in kept} == {"sface-2021dec"}


def test_events_name_nobody(story: Story, now: datetime) -> None:
    story.see(track(now))
    with story.database.read() as session:
        event = session.scalars(select(Event)).one()
    assert event.body.keys() == {"hit_id", "number", "stream_id", "grade", "origin", "is_quiet"}
    assert event.site_id == "mall"
    assert "Wanda" not in str(event.body)


def test_numbers_go_up_by_one(story: Story, now: datetime) -> None:
    numbers = [story.see(track(now + timedelta(hours=n))).number for n in range(3)]  # type: ignore[union-attr]
    assert numbers == [1, 2, 3]


def test_the_same_track_again_is_the_same_hit_and_no_news(story: Story, now: datetime) -> None:
    seen = track(now)
    assert story.see(seen) is not None
    assert story.see(seen) is None
    assert len(story.hits()) == 1
    assert story.count(HitPassage) == 1
    assert story.event_kinds() == ["hit.recorded"]
    assert len(story.blobs.keys()) == 2


def test_a_better_look_takes_the_place_of_the_first_and_its_pictures_go(story: Story, now: datetime) -> None:
    passage = uuid.uuid4()
    first = story.see(track(now, passage_id=passage, quality=0.4))
    assert first is not None
    later = now + timedelta(seconds=3)
    assert story.see(track(later, passage_id=passage, quality=0.8, length_s=5, n_looks=5)) is not None
    (hit,) = story.hits()
    assert hit.measures["eye_distance_px"] == 30.0
    assert (hit.quality, hit.seen_at, hit.n_looks, hit.track_length_s) == (0.8, later, 5, 5.0)
    assert hit.face_key != first.face_key
    assert story.blobs.keys() == sorted([str(hit.face_key), str(hit.frame_key)])
    assert story.event_kinds() == ["hit.recorded", "hit.updated"]


def test_a_stronger_match_of_the_passage_takes_the_score_and_keeps_the_better_picture(
    story: Story, now: datetime
) -> None:
    passage = uuid.uuid4()
    first = story.see(track(now, passage_id=passage), match(story.people, 0.47, "uncertain"))
    story.see(track(now, passage_id=passage, n_looks=5), match(story.people, 0.66))
    (hit,) = story.hits()
    assert (hit.similarity, hit.grade) == (0.66, "sure")
    assert hit.face_key == first.face_key  # type: ignore[union-attr]
    assert story.count(HitProbe) == 5


def test_a_worse_look_only_moves_the_last_sight_of_the_person(story: Story, now: datetime) -> None:
    passage = uuid.uuid4()
    story.see(track(now, passage_id=passage), match(story.people, 0.6))
    later = now + timedelta(seconds=9)
    assert story.see(track(later, passage_id=passage, quality=0.2, length_s=11), match(story.people, 0.5)) is None
    (hit,) = story.hits()
    assert (hit.last_seen_at, hit.track_length_s, hit.similarity, hit.quality) == (later, 11.0, 0.6, 0.7)


@pytest.mark.parametrize(
    ("gap_s", "n_hits"), [(0, 1), (60, 1), (COOLDOWN_S, 1), (COOLDOWN_S + 1, 2), (3600, 2), (-60, 1)]
)
def test_another_passage_within_the_cooldown_counts_into_the_same_hit(
    story: Story, now: datetime, gap_s: float, n_hits: int
) -> None:
    story.see(track(now))
    story.see(track(now + timedelta(seconds=gap_s + 2.0)))  # a track of two seconds begins `gap_s` after the first
    hits = story.hits()
    assert len(hits) == n_hits
    assert sum(hit.n_passages for hit in hits) == 2


def test_who_keeps_coming_stays_one_hit_while_it_waits(story: Story, now: datetime) -> None:
    for n in range(5):
        story.see(track(now + timedelta(seconds=100 * n)))
    (hit,) = story.hits()
    assert (hit.n_passages, hit.last_seen_at) == (5, now + timedelta(seconds=400))


def test_who_keeps_coming_is_a_new_hit_a_cooldown_after_the_decision(story: Story, now: datetime) -> None:
    first = story.see(track(now))
    assert first is not None
    story.decide(first, "confirmed", now=now + timedelta(seconds=50))
    for seconds, n_hits in ((60, 1), (160, 1), (200, 2), (290, 2)):
        story.see(track(now + timedelta(seconds=seconds)))
        assert len(story.hits()) == n_hits, seconds


def test_a_merged_passage_counts_once_however_often_it_is_recorded(story: Story, now: datetime) -> None:
    story.see(track(now))
    again = track(now + timedelta(seconds=30), quality=0.1)
    assert story.see(again, match(story.people, 0.5)) is not None
    assert story.see(again, match(story.people, 0.5)) is None
    (hit,) = story.hits()
    assert (hit.n_passages, hit.similarity, hit.quality) == (2, 0.6, 0.7)


def test_a_merged_passage_shows_its_picture_only_with_its_own_stronger_score(story: Story, now: datetime) -> None:
    story.see(track(now), match(story.people, 0.6))
    weaker = track(now + timedelta(seconds=30), quality=0.95)
    story.see(weaker, match(story.people, 0.5))
    assert story.hits()[0].quality == 0.7
    stronger = track(now + timedelta(seconds=60), quality=0.6)
    story.see(stronger, match(story.people, 0.7))
    (hit,) = story.hits()
    assert (hit.quality, hit.similarity, hit.passage_id, hit.n_passages) == (0.6, 0.7, stronger.passage_id, 3)


def test_similarities_of_two_embedders_are_never_compared(story: Story, now: datetime) -> None:
    story.see(track(now), match(story.people, 0.6))
    found = match(story.people, 0.99)
    other = Match(found.person_id, found.portrait_id, 0.99, 0.99, 0.9, None, None, "dlib-resnet29", "sure")
    story.see(track(now + timedelta(seconds=30)), other)
    (hit,) = story.hits()
    assert (hit.embedder, hit.similarity, hit.n_passages) == ("sface-2021dec", 0.6, 2)


def test_another_stream_and_another_person_are_other_hits(story: Story, now: datetime) -> None:
    with story.database.write() as session:
        other = portrait_of(entry(session.merge(story.people.watchlist), "Otto", now), now)
        session.add(other)
        session.flush()
        otto = Match(other.person.id, other.id, 0.6, 0.6, 0.45, None, None, "sface-2021dec", "sure")
    seen = track(now)
    story.see(seen)
    story.see(seen, otto)
    story.see(track(now), stream=elsewhere("gate-c"))
    assert len(story.hits()) == 3


def test_a_replay_is_not_counted_into_a_live_hit(story: Story, now: datetime) -> None:
    story.see(track(now))
    story.see(track(now), origin="replay")
    assert [hit.origin for hit in story.hits()] == ["match", "replay"]


def test_in_a_recording_the_cooldown_runs_from_the_last_sight_not_from_the_decision(
    story: Story, now: datetime
) -> None:
    yesterday = now - timedelta(days=1)
    hit = story.see(track(yesterday), origin="replay")
    assert hit is not None
    story.decide(hit, "confirmed")
    story.see(track(yesterday + timedelta(hours=1)), origin="replay")
    story.see(track(yesterday + timedelta(hours=1, seconds=60)), origin="replay")
    assert [(hit.number, hit.n_passages) for hit in story.hits()] == [(1, 1), (2, 2)]


def test_a_hit_of_an_exercise_says_so(any_database: Database, blobs: Blobs, now: datetime) -> None:
    with any_database.write() as session:
        people = cast(session, now, is_exercise=True)
    story = Story(any_database, blobs, people)
    story.see(track(now))
    assert story.hits()[0].origin == "exercise"


@pytest.mark.parametrize("verdict", ["confirmed", "rejected", "unsure"])
def test_nothing_replaces_what_a_person_decided_on(story: Story, now: datetime, verdict: str) -> None:
    passage = uuid.uuid4()
    hit = story.see(track(now, passage_id=passage, quality=0.4))
    assert hit is not None
    story.decide(hit, verdict, "different_person" if verdict == "rejected" else None)
    later = now + timedelta(seconds=5)
    assert story.see(track(later, passage_id=passage, quality=0.9, length_s=7), match(story.people, 0.6)) is None
    kept = story.hits()[0]
    assert (kept.face_key, kept.quality, kept.verdict, kept.last_seen_at) == (hit.face_key, 0.4, verdict, later)
    assert len(story.blobs.keys()) == 2


def test_a_reopened_hit_still_shows_what_was_decided_on(story: Story, now: datetime) -> None:
    passage = uuid.uuid4()
    hit = story.see(track(now, passage_id=passage, quality=0.4))
    assert hit is not None
    story.decide(hit, "confirmed")
    with story.database.write() as session:  # as dispatch does on a guard's "not him"
        reopened = session.get_one(Hit, hit.id)
        reopened.round, reopened.verdict, reopened.alarm = 2, None, "not_him"
    assert story.see(track(now, passage_id=passage, quality=0.9), match(story.people, 0.9)) is None
    assert story.hits()[0].face_key == hit.face_key


@pytest.mark.parametrize(
    ("verdict", "reason", "is_same_passage", "similarity", "n_hits"),
    [
        ("confirmed", None, True, 0.9, 1),
        ("confirmed", None, False, 0.9, 1),
        ("rejected", "different_person", True, 0.9, 1),  # who is followed stays the other person
        ("rejected", "different_person", False, 0.5, 1),  # the look-alike walks by again
        ("rejected", "different_person", False, 0.9, 2),  # this may be the one who is looked for
        ("rejected", "poor_picture", True, 0.5, 1),
        ("rejected", "poor_picture", True, 0.9, 2),  # nearer now, and better seen
        ("rejected", None, True, 0.9, 2),
        ("unsure", None, True, 0.5, 1),
        ("unsure", None, True, 0.9, 2),
    ],
)
def test_a_decision_swallows_what_is_no_stronger(
    story: Story,
    now: datetime,
    verdict: str,
    reason: str | None,
    is_same_passage: bool,
    similarity: float,
    n_hits: int,
) -> None:
    passage = uuid.uuid4()
    hit = story.see(track(now, passage_id=passage), match(story.people, 0.6))
    assert hit is not None
    story.decide(hit, verdict, reason)
    again = track(now + timedelta(seconds=9), passage_id=passage if is_same_passage else None)
    story.see(again, match(story.people, similarity))
    hits = story.hits()
    assert len(hits) == n_hits
    assert hits[0].verdict == verdict
    assert len(story.blobs.keys()) == 2 * n_hits


def test_updates_after_a_new_hit_of_the_passage_go_to_the_new_one(story: Story, now: datetime) -> None:
    passage = uuid.uuid4()
    first = story.see(track(now, passage_id=passage), match(story.people, 0.6))
    assert first is not None
    story.decide(first, "unsure")
    second = story.see(track(now, passage_id=passage), match(story.people, 0.7))
    third = story.see(track(now, passage_id=passage, quality=0.9), match(story.people, 0.8))
    assert second is not None
    assert third is not None
    assert (second.id, third.number, third.similarity) == (third.id, 2, 0.8)


def stop(people: Cast, how: str, now: datetime) -> tuple[type, uuid.UUID, dict[str, datetime]]:
    table, column = how.split(".")
    if table == "person":
        return Person, people.wanda.id, {column: now}
    return Watchlist, people.watchlist.id, {column: now}


@pytest.mark.parametrize(
    "how", ["person.ends_at", "person.removed_at", "person.suspended_at", "watchlist.ends_at", "watchlist.closed_at"]
)
def test_an_entry_that_has_ended_makes_no_hit_even_where_a_worker_still_knows_it(
    story: Story, now: datetime, how: str
) -> None:
    table, id, change = stop(story.people, how, now)
    with story.database.write() as session:
        for column, value in change.items():
            setattr(session.get_one(table, id), column, value)
    assert story.see(track(now)) is None
    assert story.hits() == []
    assert story.blobs.keys() == []


def test_a_person_whom_nobody_lists_makes_no_hit(story: Story, now: datetime) -> None:
    stranger = Match(uuid.uuid4(), uuid.uuid4(), 0.9, 0.9, 0.45, None, None, "sface-2021dec", "sure")
    assert story.see(track(now), stranger) is None
    assert story.blobs.keys() == []


class DiskFull(Exception):
    pass


def fail_after(story: Story, seen: Track) -> None:
    with story.database.write() as session:
        record(session, story.blobs, STREAM, seen, match(story.people), now=seen.last_seen_at, cooldown_s=COOLDOWN_S)
        raise DiskFull


def test_a_transaction_that_fails_takes_its_pictures_with_it(story: Story, now: datetime) -> None:
    with pytest.raises(DiskFull):
        fail_after(story, track(now))
    assert story.hits() == []
    assert story.blobs.keys() == []


def test_a_failed_improvement_keeps_the_pictures_of_before(story: Story, now: datetime) -> None:
    passage = uuid.uuid4()
    hit = story.see(track(now, passage_id=passage, quality=0.4))
    with pytest.raises(DiskFull):
        fail_after(story, track(now, passage_id=passage, quality=0.9))
    assert story.blobs.keys() == sorted([hit.face_key, hit.frame_key])  # type: ignore[union-attr, type-var, list-item]
