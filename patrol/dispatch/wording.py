"""What guards read: short, with place and number, never a person's name, never that anything is certain."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from patrol import words
from patrol.chats.chat import Limits
from patrol.store.tables import Delivery, Group, Hit
from patrol.values import Button, Language, ReplyKind

CUT = "…"
ADDED_BYTES = 300  # kept free in every text for what is added as it leaves: the duty number, a link to the picture

#: In the order in which they are offered where a platform takes fewer buttons; the rest is said in words.
BUTTONS: tuple[ReplyKind, ...] = (
    *("seen", "on_my_way", "sighted", "not_him", "cannot_go", "need_help"),
    *("stopped", "gone"),
)
ANSWERED = ("hit", "exercise", "drill")  # kinds of delivery that ask for an answer


@dataclass(frozen=True, slots=True)
class Caption:
    """What is burnt into a picture."""

    title: str
    lines: tuple[str, ...]
    watermark: str
    is_exercise: bool
    seen: str = ""  #: under the face close up
    enrolled: str = ""  #: under the photo on the list, where the group may see it


def short_number(number: int) -> str:
    return f"#{number:04d}"


def language_of(group: Group) -> Language:
    return "zh" if group.language == "zh" else "en"


def hit_text(hit: Hit, language: Language, limits: Limits, *, now: datetime | None = None) -> str:
    """The message that goes with the picture; the instruction is cut where the platform takes less.

    What a phone shows without opening it comes first: number, place in landmark words, how long ago.
    now: for how long ago it was; None where that is not to be said.
    """
    head = _lines([headline(hit, language, now), *_known_as(hit, language), where_and_when(hit, language)])
    tail = [words.say("dispatch.answers", language, number=short_number(hit.number))] if limits.has_replies else []
    room = limits.text_bytes - ADDED_BYTES - len("\n".join(["", *head, *tail]).encode())
    told = shortened(instruction(hit, language), max(0, room - 1 - len(repeated("", language).encode())))
    return "\n".join([*head, told, *tail])


def headline(hit: Hit, language: Language, now: datetime | None = None) -> str:
    """The first line: "Possible match #0012 · 3F escalator, towards exit B · 1 min ago"."""
    place = [] if hit.update_number else [hit.place]  # an update's title names its place already
    return " · ".join(_lines([title(hit, language), *place, ago(hit.seen_at, now, language) if now else ""]))


def _known_as(hit: Hit, language: Language) -> list[str]:
    """An update is called by its case; its own number is what an answer names."""
    number = short_number(hit.number)
    return [words.say("dispatch.possible_match", language, number=number)] if hit.update_number else []


def where_and_when(hit: Hit, language: Language) -> str:
    return " · ".join(_lines([hit.site_name, local_time(hit.seen_at, hit.time_zone, language)]))


def instruction(hit: Hit, language: Language) -> str:
    """The list's own instruction, else patrol's: to look for oneself, to follow, not to stop."""
    return hit.watchlist.instruction or words.say("dispatch.instruction", language)


def ago(moment: datetime, now: datetime, language: Language) -> str:
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if minutes == 0:
        return words.say("dispatch.just_now", language)
    if minutes < 60:
        return words.say("dispatch.minutes_ago", language, n=minutes)
    return words.say("dispatch.hours_ago", language, n=minutes // 60)


def title(hit: Hit, language: Language) -> str:
    """ "Possible match #0123", or "#0123, update 2: Gate 5, 02:17" where it belongs to a case that was told."""
    text = words.say("dispatch.possible_match", language, number=short_number(hit.number))
    if hit.update_number and hit.episode is not None:
        first, time = short_number(hit.episode.first_hit_number), clock_time(hit.seen_at, hit.time_zone)
        about = {"number": first, "n": hit.update_number, "place": hit.place or hit.stream_name, "time": time}
        text = words.say("dispatch.update", language, **about)
    return marked(text, hit, language)


def marked(text: str, hit: Hit, language: Language) -> str:
    """Say first what nobody may take for somebody who is there now: a recording, an exercise."""
    if hit.origin == "replay":
        text = words.say("dispatch.recording", language, text=text)
    return words.say("dispatch.exercise", language, text=text) if is_exercise(hit) else text


def is_exercise(hit: Hit) -> bool:
    return hit.watchlist.is_exercise or hit.origin == "exercise"


def withdrawal_text(hit: Hit, language: Language) -> str:
    return marked(words.say("dispatch.withdrawal", language, number=short_number(hit.number)), hit, language)


def repeated(text: str, language: Language) -> str:
    """Mark a message that may stand in the chat already."""
    return words.say("dispatch.repeat", language, text=text)


def text_of(delivery: Delivery) -> str:
    """The delivery's text as it leaves now."""
    if delivery.is_repeat and delivery.text:
        return repeated(delivery.text, language_of(delivery.group))
    return delivery.text


def buttons(kind: str, language: Language, limits: Limits) -> tuple[Button, ...]:
    """The answers a message of this kind offers, as many as the platform takes."""
    if kind not in ANSWERED:
        return ()
    offered = (Button(answer, words.say(f"dispatch.button_{answer}", language)) for answer in BUTTONS)
    return tuple(offered)[: limits.n_buttons]


def with_duty(text: str, phone: str, language: Language) -> str:
    """The duty desk's number on a line of its own, where a phone makes it one to tap."""
    return "\n".join([text, words.say("dispatch.duty", language, phone=phone)]) if phone else text


def with_link(text: str, url: str, language: Language) -> str:
    return "\n".join([text, words.say("dispatch.look_at", language, url=url)])


def caption(hit: Hit, group: Group, *, is_repeat: bool) -> Caption:
    language = language_of(group)
    first = title(hit, language)
    number, time = short_number(hit.number), clock_time(hit.seen_at, hit.time_zone)
    name = hit.person.name if group.shows_name else ""
    lines = [name, hit.site_name, hit.place, local_time(hit.seen_at, hit.time_zone, language), heading(hit, language)]
    return Caption(
        title=repeated(first, language) if is_repeat else first,
        lines=tuple(_lines(lines)),
        watermark=words.say("dispatch.watermark", language, group=group.name, number=number),
        is_exercise=is_exercise(hit),
        seen=words.say("dispatch.inset_seen", language, time=time),
        enrolled=words.say("dispatch.inset_enrolled", language),
    )


def heading(hit: Hit, language: Language) -> str:
    return words.say(f"dispatch.heading_{hit.heading}", language) if hit.heading else ""


def clock_time(moment: datetime, time_zone: str, *, with_seconds: bool = False) -> str:
    """Hours and minutes on the site's clock: "02:17"."""
    return f"{_local(moment, time_zone):{'%H:%M:%S' if with_seconds else '%H:%M'}}"


def local_time(moment: datetime, time_zone: str, language: Language) -> str:
    """The site's own clock, with its distance from UTC: "2026-03-02 09:30:00 (UTC+8)"."""
    local = _local(moment, time_zone)
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    zone = "UTC" + (f"{'+' if minutes >= 0 else '-'}{hours}" + (f":{rest:02d}" if rest else "") if minutes else "")
    return words.say("dispatch.local_time", language, date=f"{local:%Y-%m-%d}", time=f"{local:%H:%M:%S}", zone=zone)


def _local(moment: datetime, time_zone: str) -> datetime:
    try:
        return moment.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return moment.astimezone(UTC)


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
