"""Says a code that a row keeps. Rows outlive versions: a code that this version does not know is shown as it is."""

from collections.abc import Mapping

from patrol import words
from patrol.values import Language


def explain(subject: str, code: str, language: Language, fields: Mapping[str, object]) -> str:
    try:
        return words.say(f"{subject}.{code}", language, **fields)
    except (KeyError, FileNotFoundError):
        return code
