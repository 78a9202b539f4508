"""People of watchlists and their portraits."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import PurePath
from typing import Annotated, cast

from fastapi import APIRouter, File, Form, UploadFile, status
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from patrol.store.tables import Person, Portrait
from patrol.values import Language
from patrol.watchlist import people
from patrol.watchlist.enrolment import PersonResult, PhotoResult, enrol_photos
from patrol.watchlist.expectations import SECOND_PORTRAIT, find_rate, wants_second
from patrol.watchlist.portraits import Photo
from patrol.web.doors import ChiefAdmin, Reviewer, Visitor
from patrol.web.explanations import explain
from patrol.web.inputs import Line, When, Words
from patrol.web.parts import Parts, PartsHere
from patrol.web.pictures import JPEG, stored_picture
from patrol.web.refusals import Problem

router = APIRouter(prefix="/api/v1", tags=["people"])

MAX_PHOTOS = 20  # as many as a person may have


class PortraitView(BaseModel):
    id: uuid.UUID
    file_name: str
    quality: float
    measures: dict[str, float]  #: what the quality was made of; empty for photos of before it was kept
    is_weak: bool  #: too poor for a portrait, let in for `weak_reason`: its threshold is higher
    weak_reason: str | None
    weak_by: str | None
    find_rate: float | None  #: part of good passages in which it is to be found, 0..1, as measured; of weak ones only
    created_at: datetime


class SecondPortraitView(BaseModel):
    """What a second good portrait gains, as measured at FPIR 1 %."""

    found_with_one: float
    found_with_two: float


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
    suspended_at: datetime | None
    suspended_by: str | None
    suspended_why: str | None  #: wrongful_stop, or words
    created_at: datetime
    created_by: str
    portraits: list[PortraitView]
    second_portrait: SecondPortraitView | None  #: null where there are two good ones already


class PersonPatch(BaseModel):
    name: Line | None = Field(None, min_length=1, max_length=200)
    reason: Words | None = Field(None, min_length=1, max_length=2000)
    source: Words | None = Field(None, min_length=1, max_length=2000)
    note: Words | None = Field(None, max_length=2000)
    ends_at: When | None = None


class Reason(BaseModel):
    reason: Words = Field(min_length=1, max_length=2000)


class PhotoReport(BaseModel):
    file_name: str
    is_accepted: bool
    reason: str | None
    explanation: str | None
    is_weak: bool  #: let in as weak
    may_be_weak: bool  #: refused, and may be let in as weak for a written reason
    find_rate: float | None  #: where it is or may be: part of good passages in which it is to be found, 0..1


class Enrolled(BaseModel):
    person: PersonView
    photos: list[PhotoReport]


@router.get("/people/{person_id}")
def show_person(person_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> PersonView:
    with parts.database.read() as session:
        return view_of(present_person(session, person_id), parts.clock())


@router.patch("/people/{person_id}")
def change_person(person_id: uuid.UUID, patch: PersonPatch, visitor: ChiefAdmin, parts: PartsHere) -> PersonView:
    now = parts.clock()
    changes = cast(people.PersonChanges, patch.model_dump(exclude_unset=True, exclude_none=True))
    with parts.database.write() as session:
        person = present_person(session, person_id)
        if changes:
            people.change_person(session, person, by=visitor.name, now=now, **changes)
        return view_of(person, now)


@router.delete("/people/{person_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_person(person_id: uuid.UUID, visitor: ChiefAdmin, parts: PartsHere) -> None:
    with parts.database.write() as session:
        person = present_person(session, person_id)
        people.remove_person(session, parts.blobs, person, by=visitor.name, now=parts.clock())
    parts.database.flush_deleted()


@router.post("/people/{person_id}/suspend")
def suspend_person(person_id: uuid.UUID, why: Reason, visitor: Reviewer, parts: PartsHere) -> PersonView:
    """Look for somebody no more, for a while."""
    with parts.database.write() as session:
        person = present_person(session, person_id)
        _require_owner(visitor, person)
        now = parts.clock()
        people.suspend_person(session, person, by=visitor.name, now=now, why=why.reason)
        return view_of(person, now)


@router.post("/people/{person_id}/resume")
def resume_person(person_id: uuid.UUID, why: Reason, visitor: Reviewer, parts: PartsHere) -> PersonView:
    """Look for somebody again: after a wrongful stop, once the list's owner or an admin has looked."""
    with parts.database.write() as session:
        person = present_person(session, person_id)
        _require_owner(visitor, person)
        now = parts.clock()
        people.resume_person(session, person, by=visitor.name, now=now, why=why.reason)
        return view_of(person, now)


def _is_chief(visitor: Visitor) -> bool:
    return visitor.is_admin and visitor.sites is None


