"""Renders the groups' pages: Jinja2, everything escaped, every sentence from the words."""

from functools import cache, partial
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from patrol import words
from patrol.values import Language

ROOM = Path(__file__).parent
ASSETS_DIR = ROOM / "page_assets"
#: Phrases that the page's script says.
SCRIPT_PHRASES = (
    *("live", "slow", "away", "new", "own", "seen", "on_my_way", "sighted", "not_him", "other", "sure"),
    *("sending", "sent", "kept", "refused"),
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
    return Environment(
        loader=FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _assets_version() -> str:
    """Changes with the files, so that a phone never runs an old script on a new page."""
    content = b"".join(path.read_bytes() for path in sorted(ASSETS_DIR.iterdir()) if path.is_file())
    return sha256(content).hexdigest()[:8]
