"""What is left when pictures and purposes are gone: bare rows, pictures no row names, log-ins, dead workers."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Select,
    String,
    and_,
    delete,
    exists,
    or_,
    select,
    true,
    update,
)
from sqlalchemy import cast as cast_as
from sqlalchemy.orm import Session, aliased

from patrol.store import events
from patrol.store.blobs import Blobs, StoredPicture
from patrol.store.tables import (
    Calibration,
    Clock,
    Decision,
    Delivery,
    DeliveryLink,
    Episode,
    Exercise,
    GroupReply,
    Hit,
    LoginAttempt,
    LoginSession,
    Member,
    Notice,
    Pause,
    Person,
    Portrait,
    Routing,
    Step,
    Volunteer,
    Watchlist,
    Worker,
)
from patrol.watchlist.changes import record_new_basis

ORPHAN_GRACE = timedelta(hours=1)  # a picture is minutes at most ahead of its row; an import holds its own longest
LOGIN_GRACE = timedelta(hours=24)  # far longer than any window in which failed log-ins are counted
AT_ONCE = 1_000  # messages, or thresholds, in one sweep; the next follows in a minute
WORKER_GRACE = timedelta(hours=24)  # long enough to be seen as dead in the console


def old_rows(before: datetime) -> Select[uuid.UUID]:
    """The hits whose pictures went before then."""
    return select(Hit.id).where(Hit.pictures_shed_at <= before).order_by(Hit.number)


def delete_hit(session: Session, hit_id: uuid.UUID, now: datetime) -> bool:
    """Delete a hit's row with all that hangs on it; what happened stays in the events, which name nobody."""
    hit = session.scalar(select(Hit).where(Hit.id == hit_id).with_for_update(of=Hit))
    if hit is None:
        return False
    decisions = select(Decision.id).where(Decision.hit_id == hit_id)
    deliveries = select(Delivery.id).where(or_(Delivery.hit_id == hit_id, Delivery.decision_id.in_(decisions)))
    session.execute(
        delete(GroupReply).where(or_(GroupReply.hit_id == hit_id, GroupReply.delivery_id.in_(deliveries)))
    )
    for points_at in (Delivery.cancels_id, Delivery.parent_id, Delivery.updates_id):
        session.execute(update(Delivery).where(points_at.in_(deliveries)).values({points_at: None}))
    session.execute(delete(Delivery).where(Delivery.id.in_(deliveries)))
    session.execute(delete(Routing).where(Routing.decision_id.in_(decisions)))
    session.execute(delete(Decision).where(Decision.hit_id == hit_id))
    session.execute(delete(Clock).where(Clock.hit_id == hit_id))
    session.execute(delete(Step).where(Step.hit_id == hit_id))
    session.execute(delete(Hit).where(Hit.id == hit_id))  # passages and probes go with it
    if hit.episode_id is not None:
        _delete_episodes(session, Episode.id == hit.episode_id)
    events.append(
        session,
        "hit.deleted",
        actor="system",
        subject=f"hit:{hit_id}",
        site_id=hit.site_id,
        now=now,
        hit_id=str(hit_id),
        number=hit.number,
    )
    if hit.verdict == "rejected":
        record_new_basis(session, "verdicts", now)  # what its rejection taught goes with it
    return True


def delete_ended_people(session: Session, before: datetime) -> int:
    """Delete the rows of entries that ended before then and that no hit names; return how many.

    Their photos and templates went when they ended; this takes the name too.
    """
    gone = list(
        session.scalars(
            select(Person.id)
            .join(Watchlist, Person.watchlist_id == Watchlist.id)
            .where(_ended(before), ~exists().where(Hit.person_id == Person.id), ~_has_photo())
        )
    )
    _delete_episodes(session, Episode.person_id.in_(gone))
    session.execute(delete(Portrait).where(Portrait.person_id.in_(gone)))
    session.execute(delete(Person).where(Person.id.in_(gone)))
    return len(gone)


def delete_old_messages(session: Session, before: datetime) -> int:
    """Delete what was sent and answered about no hit before then, with its exercises and links; return how many."""
    old = select(Delivery.id).where(Delivery.hit_id.is_(None), Delivery.created_at <= before, _is_over(before))
    gone = list(session.scalars(old.limit(AT_ONCE)))
    said = and_(GroupReply.hit_id.is_(None), GroupReply.received_at <= before)
    session.execute(delete(GroupReply).where(or_(GroupReply.delivery_id.in_(gone), said)))
    for points_at in (Delivery.cancels_id, Delivery.parent_id, Delivery.updates_id):
        session.execute(update(Delivery).where(points_at.in_(gone)).values({points_at: None}))
    session.execute(delete(Delivery).where(Delivery.id.in_(gone)))  # their tries and links go with them
    is_named = exists().where(Delivery.exercise_id == Exercise.id)
    n_exercises = _delete(session, delete(Exercise).where(Exercise.ends_at <= before, ~is_named))
    return len(gone) + n_exercises


