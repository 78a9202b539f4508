"""What members write is read as they mean it."""

import pytest

from patrol.chats.answers import read_reaction, read_text

TEXTS = [
    ("", ("other", None, "")),
    ("2", ("on_my_way", None, "")),
    ("２", ("on_my_way", None, "")),
    ("HIT-0001 2", ("on_my_way", 1, "")),
    ("hit 12 4", ("not_him", 12, "")),
    ("#12 3", ("sighted", 12, "")),
    ("＃0012，4", ("not_him", 12, "")),
    ("#12", ("other", 12, "")),
    ("#12 not him!", ("not_him", 12, "")),
    ("Not him.", ("not_him", None, "")),
    ("不是他。", ("not_him", None, "")),
    ("#0007 在路上", ("on_my_way", 7, "")),
    ("#7: by the north exit", ("other", 7, "by the north exit")),
    ("5", ("other", None, "5")),
    ("see you at 2", ("other", None, "see you at 2")),
    ("> <@patrol:x> Possible match #0012\n> East Mall\n\n4", ("not_him", None, "")),
    ("#" + "9" * 12 + " 4", ("other", None, "#" + "9" * 12 + " 4")),
]


@pytest.mark.parametrize(("text", "meant"), TEXTS)
def test_a_text_is_read(text: str, meant: tuple[str, int | None, str]) -> None:
    answer = read_text(text)
    assert (answer.kind, answer.hit_number, answer.text) == meant


REACTIONS = [
    ("", "other"),
    ("👀", "seen"),
    ("👍🏽", "seen"),
    ("1️⃣", "seen"),
    ("🏃‍♂️", "on_my_way"),
    ("📍", "sighted"),
    ("❌", "not_him"),
    ("4️⃣", "not_him"),
    ("🎉", "other"),
]


@pytest.mark.parametrize(("key", "kind"), REACTIONS)
def test_a_reaction_is_read(key: str, kind: str) -> None:
    assert read_reaction(key).kind == kind
