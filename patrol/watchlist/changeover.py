"""A change of the embedder: started, embedding, comparing, switched or cancelled. At most one is open at a time.

    start -> embedding -> comparing -> switched
                 |            |
                 +------------+-----> cancelled

Nothing is looked for by the new embedder before the switch, and nothing by the old one after it. The old one's
templates stay, so that the way back is another change that has nothing to embed.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from patrol.store import events
from patrol.store.tables import (
    Comparison,
    EmbedderChange,
    Hit,
    Person,
    Portrait,
    PortraitTemplate,
    VolunteerTemplate,
)
from patrol.watchlist.footing import active
from patrol.watchlist.refusals import Refused
from patrol.watchlist.renewal import REMOVED, Renewed, n_photos, n_waiting

OPEN = ("embedding", "comparing")
LEASE = timedelta(seconds=30)  # of who embeds: a photo takes 0.2 s, a worker that was killed is replaced after this
MOST_FAILURES = 500  # written down; there are no more to read through


class EmbedderRefused(Refused):
    """The embedder cannot be changed so."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What the coming embedder said of the hits that one verdict was given of."""

    verdict: str | None  #: None waits for review
    n_same: int  #: it takes the face for the same person
    n_other: int  #: for another person of the list
    n_nobody: int  #: for nobody of the list


def in_use(session: Session, setting: str) -> str:
    """The short name of the embedder to match by: the last one switched to, else the setting's."""
    newest = select(EmbedderChange.after).where(EmbedderChange.state == "switched")
    return session.scalar(newest.order_by(EmbedderChange.switched_at.desc()).limit(1)) or setting


def open_change(session: Session) -> EmbedderChange | None:
    return session.scalar(select(EmbedderChange).where(EmbedderChange.state.in_(OPEN)).limit(1))


def is_open(session: Session, change_id: uuid.UUID) -> bool:
    """Whether a change is open; who asks while writing keeps it so until the end of the transaction."""
    one = select(EmbedderChange.id).where(EmbedderChange.id == change_id, EmbedderChange.state.in_(OPEN))
    return session.scalar(one.with_for_update(read=True)) is not None


def require_open(session: Session) -> EmbedderChange:
    change = open_change(session)
    if change is None:
        raise EmbedderRefused("no_embedder_change")
    return change


def start(session: Session, before: str, after: str, version: str, *, by: str, now: datetime) -> EmbedderChange:
    """Open a change; workers begin to embed within seconds.

    `before` and `after` are short names of the manifest; `version` is what templates of `after` carry.
    """
    events.take_turn(session)  # two who start at once take turns, and the second sees the first
    if (change := open_change(session)) is not None:
        raise EmbedderRefused("embedder_change_open", after=change.after)
    if before == after:
        raise EmbedderRefused("embedder_in_use", name=after)
    opened = EmbedderChange(
        before=before,
        after=after,
        version=version,
        state="embedding",
        n_total=n_photos(session),
        started_at=now,
        started_by=by,
    )
    session.add(opened)
    _say(session, opened, "started", by, now)
    return opened


def lease(session: Session, change_id: uuid.UUID, worker_id: str, now: datetime) -> bool:
    """Take or keep the turn to embed; False while another worker has it."""
    is_free = or_(
        EmbedderChange.worker_id == worker_id,
        EmbedderChange.leased_until.is_(None),
        EmbedderChange.leased_until < now,
    )
    taken = session.execute(
        update(EmbedderChange)
        .where(EmbedderChange.id == change_id, EmbedderChange.state.in_(OPEN), is_free)
        .values(worker_id=worker_id, leased_until=now + LEASE)
    )
    return bool(cast("CursorResult[Any]", taken).rowcount)


