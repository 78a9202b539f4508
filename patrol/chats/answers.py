"""What a member means by a line of text or a reaction: which hit, and which of the answers."""

import re
import unicodedata
from dataclasses import dataclass

from patrol.values import ReplyKind

# 3 beside a number alone means nothing, so a number counts only behind a hit's number or in a reply to a message.
BY_NUMBER: dict[str, ReplyKind] = {"1": "seen", "2": "on_my_way", "3": "sighted", "4": "not_him"}
BY_WORD: dict[str, ReplyKind] = {
    **dict.fromkeys(("seen", "ok", "roger", "收到", "已读", "看到了消息", "好的"), "seen"),
    **dict.fromkeys(
        ("on my way", "omw", "coming", "going", "在路上", "马上到", "正在赶去", "我去", "出发"), "on_my_way"
    ),
    **dict.fromkeys(("sighted", "sighted here", "here", "i see him", "i see her"), "sighted"),
    **dict.fromkeys(("看到人了", "发现", "发现目标", "人在这里", "在这里"), "sighted"),
    **dict.fromkeys(("not him", "not her", "wrong person", "not the person"), "not_him"),
    **dict.fromkeys(("不是他", "不是她", "不是本人", "不是这个人", "认错了", "不是"), "not_him"),
}
BY_REACTION: dict[str, ReplyKind] = {
    **dict.fromkeys(("👀", "👍", "👌", "✅", "✔", "🆗"), "seen"),
    **dict.fromkeys(("🏃", "🚶", "🚨", "🚓"), "on_my_way"),
    **dict.fromkeys(("📍", "🎯"), "sighted"),
    **dict.fromkeys(("❌", "👎", "🚫", "✖", "🙅"), "not_him"),
}
NUMBERED = re.compile(r"(?:hit\s*-?\s*#?|#)\s*0*(\d{1,9})\b[\s,.:,、。:-]*(.*)", re.IGNORECASE | re.DOTALL)
PUNCTUATION = " \t\r\n.!,;~。"
DECORATION = re.compile("[\ufe0f\u20e3\u200d♂♀\U0001f3fb-\U0001f3ff]")  # emoji style, keycap, joiner, gender, skin


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member wrote, read."""

    kind: ReplyKind
    hit_number: int | None
    text: str  #: their own words; empty where the kind says it all


def read_text(text: str) -> Answer:
    """Read "#12 2", "HIT-0012 not him", "2" or free words. Who sent a bare "2" in reply to what, the chat knows."""
    plain = unicodedata.normalize("NFKC", _without_quote(text)).strip()
    numbered = NUMBERED.match(plain)
    hit_number = int(numbered[1]) if numbered else None
    words = numbered[2] if numbered else plain
    kind = _kind(words)
    return Answer(kind or "other", hit_number, "" if kind else words.strip())


def read_reaction(key: str) -> Answer:
    """Read a reaction: an emoji with a meaning, a keycap digit, or something else kept as it is."""
    plain = DECORATION.sub("", key).strip()
    kind = BY_NUMBER.get(plain) or BY_REACTION.get(plain)
    return Answer(kind or "other", None, "" if kind else key)


def _kind(words: str) -> ReplyKind | None:
    plain = words.strip(PUNCTUATION).casefold()
    return BY_NUMBER.get(plain) or BY_WORD.get(plain)


def _without_quote(text: str) -> str:
    """Drop the quoted lines that some clients put above a reply ("> <@gus:example.org> ...")."""
    lines = text.splitlines()
    while lines and (lines[0].startswith(">") or not lines[0].strip()):
        lines.pop(0)
    return "\n".join(lines)
