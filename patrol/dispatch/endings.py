"""When a case is closed every group that was told of it is told that it is over: stand down.

A case also ends when its person is not looked for any more: the entry was removed, suspended, or its time is over.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import words
from patrol.dispatch import statuses, steps, wording
from patrol.dispatch.claims import ENTRY_IS_OVER
from patrol.dispatch.record import record
from patrol.dispatch.running import hits_of
from patrol.hits.episodes import SYSTEM, end
from patrol.store.tables import Delivery, Episode, Hit, Person

AT_ONCE = 20  # cases in one transaction

ENDED = (
    select(Episode)
    .where(Episode.closed_at.is_not(None), Episode.stood_down_at.is_(None))
    .order_by(Episode.closed_at)
    .limit(AT_ONCE)
)

ABANDONED = (
    select(Episode.person_id)
    .join(Person, Person.id == Episode.person_id)
    .join(Person.watchlist)
    .where(Episode.closed_at.is_(None), ENTRY_IS_OVER)
    .limit(AT_ONCE)
)


def has_ended(session: Session, now: datetime) -> bool:
    """Whether any case was closed of which nobody has been told yet, or is to be called off."""
    is_closed = session.scalar(ENDED.with_only_columns(Episode.id).limit(1)) is not None
    return is_closed or session.scalar(ABANDONED.limit(1), {"now": now}) is not None


def stand_down(session: Session, now: datetime) -> int:
    """Queue the last message of every case that was closed; return how many cases."""
    _call_off(session, now)
    episodes = session.scalars(ENDED.with_for_update(key_share=True, skip_locked=True, of=Episode)).all()
    made = [message for episode in episodes for message in _messages(session, episode, now)]
    session.add_all(made)
    for episode in episodes:
        episode.stood_down_at = now
    session.flush()
    for episode in episodes:
        _say_ended(session, episode, now)
    record(session, made, now)
    return len(episodes)


def _call_off(session: Session, now: datetime) -> None:
    """Close the open cases of people who are not looked for any more. What somebody else holds waits a round."""
    abandoned = session.scalars(ABANDONED, {"now": now}).all()
    people = select(Person.id).where(Person.id.in_(abandoned)).order_by(Person.id)
    held = session.scalars(people.with_for_update(key_share=True, skip_locked=True)).all()
    open_cases = select(Episode).where(Episode.person_id.in_(held), Episode.closed_at.is_(None)).order_by(Episode.id)
    query = open_cases.with_for_update(key_share=True, skip_locked=True).execution_options(populate_existing=True)
    for episode in session.scalars(query).all():
        end(session, episode, "called_off", SYSTEM, now)


def _messages(session: Session, episode: Episode, now: datetime) -> list[Delivery]:
    """One for every chat that was told, the case's last hit behind it."""
    hit = _last_hit(session, episode)
    if hit is None:
        return []
    told_of = statuses.told_of(session, hits_of(session, hit), with_called=True)
    return [_message(told, hit, episode, now) for told in told_of]


def _message(told: Delivery, hit: Hit, episode: Episode, now: datetime) -> Delivery:
    language = wording.language_of(told.group)
    number = wording.short_number(episode.first_hit_number)
    outcome = words.say(f"answers.outcome_{episode.outcome}", language)
    fields = {"number": number, "outcome": outcome}
    return statuses.status(told.chat, "ended", fields, now, hit=hit, lasts=statuses.KEPT_FOR, follows=told)


def _say_ended(session: Session, episode: Episode, now: datetime) -> None:
    hit = _last_hit(session, episode)
    if hit is not None and episode.outcome is not None:
        steps.add(session, hit, "ended", episode.outcome, now)


def _last_hit(session: Session, episode: Episode) -> Hit | None:
    hits: Sequence[Hit] = session.scalars(
        select(Hit).where(Hit.episode_id == episode.id).order_by(Hit.update_number.desc()).limit(1)
    ).all()
    return hits[0] if hits else None
