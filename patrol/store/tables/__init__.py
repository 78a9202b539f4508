"""The tables. A mapped class is the value: no second shape for the same row.

Promises held here: a delivery of a hit hangs on a confirmed decision of that hit (foreign key and CHECK),
decisions are unique per (hit, round, seat), a delivery per (decision, group, chat, part, revision), a template
per (portrait, embedder), an open alarm per (code, subject), and no entry is without reason, source and end.
"""

from patrol.store.tables.accounts import LoginAttempt, LoginSession, User, UserSite
from patrol.store.tables.columns import Base, UtcDateTime
from patrol.store.tables.groups import Delivery, Group, GroupChat, GroupLink, GroupReply
from patrol.store.tables.hits import Decision, Hit, HitPassage, HitProbe, Policy, Routing
from patrol.store.tables.people import GalleryChange, Person, Portrait, PortraitTemplate, Watchlist
from patrol.store.tables.record import Alarm, Counter, Event
from patrol.store.tables.workers import StreamOverlay, StreamState, Worker

__all__ = [
    "Alarm",
    "Base",
    "Counter",
    "Decision",
    "Delivery",
    "Event",
    "GalleryChange",
    "Group",
    "GroupChat",
    "GroupLink",
    "GroupReply",
    "Hit",
    "HitPassage",
    "HitProbe",
    "LoginAttempt",
    "LoginSession",
    "Person",
    "Policy",
    "Portrait",
    "PortraitTemplate",
    "Routing",
    "StreamOverlay",
    "StreamState",
    "User",
    "UserSite",
    "UtcDateTime",
    "Watchlist",
    "Worker",
]
