"""Guards' own phones, for who administers their group: who has been reached, a QR code, one tap to end one."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import BaseModel
from sqlalchemy import select

from patrol.dispatch import phones
from patrol.dispatch.phones import MemberPhones, MemberUnknown
from patrol.store.tables import Group
from patrol.web import qr_codes
from patrol.web.doors import Admin, Reviewer
from patrol.web.groups import own_group, visible_group
from patrol.web.inputs import Line
from patrol.web.parts import PartsHere
from patrol.web.qr_codes import InviteView, is_inside_only

router = APIRouter(prefix="/api/v1", tags=["phones"])


class PhoneView(BaseModel):
    id: UUID
    label: str
    bound_at: datetime
    last_seen_at: datetime | None  #: null: it has not reached us since it was bound


class MemberPhonesView(BaseModel):
    member_id: UUID
    name: str
    role: str
    has_reached_us: bool
    phones: list[PhoneView]


class GroupPhones(BaseModel):
    n_reached: int  #: members of whom a phone has reached us
    n_members: int
    is_inside_only: bool  #: PATROL_PUBLIC_URL is an address that only phones on the local network reach
    members: list[MemberPhonesView]


class ReachedPhones(BaseModel):
    group_id: str
    n_reached: int
    n_members: int


class PhoneInviteOf(BaseModel):
    member_id: UUID


@router.get("/phones")
def count_phones(visitor: Reviewer, parts: PartsHere) -> list[ReachedPhones]:
    """How many members of each group have been reached; groups without a roster are left out."""
    with parts.database.read() as session:
        counts = phones.reached_by_group(session)
        sites = {row.id: row.site_id for row in session.execute(select(Group.id, Group.site_id))}
    return [
        ReachedPhones(group_id=id, n_reached=n_reached, n_members=n_members)
        for id, (n_reached, n_members) in sorted(counts.items())
        if visitor.sees(sites[id])
    ]


@router.get("/groups/{group_id}/phones")
def list_phones(group_id: Line, visitor: Reviewer, parts: PartsHere) -> GroupPhones:
    """The roster with its phones: "9 of 12 phones have reached us"."""
    with parts.database.read() as session:
        visible_group(session, group_id, visitor)
        people = phones.roster(session, group_id)
    return GroupPhones(
        n_reached=sum(one.has_reached_us for one in people),
        n_members=len(people),
        is_inside_only=is_inside_only(parts.settings.public_url),
        members=[_view(one) for one in people],
    )


@router.post("/groups/{group_id}/phones", status_code=status.HTTP_201_CREATED)
def invite_phone(group_id: Line, new: PhoneInviteOf, visitor: Admin, parts: PartsHere) -> InviteView:
    """A QR code that binds one phone to a member, good for ten minutes and shown this once."""
    with parts.database.write() as session:
        own_group(session, group_id, visitor)
        if phones.find_member(session, new.member_id).group_id != group_id:
            raise MemberUnknown
        by, public_url = f"user:{visitor.name}", parts.settings.public_url
        return qr_codes.invite(session, new.member_id, by, parts.clock(), public_url)


@router.delete("/phones/{phone_id}", status_code=status.HTTP_204_NO_CONTENT)
def revoke_phone(phone_id: UUID, visitor: Admin, parts: PartsHere) -> None:
    """End one phone, as when it is lost; its open page says so at once, and the others go on."""
    with parts.database.write() as session:
        own_group(session, phones.find_phone(session, phone_id).group_id, visitor)
        phones.revoke(session, phone_id, f"user:{visitor.name}", parts.clock())


def _view(one: MemberPhones) -> MemberPhonesView:
    return MemberPhonesView(
        member_id=one.member.id,
        name=one.member.name,
        role=one.member.role,
        has_reached_us=one.has_reached_us,
        phones=[PhoneView.model_validate(phone, from_attributes=True) for phone in one.phones],
    )
