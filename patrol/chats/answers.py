"""What a member means by a line of text or a reaction: which hit, and which of the answers."""

import re
import unicodedata
from dataclasses import dataclass
from typing import get_args

from patrol.values import ReplyKind

# A digit alone means nothing, so it counts only behind a hit's number or in a reply to a message.
BY_NUMBER: dict[str, ReplyKind] = {
    "1": "seen",
    "2": "on_my_way",
    "3": "sighted",
    "4": "not_him",
    "5": "cannot_go",
    "6": "need_help",
    "7": "stopped",
    "8": "gone",
}
BY_WORD: dict[str, ReplyKind] = {
    **dict.fromkeys(("seen", "ok", "roger", "收到", "已读", "已看到", "看到了消息", "好的", "知道了"), "seen"),
    **dict.fromkeys(
        ("on my way", "omw", "coming", "going", "在路上", "马上到", "正在赶去", "我去", "出发"), "on_my_way"
    ),
    **dict.fromkeys(("sighted", "sighted here", "here", "i see him", "i see her"), "sighted"),
    **dict.fromkeys(("看到人了", "发现", "发现目标", "人在这里", "在这里", "人在这"), "sighted"),
    **dict.fromkeys(("not him", "not her", "wrong person", "not the person"), "not_him"),
    **dict.fromkeys(("不是他", "不是她", "不是此人", "不是本人", "不是这个人", "认错了", "不是"), "not_him"),
    **dict.fromkeys(("can't go", "cannot go", "cant go", "can not go", "can't", "busy"), "cannot_go"),
    **dict.fromkeys(("去不了", "走不开", "不能去", "无法前往", "没空", "不在岗"), "cannot_go"),
    **dict.fromkeys(("need help", "help", "backup", "need backup", "sos"), "need_help"),
    **dict.fromkeys(("需要支援", "请求支援", "支援", "求助", "需要帮助", "需要增援", "帮忙"), "need_help"),
    **dict.fromkeys(("stopped", "stopped him", "stopped her", "got him", "got her"), "stopped"),
    **dict.fromkeys(("拦下了", "拦住了", "已拦下", "已拦住", "控制住了", "已控制"), "stopped"),
    **dict.fromkeys(("gone", "he is gone", "she is gone", "he left", "she left", "lost him", "lost her"), "gone"),
    **dict.fromkeys(("走了", "离开了", "已离开", "人已离开", "人走了", "跟丢了", "不见了", "人不见了"), "gone"),
}
BY_REACTION: dict[str, ReplyKind] = {
    **dict.fromkeys(("👀", "👍", "👌", "✅", "✔", "🆗"), "seen"),
    **dict.fromkeys(("🏃", "🚶", "🚨", "🚓"), "on_my_way"),
    **dict.fromkeys(("📍", "🎯"), "sighted"),
    **dict.fromkeys(("❌", "👎", "🚫", "✖", "🙅"), "not_him"),
    **dict.fromkeys(("⛔", "🤷", "😔"), "cannot_go"),
    **dict.fromkeys(("🆘", "🙏", "❗", "‼"), "need_help"),
    **dict.fromkeys(("✋", "🛑"), "stopped"),
    **dict.fromkeys(("💨", "👋"), "gone"),
}
BIND = ("bind", "绑定")  # said to a bot by who sets a chat up and wants to know its address
KINDS: frozenset[ReplyKind] = frozenset(get_args(ReplyKind))
NUMBERED = re.compile(r"(?:hit\s*-?\s*#?|#)\s*0*(\d{1,9})\b[\s,.:,、。:-]*(.*)", re.IGNORECASE | re.DOTALL)
PUNCTUATION = " \t\r\n.!,;~。"
APOSTROPHES = str.maketrans("’‘`´", "''''")  # a phone writes can’t
DECORATION = re.compile("[\ufe0f\u20e3\u200d♂♀\U0001f3fb-\U0001f3ff]")  # emoji style, keycap, joiner, gender, skin


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member wrote, read."""

    kind: ReplyKind
    hit_number: int | None
    text: str  #: their own words; empty where the kind says it all


def read_text(text: str) -> Answer:
    """Read "#12 2", "HIT-0012 not him", "2" or free words. Who sent a bare "2" in reply to what, the chat knows."""
    plain = unicodedata.normalize("NFKC", _without_quote(text).translate(APOSTROPHES)).strip()
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


def asks_for_address(text: str) -> bool:
    """Whether somebody wants to know the address of the chat he is in: "bind", or "/bind" as a command to a bot."""
    return text.strip().removeprefix("/").partition("@")[0].strip().casefold() in BIND


def address_card(address: str, member: str) -> str:
    """What such a one is told, in the words of a group's file: the chat's address, and his own id for the roster."""
    return f"address: {address}\nmember: {member}"


def read_kind(name: object) -> ReplyKind | None:
    """The answer that a button stands for; None for what is no button of ours."""
    return next((kind for kind in KINDS if kind == name), None)


def with_media(answer: Answer) -> Answer:
    """What a member means who sends a photo or a place about a hit: without other words, that the person is there."""
    return Answer("sighted", answer.hit_number, "") if answer.kind == "other" and not answer.text else answer


def _kind(words: str) -> ReplyKind | None:
    plain = words.strip(PUNCTUATION).casefold()
    return BY_NUMBER.get(plain) or BY_WORD.get(plain)


def _without_quote(text: str) -> str:
    """Drop the quoted lines that some clients put above a reply ("> <@gus:example.org> ...")."""
    lines = text.splitlines()
    while lines and (lines[0].startswith(">") or not lines[0].strip()):
        lines.pop(0)
    return "\n".join(lines)
