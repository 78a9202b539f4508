"""Who is at a group's page: by its link or by a phone of one's own; everybody else is refused, on the record."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request

from patrol.dispatch import phones, readers
from patrol.dispatch.readers import Reader
from patrol.web.parts import Parts, PartsHere
from patrol.web.refusals import Problem

MOST_OPEN_PAGES = 50  # by one group's link; each holds a connection
MOST_OPEN_ON_A_PHONE = 12  # a connection that a lift cut off is held for minutes, and the phone comes back meanwhile


class Seats:
    """Counts who listens, and lets nobody more in than there are seats for."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = Counter[str]()

    @contextmanager
    def taken(self, whose: str, most: int | None = None) -> Iterator[None]:
        if self._taken[whose] >= min(self._most, most or self._most):
            raise Problem(429, "too_many_pages", headers={"Retry-After": "60"})
        self._taken[whose] += 1
        try:
            yield
        finally:
            self._taken[whose] -= 1


def find_reader(parts: Parts, token: str) -> Reader | None:
    with parts.database.read() as session:
        return readers.reader_of(session, token)


def refuse(parts: Parts, token: str) -> Problem:
    """What somebody is told whom a token does not let in."""
    with parts.database.read() as session:
        has_ended = phones.has_ended(session, token)
    record(parts, "page.refused", "phone_ended" if has_ended else "link_unknown")
    return Problem(410, "phone_ended") if has_ended else Problem(404, "link_unknown")


def record(parts: Parts, kind: str, why: str, reader: Reader | None = None, **about: str) -> None:
    """Record a refusal; a scanner that is refused again and again costs reads only."""
    now = parts.clock()
    with parts.database.read() as session:
        if readers.was_recorded(session, kind, why, now, reader):
            return
    with parts.database.write() as session:
        readers.record_refusal(session, kind, why, now, reader, **about)


def note_sign_of_life(parts: Parts, reader: Reader) -> None:
    """Called for what only a page's own script asks: a chat app that looks at a link is no phone in the field."""
    now = parts.clock()
    if reader.phone is None or not phones.is_sign_due(reader.phone, now):
        return
    with parts.database.write() as session:
        phones.note_sign_of_life(session, phones.find_phone(session, reader.phone.id), now)


def _reader(token: str, parts: PartsHere) -> Reader:
    reader = find_reader(parts, token)
    if reader is None:
        raise refuse(parts, token)
    return reader


ReaderHere = Annotated[Reader, Depends(_reader)]


def _leader(reader: ReaderHere, parts: PartsHere) -> Reader:
    """Only a captain makes QR codes and ends phones; before there is one, whoever holds the group's link."""
    if not reader.leads:
        record(parts, "page.refused", "not_captain", reader)
        raise Problem(403, "not_captain")
    return reader


LeaderHere = Annotated[Reader, Depends(_leader)]


async def take_seat(reader: ReaderHere, request: Request) -> AsyncIterator[None]:
    """One of the open pages a group's link or a phone may have; given back when the page is closed."""
    seats: Seats = request.app.state.seats
    if reader.phone is None:
        with seats.taken(reader.group.id):
            yield
    else:
        with seats.taken(str(reader.phone.id), MOST_OPEN_ON_A_PHONE):
            yield
