"""What guards read: short, with place and number, never a person's name, never that anything is certain."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from patrol import words
from patrol.chats.chat import Limits
from patrol.store.tables import Delivery, Group, Hit
from patrol.values import Language

CUT = "…"


@dataclass(frozen=True, slots=True)
class Caption:
    """What is burnt into a picture."""

    title: str
    lines: tuple[str, ...]
    watermark: str
    is_exercise: bool


def short_number(number: int) -> str:
    return f"#{number:04d}"


def language_of(group: Group) -> Language:
    return "zh" if group.language == "zh" else "en"


def hit_text(hit: Hit, language: Language, limits: Limits) -> str:
    """The message that goes with the picture; the instruction is cut where the platform takes less."""
    head = [title(hit, language), hit.site_name, hit.place, local_time(hit.seen_at, hit.time_zone, language)]
    tail = [words.say("dispatch.answers", language, number=short_number(hit.number))] if limits.has_replies else []
    instruction = hit.watchlist.instruction or words.say("dispatch.instruction", language)
    room = limits.text_bytes - len("\n".join(["", *head, *tail]).encode()) - len(repeated("", language).encode())
    return "\n".join([*_lines(head), shortened(instruction, max(0, room - 1)), *tail])


def title(hit: Hit, language: Language) -> str:
    text = words.say("dispatch.possible_match", language, number=short_number(hit.number))
    return words.say("dispatch.exercise", language, text=text) if is_exercise(hit) else text


def is_exercise(hit: Hit) -> bool:
    return hit.watchlist.is_exercise or hit.origin == "exercise"


def withdrawal_text(hit: Hit, language: Language) -> str:
    text = words.say("dispatch.withdrawal", language, number=short_number(hit.number))
    return words.say("dispatch.exercise", language, text=text) if is_exercise(hit) else text


def repeated(text: str, language: Language) -> str:
    """Mark a message that may stand in the chat already."""
    return words.say("dispatch.repeat", language, text=text)


def text_of(delivery: Delivery) -> str:
    """The delivery's text as it leaves now."""
    if delivery.is_repeat and delivery.text:
        return repeated(delivery.text, language_of(delivery.group))
    return delivery.text


def caption(hit: Hit, group: Group, *, is_repeat: bool) -> Caption:
    language = language_of(group)
    first = title(hit, language)
    return Caption(
        title=repeated(first, language) if is_repeat else first,
        lines=tuple(_lines([hit.site_name, hit.place, local_time(hit.seen_at, hit.time_zone, language)])),
        watermark=words.say("dispatch.watermark", language, group=group.name, number=short_number(hit.number)),
        is_exercise=is_exercise(hit),
    )


def local_time(moment: datetime, time_zone: str, language: Language) -> str:
    """The site's own clock, with its distance from UTC: "2026-03-02 09:30:00 (UTC+8)"."""
    try:
        local = moment.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        local = moment.astimezone(UTC)
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    zone = "UTC" + (f"{'+' if minutes >= 0 else '-'}{hours}" + (f":{rest:02d}" if rest else "") if minutes else "")
    return words.say("dispatch.local_time", language, date=f"{local:%Y-%m-%d}", time=f"{local:%H:%M:%S}", zone=zone)


def explain(error: str, language: Language) -> str:
    """A delivery's error ("code: detail") in the reader's words."""
    code = f"error_{error.partition(':')[0]}"
    return words.say(f"dispatch.{code if code in words.catalogue('dispatch') else 'error_other'}", language)


def shortened(text: str, longest_bytes: int) -> str:
    """Cut to a number of UTF-8 bytes without cutting a letter, and show that something is missing."""
    if len(text.encode()) <= longest_bytes:
        return text
    kept = text.encode()[: max(0, longest_bytes - len(CUT.encode()))].decode(errors="ignore")
    return kept.rstrip() + CUT if longest_bytes >= len(CUT.encode()) else ""


def _lines(parts: list[str]) -> list[str]:
    return [part for part in parts if part]
