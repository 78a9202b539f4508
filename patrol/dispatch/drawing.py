"""Draws the picture of one message: from the hit's frame, by the policy of the group that gets it."""

from sqlalchemy.orm import Session

from patrol.chats.table import LIMITS
from patrol.dispatch import drill_pictures, pictures, wording
from patrol.store.blobs import Blobs
from patrol.store.tables import Delivery, Portrait

PICTURED = ("hit", "exercise", "drill")  # kinds of delivery that show something
LINKED_BYTES = 1_000_000  # opens in seconds on a weak mobile network
BEHIND_A_LINK = "upper_body"


def has_picture(delivery: Delivery) -> bool:
    """Whether the message shows a picture, in the chat or behind a link. What is about no hit has no link to open."""
    policy = delivery.group.picture_policy
    if delivery.kind not in PICTURED or policy == "text":
        return False
    if policy == "link":
        return delivery.hit_id is not None or delivery.chat.kind == "page"
    return delivery.part != "text"


def goes_by_link(delivery: Delivery) -> bool:
    """Whether the picture stays here and the message holds a link to it. The group's own page needs none."""
    return has_picture(delivery) and delivery.group.picture_policy == "link" and delivery.chat.kind != "page"


def draw(session: Session, blobs: Blobs, delivery: Delivery) -> bytes | None:
    """The picture as it leaves now; None where there is none, or the hit's frame is not kept any more."""
    if delivery.kind == "drill" and has_picture(delivery):
        return drill_pictures.draw(delivery.group)
    hit = delivery.hit
    if hit is None or hit.frame_key is None or not has_picture(delivery):
        return None
    policy = delivery.group.picture_policy
    return pictures.draw(
        blobs.get(hit.frame_key),
        pictures.Subject(hit.box_xyxy, hit.other_boxes_xyxy, hit.heading),
        wording.caption(hit, delivery.group, is_repeat=delivery.is_repeat),
        LINKED_BYTES if goes_by_link(delivery) else LIMITS[delivery.chat.kind].picture_bytes,
        BEHIND_A_LINK if policy == "link" else policy,
        _portrait_jpeg(session, blobs, delivery) if policy == "with_portrait" else None,
    )


def _portrait_jpeg(session: Session, blobs: Blobs, delivery: Delivery) -> bytes | None:
    portrait = session.get(Portrait, delivery.hit.portrait_id) if delivery.hit else None
    return blobs.get(portrait.picture_key) if portrait and portrait.picture_key else None
