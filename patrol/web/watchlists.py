"""Watchlists: what for, whose, until when; and taking people in from one form or a ZIP."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, UploadFile, status
from pydantic import BaseModel, Field

from patrol.web.doors import Admin, Reviewer
from patrol.web.inputs import Line, When, Words
from patrol.web.parts import PartsHere
from patrol.web.people import Enrolled, PersonView

router = APIRouter(prefix="/api/v1/watchlists", tags=["watchlists"])

Category = Literal["wanted", "missing", "banned", "vip", "staff", "exercise", "other"]


class NewWatchlist(BaseModel):
    name: Line = Field(min_length=1, max_length=200)
    category: Category
    reason: Words = Field(min_length=1)
    owner: Line = Field(min_length=1, max_length=200)
    ends_at: When
    instruction: Words | None = Field(None, max_length=500)
    is_exercise: bool = False


class WatchlistPatch(BaseModel):
    name: Line | None = Field(None, min_length=1, max_length=200)
    category: Category | None = None
    reason: Words | None = Field(None, min_length=1)
    owner: Line | None = Field(None, min_length=1, max_length=200)
    ends_at: When | None = None
    instruction: Words | None = Field(None, max_length=500)


class WatchlistView(BaseModel):
    id: uuid.UUID
    name: str
    category: Category
    reason: str
    owner: str
    instruction: str | None
    is_exercise: bool
    is_active: bool  #: neither closed nor past its end
    n_people: int  #: active entries
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


class ImportView(BaseModel):
    n_people: int
    n_accepted: int
    n_refused: int
    rows: list[ImportRow]


@router.get("")
def list_watchlists(visitor: Reviewer, parts: PartsHere) -> list[WatchlistView]:
    raise NotImplementedError


@router.post("", status_code=status.HTTP_201_CREATED)
def create_watchlist(new: NewWatchlist, visitor: Admin, parts: PartsHere) -> WatchlistView:
    raise NotImplementedError


@router.get("/{watchlist_id}")
def show_watchlist(watchlist_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> WatchlistView:
    raise NotImplementedError


@router.patch("/{watchlist_id}")
def change_watchlist(
    watchlist_id: uuid.UUID, patch: WatchlistPatch, visitor: Admin, parts: PartsHere
) -> WatchlistView:
    raise NotImplementedError


@router.post("/{watchlist_id}/close")
def close_watchlist(watchlist_id: uuid.UUID, visitor: Admin, parts: PartsHere) -> WatchlistView:
    raise NotImplementedError


@router.get("/{watchlist_id}/people")
def list_people(watchlist_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> list[PersonView]:
    raise NotImplementedError


@router.post("/{watchlist_id}/people", status_code=status.HTTP_201_CREATED)
def enrol_person(
    watchlist_id: uuid.UUID,
    visitor: Admin,
    parts: PartsHere,
    name: Annotated[Line, Form(min_length=1, max_length=200)],
    reason: Annotated[Words, Form(min_length=1)],
    source: Annotated[Words, Form(min_length=1)],
    ends_at: Annotated[When, Form()],
    photos: Annotated[list[UploadFile], File(min_length=1, max_length=20)],
    external_ref: Annotated[Line | None, Form(max_length=200)] = None,
    note: Annotated[Words, Form()] = "",
) -> Enrolled:
    """Add a person with photos; where no photo is accepted nothing is kept, and the answer is 422 with the reasons."""
    raise NotImplementedError


@router.post("/{watchlist_id}/imports")
def import_people(
    watchlist_id: uuid.UUID, visitor: Admin, parts: PartsHere, file: Annotated[UploadFile, File()]
) -> ImportView:
    """Take in a ZIP with photos and a CSV."""
    raise NotImplementedError
