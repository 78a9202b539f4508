"""A captain hands a message down to the groups below, by name and on the record."""

from uuid import UUID

from fastapi import APIRouter, Request, status
from pydantic import BaseModel, Field

from patrol.dispatch import forwarding
from patrol.dispatch.forwarding import ForwardRefused
from patrol.dispatch.readers import Reader
from patrol.store.tables import Delivery
from patrol.web.doors import require_same_origin
from patrol.web.inputs import Line
from patrol.web.parts import Parts, PartsHere
from patrol.web.readers import ReaderHere, record
from patrol.web.refusals import Problem

router = APIRouter(prefix="/g/{token}", include_in_schema=False)

MOST_GROUPS = 100  # below one; a captain ticks them one by one


class NewForward(BaseModel):
    delivery_id: UUID
    group_ids: list[Line] = Field(min_length=1, max_length=MOST_GROUPS)


class Forwarded(BaseModel):
    told: list[str]  #: names of groups; those that held the message already are not among them


@router.post("/forwards", status_code=status.HTTP_201_CREATED)
def forward(new: NewForward, reader: ReaderHere, request: Request, parts: PartsHere) -> Forwarded:
    require_same_origin(request, parts.settings.public_url)
    if not reader.is_captain:
        record(parts, "page.refused", "not_captain", reader)
        raise Problem(403, "not_captain")
    try:
        return _forward(new, reader, parts)
    except ForwardRefused as refused:
        record(parts, "page.refused", refused.why, reader)
        raise


def _forward(new: NewForward, reader: Reader, parts: Parts) -> Forwarded:
    with parts.database.write() as session:
        delivery = session.get(Delivery, new.delivery_id)
        if delivery is None or delivery.group_id != reader.group.id:
            raise ForwardRefused(f"delivery {new.delivery_id} is none of group {reader.group.id!r}", "other_group")
        made = forwarding.forward(session, delivery, new.group_ids, reader.actor, parts.clock())
        return Forwarded(told=list(dict.fromkeys(one.group.name for one in made)))
