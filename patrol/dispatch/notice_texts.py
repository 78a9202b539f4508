"""What the maintenance groups read of a cause: how many, since when, which ones (words/health.json)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from patrol import words
from patrol.dispatch.causes import Cause, sentence_of, since
from patrol.store.tables import Alarm
from patrol.values import Language

MOST_NAMES = 6  # in one message; the console lists them all
SEPARATORS: dict[Language, str] = {"en": ", ", "zh": "、"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it, and when."""

    language: Language
    time_zone: str
    now: datetime

    def moment(self, moment: datetime) -> str:
        """ "02:14", with its day where that is another one than today's."""
        local, today = (it.astimezone(_zone(self.time_zone)) for it in (moment, self.now))
        return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%m-%d %H:%M}"


def standing(cause: Cause, alarms: Sequence[Alarm], reader: Reader, *, is_grown: bool = False) -> str:
    """ "14 cameras dark since 02:14: ..." """
    frame = "grown" if is_grown else "alarm"
    return words.say(f"health.{frame}", reader.language, text=sentence(cause, alarms, reader), n=len(alarms))


def sentence(cause: Cause, alarms: Sequence[Alarm], reader: Reader) -> str:
    """The same without a frame around it, as the console shows it."""
    return _said(cause, alarms, reader, len(alarms), "")


def over(cause: Cause, alarms: Sequence[Alarm], reader: Reader, n: int, at: datetime) -> str:
    """ "all 14 cameras back at 02:31"; `n` is how many were told of, and may have been fewer than there were."""
    n = max(n, len({alarm.subject for alarm in alarms}))
    return words.say("health.over", reader.language, text=_said(cause, alarms, reader, n, "back", at), n=n)


def _said(
    cause: Cause, alarms: Sequence[Alarm], reader: Reader, n: int, ending: str, at: datetime | None = None
) -> str:
    """The most particular sentence there is for a cause: its platform's refusal, one of it, many of it, any."""
    known, number = words.catalogue("health"), "one" if n == 1 else "many"
    stems = [f"{cause.code}.{cause.error}", cause.code, "other"]
    names = [".".join(filter(None, [stem, ending, end])) for stem in stems for end in (number, "")]
    fields = {
        "n": n,
        "since": reader.moment(since(alarms)) if alarms else "",
        "at": reader.moment(at) if at else "",
        "names": _names(alarms, reader.language),
        "platform": platform_name(cause.chat_kind, reader.language),
        "explanation": _explained(cause, alarms, reader.language),
    }
    return words.say(f"health.{next(name for name in names if name in known)}", reader.language, **fields)


def platform_name(kind: str, language: Language) -> str:
    code = f"platform.{kind}"
    return words.say(f"health.{code}", language) if code in words.catalogue("health") else kind


def _names(alarms: Sequence[Alarm], language: Language) -> str:
    names = list(dict.fromkeys(_name(alarm) for alarm in alarms))
    more = [words.say("health.more", language, n=len(names) - MOST_NAMES)] if len(names) > MOST_NAMES else []
    return SEPARATORS[language].join([*names[:MOST_NAMES], *more])


def _name(alarm: Alarm) -> str:
    return str(alarm.detail.get("name") or alarm.detail.get("group_id") or alarm.subject.partition(":")[2])


def _explained(cause: Cause, alarms: Sequence[Alarm], language: Language) -> str:
    """The console's sentence of the first alarm; a code of another version is shown as it is."""
    if not alarms:
        return cause.code
    fields = {"subject": alarms[0].subject, **alarms[0].detail}
    try:
        return words.say(f"alarms.{sentence_of(alarms[0])}", language, **fields)
    except KeyError:
        return cause.code


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
