"""The thresholds that followed from a list, a budget and those who agreed to be measured with: kept for good."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from patrol.store.tables import Calibration, Worker


def newest_calibration(session: Session) -> Calibration | None:
    """The one in force, of the embedder that the newest worker uses; None where none was derived yet."""
    return session.scalars(_newest_first(session).limit(1)).first()


def calibration_history(session: Session, limit: int) -> Sequence[Calibration]:
    """What was derived, the newest first."""
    return session.scalars(_newest_first(session).limit(limit)).all()


def _newest_first(session: Session) -> Select[Calibration]:
    query = select(Calibration).order_by(Calibration.made_at.desc(), Calibration.rev.desc())
    embedder = session.scalar(select(Worker.embedder).order_by(Worker.beat_at.desc()).limit(1))
    has_some = embedder is not None and session.scalar(
        select(Calibration.id).where(Calibration.embedder == embedder).limit(1)
    )
    return query.where(Calibration.embedder == embedder) if has_some else query