def note_progress(session: Session, change: EmbedderChange, embedder: str, failures: Sequence[Renewed]) -> None:
    """Write down how far it is. `embedder`: the coming one's version, as templates carry it."""
    change.n_total = n_photos(session)
    change.n_embedded = change.n_total - n_waiting(session, embedder)
    known = {entry["id"] for entry in change.failures}
    fresh = [
        {"id": str(one.id), "person_id": one.person_id and str(one.person_id), "code": one.code, "fields": one.fields}
        for one in failures
        if one.code not in ("", REMOVED) and str(one.id) not in known
    ]
    change.failures = [*change.failures, *fresh][:MOST_FAILURES]


def begin_comparing(session: Session, change: EmbedderChange, now: datetime) -> None:
    """Everything that can be embedded is: from here on live hits are compared."""
    if change.state == "embedding":
        change.state = "comparing"
        _say(session, change, "comparing", "system", now)


def left_out(session: Session, embedder: str, now: datetime) -> Sequence[Person]:
    """Who is looked for now and would not be by this embedder: no photo of theirs has a template of it."""
    has_photo = Person.portraits.any(Portrait.removed_at.is_(None))
    is_known = Person.portraits.any(Portrait.templates.any(PortraitTemplate.embedder == embedder))
    return session.scalars(
        select(Person).join(Person.watchlist).where(*active(now), has_photo, ~is_known).order_by(Person.name)
    ).all()


def switch(
    session: Session, change: EmbedderChange, embedder: str, *, by: str, now: datetime, is_loss_accepted: bool = False
) -> None:
    """Match by the new embedder from now on; workers follow within seconds.

    `is_loss_accepted`: go on although some people have no template of it and would not be looked for.
    """
    session.refresh(change, with_for_update=True)
    if change.state != "comparing":
        raise EmbedderRefused("embedder_not_ready", after=change.after, left=n_waiting(session, embedder))
    lost = left_out(session, embedder, now)
    if lost and not is_loss_accepted:
        raise EmbedderRefused("embedder_would_lose", n=len(lost), names=", ".join(one.name for one in lost[:5]))
    change.state = "switched"
    change.switched_at = change.ended_at = now
    _say(session, change, "switched", by, now)


def cancel(session: Session, change: EmbedderChange, *, by: str, now: datetime) -> None:
    """Stay with the old embedder. The new one's templates and comparisons have no purpose any more and go."""
    session.refresh(change, with_for_update=True)
    if change.state not in OPEN:
        raise EmbedderRefused("no_embedder_change")
    change.state, change.ended_at = "cancelled", now
    if not _was_used(session, change.after):
        session.execute(delete(PortraitTemplate).where(PortraitTemplate.embedder == change.version))
        session.execute(delete(VolunteerTemplate).where(VolunteerTemplate.embedder == change.version))
    session.execute(delete(Comparison).where(Comparison.embedder == change.version))
    _say(session, change, "cancelled", by, now)


def summary(session: Session, embedder: str, since: datetime) -> list[Tried]:
    """What this embedder said of the hits since then, by what a person said of them."""
    rows = session.execute(
        select(Hit.verdict, Hit.person_id, Comparison.person_id, Comparison.grade)
        .join(Hit, Hit.id == Comparison.hit_id)
        .where(Comparison.embedder == embedder, Comparison.made_at >= since)
    ).all()
    found = {verdict: [0, 0, 0] for verdict in ("confirmed", "rejected", "unsure", None)}
    for verdict, person_id, other_id, grade in rows:
        found[verdict][2 if grade is None else int(other_id != person_id)] += 1
    return [Tried(verdict, *counts) for verdict, counts in found.items() if any(counts)]


def _was_used(session: Session, name: str) -> bool:
    """Whether hits were ever matched by it: its templates are then the way back."""
    used = select(EmbedderChange.id).where(
        EmbedderChange.state == "switched", or_(EmbedderChange.before == name, EmbedderChange.after == name)
    )
    return session.scalar(used.limit(1)) is not None


def _say(session: Session, change: EmbedderChange, step: str, by: str, now: datetime) -> None:
    session.flush()
    events.append(
        session,
        "embedder.changed",
        actor="system" if by == "system" else f"user:{by}",
        subject=f"embedder_change:{change.id}",
        now=now,
        step=step,
        before=change.before,
        after=change.after,
    )
