""" "Sighted here": where a member saw the person, and who hears of it."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.dispatch import statuses, steps, wording
from patrol.dispatch.record import record
from patrol.hits import episodes
from patrol.hits.episodes import Sighted
from patrol.store.tables import Group, GroupReply, Hit
from patrol.values import Place, Reply

COMPLETED_WITHIN = timedelta(minutes=5)  # what a member writes by then, asked where, is the answer to that
LONGEST_WORDS = 200

SITED = ("site", "building", "floor", "post", "latitude", "longitude")


def place_of(reply: Reply, picked: Mapping[str, Any]) -> dict[str, Any]:
    """What a member said of the place, for the answer's row: picked on the page, shared as a position, in words."""
    place = {key: value for key, value in picked.items() if key in (*SITED, "words") and value is not None}
    if reply.position is not None:
        place["latitude"], place["longitude"] = reply.position
    words = str(place.get("words") or reply.text).strip()[:LONGEST_WORDS]
    return place | ({"words": words} if words else {})


def is_specific(place: Mapping[str, Any]) -> bool:
    """Whether a place says more than that it is where the group is."""
    return any(place.get(key) is not None for key in ("building", "post", "floor", "latitude", "words"))


def sighted(hit: Hit, group: Group, place: Mapping[str, Any], at: datetime) -> Sighted:
    """Where that is: as it was said; what was not said is where the group stands."""
    site_id = place.get("site") or group.site_id or hit.site_id
    said = Place(place.get("building"), place.get("floor"), place.get("post"))
    is_said = place.get("latitude") is not None or said != Place()
    where = said if is_said else Place(group.building, group.floor, group.post)
    latitude, longitude = _position(hit, group, place, site_id)
    words = place.get("words") or " ".join(filter(None, (where.building, where.floor, where.post))) or group.name
    return Sighted(site_id, where, latitude, longitude, words, at, f"group:{group.id}")


def move(
    session: Session,
    hit: Hit,
    group: Group,
    place: Mapping[str, Any],
    hit_ids: Collection[UUID],
    at: datetime,
    now: datetime,
) -> None:
    """Let the case go on from there: dispatch routes anew, and every other group that was told hears where.

    at: when the person was seen there; where something newer is known, the case stays.
    """
    episode = hit.episode
    if episode is None or not episodes.move(session, episode, sighted(hit, group, place, at), now):
        return
    episode.moved_at = now
    session.flush()
    time = wording.clock_time(at, hit.time_zone)
    number = wording.short_number(episode.first_hit_number)
    about = {"number": number, "group": group.name, "place": episode.place, "time": time}
    made = [
        statuses.status(told.chat, "sighted", about, now, hit=hit, follows=told)
        for told in statuses.told_of(session, hit_ids)
        if told.group_id != group.id
    ]
    session.add_all(made)
    session.flush()
    steps.add(session, hit, "moved", "sighted", now, from_group_id=group.id, actor=f"group:{group.id}")
    record(session, made, now)


def without_place(session: Session, hit_ids: Collection[UUID], received: GroupReply) -> GroupReply | None:
    """The sighting of which this member was just asked where; None where that was not their last word."""
    query = select(GroupReply).where(
        GroupReply.hit_id.in_(hit_ids),
        GroupReply.group_id == received.group_id,
        GroupReply.member == received.member,
        GroupReply.received_at > received.received_at - COMPLETED_WITHIN,
        GroupReply.id != received.id,
    )
    newest = session.scalars(query.order_by(GroupReply.received_at.desc(), GroupReply.id).limit(1)).one_or_none()
    return newest if newest is not None and newest.kind == "sighted" and not is_specific(newest.place) else None


def _position(hit: Hit, group: Group, place: Mapping[str, Any], site_id: str) -> tuple[float, float]:
    """Degrees: as they were shared; else the group's, where it stands at that site; else where the hit was."""
    if place.get("latitude") is not None and place.get("longitude") is not None:
        return float(place["latitude"]), float(place["longitude"])
    is_there = group.site_id in (None, site_id)
    return (group.latitude, group.longitude) if is_there else (hit.latitude, hit.longitude)
