"""The limit on failed log-ins: tight for a name from one address, wide for either alone.

Whoever guesses is stopped where they sit; a name that is tried from elsewhere stays open to its owner.
"""

import ipaddress
import math
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from patrol.store.tables import LoginAttempt
from patrol.values import PatrolError

WINDOW = timedelta(minutes=15)
MAX_PER_NAME_AND_ADDRESS = 10  # a person who has forgotten needs fewer, a guessing machine needs millions
MAX_PER_ADDRESS = 50  # a control room shares one address
MAX_PER_NAME = (
    500  # from fifty addresses at least: locking somebody out takes that many, and guesses still take years
)


class TooManyAttempts(PatrolError):
    """Too many failed log-ins; wait before the next one."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many failed log-ins; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


def admit(session: Session, name: str, address: str, now: datetime) -> None:
    """Count an attempt before it is checked, so that attempts at once are counted too, or TooManyAttempts."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.at <= now - WINDOW))
    name, address = name.lower()[:100], network_of(address)
    is_name, is_address = LoginAttempt.name == name, LoginAttempt.address == address
    for attempts, limit in (
        (select(LoginAttempt.at).where(is_name, is_address), MAX_PER_NAME_AND_ADDRESS),
        (select(LoginAttempt.at).where(is_address), MAX_PER_ADDRESS),
        (select(LoginAttempt.at).where(is_name), MAX_PER_NAME),
    ):
        _hold_to(session, attempts, limit, now)
    session.add(LoginAttempt(name=name, address=address, at=now))


def _hold_to(session: Session, attempts: Select[datetime], limit: int, now: datetime) -> None:
    if (session.scalar(select(func.count()).select_from(attempts.subquery())) or 0) < limit:
        return
    blocking = session.scalars(attempts.order_by(LoginAttempt.at.desc()).limit(1).offset(limit - 1)).one()
    raise TooManyAttempts(max(1, math.ceil((blocking + WINDOW - now).total_seconds())))


def forget(session: Session, name: str, address: str) -> None:
    """A successful log-in was no attempt to count, and neither were this person's typing errors before it."""
    session.execute(
        delete(LoginAttempt).where(
            LoginAttempt.name == name.lower()[:100], LoginAttempt.address == network_of(address)
        )
    )


def network_of(address: str) -> str:
    """The address itself, or its /64 for IPv6, where one person has 2**64 addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False))
