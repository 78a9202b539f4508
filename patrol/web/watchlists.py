"""Watchlists: what for, whose, until when; and taking people in from one form or a ZIP."""

import uuid
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Literal, cast
from zoneinfo import ZoneInfo

from fastapi import APIRouter, File, Form, UploadFile, status
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from patrol.store.tables import Watchlist
from patrol.values import Language
from patrol.watchlist import enrolment, imports, people
from patrol.watchlist.expectations import SECOND_PORTRAIT, wants_second
from patrol.watchlist.imports import Defaults, import_zip
from patrol.watchlist.rules import MOST_AT_ONCE
from patrol.web.doors import ChiefAdmin, Reviewer
from patrol.web.explanations import explain
from patrol.web.inputs import Line, When, Words
from patrol.web.parts import Parts, PartsHere
from patrol.web.people import MAX_PHOTOS, Enrolled, PersonView, SecondPortraitView, enrolled, read_uploads
from patrol.web.people import view_of as person_view

router = APIRouter(prefix="/api/v1/watchlists", tags=["watchlists"])

Category = Literal["wanted", "missing", "banned", "vip", "staff", "exercise", "other"]


class NewWatchlist(BaseModel):
    name: Line = Field(min_length=1, max_length=200)
    category: Category
    reason: Words = Field(min_length=1, max_length=2000)
    owner: Line = Field(min_length=1, max_length=200)
    ends_at: When
    instruction: Words | None = Field(None, max_length=500)
    levels: list[Line] | None = Field(None, max_length=20, description="levels of groups that may be told")
    tell_at_once: int | None = Field(None, ge=1, le=MOST_AT_ONCE, description="groups told at once")
    is_exercise: bool = False


class WatchlistPatch(BaseModel):
    name: Line | None = Field(None, min_length=1, max_length=200)
    category: Category | None = None
    reason: Words | None = Field(None, min_length=1, max_length=2000)
    owner: Line | None = Field(None, min_length=1, max_length=200)
    ends_at: When | None = None
    instruction: Words | None = Field(None, max_length=500)
    levels: list[Line] | None = Field(None, max_length=20)
    tell_at_once: int | None = Field(None, ge=0, le=MOST_AT_ONCE)


class WatchlistView(BaseModel):
    id: uuid.UUID
    name: str
    category: Category
    reason: str
    owner: str
    instruction: str | None
    levels: list[str] | None  #: of groups that may be told; null is patrol's own: station, managers, guards
    tell_at_once: int | None  #: groups told at once, the others wait their turn; null is patrol's own: 3
    is_exercise: bool
    is_active: bool  #: neither closed nor past its end
    n_people: int  #: active entries
    n_one_portrait: int  #: of these, those with fewer than two good portraits
    second_portrait: SecondPortraitView  #: what a second one would gain each of them
    created_at: datetime
    created_by: str
    ends_at: datetime
    closed_at: datetime | None


class ImportRow(BaseModel):
    line: int | None
    file_name: str
    name: str
    is_accepted: bool
    reason: str | None
    explanation: str | None
    is_weak: bool  #: let in as weak
    may_be_weak: bool  #: refused, and may be let in as weak for a written reason: the table's column `weak_reason`
    find_rate: float | None  #: where it is or may be: part of good passages in which it is to be found, 0..1


class ImportView(BaseModel):
    n_people: int
    n_accepted: int
    n_refused: int
    n_weak: int  #: of the accepted
    n_one_portrait: int  #: people of whom one photo was accepted
    rows: list[ImportRow]


@router.get("")
def list_watchlists(visitor: Reviewer, parts: PartsHere) -> list[WatchlistView]:
    with parts.database.read() as session:
        return [view_of(session, watchlist, parts.clock()) for watchlist in people.watchlists(session)]


@router.post("", status_code=status.HTTP_201_CREATED)
def create_watchlist(new: NewWatchlist, visitor: ChiefAdmin, parts: PartsHere) -> WatchlistView:
    now = parts.clock()
    with parts.database.write() as session:
        watchlist = people.create_watchlist(session, **new.model_dump(), by=visitor.name, now=now)
        return view_of(session, watchlist, now)


