"""The QR code that binds a guard's phone: drawn here, so that no other server learns what it opens."""

import ipaddress
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import segno
from pydantic import BaseModel
from sqlalchemy.orm import Session

from patrol.dispatch import phones

SCALE = 6  # pixels a module: a code of our length fills a phone's width and is read from another's camera
QUIET_ZONE = 4  # modules; ISO/IEC 18004 asks for four


class InviteView(BaseModel):
    """A code that binds one phone, shown once; only its hash is kept."""

    member: str
    url: str
    qr: str  #: an SVG, as a data URL
    expires_at: datetime
    is_inside_only: bool  #: its address belongs to a local network: phones elsewhere cannot reach it


def invite(session: Session, member_id: UUID, by: str, now: datetime, public_url: str) -> InviteView:
    token = phones.invite(session, member_id, by, now)
    url = f"{public_url.rstrip('/')}/g/join/{token}"
    return InviteView(
        member=phones.find_member(session, member_id).name,
        url=url,
        qr=segno.make(url, error="m", micro=False).svg_data_uri(scale=SCALE, border=QUIET_ZONE, light="#fff"),
        expires_at=now + phones.INVITE_FOR,
        is_inside_only=is_inside_only(public_url),
    )


def is_inside_only(public_url: str) -> bool:
    """Whether an address is one of this machine or of a local network, by its looks: names are not resolved."""
    host = urlsplit(public_url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal", ".home.arpa", ".localhost"))
