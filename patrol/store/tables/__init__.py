"""The tables. A mapped class is the value: no second shape for the same row.

Promises held here: a delivery of a hit hangs on a confirmed decision of that hit (foreign key and CHECK),
decisions are unique per (hit, round, seat), a delivery per (decision, group, chat, part, revision), a template
per (portrait, embedder), an open alarm per (code, subject), and no entry is without reason, source and end.
"""

from patrol.store.tables.accounts import LoginAttempt, LoginSession, User, UserSite
from patrol.store.tables.accuracy import (
    Budget,
    Calibration,
    Comparison,
    EmbedderChange,
    StillFace,
    StreamDay,
    Volunteer,
    VolunteerTemplate,
)
from patrol.store.tables.columns import Base, UtcDateTime
from patrol.store.tables.deliveries import (
    Clock,
    Delivery,
    DeliveryLink,
    Exercise,
    GroupReply,
    Notice,
    Pause,
    Step,
)
from patrol.store.tables.episodes import Episode
from patrol.store.tables.groups import (
    Bot,
    ForwardPolicy,
    Group,
    GroupChat,
    GroupLink,
    LevelClock,
    Member,
    Phone,
    PhoneInvite,
)
from patrol.store.tables.hits import Decision, Hit, HitPassage, HitProbe, Policy, Routing
from patrol.store.tables.people import GalleryChange, Person, Portrait, PortraitTemplate, Watchlist
from patrol.store.tables.record import Alarm, Counter, Event
from patrol.store.tables.tries import Try
from patrol.store.tables.workers import (
    SenderBeat,
    StreamGap,
    StreamHour,
    StreamOverlay,
    StreamState,
    Worker,
)

__all__ = [
    "Alarm",
    "Base",
    "Bot",
    "Budget",
    "Calibration",
    "Clock",
    "Comparison",
    "Counter",
    "Decision",
    "Delivery",
    "DeliveryLink",
    "EmbedderChange",
    "Episode",
    "Event",
    "Exercise",
    "ForwardPolicy",
    "GalleryChange",
    "Group",
    "GroupChat",
    "GroupLink",
    "GroupReply",
    "Hit",
    "HitPassage",
    "HitProbe",
    "LevelClock",
    "LoginAttempt",
    "LoginSession",
    "Member",
    "Notice",
    "Pause",
    "Person",
    "Phone",
    "PhoneInvite",
    "Policy",
    "Portrait",
    "PortraitTemplate",
    "Routing",
    "SenderBeat",
    "Step",
    "StillFace",
    "StreamDay",
    "StreamGap",
    "StreamHour",
    "StreamOverlay",
    "StreamState",
    "Try",
    "User",
    "UserSite",
    "UtcDateTime",
    "Volunteer",
    "VolunteerTemplate",
    "Watchlist",
    "Worker",
]
