"""What a person says of a hit: once a round, appended and never changed, with who and when and why.

A hit is in one round at a time. Its first decision closes the round; amending it, or a guard's "not him",
opens the next. Dispatch reads the decisions; nothing here knows about it.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from patrol.hits import episodes
from patrol.hits.reasons import AMENDMENTS, GUARD_SAYS_NOT_HIM, NOT_HIM, REASONS, Verdict
from patrol.hits.record import is_looked_for
from patrol.hits.wrongful import suspend, was_stopped
from patrol.store import events
from patrol.store.blobs import PictureGone
from patrol.store.tables import Decision, Hit, User
from patrol.values import PatrolError
from patrol.watchlist.changes import record_new_basis

MAY_DECIDE = ("admin", "reviewer")


class HitUnknown(PatrolError):
    """There is no such hit, or it is another site's."""


class AlreadyDecided(PatrolError):
    """Somebody else decided this hit first."""

    def __init__(self, by: str, at: datetime, verdict: str) -> None:
        super().__init__(f"{by} decided this hit first, at {at:%Y-%m-%d %H:%M:%S} UTC: {verdict}")
        self.by = by
        self.at = at
        self.verdict = verdict


class NotDecided(PatrolError):
    """This hit waits for its first decision; there is nothing to amend."""


class SameVerdict(PatrolError):
    """The hit has this verdict already; amending means saying otherwise."""


class RoundUnknown(PatrolError):
    """This hit has not come to that round; read it again."""


class EvidenceGone(PictureGone):
    """The pictures of this hit are not kept any more; nobody can confirm what cannot be seen."""


class EntryEnded(PatrolError):
    """The entry is not looked for any more; nobody is to be told of its hits."""


class ReasonUnknown(PatrolError):
    """A reason is missing or not one of those for this verdict."""


class MayNotDecide(PatrolError):
    """Only an active reviewer or admin decides."""


def decide(
    session: Session,
    hit_id: uuid.UUID,
    *,
    round: int,
    verdict: Verdict,
    user: User,
    reason: str | None = None,
    note: str = "",
    now: datetime,
    undo_s: float = 0.0,
    sites: Collection[str] | None = None,
) -> Decision:
    """Close the round the reader was looking at; AlreadyDecided tells who was first.

    `undo_s` holds a confirmation back, so that it may still be amended before anything leaves.
    `sites` limits the hits to a reader's own; None is all of them.
    """
    require_reviewer(user)
    require_reason(reason, REASONS.get(verdict, ()), note, is_required=False)
    hit = lock_hit(session, hit_id, sites, with_case=verdict == "rejected")
    if round > hit.round:
        raise RoundUnknown(f"hit #{hit.number:04} is in round {hit.round}, not {round}: read it again")
    if round < hit.round or hit.verdict is not None:
        raise already_decided(session, hit)
    return append(session, hit, verdict, user, reason, note, now, undo_s, sites)


def amend(
    session: Session,
    hit_id: uuid.UUID,
    *,
    round: int,
    verdict: Verdict,
    user: User,
    reason: str,
    note: str = "",
    now: datetime,
    undo_s: float = 0.0,
    sites: Collection[str] | None = None,
) -> Decision:
    """Say otherwise than the decision of `round`, and why: opens the next round and decides it.

    The earlier decision stays. What had gone out because of it is withdrawn by whoever reads the new one.
    """
    require_reviewer(user)
    require_reason(reason, AMENDMENTS, note, is_required=True)
    hit = lock_hit(session, hit_id, sites, with_case=verdict == "rejected")
    if round > hit.round:
        raise RoundUnknown(f"hit #{hit.number:04} is in round {hit.round}, not {round}: read it again")
    if round < hit.round:
        raise already_decided(session, hit)
    if hit.verdict is None:
        raise NotDecided(f"hit #{hit.number:04} waits for a decision in round {hit.round}: decide it instead")
    if hit.verdict == verdict:
        raise SameVerdict(f"hit #{hit.number:04} is {verdict} already: amending means saying otherwise")
    hit.round += 1
    return append(session, hit, verdict, user, reason, note, now, undo_s, sites)


def require_reviewer(user: User) -> None:
    """The web refuses others at the door; this refuses them at the row."""
    if user.disabled_at is not None or user.role not in MAY_DECIDE:
        raise MayNotDecide(f"{user.name} ({user.role}) may not decide: only an active reviewer or admin does")


def require_reason(reason: str | None, known: Collection[str], note: str, *, is_required: bool) -> None:
    if reason is None and not is_required:
        return
    if reason not in known:
        raise ReasonUnknown(f"reason {reason!r} is not one of: {', '.join(known)}")
    if reason == "other" and not note.strip():
        raise ReasonUnknown("the reason 'other' needs a note that says which")


def require_confirmable(hit: Hit, now: datetime) -> None:
    """A confirmation sends guards after somebody: it needs pictures that show them and an entry in force."""
    if hit.pictures_shed_at is not None:
        raise EvidenceGone(f"the pictures of hit #{hit.number:04} are not kept any more: it cannot be confirmed")
    if not is_looked_for(hit.person, now):
        raise EntryEnded(f"the entry of hit #{hit.number:04} is not looked for any more: it cannot be confirmed")


