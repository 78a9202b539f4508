"""The thresholds that follow from the list, a budget, and those who agreed to be measured with.

Everybody who follows the gallery derives them at each revision, all the same, and the first one to do so writes them
down for good.
"""

import math
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from patrol.matching.budget import DEFAULT, Budget, Derived, Entries, derive, derive_each
from patrol.matching.prior import Prior
from patrol.store import events
from patrol.store.beats import newest_embedder
from patrol.store.tables import Calibration, Volunteer, VolunteerTemplate
from patrol.values import Float32
from patrol.watchlist import budgets
from patrol.watchlist.changes import SYSTEM

ALTERNATIVES = (0.25, 0.5, 1.0, 2.0, 4.0)  # times the budget: what an admin could say instead
UNIT_WITHIN = 0.01  # of a template's length from 1
SAME_SCORE = 1e-6  # two processes that derive from the same rows differ by less
SAME_FOUND = 1e-4

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """What thresholds follow from, at one revision of the gallery."""

    rev: int
    entries: Entries
    volunteers: Float32  #: float32 (V, D), unit length
    prior: Prior
    budget: Budget
    budget_id: uuid.UUID | None  #: None is patrol's own

    def derive(self) -> Derived:
        """What follows from it."""
        return derive(self.budget, self.entries, self.volunteers, self.prior)

    def derive_others(self) -> Iterator[tuple[Budget, Derived]]:
        """What would follow from ALTERNATIVES to the budget, once somebody had set them."""
        alerts, passages = self.budget.false_alerts_per_day, self.budget.passages_per_day
        others = [Budget(times * alerts, passages) for times in ALTERNATIVES]
        yield from zip(others, derive_each(others, self.entries, self.volunteers, self.prior), strict=True)


def read_basis(session: Session, prior: Prior, rev: int, entries: Entries, now: datetime) -> Basis:
    """Put what is needed beside the entries of a revision: the budget that holds, and who agreed."""
    row = budgets.newest_budget(session)
    volunteers = read_volunteers(session, prior.embedder, now, entries.templates.shape[1] if len(entries) else None)
    if row is None:
        return Basis(rev, entries, volunteers, prior, DEFAULT, None)
    return Basis(rev, entries, volunteers, prior, Budget(row.false_alerts_per_day, row.passages_per_day), row.id)


def read_volunteers(session: Session, embedder: str, now: datetime, length: int | None = None) -> Float32:
    """The templates of everybody whose agreement holds, float32 (V, D), in an order that is always the same.

    length: D, where it is known; else that of most. Damaged templates are left out, as the gallery leaves them out.
    """
    vectors = session.scalars(
        select(VolunteerTemplate.vector)
        .join(VolunteerTemplate.volunteer)
        .where(VolunteerTemplate.embedder == embedder, Volunteer.removed_at.is_(None), Volunteer.ends_at > now)
        .order_by(VolunteerTemplate.volunteer_id)
    ).all()
    return _sound(vectors, embedder, length) if vectors else np.zeros((0, 0), np.float32)