def delete_old_stops(session: Session, before: datetime) -> int:
    """Delete pauses, notices of recovered alarms and links in place of pictures that were over before then."""
    return sum(
        _delete(session, statement)
        for statement in (
            delete(Pause).where(Pause.ends_at <= before),
            delete(Notice).where(Notice.recovered_at <= before),
            delete(DeliveryLink).where(DeliveryLink.expires_at <= before),
        )
    )


def forget_old_members(session: Session, before: datetime) -> int:
    """Blank the names of members who left before then and whom no answer names; return how many.

    Their rows stay: by these a group knows that it once had a roster, and lets no stranger answer.
    """
    is_named = exists().where(GroupReply.member_id == Member.id)
    left = update(Member).where(Member.removed_at <= before, Member.name != "", ~is_named)
    return cast("CursorResult[Any]", session.execute(left.values(name="", phone=None, identities={}))).rowcount


def delete_orphans(
    session: Session, blobs: Blobs, stored: Sequence[StoredPicture], before: datetime
) -> list[StoredPicture]:
    """Delete pictures written before then that no row names: their process was killed in between.

    `stored` is read before the session's first look at the rows: what is put after that is not in it.
    """
    named = named_keys(session)
    orphans = [picture for picture in stored if picture.written_at < before and picture.key not in named]
    for orphan in orphans:
        blobs.delete(orphan.key)
    return orphans


def named_keys(session: Session) -> set[str]:
    """Every picture and clip that some row names."""
    columns = (
        Hit.face_key,
        Hit.frame_key,
        Hit.clip_key,
        Delivery.picture_key,
        Portrait.picture_key,
        Volunteer.picture_key,
    )
    named = {key for column in columns for key in session.scalars(select(column).where(column.is_not(None))) if key}
    return named | set(media_keys(session, true()))


def media_keys(session: Session, which: ColumnElement[bool]) -> list[str]:
    """The photos and voice notes of these answers."""
    has_some = cast_as(GroupReply.media, String) != "[]"
    return [it["key"] for media in session.scalars(select(GroupReply.media).where(which, has_some)) for it in media]


def delete_old_volunteers(session: Session, before: datetime) -> int:
    """Delete the bare rows of volunteers who were removed before then; return how many."""
    return _delete(session, delete(Volunteer).where(Volunteer.removed_at <= before))


def delete_old_calibrations(session: Session, before: datetime) -> int:
    """Delete the thresholds that were made before then, but the newest of each embedder; return how many."""
    newer = aliased(Calibration)
    is_followed = exists().where(newer.embedder == Calibration.embedder, newer.made_at > Calibration.made_at)
    gone = list(
        session.scalars(select(Calibration.id).where(Calibration.made_at <= before, is_followed).limit(AT_ONCE))
    )
    return _delete(session, delete(Calibration).where(Calibration.id.in_(gone)))


def delete_old_log_ins(session: Session, now: datetime) -> int:
    """Delete failed log-ins past any window and sessions past their end; return how many."""
    n_attempts = _delete(session, delete(LoginAttempt).where(LoginAttempt.at <= now - LOGIN_GRACE))
    return n_attempts + _delete(session, delete(LoginSession).where(LoginSession.expires_at <= now))


def delete_dead_workers(session: Session, now: datetime) -> int:
    return _delete(session, delete(Worker).where(Worker.beat_at <= now - WORKER_GRACE))


def _delete_episodes(session: Session, which: ColumnElement[bool]) -> None:
    """Delete these cases where no hit is left of them."""
    gone = list(session.scalars(select(Episode.id).where(which, ~exists().where(Hit.episode_id == Episode.id))))
    session.execute(update(Delivery).where(Delivery.episode_id.in_(gone)).values(episode_id=None))
    session.execute(delete(Episode).where(Episode.id.in_(gone)))


def _is_over(before: datetime) -> ColumnElement[bool]:
    return or_(Delivery.ended_at <= before, Delivery.expires_at <= before)


def _delete(session: Session, statement: Delete) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def _ended(before: datetime) -> ColumnElement[bool]:
    ends = (Person.ends_at, Person.removed_at, Watchlist.ends_at, Watchlist.closed_at)
    return or_(*(column <= before for column in ends))


def _has_photo() -> ColumnElement[bool]:
    return exists().where(Portrait.person_id == Person.id, Portrait.picture_key.is_not(None))