def _require_owner(visitor: Visitor, person: Person) -> None:
    """Who answers for the list, by the name of their account; else an admin for all sites."""
    if not _is_chief(visitor) and visitor.name != person.watchlist.owner:
        raise Problem(403, "not_owner")


@router.post("/people/{person_id}/portraits", status_code=status.HTTP_201_CREATED)
def add_portraits(
    person_id: uuid.UUID,
    visitor: Reviewer,
    parts: PartsHere,
    photos: Annotated[list[UploadFile], File(min_length=1, max_length=MAX_PHOTOS)],
    is_lookalike_allowed: Annotated[bool, Form()] = False,
    weak_reason: Annotated[Words | None, Form(max_length=2000)] = None,
) -> Enrolled:
    """Add photos to somebody; where none is accepted the answer is 422 with each photo's reason.

    An admin for all sites may, and who answers for the list. `weak_reason`: why photos too poor for a portrait are
    let in as weak.
    """
    # Who answers for a list may want a poor photo in; that it shows somebody of another list is not theirs to decide.
    if is_lookalike_allowed and not _is_chief(visitor):
        raise Problem(403, "forbidden")
    with parts.database.read() as session:
        _require_owner(visitor, present_person(session, person_id))
    result = enrol_photos(
        parts.database,
        parts.blobs,
        parts.finder(),
        person_id,
        read_uploads(photos),
        by=visitor.name,
        now=parts.clock(),
        is_lookalike_allowed=is_lookalike_allowed,
        weak_reason=weak_reason,
    )
    return enrolled(parts, person_id, result, visitor.language)


@router.delete("/portraits/{portrait_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_portrait(portrait_id: uuid.UUID, visitor: ChiefAdmin, parts: PartsHere) -> None:
    with parts.database.write() as session:
        portrait = people.find_portrait(session, portrait_id)
        people.remove_portrait(session, parts.blobs, portrait, by=visitor.name, now=parts.clock())
    parts.database.flush_deleted()


@router.get("/portraits/{portrait_id}/picture", response_class=Response, responses=JPEG)
def show_portrait(portrait_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> Response:
    with parts.database.read() as session:
        key = people.find_portrait(session, portrait_id).picture_key
    return stored_picture(parts.blobs, key)


def present_person(session: Session, person_id: uuid.UUID) -> Person:
    """A person who has not been removed: what is left of a removed one is for old hits only."""
    person = people.find_person(session, person_id)
    if person.removed_at is not None:
        raise people.PersonUnknown
    return person


def view_of(person: Person, now: datetime) -> PersonView:
    made = {"is_active", "portraits", "second_portrait"}
    stored = {name: getattr(person, name) for name in PersonView.model_fields if name not in made}
    view = {
        "is_active": people.is_active(person, now),
        "portraits": [_portrait_view(portrait) for portrait in people.living_portraits(person)],
        "second_portrait": asdict(SECOND_PORTRAIT) if wants_second(person) else None,
    }
    return PersonView.model_validate({**stored, **view})


def _portrait_view(portrait: Portrait) -> PortraitView:
    stored = {name: getattr(portrait, name) for name in PortraitView.model_fields if name != "find_rate"}
    rate = find_rate(portrait.quality) if portrait.is_weak else None
    return PortraitView.model_validate({**stored, "find_rate": rate})


def read_uploads(photos: Iterable[UploadFile]) -> Iterator[Photo]:
    """The uploaded photos, one at a time: what came is spooled to disk, and twenty large ones fill a memory."""
    for photo in photos:
        yield Photo(file_name_of(photo), photo.file.read())


def file_name_of(upload: UploadFile) -> str:
    """The name without a path, and without what no screen shows."""
    name = PurePath((upload.filename or "").replace("\\", "/")).name
    return "".join(character for character in name if character.isprintable())[:200]


def enrolled(parts: Parts, person_id: uuid.UUID | None, result: PersonResult, language: Language) -> Enrolled:
    """What became of the photos; a Problem with the same report where none was accepted."""
    photos = [photo_report(photo, language) for photo in result.photos]
    if person_id is None or not any(photo.is_accepted for photo in photos):
        raise Problem(422, "no_photo_accepted", extra={"photos": [photo.model_dump() for photo in photos]})
    with parts.database.read() as session:
        return Enrolled(person=view_of(people.find_person(session, person_id), parts.clock()), photos=photos)


def photo_report(photo: PhotoResult, language: Language) -> PhotoReport:
    code = photo.reason_code
    return PhotoReport(
        file_name=photo.file_name,
        is_accepted=photo.is_accepted,
        reason=code,
        explanation=explain("enrolment", code, language, photo.fields) if code else None,
        is_weak=photo.is_weak,
        may_be_weak=photo.may_be_weak,
        find_rate=photo.find_rate,
    )
