"""Episodes: the confirmed hits of one person as one running case, until it is closed with an outcome.

The first confirmed hit opens a case and gives it its number; each further one is an update that moves it. A case
ends by a person's word, or because no hit of it stands any more. Dispatch reads the rows and tells who was told.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, exists, or_, select, true, update
from sqlalchemy.orm import Session

from patrol.store import alarms, events
from patrol.store.tables import Clock, Decision, Episode, Hit, Person
from patrol.values import PatrolError, Place

Outcome = Literal["handed_over", "not_him", "lost", "called_off"]

OPEN_FOR = timedelta(hours=2)  # after the newest confirmed hit or sighting; whoever was seen then is elsewhere by now
HANDLED_FOR_M = 15  # a guard who is with somebody reports or asks for more within a quarter of an hour
LONGEST_HANDLED_M = 240  # half a shift: quiet is never switched on and forgotten
SYSTEM = "system"
NEED_HELP, NOBODY_ANSWERS, OVERDUE = "need_help", "nobody_answers", "episode_overdue"  #: alarms


class EpisodeUnknown(PatrolError):
    """There is no such episode, or it is another site's."""


class EpisodeClosed(PatrolError):
    """The episode has been closed with an outcome already."""


class OtherSitesToo(PatrolError):
    """The case is another site's too: only somebody who sees that one as well may say this of it."""


@dataclass(frozen=True, slots=True)
class Sighted:
    """Where somebody was last."""

    site_id: str
    place: Place
    latitude: float
    longitude: float
    words: str
    at: datetime
    by: str  #: "hit:NUMBER" or "group:ID"
    stream_id: str | None = None


def standing(session: Session, person_id: uuid.UUID, origin: str) -> Episode | None:
    """The open case of a person; exercises and replays have cases of their own."""
    return session.scalar(
        select(Episode).where(Episode.person_id == person_id, Episode.origin == origin, Episode.closed_at.is_(None))
    )


def find(session: Session, episode_id: uuid.UUID, sites: Collection[str] | None = None) -> Episode:
    """One case; EpisodeUnknown where there is none, or nothing of it is at a site of the reader's."""
    episode = session.scalar(select(Episode).where(Episode.id == episode_id, seen_by(sites)))
    if episode is None:
        raise EpisodeUnknown(f"there is no episode {episode_id}, or it is another site's")
    return episode


def seen_by(sites: Collection[str] | None) -> ColumnElement[bool]:
    """Whether a reader of these sites may see a case: it is at one of them now, or a hit of it was."""
    if sites is None:
        return true()
    was_here = exists().where(Hit.episode_id == Episode.id, Hit.site_id.in_(sites))
    return or_(Episode.site_id.in_(sites), was_here)


def join(session: Session, hit: Hit, now: datetime) -> Episode:
    """Make a hit that was just confirmed part of its person's case: it opens one, or updates the one that is open.

    Who confirms first opens it: deciders of one person take turns by the person's row.
    """
    _take_turn(session, hit.person_id)
    if (ended := _ended_rightly(session, hit)) is not None:
        return ended
    episode = _locked_standing(session, hit)
    if episode is not None and episode.deadline_at <= now and hit.episode_id != episode.id:
        end(session, episode, "lost", SYSTEM, now)
        episode = None
    if episode is None:
        episode = _opened(session, hit, now)
    elif hit.episode_id != episode.id:
        episode.n_updates += 1
        hit.episode, hit.update_number = episode, episode.n_updates
    move(session, episode, _seen(hit), now)
    return episode


def leave(session: Session, hit: Hit, now: datetime, by: str = SYSTEM) -> None:
    """Take a hit whose yes was overruled out of its case; the case ends where no hit of it stands any more."""
    if hit.episode_id is None:
        stop_clocks(session, [hit.id], "withdrawn", now)
        return
    _take_turn(session, hit.person_id)
    episode = session.get_one(Episode, hit.episode_id, with_for_update={"key_share": True}, populate_existing=True)
    stop_clocks(session, [hit.id], "withdrawn", now)
    if episode.closed_at is not None:
        return
    if hit_ids(session, episode, hit.id):
        hit.episode, hit.update_number = None, 0
        session.flush()
    else:
        end(session, episode, "not_him" if hit.verdict == "rejected" else "called_off", by, now)


def move(session: Session, episode: Episode, sighted: Sighted, now: datetime) -> bool:
    """Let the case begin anew from where the person was seen last; False where something newer is known."""
    if sighted.at < episode.placed_at:
        return False
    episode.deadline_at = max(episode.deadline_at, now + OPEN_FOR)
    if episode.overdue_at is not None:
        episode.overdue_at = None
        session.flush()
        alarms.clear(session, OVERDUE, subject_of(episode), now)
    episode.site_id, episode.stream_id = sighted.site_id, sighted.stream_id
    episode.building, episode.floor, episode.post = sighted.place.building, sighted.place.floor, sighted.place.post
    episode.latitude, episode.longitude = sighted.latitude, sighted.longitude
    episode.place, episode.placed_at, episode.placed_by = sighted.words, sighted.at, sighted.by
    session.flush()
    return True


def handle(
    session: Session,
    episode_id: uuid.UUID,
    minutes: int,
    by: str,
    now: datetime,
    sites: Collection[str] | None = None,
) -> Episode:
    """Somebody is with the person: their hits at this site are quiet for so many minutes. 0 ends that."""
    episode = _locked_open(session, episode_id, sites)
    if sites is not None and episode.site_id not in sites:
        raise OtherSitesToo(
            f"#{episode.first_hit_number:04} is at {episode.site_id} now: who sees that site quiets it"
        )
    episode.handled_until = now + timedelta(minutes=minutes) if minutes else None
    episode.handled_site_id, episode.handled_by = (episode.site_id, by) if minutes else (None, None)
    record(session, "episode.handled", episode, f"user:{by}", now, minutes=minutes)
    return episode


