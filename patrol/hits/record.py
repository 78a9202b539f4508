"""Writes a match down as a hit, and goes on improving it until a person has decided.

One passage of one person is one hit, however often it is recorded. A later passage of the person before the
same stream within the cooldown counts into the same hit. Without a match nothing here is ever called.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from patrol.hits import episodes
from patrol.hits.evidence import Evidence, take_evidence
from patrol.hits.merge import Sighting, find_hit, has_better_shot, hits_of, is_stronger, may_improve
from patrol.store import alarms, events
from patrol.store.blobs import NO_ROOM, Blobs
from patrol.store.tables import Counter, Hit, HitPassage, HitProbe, Person
from patrol.values import Match, Stream, Track

PICTURES_NOT_KEPT = "pictures_not_kept"  # alarm


@dataclass(frozen=True, slots=True)
class Shot:
    """Evidence whose pictures are on disk; a key is None where the disk had no room for it."""

    evidence: Evidence
    face_key: str | None
    frame_key: str | None

    @property
    def is_whole(self) -> bool:
        return self.face_key is not None and self.frame_key is not None


def record(
    session: Session,
    blobs: Blobs,
    stream: Stream,
    track: Track,
    match: Match,
    *,
    now: datetime,
    cooldown_s: float,
    origin: str = "match",
    actor: str = "system",
) -> Hit | None:
    """Store a match; None where it brings nothing that a reviewer would want to see anew.

    Call it in a transaction of its own: the pictures are written before the rows, and go again with a rollback.
    """
    person = session.get(Person, match.person_id)
    if person is None or not is_looked_for(person, now):
        return None  # the worker's gallery was a few seconds old; the entry has ended since
    origin = "exercise" if origin == "match" and person.watchlist.is_exercise else origin
    sighting = Sighting(stream, track, match, origin, timedelta(seconds=cooldown_s), actor, now)
    shot = None
    if wants_shot(session, find_hit(session, sighting, is_locking=False), sighting):
        shot = write_shot(session, blobs, sighting)  # before the lock: nobody waits for our encoder and disk
    counter = take_turn(session)
    if (hit := find_hit(session, sighting, is_locking=True)) is None:
        shot = shot or write_shot(session, blobs, sighting)
        hit = insert(session, counter, person, shot, sighting)
        tell_room(session, shot, sighting.now)
        return hit
    is_news = update(session, blobs, hit, shot, sighting)
    if shot is not None:
        tell_room(session, shot, sighting.now)
    return hit if is_news else None


def is_looked_for(person: Person, now: datetime) -> bool:
    """Whether an entry and its list are still in force."""
    has_stopped = person.suspended_at or person.removed_at or person.watchlist.closed_at
    return not has_stopped and now < min(person.ends_at, person.watchlist.ends_at)


def take_turn(session: Session) -> Counter:
    """Lock the counter of hit numbers to the end of the transaction: two recorders never insert at once.

    On SQLite the transaction holds the only write lock already.
    """
    return session.get_one(Counter, "hit", with_for_update=True, populate_existing=True)


def wants_shot(session: Session, hit: Hit | None, sighting: Sighting) -> bool:
    return hit is None or (may_improve(session, hit) and is_better(hit, sighting))


def is_better(hit: Hit, sighting: Sighting) -> bool:
    """Whether a look is to take the place of what the hit shows: any, where the disk had no room for that."""
    return hit.face_key is None or hit.frame_key is None or has_better_shot(hit, sighting)


def write_shot(session: Session, blobs: Blobs, sighting: Sighting) -> Shot:
    """Write both pictures; they are deleted again if the transaction rolls back.

    The row matters more: a full disk costs the picture that it has no room for, not the hit.
    """
    evidence = take_evidence(sighting.track)
    return Shot(
        evidence,
        put_if_room(session, blobs, "face", evidence.face_jpeg, sighting.now),
        put_if_room(session, blobs, "frame", evidence.frame_jpeg, sighting.now),
    )


def put_if_room(session: Session, blobs: Blobs, kind: str, content: bytes, now: datetime) -> str | None:
    """Write one picture; None where the disk is full. What else goes wrong is the caller's to try again."""
    try:
        return blobs.put_with(session, kind, content, now)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        return None


def tell_room(session: Session, shot: Shot, now: datetime) -> None:
    """Alarm while the newest pictures found no room; whoever raises one locks no row after it.

    It names no hit and no camera, since the viewers of every site read it.
    """
    if shot.is_whole:
        alarms.clear(session, PICTURES_NOT_KEPT, "disk:pictures", now)
    else:
        alarms.sound(session, PICTURES_NOT_KEPT, "disk:pictures", now, error="no_room")


def insert(session: Session, counter: Counter, person: Person, shot: Shot, sighting: Sighting) -> Hit:
    """Write a new hit with the next number."""
    counter.value += 1
    stream, track, match = sighting.stream, sighting.track, sighting.match
    latitude, longitude = stream.position
    hit = Hit(
        id=new_hit_id(session, track.passage_id, match.person_id),
        number=counter.value,
        origin=sighting.origin,
        stream_id=stream.id,
        stream_name=stream.name,
        place=stream.place,
        building=stream.where.building,
        floor=stream.where.floor,
        post=stream.where.post,
        site_id=stream.site.id,
        site_name=stream.site.name,
        time_zone=stream.site.time_zone,
        latitude=latitude,
        longitude=longitude,
        watchlist_id=person.watchlist_id,
        person_id=person.id,
        first_seen_at=track.first_seen_at,
        last_seen_at=track.last_seen_at,
        recorded_at=sighting.now,
        n_passages=0,
        is_quiet=_is_handled(session, person.id, sighting),
    )
    session.add(hit)
    show(hit, shot, track)
    score(hit, track, match)
    session.flush()
    count_passage(session, hit, track)
    write_probes(session, hit, track)
    say(session, "hit.recorded", hit, sighting, is_quiet=hit.is_quiet)
    return hit


