"""People of watchlists and their portraits."""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, File, UploadFile, status
from pydantic import BaseModel, Field
from starlette.responses import Response

from patrol.web.doors import Admin, Reviewer
from patrol.web.inputs import Line, When, Words
from patrol.web.parts import PartsHere

router = APIRouter(prefix="/api/v1", tags=["people"])


class PortraitView(BaseModel):
    id: uuid.UUID
    file_name: str
    quality: float
    created_at: datetime


class PersonView(BaseModel):
    id: uuid.UUID
    watchlist_id: uuid.UUID
    name: str
    external_ref: str | None
    reason: str
    source: str
    note: str
    ends_at: datetime
    is_active: bool
    created_at: datetime
    created_by: str
    portraits: list[PortraitView]


class PersonPatch(BaseModel):
    name: Line | None = Field(None, min_length=1, max_length=200)
    reason: Words | None = Field(None, min_length=1)
    source: Words | None = Field(None, min_length=1)
    note: Words | None = None
    ends_at: When | None = None


class PhotoReport(BaseModel):
    file_name: str
    is_accepted: bool
    reason: str | None
    explanation: str | None


class Enrolled(BaseModel):
    person: PersonView
    photos: list[PhotoReport]


@router.get("/people/{person_id}")
def show_person(person_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> PersonView:
    raise NotImplementedError


@router.patch("/people/{person_id}")
def change_person(person_id: uuid.UUID, patch: PersonPatch, visitor: Admin, parts: PartsHere) -> PersonView:
    raise NotImplementedError


@router.delete("/people/{person_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_person(person_id: uuid.UUID, visitor: Admin, parts: PartsHere) -> None:
    raise NotImplementedError


@router.post("/people/{person_id}/portraits", status_code=status.HTTP_201_CREATED)
def add_portraits(
    person_id: uuid.UUID,
    visitor: Admin,
    parts: PartsHere,
    photos: Annotated[list[UploadFile], File(min_length=1, max_length=20)],
) -> Enrolled:
    raise NotImplementedError


@router.delete("/portraits/{portrait_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_portrait(portrait_id: uuid.UUID, visitor: Admin, parts: PartsHere) -> None:
    raise NotImplementedError


@router.get("/portraits/{portrait_id}/picture", response_class=Response)
def show_portrait(portrait_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> Response:
    raise NotImplementedError
