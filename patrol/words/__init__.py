"""Every sentence a user reads, by code, in English and Simplified Chinese; one JSON file a subject.

A catalogue entry is {"en": "...", "zh": "..."} with {fields} in braces. Rows keep codes, readers get words.
"""

import json
from functools import cache
from importlib import resources

from patrol.values import Language


@cache
def catalogue(subject: str) -> dict[str, dict[str, str]]:
    """The entries of `words/SUBJECT.json`."""
    text = resources.files(__package__).joinpath(f"{subject}.json").read_text(encoding="utf-8")
    entries: dict[str, dict[str, str]] = json.loads(text)
    return entries


def say(code: str, language: Language, **fields: object) -> str:
    """Say `code` ("subject.entry") in a language. An unknown code is a programming error: KeyError."""
    subject, _, entry = code.partition(".")
    return catalogue(subject)[entry][language].format(**fields)


def reading_language(accept_language: str) -> Language:
    """Pick the language for an Accept-Language header: Chinese where it comes first, else English."""
    for part in accept_language.lower().split(","):
        tag = part.split(";")[0].strip()
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
    return "en"
