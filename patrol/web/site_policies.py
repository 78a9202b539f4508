"""What a site may keep beyond the rule: written policies with an end, and who wrote them."""

import uuid
from datetime import datetime

from fastapi import APIRouter, status
from pydantic import BaseModel, Field

from patrol.hits import policies, site_policies
from patrol.store.tables import Policy
from patrol.web.doors import Admin, Reviewer
from patrol.web.inputs import When, Words
from patrol.web.parts import Parts, PartsHere
from patrol.web.refusals import not_found

router = APIRouter(prefix="/api/v1/sites/{site_id}/anchor-policies", tags=["policies"])


class NewAnchorPolicy(BaseModel):
    text: Words = Field(min_length=1, max_length=policies.LONGEST_TEXT, description="why, and on whose word")
    ends_at: When


class AnchorPolicyView(BaseModel):
    """A site's leave to keep the templates of rejected strangers as negative anchors."""

    id: uuid.UUID
    site_id: str
    text: str
    written_by: str
    created_at: datetime
    ends_at: datetime
    is_in_force: bool


@router.get("")
def list_anchor_policies(site_id: str, visitor: Reviewer, parts: PartsHere) -> list[AnchorPolicyView]:
    """Every policy of a site, the newest first, those that have ended too."""
    visitor.require_site(site_id)
    now = parts.clock()
    with parts.database.read() as session:
        return [_view(policy, now) for policy in site_policies.of_site(session, site_id)]


@router.post("", status_code=status.HTTP_201_CREATED)
def write_anchor_policy(site_id: str, new: NewAnchorPolicy, visitor: Admin, parts: PartsHere) -> AnchorPolicyView:
    """From now on the templates of strangers who are rejected at this site are kept, until the policy ends."""
    visitor.require_own(site_id)
    _require_known(parts, site_id)
    now = parts.clock()
    with parts.database.write() as session:
        policy = site_policies.write(session, site_id, new.text, f"user:{visitor.name}", now, new.ends_at)
        return _view(policy, now)


@router.delete("/{policy_id}", status_code=status.HTTP_204_NO_CONTENT)
def end_anchor_policy(site_id: str, policy_id: uuid.UUID, visitor: Admin, parts: PartsHere) -> None:
    """End a policy now; what was kept under it goes within a minute."""
    visitor.require_own(site_id)
    with parts.database.write() as session:
        site_policies.end(session, site_id, policy_id, f"user:{visitor.name}", parts.clock())


def _require_known(parts: Parts, site_id: str) -> None:
    if site_id not in {site.id for site in parts.sites()}:
        raise not_found()


def _view(policy: Policy, now: datetime) -> AnchorPolicyView:
    stored = {name: getattr(policy, name) for name in AnchorPolicyView.model_fields if name != "is_in_force"}
    return AnchorPolicyView.model_validate({**stored, "is_in_force": policy.created_at <= now < policy.ends_at})
