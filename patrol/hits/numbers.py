"""Finding a hit by what people call it: 123, #0123, HIT-0123, or its id."""

import re
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.store.tables import Hit

NUMBER = re.compile(r"(?:#|hit-)?0*([1-9][0-9]{0,17})", re.IGNORECASE)


def named(session: Session, name: str) -> Hit | None:
    """The hit of that number or id; None where there is none."""
    if number := NUMBER.fullmatch(name.strip()):
        return session.scalar(select(Hit).where(Hit.number == int(number[1])))
    try:
        return session.get(Hit, uuid.UUID(name.strip()))
    except ValueError:
        return None
