"""The cascade from the console: handing a message down the tree, and the policies that do so by themselves."""

import uuid
from datetime import datetime

from fastapi import APIRouter, status
from pydantic import BaseModel, Field

from patrol.dispatch import forwarding, policies
from patrol.dispatch.groups import find
from patrol.store.tables import Delivery, ForwardPolicy
from patrol.web.case_views import GroupRef
from patrol.web.doors import Admin, Reviewer, Viewer, Visitor
from patrol.web.inputs import Line, When, Words
from patrol.web.parts import PartsHere
from patrol.web.refusals import not_found

router = APIRouter(prefix="/api/v1", tags=["forwards"])

MOST_GROUPS = 100


class NewForward(BaseModel):
    group_ids: list[Line] = Field(min_length=1, max_length=MOST_GROUPS)


class Forwarded(BaseModel):
    delivery_ids: list[uuid.UUID]  #: what was made; a group that held the hit already has none
    told: list[GroupRef]


class NewForwardPolicy(BaseModel):
    text: Words = Field(min_length=1, max_length=2000, description="what is forwarded, why, on whose word")
    ends_at: When


class ForwardPolicyView(BaseModel):
    id: uuid.UUID
    group_id: str
    text: str
    written_by: str
    created_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    is_in_force: bool


@router.get("/deliveries/{delivery_id}/forwards")
def list_forward_targets(delivery_id: uuid.UUID, visitor: Viewer, parts: PartsHere) -> list[GroupRef]:
    """The groups this message may be handed down to."""
    with parts.database.read() as session:
        delivery = _own(session.get(Delivery, delivery_id), visitor)
        return [GroupRef(id=it.id, name=it.name) for it in forwarding.children_of(session, delivery.group_id)]


@router.post("/deliveries/{delivery_id}/forwards", status_code=status.HTTP_201_CREATED)
def forward(delivery_id: uuid.UUID, new: NewForward, visitor: Reviewer, parts: PartsHere) -> Forwarded:
    """Hand a confirmed hit down to groups under the one that was told."""
    with parts.database.write() as session:
        delivery = _own(session.get(Delivery, delivery_id), visitor)
        made = forwarding.forward(session, delivery, new.group_ids, f"user:{visitor.name}", parts.clock())
        told = {row.group_id: GroupRef(id=row.group_id, name=row.group.name) for row in made}
        return Forwarded(delivery_ids=[row.id for row in made], told=list(told.values()))


@router.get("/groups/{group_id}/forward-policies")
def list_forward_policies(group_id: str, visitor: Viewer, parts: PartsHere) -> list[ForwardPolicyView]:
    """Every policy of a group, the newest first, those that have ended too."""
    with parts.database.read() as session:
        visitor.require_site(find(session, group_id).site_id)
        now = parts.clock()
        return [_view(row, now) for row in policies.of_group(session, group_id)]


@router.post("/groups/{group_id}/forward-policies", status_code=status.HTTP_201_CREATED)
def write_forward_policy(group_id: str, new: NewForwardPolicy, visitor: Admin, parts: PartsHere) -> ForwardPolicyView:
    """From now on what this group is told is handed down to its groups on shift, until the policy ends."""
    with parts.database.write() as session:
        visitor.require_own(find(session, group_id).site_id)
        now = parts.clock()
        return _view(policies.write(session, group_id, new.text, new.ends_at, visitor.name, now), now)


@router.delete("/groups/{group_id}/forward-policies/{policy_id}", status_code=status.HTTP_204_NO_CONTENT)
def revoke_forward_policy(group_id: str, policy_id: uuid.UUID, visitor: Admin, parts: PartsHere) -> None:
    with parts.database.write() as session:
        visitor.require_own(find(session, group_id).site_id)
        policies.revoke(session, group_id, policy_id, visitor.name, parts.clock())


def _own(delivery: Delivery | None, visitor: Visitor) -> Delivery:
    """A delivery of a hit of the visitor's sites; others do not exist for them."""
    if delivery is None or delivery.hit is None:
        raise not_found()
    visitor.require_site(delivery.hit.site_id)
    return delivery


def _view(row: ForwardPolicy, now: datetime) -> ForwardPolicyView:
    stored = {name: getattr(row, name) for name in ForwardPolicyView.model_fields if name != "is_in_force"}
    return ForwardPolicyView.model_validate({**stored, "is_in_force": row.revoked_at is None and row.ends_at > now})
