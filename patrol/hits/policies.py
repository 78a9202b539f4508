"""Written, expiring rules that stand in for a person's yes: of exercise lists only, for exercises only."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.hits.review import require_confirmable
from patrol.store import events
from patrol.store.tables import Decision, Hit, Policy, Watchlist
from patrol.values import PatrolError

CONFIRM_EXERCISE = "confirm_exercise"  # kind of policy
LONGEST = timedelta(days=366)  # somebody looks at it again once a year
LONGEST_TEXT = 2_000


class WrittenPolicyRefused(PatrolError):
    """A policy has a text and an end within a year."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ExercisePolicyRefused(WrittenPolicyRefused):
    """A policy that confirms is for a list marked as exercise, and for its exercises."""


def require_written(text: str, now: datetime, ends_at: datetime) -> None:
    """Refuse a policy that does not say what for, or until when."""
    if not 0 < len(text.strip()) <= LONGEST_TEXT:
        raise WrittenPolicyRefused(
            "no_text", f"a policy has a text of 1 to {LONGEST_TEXT} letters that says what for"
        )
    if not now < ends_at <= now + LONGEST:
        raise WrittenPolicyRefused("bad_end", f"a policy ends later than now and within {LONGEST.days} days")


def write(session: Session, watchlist: Watchlist, text: str, by: str, now: datetime, ends_at: datetime) -> Policy:
    """Write down that a self-test's hits of this list confirm themselves, until when, and who says so."""
    if not watchlist.is_exercise:
        raise ExercisePolicyRefused(
            "no_exercise", f"list {watchlist.name!r} is not marked as exercise: a person decides"
        )
    require_written(text, now, ends_at)
    policy = Policy(
        id=uuid.uuid4(),
        watchlist_id=watchlist.id,
        kind=CONFIRM_EXERCISE,
        text=text.strip(),
        written_by=by,
        created_at=now,
        ends_at=ends_at,
    )
    session.add(policy)
    session.flush()
    about = {"watchlist_id": str(watchlist.id), "policy_kind": CONFIRM_EXERCISE, "ends_at": ends_at.isoformat()}
    events.append(session, "policy.written", actor=by, subject=f"policy:{policy.id}", now=now, **about)
    return policy


def standing(session: Session, watchlist_id: uuid.UUID, now: datetime) -> Policy | None:
    """The policy of a list that is in force and lasts longest."""
    in_force = select(Policy).where(
        Policy.watchlist_id == watchlist_id,
        Policy.kind == CONFIRM_EXERCISE,
        Policy.created_at <= now,
        Policy.ends_at > now,
    )
    return session.scalars(in_force.order_by(Policy.ends_at.desc()).limit(1)).one_or_none()


def confirm_exercise(session: Session, hit: Hit, policy: Policy, now: datetime) -> Decision:
    """Decide a self-test's own hit; ExercisePolicyRefused for any other, whatever the policy says."""
    if hit.origin != "exercise" or not hit.watchlist.is_exercise:
        raise ExercisePolicyRefused("no_exercise", f"hit #{hit.number:04} is no exercise: a person decides")
    if policy.kind != CONFIRM_EXERCISE or policy.watchlist_id != hit.watchlist_id:
        raise ExercisePolicyRefused("other_list", f"policy {policy.id} is not about the list of hit #{hit.number:04}")
    if not policy.created_at <= now < policy.ends_at:
        raise ExercisePolicyRefused("bad_end", f"policy {policy.id} is not in force")
    if hit.verdict is not None:
        raise ExercisePolicyRefused("decided", f"hit #{hit.number:04} is decided already")
    require_confirmable(hit, now)
    return _append(session, hit, policy, now)


def _append(session: Session, hit: Hit, policy: Policy, now: datetime) -> Decision:
    decision = Decision(
        id=uuid.uuid4(),
        hit_id=hit.id,
        round=hit.round,
        seat=1,
        verdict="confirmed",
        policy_id=policy.id,
        decided_at=now,
        release_at=now,
    )
    session.add(decision)
    hit.verdict = "confirmed"
    session.flush()
    body = {"hit_id": str(hit.id), "number": hit.number, "decision_id": str(decision.id), "round": hit.round}
    subject, actor = f"hit:{hit.id}", f"policy:{policy.id}"
    said = {"seat": 1, "verdict": "confirmed", "reason": None}
    events.append(session, "hit.decided", actor=actor, subject=subject, site_id=hit.site_id, now=now, **body, **said)
    return decision