def new_hit_id(session: Session, passage_id: uuid.UUID, person_id: uuid.UUID) -> uuid.UUID:
    """Passage and person make the id; further hits of the same passage, after a rejection, count on."""
    earlier = select(func.count()).where(Hit.person_id == person_id, Hit.id.in_(hits_of(passage_id)))
    n_earlier = session.scalar(earlier) or 0
    return uuid.uuid5(passage_id, f"{person_id}/{n_earlier}" if n_earlier else str(person_id))


def update(session: Session, blobs: Blobs, hit: Hit, shot: Shot | None, sighting: Sighting) -> bool:
    """Count the sighting into its hit, and take over what it shows better; whether it brought anything new."""
    track, match = sighting.track, sighting.match
    changes = ["passage"] if count_passage(session, hit, track) else []
    hit.first_seen_at = min(hit.first_seen_at, track.first_seen_at)
    hit.last_seen_at = max(hit.last_seen_at, track.last_seen_at)
    is_improving = may_improve(session, hit)
    is_better_score = is_improving and is_stronger(match, hit)
    is_wanted = is_improving and is_better(hit, sighting)
    shot = shot or (write_shot(session, blobs, sighting) if is_wanted else None)
    if is_wanted and shot is not None and shot.is_whole:
        for key in filter(None, (hit.face_key, hit.frame_key)):
            blobs.delete_with(session, key)
        show(hit, shot, track)
        changes.append("pictures")
    elif shot is not None:  # somebody decided, or showed better, while we were writing; or the disk is full
        discard(session, blobs, shot)
    if is_better_score:
        score(hit, track, match)
        write_probes(session, hit, track)
        changes.append("score")
    if hit.verdict is None and hit.is_quiet != (is_quiet := _is_handled(session, hit.person_id, sighting)):
        hit.is_quiet = is_quiet
        changes.append("is_quiet")
    if changes:
        say(session, "hit.updated", hit, sighting, changes=changes)
    return bool(changes)


def _is_handled(session: Session, person_id: uuid.UUID, sighting: Sighting) -> bool:
    return episodes.is_handled(session, person_id, sighting.origin, sighting.stream.site.id, sighting.now)


def count_passage(session: Session, hit: Hit, track: Track) -> bool:
    """Write down how far this passage has come; True where it is new to the hit."""
    passage = session.get(HitPassage, (hit.id, track.passage_id))
    if is_new := passage is None:
        passage = HitPassage(hit_id=hit.id, passage_id=track.passage_id, first_seen_at=track.first_seen_at)
        session.add(passage)
        hit.n_passages += 1
    passage.last_seen_at = track.last_seen_at
    passage.n_looks = track.n_faces
    if hit.passage_id == track.passage_id:
        hit.n_looks, hit.track_length_s = track.n_faces, track.length_s
    return is_new


def show(hit: Hit, shot: Shot, track: Track) -> None:
    """Make this look the one that the hit shows."""
    hit.face_key, hit.frame_key = shot.face_key, shot.frame_key
    hit.seen_at = track.best_frame.taken_at
    hit.quality = track.best.quality.value
    hit.measures = track.best.quality.measures()
    hit.box_xyxy = _pixels(track.best.box_xyxy)
    hit.landmarks_xy = _pixels(track.best.landmarks_xy)
    hit.other_boxes_xyxy = _pixels(shot.evidence.other_boxes_xyxy)
    hit.crop_xyxy = list(shot.evidence.crop_xyxy)
    hit.frame_wh = list(track.best_frame.picture.resolution_wh)
    hit.heading = track.heading


def score(hit: Hit, track: Track, match: Match) -> None:
    """Make this track's score the hit's."""
    hit.passage_id = track.passage_id
    hit.n_looks, hit.track_length_s = track.n_faces, track.length_s
    hit.grade = match.grade
    hit.portrait_id = match.portrait_id
    hit.similarity, hit.score, hit.threshold = match.similarity, match.score, match.threshold
    hit.is_weak = match.is_weak
    hit.runner_up, hit.runner_up_id = match.runner_up, match.runner_up_id
    hit.embedder = match.embedder


def write_probes(session: Session, hit: Hit, track: Track) -> None:
    """Keep the templates that made the score, instead of those that made the one before."""
    session.execute(delete(HitProbe).where(HitProbe.hit_id == hit.id))
    for look in track.looks:
        if look.template is not None:
            vector = np.asarray(look.template.vector, "<f4").tobytes()
            quality = look.quality.value
            session.add(HitProbe(hit_id=hit.id, embedder=look.template.embedder, vector=vector, quality=quality))


def discard(session: Session, blobs: Blobs, shot: Shot) -> None:
    """Delete pictures that no row came to name."""
    for key in filter(None, (shot.face_key, shot.frame_key)):
        blobs.delete_with(session, key)


def say(session: Session, kind: str, hit: Hit, sighting: Sighting, **more: object) -> None:
    events.append(
        session,
        kind,
        actor=sighting.actor,
        subject=f"hit:{hit.id}",
        site_id=hit.site_id,
        now=sighting.now,
        hit_id=str(hit.id),
        number=hit.number,
        stream_id=hit.stream_id,
        grade=hit.grade,
        origin=hit.origin,
        **more,
    )


def _pixels(array: np.ndarray) -> list[object]:
    """A tenth of a pixel is finer than any landmark is known."""
    return np.round(array.astype(np.float64), 1).tolist()  # type: ignore[no-any-return]