def is_handled(session: Session, person_id: uuid.UUID, origin: str, site_id: str, now: datetime) -> bool:
    """Whether somebody is with this person at this site just now."""
    episode = standing(session, person_id, origin)
    return (
        episode is not None
        and episode.handled_until is not None
        and episode.handled_until > now
        and episode.handled_site_id == site_id
    )


def close(
    session: Session,
    episode_id: uuid.UUID,
    outcome: Outcome,
    note: str,
    by: str,
    now: datetime,
    sites: Collection[str] | None = None,
) -> Episode:
    """End a case with its outcome. What its hits become where that is "not him" is in endings.py."""
    episode = _locked_open(session, episode_id, sites)
    episode.note = note.strip()
    end(session, episode, outcome, by, now)
    return episode


def end(session: Session, episode: Episode, outcome: Outcome, by: str, now: datetime) -> None:
    """Write the end of a case down; its clocks stop, its alarms are over."""
    episode.closed_at, episode.closed_by, episode.outcome = now, by, outcome
    episode.moved_at = episode.handled_until = episode.handled_site_id = episode.overdue_at = None
    ids = hit_ids(session, episode)
    stop_clocks(session, ids, "ended", now)
    session.flush()
    alarms.clear(session, OVERDUE, subject_of(episode), now)
    for id in ids:
        for code in (NEED_HELP, NOBODY_ANSWERS):
            alarms.clear(session, code, f"hit:{id}", now)
    record(session, "episode.closed", episode, SYSTEM if by == SYSTEM else f"user:{by}", now, outcome=outcome)


def hit_ids(session: Session, episode: Episode, but: uuid.UUID | None = None) -> Sequence[uuid.UUID]:
    """The hits of a case, in the order in which they came into it."""
    query = select(Hit.id).where(Hit.episode_id == episode.id).order_by(Hit.update_number)
    return session.scalars(query.where(Hit.id != but) if but else query).all()


def stop_clocks(session: Session, hit_ids: Collection[uuid.UUID], why: str, now: datetime) -> None:
    """Stop every running clock of these hits."""
    running = (Clock.hit_id.in_(hit_ids), Clock.stopped_at.is_(None), Clock.ran_out_at.is_(None))
    session.execute(update(Clock).where(*running).values(stopped_at=now, stopped_why=why))


def record(session: Session, kind: str, episode: Episode, actor: str, now: datetime, **body: object) -> None:
    """Append what happened to a case: numbers and codes, never a name or a place."""
    events.append(
        session,
        kind,
        actor=actor,
        subject=subject_of(episode),
        now=now,
        site_id=episode.site_id,
        episode_id=str(episode.id),
        number=episode.first_hit_number,
        **body,
    )


def subject_of(episode: Episode) -> str:
    return f"episode:{episode.id}"


def _opened(session: Session, hit: Hit, now: datetime) -> Episode:
    seen = _seen(hit)
    episode = Episode(
        id=uuid.uuid4(),
        person_id=hit.person_id,
        origin=hit.origin,
        first_hit_number=hit.number,
        opened_at=now,
        deadline_at=now + OPEN_FOR,
        site_id=seen.site_id,
        latitude=seen.latitude,
        longitude=seen.longitude,
        place=seen.words,
        placed_at=seen.at,
        placed_by=seen.by,
    )
    session.add(episode)
    session.flush()
    hit.episode, hit.update_number = episode, 0
    session.flush()
    return episode


def _ended_rightly(session: Session, hit: Hit) -> Episode | None:
    """The closed case of a hit whose yes is only said again: it opens anew where the word before was no yes."""
    episode = session.get(Episode, hit.episode_id) if hit.episode_id else None
    if episode is None or episode.closed_at is None or episode.outcome == "not_him":
        return None
    earlier = select(Decision.verdict).where(Decision.hit_id == hit.id, Decision.round < hit.round)
    return episode if session.scalar(earlier.order_by(Decision.round.desc()).limit(1)) == "confirmed" else None


def _seen(hit: Hit) -> Sighted:
    return Sighted(
        hit.site_id,
        Place(hit.building, hit.floor, hit.post),
        hit.latitude,
        hit.longitude,
        hit.place,
        hit.last_seen_at,
        f"hit:{hit.number}",
        hit.stream_id,
    )


def _take_turn(session: Session, person_id: uuid.UUID) -> None:
    """Whoever changes the cases of one person holds that person's row; recorders only point at it, and go on."""
    session.flush()
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))


def _locked_standing(session: Session, hit: Hit) -> Episode | None:
    open_case = select(Episode).where(
        Episode.person_id == hit.person_id, Episode.origin == hit.origin, Episode.closed_at.is_(None)
    )
    return session.scalar(open_case.with_for_update(key_share=True).execution_options(populate_existing=True))


def _locked_open(session: Session, episode_id: uuid.UUID, sites: Collection[str] | None) -> Episode:
    """An open case, held to the end of the transaction; EpisodeClosed says who closed it and how."""
    _take_turn(session, find(session, episode_id, sites).person_id)
    episode = session.get_one(Episode, episode_id, with_for_update={"key_share": True}, populate_existing=True)
    if episode.closed_at is not None:
        raise EpisodeClosed(f"{episode.closed_by} closed #{episode.first_hit_number:04}: {episode.outcome}")
    return episode