def _sound(vectors: Sequence[bytes], embedder: str, length: int | None) -> Float32:
    length = length or Counter(len(vector) // 4 for vector in vectors).most_common(1)[0][0]
    whole = [vector for vector in vectors if len(vector) == 4 * length]
    stacked = np.frombuffer(b"".join(whole), "<f4").astype(np.float32).reshape(len(whole), length)
    sound: Float32 = stacked[np.abs(np.linalg.norm(stacked, axis=1) - 1.0) <= UNIT_WITHIN]
    if n_damaged := len(vectors) - len(sound):
        log.error("volunteers_damaged", n=n_damaged, embedder=embedder)
    return sound


def is_kept(session: Session, basis: Basis, derived: Derived) -> bool:
    """Whether somebody has written down what followed from it, or already what follows from a later revision.

    One revision may have several rows: who ends by the clock, or a file of calibration that is replaced, changes
    the thresholds without a revision.
    """
    rows = session.scalars(_written(basis).where(Calibration.rev >= basis.rev))
    return any(row.rev > basis.rev or _is_alike(row, basis, derived) for row in rows)


def still_holds(session: Session, basis: Basis, derived: Derived) -> bool:
    """Let the newest row stand for this revision too where only the revision has moved on; whether it does."""
    events.take_turn(session)
    newest = session.scalars(_written(basis).order_by(Calibration.made_at.desc()).limit(1)).first()
    if newest is None or newest.rev > basis.rev or not _is_alike(newest, basis, derived):
        return False
    newest.rev = basis.rev
    return True


def row_of(basis: Basis, derived: Derived, now: datetime) -> Calibration:
    """What is written down of it, with what other budgets would give: to be made before a transaction begins."""
    scale = derived.scale
    return Calibration(
        embedder=basis.prior.embedder,
        rev=basis.rev,
        budget_id=basis.budget_id,
        made_at=now,
        n_people=len(basis.entries),
        sure=scale.sure,
        uncertain=scale.uncertain,
        weak=scale.weak,
        belief={
            **_belief(derived),
            "passages_per_day": basis.budget.passages_per_day,
            "alternatives": list(_alternatives(basis)),
        },
    )


def keep(session: Session, basis: Basis, derived: Derived, row: Calibration) -> None:
    """Write it down, unless somebody has: those who follow take turns."""
    if still_holds(session, basis, derived) or is_kept(session, basis, derived):
        return
    session.add(row)
    session.flush()
    subject = f"calibration:{row.id}"
    events.append(session, "calibration.made", actor=SYSTEM, subject=subject, now=row.made_at, rev=row.rev)


def newest_calibration(session: Session) -> Calibration | None:
    """The one in force, of the embedder that the newest worker uses; None where none was derived yet."""
    return session.scalars(_newest_first(session).limit(1)).first()


def calibration_history(session: Session, limit: int) -> Sequence[Calibration]:
    """What was derived, the newest first."""
    return session.scalars(_newest_first(session).limit(limit)).all()


def _written(basis: Basis) -> Select[Calibration]:
    return select(Calibration).where(
        Calibration.embedder == basis.prior.embedder, Calibration.budget_id.is_not_distinct_from(basis.budget_id)
    )


def _is_alike(row: Calibration, basis: Basis, derived: Derived) -> bool:
    """Whether a row says the same: processes differ in the last digits."""
    scale, belief = derived.scale, _belief(derived)
    levels = ((row.sure, scale.sure), (row.uncertain, scale.uncertain), (row.weak, scale.weak))
    return (
        row.n_people == len(basis.entries)
        and all(math.isclose(one, other, abs_tol=SAME_SCORE) for one, other in levels)
        and math.isclose(row.belief["found"]["value"], belief["found"]["value"], abs_tol=SAME_FOUND)
        and all(row.belief[name] == belief[name] for name in ("basis", "n_measured", "n_volunteers", "n_prior"))
    )


def _belief(derived: Derived) -> dict[str, Any]:
    """As readers have it: an estimate by its three names."""
    belief = derived.belief
    estimates = {"false_alerts_per_day": belief.false_alerts_per_day, "found": belief.found}
    return {**belief.as_json(), **{name: estimate._asdict() for name, estimate in estimates.items()}}


def _alternatives(basis: Basis) -> Iterator[dict[str, Any]]:
    for budget, derived in basis.derive_others():
        yield {
            "false_alerts_per_day": budget.false_alerts_per_day,
            "fpir": derived.belief.fpir,
            "threshold": derived.scale.uncertain,
            "found": derived.belief.found._asdict(),
            "is_chosen": budget == basis.budget,
        }


def _newest_first(session: Session) -> Select[Calibration]:
    query = select(Calibration).order_by(Calibration.made_at.desc(), Calibration.rev.desc())
    used = newest_embedder(session)
    has_some = session.scalar(select(Calibration.id).where(Calibration.embedder == used).limit(1)) is not None
    return query.where(Calibration.embedder == used) if has_some else query