@router.get("/{watchlist_id}")
def show_watchlist(watchlist_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> WatchlistView:
    with parts.database.read() as session:
        return view_of(session, people.find_watchlist(session, watchlist_id), parts.clock())


@router.patch("/{watchlist_id}")
def change_watchlist(
    watchlist_id: uuid.UUID, patch: WatchlistPatch, visitor: ChiefAdmin, parts: PartsHere
) -> WatchlistView:
    """Change what is given; an empty instruction, no levels and 0 groups at once go back to patrol's own."""
    now = parts.clock()
    changes = cast(people.WatchlistChanges, patch.model_dump(exclude_unset=True, exclude_none=True))
    with parts.database.write() as session:
        watchlist = people.find_watchlist(session, watchlist_id)
        if changes:
            people.change_watchlist(session, watchlist, by=visitor.name, now=now, **changes)
        return view_of(session, watchlist, now)


@router.post("/{watchlist_id}/close")
def close_watchlist(watchlist_id: uuid.UUID, visitor: ChiefAdmin, parts: PartsHere) -> WatchlistView:
    now = parts.clock()
    with parts.database.write() as session:
        watchlist = people.find_watchlist(session, watchlist_id)
        people.close_watchlist(session, watchlist, by=visitor.name, now=now)
        return view_of(session, watchlist, now)


@router.get("/{watchlist_id}/people")
def list_people(watchlist_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> list[PersonView]:
    now = parts.clock()
    with parts.database.read() as session:
        watchlist = people.find_watchlist(session, watchlist_id)
        return [person_view(person, now) for person in people.people_of(session, watchlist.id)]


@router.post("/{watchlist_id}/people", status_code=status.HTTP_201_CREATED)
def enrol_person(
    watchlist_id: uuid.UUID,
    visitor: ChiefAdmin,
    parts: PartsHere,
    name: Annotated[Line, Form(min_length=1, max_length=200)],
    reason: Annotated[Words, Form(min_length=1, max_length=2000)],
    source: Annotated[Words, Form(min_length=1, max_length=2000)],
    ends_at: Annotated[When, Form()],
    photos: Annotated[list[UploadFile], File(min_length=1, max_length=MAX_PHOTOS)],
    external_ref: Annotated[Line | None, Form(max_length=200)] = None,
    note: Annotated[Words, Form(max_length=2000)] = "",
    is_lookalike_allowed: Annotated[bool, Form()] = False,
    weak_reason: Annotated[Words | None, Form(max_length=2000)] = None,
) -> Enrolled:
    """Add a person with photos. Where no photo is accepted nobody is kept: 422 with each photo's reason.

    `weak_reason`: why photos too poor for a portrait are let in as weak.
    """
    result = enrolment.enrol_person(
        parts.database,
        parts.blobs,
        parts.finder(),
        watchlist_id,
        people.Entry(name, reason, source, ends_at, external_ref or None, note),
        read_uploads(photos),
        by=visitor.name,
        now=parts.clock(),
        is_lookalike_allowed=is_lookalike_allowed,
        weak_reason=weak_reason,
    )
    return enrolled(parts, result.person_id, result, visitor.language)


@router.post("/{watchlist_id}/imports")
def import_people(
    watchlist_id: uuid.UUID,
    visitor: ChiefAdmin,
    parts: PartsHere,
    file: Annotated[UploadFile, File()],
    reason: Annotated[Words, Form(max_length=2000)] = "",
    source: Annotated[Words, Form(max_length=2000)] = "",
    ends_at: Annotated[When | None, Form()] = None,
) -> ImportView:
    """Take in a ZIP of photos with a CSV; the fields hold for everybody of whom the CSV says nothing else."""
    report = import_zip(
        parts.database,
        parts.blobs,
        parts.finder(),
        watchlist_id,
        file.file,
        Defaults(_zone_of(parts), reason, source, ends_at),
        by=visitor.name,
        now=parts.clock(),
    )
    return ImportView(
        n_people=report.n_people,
        n_accepted=report.n_accepted,
        n_refused=report.n_refused,
        n_weak=report.n_weak,
        n_one_portrait=report.n_with_one_portrait,
        rows=[row_view(row, visitor.language) for row in report.rows],
    )


def _zone_of(parts: Parts) -> tzinfo:
    """Whose midnight ends a day that a table names: the first site's."""
    streams = parts.streams()
    return ZoneInfo(streams[0].site.time_zone) if streams else UTC


def row_view(row: imports.ImportRow, language: Language) -> ImportRow:
    explanation = explain("enrolment", row.reason_code, language, row.fields) if row.reason_code else None
    return ImportRow(
        line=row.line,
        file_name=row.file_name,
        name=row.name,
        is_accepted=row.is_accepted,
        reason=row.reason_code,
        explanation=explanation,
        is_weak=row.is_weak,
        may_be_weak=row.may_be_weak,
        find_rate=row.find_rate,
    )


def view_of(session: Session, watchlist: Watchlist, now: datetime) -> WatchlistView:
    made = {"is_active", "n_people", "n_one_portrait", "second_portrait"}
    stored = {name: getattr(watchlist, name) for name in WatchlistView.model_fields if name not in made}
    active = [person for person in people.people_of(session, watchlist.id) if people.is_active(person, now)]
    view = {
        "is_active": watchlist.closed_at is None and watchlist.ends_at > now,
        "n_people": len(active),
        "n_one_portrait": sum(wants_second(person) for person in active),
        "second_portrait": asdict(SECOND_PORTRAIT),
    }
    return WatchlistView.model_validate({**stored, **view})
