"""The duty desk's number dials on a tap, wherever it stands, and what people wrote stays text."""

from typing import get_args

import pytest

from patrol import words
from patrol.dispatch.page import ABOUT_A_HIT, KINDS
from patrol.hits.episodes import Outcome
from patrol.values import Language, ReplyKind
from patrol.web.templates import dialled


def say(code: str, **fields: object) -> str:
    return f"<{code}> {fields['phone']}"


@pytest.mark.parametrize(
    ("text", "phone", "shown"),
    [
        ("Duty 021 & more", "", "Duty 021 &amp; more"),
        ("", "110", '\n<a class="call" href="tel:110">&lt;call&gt; 110</a>'),
        (
            "a<b>\nDuty desk 021-555 x",
            "021-555",
            'a&lt;b&gt;\nDuty desk <a class="call" href="tel:021555">021-555</a> x',
        ),
        ("text", "+86 (21) 5", 'text\n<a class="call" href="tel:+86215">&lt;call&gt; +86 (21) 5</a>'),
        ("text", '1" onclick="x', 'text\n<a class="call" href="tel:1">&lt;call&gt; 1&#34; onclick=&#34;x</a>'),
    ],
)
def test_the_number_becomes_a_link_that_dials(text: str, phone: str, shown: str) -> None:
    assert dialled(text, phone, say) == shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_outcome_and_every_kind_of_message_has_its_words(language: Language) -> None:
    from_page = words.catalogue("page")
    for code in (
        *(f"ended_{it}" for it in get_args(Outcome)),
        *(f"kind_{it}" for it in KINDS if it not in ABOUT_A_HIT),
    ):
        assert from_page[code][language]
    for kind in get_args(ReplyKind):
        assert from_page[kind][language]
