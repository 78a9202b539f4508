"""Written, expiring policies by which a group hands down what it receives without a click."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.dispatch.groups import find
from patrol.store import events
from patrol.store.tables import ForwardPolicy
from patrol.values import PatrolError

LONGEST = timedelta(days=366)  # whoever wrote it looks at it again at least once a year


class PolicyRefused(PatrolError):
    """A policy needs words that say what is forwarded and why, and an end within a year."""


class PolicyUnknown(PatrolError):
    """This group has no such policy."""


def of_group(session: Session, group_id: str) -> Sequence[ForwardPolicy]:
    query = select(ForwardPolicy).where(ForwardPolicy.group_id == group_id)
    return session.scalars(query.order_by(ForwardPolicy.created_at.desc(), ForwardPolicy.id)).all()


def write(session: Session, group_id: str, text: str, ends_at: datetime, by: str, now: datetime) -> ForwardPolicy:
    """Write a policy for a group; it forwards what is told from now on."""
    find(session, group_id)
    if not text.strip() or not now < ends_at <= now + LONGEST:
        raise PolicyRefused(f"a policy of group {group_id!r} needs words, and an end after now and within a year")
    policy = ForwardPolicy(group_id=group_id, text=text.strip(), written_by=by, created_at=now, ends_at=ends_at)
    session.add(policy)
    session.flush()
    _record(session, "written", policy, by, now)
    return policy


def revoke(session: Session, group_id: str, policy_id: UUID, by: str, now: datetime) -> None:
    """End a policy now; nothing happens where it was revoked before."""
    policy = session.get(ForwardPolicy, policy_id)
    if policy is None or policy.group_id != group_id:
        raise PolicyUnknown(f"group {group_id!r} has no policy {policy_id}")
    if policy.revoked_at is None:
        policy.revoked_at = now
        session.flush()
        _record(session, "revoked", policy, by, now)


def _record(session: Session, what: str, policy: ForwardPolicy, by: str, now: datetime) -> None:
    group = find(session, policy.group_id)
    events.append(
        session,
        f"forward_policy.{what}",
        actor=f"user:{by}",
        subject=f"group:{group.id}",
        now=now,
        site_id=group.site_id,
        group_id=group.id,
        policy_id=str(policy.id),
        ends_at=policy.ends_at.isoformat(),
    )
