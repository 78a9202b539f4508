"""How many false alerts a day are accepted, what follows from it, and how sure that is. For admins."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from patrol.watchlist import budgets, changeover
from patrol.watchlist.settling import try_to_settle
from patrol.web.accuracy_views import AccuracyView, accuracy_of
from patrol.web.doors import Admin, ChiefAdmin
from patrol.web.parts import PartsHere

router = APIRouter(prefix="/api/v1/accuracy", tags=["accuracy"])


class NewBudget(BaseModel):
    false_alerts_per_day: float = Field(gt=0, le=budgets.MOST_A_DAY, allow_inf_nan=False)
    passages_per_day: float = Field(
        gt=0, le=budgets.MOST_A_DAY, allow_inf_nan=False, description="who pass the cameras"
    )


@router.get("")
def show_accuracy(visitor: Admin, parts: PartsHere) -> AccuracyView:
    with parts.database.read() as session:
        return accuracy_of(session, parts.clock(), visitor.language)


@router.put("/budget")
def set_budget(new: NewBudget, visitor: ChiefAdmin, parts: PartsHere) -> AccuracyView:
    """Set what is accepted, and show what follows; the workers follow within seconds.

    Where nothing can be derived, for the manifest or a calibration is broken, `in_force.is_derived` is false.
    """
    now = parts.clock()
    with parts.database.write() as session:
        budgets.set_budget(session, **new.model_dump(), by=visitor.name, now=now)
        embedder = changeover.in_use(session, parts.settings.embedder)
    try_to_settle(parts.database, parts.settings.models_dir, embedder, now)
    with parts.database.read() as session:
        return accuracy_of(session, now, visitor.language)
