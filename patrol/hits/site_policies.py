"""What a site may keep beyond the rule, by a written, expiring policy: templates of rejected strangers, no more."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.hits.policies import require_written
from patrol.store import events
from patrol.store.tables import Policy
from patrol.values import PatrolError
from patrol.watchlist.changes import record_new_basis
from patrol.watchlist.floors import KEEP_NEGATIVE_ANCHORS


class SitePolicyUnknown(PatrolError):
    """This site has no such policy."""


def write(session: Session, site_id: str, text: str, by: str, now: datetime, ends_at: datetime) -> Policy:
    """Let a site keep the templates of rejected strangers as negative anchors, why and until when.

    WrittenPolicyRefused without a text, or without an end within a year. What was forgotten before is not kept.
    """
    require_written(text, now, ends_at)
    policy = Policy(site_id=site_id, kind=KEEP_NEGATIVE_ANCHORS, text=text.strip(), written_by=by)
    policy.created_at, policy.ends_at = now, ends_at
    session.add(policy)
    session.flush()
    _say(session, "policy.written", policy, by, now)
    return policy


def end(session: Session, site_id: str, policy_id: uuid.UUID, by: str, now: datetime) -> Policy:
    """End a policy now; its templates go with the next sweep, and no worker compares with them meanwhile."""
    policy = session.get(Policy, policy_id)
    if policy is None or policy.site_id != site_id:
        raise SitePolicyUnknown(f"site {site_id!r} has no policy {policy_id}")
    if policy.ends_at > now:
        policy.ends_at = now
        session.flush()
        _say(session, "policy.ended", policy, by, now)
    return policy


def of_site(session: Session, site_id: str) -> Sequence[Policy]:
    """Every policy of a site, the newest first, those that have ended too."""
    theirs = select(Policy).where(Policy.site_id == site_id, Policy.kind == KEEP_NEGATIVE_ANCHORS)
    return session.scalars(theirs.order_by(Policy.created_at.desc(), Policy.id)).all()


def _say(session: Session, what: str, policy: Policy, by: str, now: datetime) -> None:
    about = {"policy_kind": policy.kind, "ends_at": policy.ends_at.isoformat()}
    events.append(
        session, what, actor=by, subject=f"policy:{policy.id}", site_id=policy.site_id, now=now, **about
    )  # fmt: skip
    record_new_basis(session, "verdicts", now)
