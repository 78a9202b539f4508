"""What a group has several of, in one readable cell of a table: its chats, what it covers, its shifts, its roster."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from patrol.dispatch.coverage import PLACE_KEYS, words_of
from patrol.dispatch.drafts import ChatDraft, MemberDraft
from patrol.dispatch.shifts import DAYS
from patrol.values import PatrolError

BETWEEN = re.compile(r"[;；\r\n]+")  # two entries
WITHIN = re.compile(r"\s*[,，]\s*")  # two fields of an entry
BETWEEN_DAYS = re.compile(r"[,，、\s]+")
SPAN = re.compile(r"\s*[-–—~～至到]\s*")
CLOCK = r"(\d{1,2}[:：]\d{2})"
TURN = re.compile(rf"(.+?)\s+{CLOCK}{SPAN.pattern}{CLOCK}")
DAY_OFF = re.compile(r"(\d{4}-\d{2}-\d{2})\s+(?:off|休|休息)", re.IGNORECASE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
ROLES = {"captain": "captain", "队长": "captain", "member": "member", "队员": "member", "成员": "member"}
CHINESE_DAYS = dict(zip("一二三四五六日天", (*DAYS, DAYS[-1]), strict=True))
EVERY_DAY = ("daily", "every day", "每天", "每日")
EXAMPLES = {
    "chats": "wecom_robot secret=wecom-3f; matrix https://matrix.example.org/!room secret=matrix-token",
    "covers": "mall/north/3F; stream:gate-b",
    "shifts": "mon-fri 08:00-16:00; 2026-10-01 off",
    "members": "Li Na, captain, +86 138 0013 8000, feishu=ou_1; Wang Qiang",
}


class CellUnread(PatrolError):
    """A cell of a table cannot be read."""

    def __init__(self, entry: str) -> None:
        super().__init__(f"{entry!r} cannot be read")
        self.entry = entry


def write_chats(chats: Iterable[ChatDraft]) -> str:
    return "; ".join(
        " ".join(filter(None, (chat.kind, chat.address, f"secret={chat.secret}" if chat.secret else "")))
        for chat in chats
    )


def read_chats(cell: str) -> list[dict[str, Any]]:
    return [_chat(entry) for entry in _entries(cell)]


def _chat(entry: str) -> dict[str, Any]:
    kind, *more = entry.split()
    secrets = [word.removeprefix("secret=") for word in more if word.startswith("secret=")]
    addresses = [word for word in more if not word.startswith("secret=")]
    if len(secrets) > 1 or len(addresses) > 1:
        raise CellUnread(f"{kind} ...")  # the rest may be a secret: it is not repeated
    return {"kind": kind, "address": "".join(addresses)} | ({"secret": secrets[0]} if secrets else {})


def write_covers(covers: Iterable[Mapping[str, str]]) -> str:
    return "; ".join(words_of(cover) for cover in covers)


def read_covers(cell: str) -> list[dict[str, Any]]:
    return [_cover(entry) for entry in _entries(cell)]


def _cover(entry: str) -> dict[str, Any]:
    if entry.startswith("stream:"):
        return {"stream": entry.removeprefix("stream:").strip()}
    parts = [part.strip() for part in entry.split("/")]
    if len(parts) > len(PLACE_KEYS):
        raise CellUnread(entry)
    return {key: part for key, part in zip(PLACE_KEYS, parts, strict=False) if part}


def write_members(members: Iterable[MemberDraft]) -> str:
    return "; ".join(", ".join(_fields_of(member)) for member in members)


def _fields_of(member: MemberDraft) -> Iterator[str]:
    yield member.name
    if member.role != "member":
        yield member.role
    if member.phone:
        yield member.phone
    for kind, identity in member.identities.items():
        yield f"{kind}={identity}"


def read_members(cell: str) -> list[dict[str, Any]]:
    return [_member(entry) for entry in _entries(cell)]


def _member(entry: str) -> dict[str, Any]:
    name, *fields = WITHIN.split(entry)
    member: dict[str, Any] = {"name": name, "identities": {}}
    for said in filter(None, fields):
        kind, equals, identity = said.partition("=")
        if equals:
            member["identities"][kind.strip()] = identity.strip()
        elif role := ROLES.get(said.lower()):
            member["role"] = role
        elif "phone" in member:
            raise CellUnread(entry)
        else:
            member["phone"] = said
    return member


def write_shifts(shifts: Mapping[str, Any]) -> str:
    weekly = [f"{write_days(turn['days'])} {turn['from']}-{turn['to']}" for turn in shifts.get("weekly", ())]
    return "; ".join([*weekly, *(_exception_text(entry) for entry in shifts.get("exceptions", ()))])


def _exception_text(entry: Mapping[str, Any]) -> str:
    return f"{entry['date']} off" if entry.get("is_off") else f"{entry['date']} {entry['from']}-{entry['to']}"


def write_days(days: Sequence[str]) -> str:
    """ "mon-fri" for neighbours, "sat,sun" for others."""
    places = [DAYS.index(day) for day in days]
    if len(days) > 2 and places == list(range(places[0], places[0] + len(days))):
        return f"{days[0]}-{days[-1]}"
    return ",".join(days)


def read_shifts(cell: str) -> dict[str, Any]:
    weekly: list[dict[str, Any]] = []
    exceptions: list[dict[str, Any]] = []
    for entry in _entries(cell):
        if off := DAY_OFF.fullmatch(entry):
            exceptions.append({"date": off[1], "is_off": True})
        elif (turn := TURN.fullmatch(entry)) and DATE.fullmatch(turn[1]):
            exceptions.append({"date": turn[1], **_hours(turn)})
        elif turn:
            weekly.append({"days": read_days(turn[1]), **_hours(turn)})
        else:
            raise CellUnread(entry)
    lists = (("weekly", weekly), ("exceptions", exceptions))
    return {key: entries for key, entries in lists if entries}


def _hours(turn: re.Match[str]) -> dict[str, str]:
    return {"from": read_clock(turn[2]), "to": read_clock(turn[3])}


def read_clock(text: str) -> str:
    """8:00 as spreadsheets write it is 08:00."""
    return text.strip().replace("：", ":").zfill(len("08:00")) if text.strip() else ""


def read_days(text: str) -> list[str]:
    """The days of "mon-fri", "sat,sun", "周一至周五" or "daily"; a word that is no day stays as it is."""
    if text.strip().lower() in EVERY_DAY:
        return list(DAYS)
    days: list[str] = []
    for span in filter(None, BETWEEN_DAYS.split(SPAN.sub("-", text.strip()))):
        first, dash, last = (_day(part) for part in span.partition("-"))
        if dash and first in DAYS and last in DAYS:
            n_days = (DAYS.index(last) - DAYS.index(first)) % len(DAYS) + 1
            days += [DAYS[(DAYS.index(first) + step) % len(DAYS)] for step in range(n_days)]
        else:
            days.append(span if dash else first)
    return days


def _day(word: str) -> str:
    short = word.strip().lower().removeprefix("星期").removeprefix("周")
    return CHINESE_DAYS.get(short, short[:3] if short[:3] in DAYS else short)


def _entries(cell: str) -> list[str]:
    return [entry.strip() for entry in BETWEEN.split(cell) if entry.strip()]
