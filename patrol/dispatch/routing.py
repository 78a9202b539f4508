"""Who is near: the groups a confirmed hit goes to, nearest first, and why each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from patrol.dispatch.distance import distance_m
from patrol.store.tables import Group, GroupChat, Hit

NEAR_M = 1_000.0  # twelve minutes on foot; a person seen further away has gone before anybody comes
MOST_NEIGHBOURS = 5  # groups of other sites; everybody told is one more who holds the picture

Why = Literal["own_site", "near", "nearest"]


@dataclass(frozen=True, slots=True)
class Destination:
    """A group to tell."""

    group: Group
    distance_m: float
    why: Why

    @property
    def chats(self) -> list[GroupChat]:
        return chats_in_use(self.group)


def destinations(session: Session, hit: Hit) -> list[Destination]:
    """Every group of the hit's own site, then the nearest of others within NEAR_M of the camera.

    Where both are empty the nearest group at any distance is told: far away beats nobody. Empty only where no
    active group has a chat.
    """
    groups = session.scalars(select(Group).where(Group.is_active).options(selectinload(Group.chats))).all()
    return choose(hit, [group for group in groups if chats_in_use(group)])


def choose(hit: Hit, groups: Sequence[Group]) -> list[Destination]:
    """Sort the groups into own site, near and too far."""
    ranked = sorted((_distance_m(hit, group), group.id, group) for group in groups)
    own = [Destination(group, metres, "own_site") for metres, _, group in ranked if group.site_id == hit.site_id]
    near = [
        Destination(group, metres, "near")
        for metres, _, group in ranked
        if group.site_id != hit.site_id and metres <= NEAR_M
    ]
    nearest = [Destination(group, metres, "nearest") for metres, _, group in ranked[:1]]
    return own + near[:MOST_NEIGHBOURS] or nearest


def chats_in_use(group: Group) -> list[GroupChat]:
    """The chats a group is told by, in its order of preference."""
    return [chat for chat in group.chats if chat.removed_at is None]


def _distance_m(hit: Hit, group: Group) -> float:
    return distance_m((hit.latitude, hit.longitude), (group.latitude, group.longitude))