def lock_hit(session: Session, hit_id: uuid.UUID, sites: Collection[str] | None, *, with_case: bool = False) -> Hit:
    """Read the hit as it is now and hold it to the end of the transaction: deciders take turns.

    with_case: hold every hit of its case, in the order in which everybody does: a no may take back all of them.
    """
    of_case = Hit.episode_id == select(Hit.episode_id).where(Hit.id == hit_id).scalar_subquery()
    wanted = select(Hit).where(or_(Hit.id == hit_id, of_case) if with_case else Hit.id == hit_id).order_by(Hit.id)
    query = wanted.with_for_update(of=Hit, key_share=True).execution_options(populate_existing=True)
    hit = next((hit for hit in session.scalars(query).all() if hit.id == hit_id), None)
    if hit is None or (sites is not None and hit.site_id not in sites):
        raise HitUnknown(f"there is no hit {hit_id}, or it is another site's")
    return hit


def already_decided(session: Session, hit: Hit) -> AlreadyDecided:
    newest = select(Decision).where(Decision.hit_id == hit.id).order_by(Decision.round.desc()).limit(1)
    decision = session.scalars(newest).one()
    return AlreadyDecided(decision.user_name or "a list's policy", decision.decided_at, decision.verdict)


def append(
    session: Session,
    hit: Hit,
    verdict: Verdict,
    user: User,
    reason: str | None,
    note: str,
    now: datetime,
    undo_s: float,
    sites: Collection[str] | None = None,
) -> Decision:
    """Write the decision with all that follows from it, in the caller's transaction.

    Who agrees with a guard's "not him" ends the whole case: the guards stand before the person of all its hits.
    What was seen at other sites than the reviewer's stays, for whoever sees those.
    """
    if verdict == "confirmed":
        require_confirmable(hit, now)
    agrees = verdict == "rejected" and (hit.alarm == NOT_HIM or reason == GUARD_SAYS_NOT_HIM)
    others = confirmed_hits(session, hit.episode_id, hit.id) if agrees and hit.episode_id else []
    decision = write(session, hit, verdict, user, reason, note, now, undo_s)
    for other in others:
        if sites is not None and other.site_id not in sites:
            continue
        overrule(session, other, user, f"#{hit.number:04}", now)
    return decision


def confirmed_hits(session: Session, episode_id: uuid.UUID, but: uuid.UUID | None = None) -> Sequence[Hit]:
    """The hits of a case that a person said yes to, and those that a guard put back to review; held for a change."""
    of_case = select(Hit).where(Hit.episode_id == episode_id, or_(Hit.verdict == "confirmed", Hit.alarm == NOT_HIM))
    query = of_case.where(Hit.id != but) if but else of_case
    return session.scalars(query.order_by(Hit.id).with_for_update(of=Hit, key_share=True)).all()


def overrule(session: Session, hit: Hit, user: User, note: str, now: datetime) -> Decision:
    """Take back the yes to a further hit of a case that was not the person."""
    if hit.verdict is not None:
        hit.round += 1
    return write(session, hit, "rejected", user, GUARD_SAYS_NOT_HIM, note, now, 0.0)


def write(
    session: Session,
    hit: Hit,
    verdict: Verdict,
    user: User,
    reason: str | None,
    note: str,
    now: datetime,
    undo_s: float,
) -> Decision:
    """Write one decision, the hit's verdict, its place in the case and the event."""
    decision = Decision(
        id=uuid.uuid4(),
        hit_id=hit.id,
        round=hit.round,
        seat=1,
        verdict=verdict,
        reason=reason,
        note=note.strip(),
        user_id=user.id,
        user_name=user.name,
        decided_at=now,
        release_at=now + timedelta(seconds=undo_s if verdict == "confirmed" else 0.0),
    )
    session.add(decision)
    is_lesson = "rejected" in (hit.verdict, verdict)
    hit.verdict = verdict
    hit.alarm = None
    session.flush()
    _settle_case(session, hit, user, now)
    events.append(
        session,
        "hit.decided",
        actor=f"user:{user.name}",
        subject=f"hit:{hit.id}",
        site_id=hit.site_id,
        now=now,
        hit_id=str(hit.id),
        number=hit.number,
        decision_id=str(decision.id),
        round=decision.round,
        seat=decision.seat,
        verdict=verdict,
        reason=reason,
    )
    if is_lesson:
        record_new_basis(session, "verdicts", now)  # workers hold the entry to another score there from now on
    return decision


def _settle_case(session: Session, hit: Hit, user: User, now: datetime) -> None:
    """A yes joins its person's case, anything else leaves it; a no after somebody was stopped has its own end."""
    if hit.verdict == "confirmed":
        episodes.join(session, hit, now)
        return
    is_wrongful = hit.verdict == "rejected" and was_stopped(session, hit)
    episodes.leave(session, hit, now, user.name)
    if is_wrongful:
        suspend(session, hit, now)
