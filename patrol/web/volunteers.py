"""Volunteers: people who agreed that patrol measures with their faces. For admins of all sites."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile, status
from pydantic import BaseModel, Field
from starlette.responses import Response

from patrol.store.tables import Volunteer
from patrol.watchlist import volunteers
from patrol.watchlist.portraits import Photo
from patrol.watchlist.volunteers import Agreement
from patrol.web.doors import ChiefAdmin
from patrol.web.inputs import Line, When, Words
from patrol.web.parts import PartsHere
from patrol.web.people import PhotoReport, file_name_of, photo_report
from patrol.web.pictures import JPEG, stored_picture
from patrol.web.refusals import Problem

router = APIRouter(prefix="/api/v1/volunteers", tags=["accuracy"])

MAX_PHOTOS = 50  # one a volunteer; a folder of hundreds is for the command line


class VolunteerView(BaseModel):
    id: uuid.UUID
    name: str
    consent: str
    created_at: datetime
    created_by: str
    ends_at: datetime


class NewVolunteers(BaseModel):
    volunteers: list[VolunteerView]
    photos: list[PhotoReport] = Field(description="what became of each photo, as at an enrolment")


@router.get("")
def list_volunteers(visitor: ChiefAdmin, parts: PartsHere) -> list[VolunteerView]:
    with parts.database.read() as session:
        return [view_of(row) for row in volunteers.list_volunteers(session, parts.clock())]


@router.post("", status_code=status.HTTP_201_CREATED)
def add_volunteers(
    visitor: ChiefAdmin,
    parts: PartsHere,
    consent: Annotated[Words, Form(min_length=1, max_length=2000)],
    ends_at: Annotated[When, Form()],
    photos: Annotated[list[UploadFile], File(min_length=1, max_length=MAX_PHOTOS)],
    name: Annotated[
        Line | None, Form(max_length=200, description="of the one; several are named as their files")
    ] = None,
) -> NewVolunteers:
    """Take in people who agreed, a photo each. Where no photo is accepted: 422 with each photo's reason."""
    results = volunteers.add_volunteers(
        parts.database,
        parts.blobs,
        parts.finder(),
        Agreement(consent, ends_at),
        _named(photos, name if len(photos) == 1 else None),
        by=visitor.name,
        now=parts.clock(),
    )
    reports = [photo_report(result.photo, visitor.language) for result in results]
    added = {result.volunteer_id for result in results if result.photo.is_accepted}
    if not added:
        raise Problem(422, "no_photo_accepted", extra={"photos": [report.model_dump() for report in reports]})
    with parts.database.read() as session:
        rows = volunteers.list_volunteers(session, parts.clock())
        return NewVolunteers(volunteers=[view_of(row) for row in rows if row.id in added], photos=reports)


@router.delete("/{volunteer_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_volunteer(volunteer_id: uuid.UUID, visitor: ChiefAdmin, parts: PartsHere) -> None:
    """Forget somebody who takes it back: picture, templates and name."""
    with parts.database.write() as session:
        row = volunteers.find_volunteer(session, volunteer_id)
        volunteers.remove_volunteer(session, parts.blobs, row, by=visitor.name, now=parts.clock())
    parts.database.flush_deleted()


@router.get("/{volunteer_id}/picture", response_class=Response, responses=JPEG)
def show_volunteer(volunteer_id: uuid.UUID, visitor: ChiefAdmin, parts: PartsHere) -> Response:
    with parts.database.read() as session:
        key = volunteers.find_volunteer(session, volunteer_id).picture_key
    return stored_picture(parts.blobs, key)


def view_of(row: Volunteer) -> VolunteerView:
    return VolunteerView.model_validate({name: getattr(row, name) for name in VolunteerView.model_fields})


def _named(photos: Iterable[UploadFile], name: str | None) -> Iterator[tuple[str, Photo]]:
    """Each photo with whom it shows, one at a time: the given name, or the file's without its ending."""
    for upload in photos:
        file_name = file_name_of(upload)
        yield name or PurePath(file_name).stem, Photo(file_name, upload.file.read())
