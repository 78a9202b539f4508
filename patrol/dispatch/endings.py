"""When a case is closed every group that was told of it is told that it is over: stand down."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import words
from patrol.dispatch import statuses, steps, wording
from patrol.dispatch.record import record
from patrol.dispatch.running import hits_of
from patrol.store.tables import Delivery, Episode, Hit

AT_ONCE = 20  # cases in one transaction

ENDED = (
    select(Episode)
    .where(Episode.closed_at.is_not(None), Episode.stood_down_at.is_(None))
    .order_by(Episode.closed_at)
    .limit(AT_ONCE)
)


def has_ended(session: Session, now: datetime) -> bool:
    """Whether any case was closed of which nobody has been told yet."""
    return session.scalar(ENDED.with_only_columns(Episode.id).limit(1)) is not None


def stand_down(session: Session, now: datetime) -> int:
    """Queue the last message of every case that was closed; return how many cases."""
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


def _messages(session: Session, episode: Episode, now: datetime) -> list[Delivery]:
    """One for every chat that was told, the case's last hit behind it."""
    hit = _last_hit(session, episode)
    if hit is None:
        return []
    return [_message(told, hit, episode, now) for told in statuses.told_of(session, hits_of(session, hit))]


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
