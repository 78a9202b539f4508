"""What was done at a hit to reach somebody, step by step, for everybody who watches it."""

from datetime import datetime

from sqlalchemy.orm import Session

from patrol.store import events
from patrol.store.tables import Hit, Step


def add(
    session: Session,
    hit: Hit,
    kind: str,
    why: str,
    now: datetime,
    *,
    group_id: str | None = None,
    from_group_id: str | None = None,
    actor: str = "sender",
) -> Step:
    """Write a step down, and say so. Kinds and reasons are codes: see the table and words/answers.json."""
    step = Step(hit_id=hit.id, at=now, kind=kind, why=why, group_id=group_id, from_group_id=from_group_id)
    session.add(step)
    events.append(
        session,
        "hit.step",
        actor=actor,
        subject=f"hit:{hit.id}",
        now=now,
        site_id=hit.site_id,
        hit_id=str(hit.id),
        number=hit.number,
        step=kind,
        why=why,
        group_id=group_id,
        from_group_id=from_group_id,
    )
    return step
