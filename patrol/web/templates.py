"""Renders the groups' pages: Jinja2, everything escaped, every sentence from the words."""

import re
from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from patrol import words
from patrol.values import Language

ROOM = Path(__file__).parent
ASSETS_DIR = ROOM / "page_assets"
#: Phrases that the page's scripts say.
SCRIPT_PHRASES = (
    *("live", "slow", "away", "new", "own", "sure", "more"),
    *("seen", "on_my_way", "cannot_go", "need_help", "sighted", "not_him", "stopped", "gone", "other"),
    *("sending", "sent", "kept", "kept_open", "refused", "late"),
    *("where_found", "where_unknown", "photo", "photo_failed", "voice", "voice_stop", "voice_failed", "attached"),
    *("qr_for", "qr_failed", "forward_done", "forward_none", "forward_failed"),
)


def render(name: str, language: Language, **context: object) -> str:
    say = partial(_say, language)
    phrases = {code: words.catalogue("page")[code][language] for code in SCRIPT_PHRASES}
    return (
        _environment()
        .get_template(name)
        .render(language=language, say=say, phrases=phrases, version=_assets_version(), **context)
    )


def _say(language: Language, code: str, **fields: object) -> str:
    return words.say(f"page.{code}", language, **fields)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["dialled"] = dialled
    return environment


def dialled(text: str, phone: str, say: Callable[..., str]) -> Markup:
    """The text with the duty desk's number as a link that dials, at its own place or in a line of its own."""
    if not phone:
        return escape(text)
    link = Markup('<a class="call" href="tel:{}">{}</a>')
    dials = re.sub(r"[^+\d]", "", phone)
    before, found, after = text.partition(phone)
    if found:
        return escape(before) + link.format(dials, phone) + escape(after)
    return escape(text) + "\n" + link.format(dials, say("call", phone=phone))


@cache
def _assets_version() -> str:
    """Changes with the files, so that a phone never runs an old script on a new page."""
    content = b"".join(path.read_bytes() for path in sorted(ASSETS_DIR.iterdir()) if path.is_file())
    return sha256(content).hexdigest()[:8]
