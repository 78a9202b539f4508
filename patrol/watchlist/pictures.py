"""The photos of portraits follow their rows: written before them, deleted when no committed row names them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, SessionTransaction

from patrol.store.blobs import Blobs
from patrol.store.tables import Portrait

KIND = "portrait"
TOUCHED = "patrol_portrait_pictures"  # where a session notes which pictures its transaction has to do with

log = structlog.get_logger()


def keep_picture(session: Session, blobs: Blobs, picture_jpeg: bytes, now: datetime) -> str:
    """Write a picture for a row of this transaction and return its key; a rollback deletes it again."""
    key = blobs.put(KIND, picture_jpeg, now)
    _settle_later(session, blobs, key)
    return key


def drop_picture(session: Session, blobs: Blobs, key: str) -> None:
    """Delete a picture once this transaction, which takes its key out of the row, is committed."""
    _settle_later(session, blobs, key)


def _settle_later(session: Session, blobs: Blobs, key: str) -> None:
    touched: list[tuple[Blobs, str]] = session.info.setdefault(TOUCHED, [])
    touched.append((blobs, key))
    if not event.contains(session, "after_transaction_end", _settle):
        event.listen(session, "after_transaction_end", _settle)


def _settle(session: Session, transaction: SessionTransaction) -> None:
    """Delete what no row names, whichever way the transaction ended.

    What is committed decides, so that a savepoint rolled back in between leaves no row without its picture.
    A failure here leaves a picture too many for the next sweep, never a row too many, and is no error of
    a transaction that is over.
    """
    if transaction.parent is not None:
        return
    touched = session.info.pop(TOUCHED, [])
    try:
        named = _keys_named(session.get_bind(), [key for _, key in touched])
        for blobs, key in touched:
            if key not in named:
                blobs.delete(key)
    except (SQLAlchemyError, OSError) as error:
        log.warning("pictures_left_behind", n=len(touched), error=type(error).__name__)


def _keys_named(bind: Any, keys: Sequence[str]) -> set[str]:
    """The keys among `keys` that a committed row names."""
    reading = bind.execution_options(patrol_reads_only=True) if isinstance(bind, Engine) else bind
    with Session(reading) as session:
        return {key for key in keys if session.scalar(select(Portrait.id).where(Portrait.picture_key == key))}
