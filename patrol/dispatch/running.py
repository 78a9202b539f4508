"""What is known of a running case: its hits, and who is at it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.store.tables import GroupReply, Hit

AT_IT = ("on_my_way", "sighted", "need_help", "stopped")  # whose newest word this is goes there, or is there
TURNS = (*AT_IT, "cannot_go", "not_him", "gone")  # the answers that say whether somebody is at it


def hits_of(session: Session, hit: Hit) -> Sequence[UUID]:
    """Every hit of the case; the hit alone where it is of none."""
    if hit.episode_id is None:
        return [hit.id]
    return session.scalars(select(Hit.id).where(Hit.episode_id == hit.episode_id).order_by(Hit.update_number)).all()


def at_it(session: Session, hit_ids: Sequence[UUID]) -> set[str]:
    """The groups of which somebody is on the way or there, by the newest word of each member."""
    newest: dict[tuple[str, str], str] = {}
    said = select(GroupReply).where(GroupReply.hit_id.in_(hit_ids), GroupReply.kind.in_(TURNS))
    for reply in session.scalars(said.order_by(GroupReply.received_at, GroupReply.id)):
        newest[reply.group_id, str(reply.member_id or reply.member)] = reply.kind
    return {group_id for (group_id, _member), kind in newest.items() if kind in AT_IT}
