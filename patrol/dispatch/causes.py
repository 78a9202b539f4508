"""What alarms have in common: many of one cause are one message to whoever mends it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Self

from patrol import words
from patrol.store.tables import Alarm

ABOUT_CASES = ("hit:", "episode:", "person:", "reply:")  # these alarms are the duty desk's, not the maintenance's
TOLD_ALL_THE_SAME = ("hit_not_delivered",)  # something of ours did not work


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """A code; where a platform is to blame, which and how it refuses; the site where it is one site's."""

    code: str
    chat_kind: str = ""
    error: str = ""
    site_id: str = ""

    @classmethod
    def of(cls, alarm: Alarm) -> Self:
        detail = alarm.detail
        chat_kind = str(detail.get("chat_kind") or "")
        error = str(detail.get("error") or "") if chat_kind else ""
        return cls(alarm.code, chat_kind, error, str(detail.get("site_id") or ""))

    @classmethod
    def read(cls, written: str) -> Self:
        return cls(*written.split("|"))

    def __str__(self) -> str:
        return "|".join(astuple(self))


def is_systems(alarm: Alarm) -> bool:
    """Whether it is about patrol itself, and no hit, case or entry."""
    return alarm.code in TOLD_ALL_THE_SAME or not alarm.subject.startswith(ABOUT_CASES)


def by_cause(alarms: Iterable[Alarm]) -> Mapping[Cause, list[Alarm]]:
    """The alarms about patrol itself, the oldest of each cause first."""
    grouped: dict[Cause, list[Alarm]] = defaultdict(list)
    for alarm in sorted(alarms, key=lambda alarm: (alarm.raised_at, alarm.subject)):
        if is_systems(alarm):
            grouped[Cause.of(alarm)].append(alarm)
    return grouped


def sentence_of(alarm: Alarm) -> str:
    """Its entry of words/alarms.json: the one for its stage or reason where there is one."""
    known = words.catalogue("alarms")
    particular = (f"{alarm.code}.{alarm.detail.get(name)}" for name in ("stage", "reason"))
    return next((code for code in particular if code in known), alarm.code)


def since(alarms: Iterable[Alarm]) -> datetime:
    """When the first of them began, which may be before it was sure enough for an alarm."""
    return min(_began(alarm) for alarm in alarms)


def _began(alarm: Alarm) -> datetime:
    said = alarm.detail.get("since")
    return datetime.fromisoformat(said) if said else alarm.raised_at
