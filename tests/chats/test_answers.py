"""What members write is read as they mean it."""

import pytest

from patrol.chats.answers import Answer, asks_for_address, read_kind, read_reaction, read_text, with_media

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
    ("#12 5", ("cannot_go", 12, "")),
    ("HIT-0012 6", ("need_help", 12, "")),
    ("#12 7", ("stopped", 12, "")),
    ("#12 8", ("gone", 12, "")),
    ("9", ("other", None, "9")),
    ("Can’t go", ("cannot_go", None, "")),
    ("#7 去不了。", ("cannot_go", 7, "")),
    ("Need help!", ("need_help", None, "")),
    ("请求支援！", ("need_help", None, "")),
    ("拦住了", ("stopped", None, "")),
    ("人走了", ("gone", None, "")),
    ("I can't go that way, he sees me", ("other", None, "I can't go that way, he sees me")),
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
    ("🤷🏽‍♀️", "cannot_go"),
    ("🆘", "need_help"),
    ("✋", "stopped"),
    ("8️⃣", "gone"),
    ("🎉", "other"),
]


@pytest.mark.parametrize(("key", "kind"), REACTIONS)
def test_a_reaction_is_read(key: str, kind: str) -> None:
    assert read_reaction(key).kind == kind


def test_a_button_of_ours_is_known_and_no_other() -> None:
    assert read_kind("cannot_go") == "cannot_go"
    assert [read_kind(name) for name in ("", None, "fire", 4, [])] == [None] * 5


def test_a_photo_without_words_says_that_the_person_is_there() -> None:
    assert with_media(read_text("")).kind == "sighted"
    assert with_media(read_text("#12")) == Answer("sighted", 12, "")
    assert with_media(read_text("not him")).kind == "not_him"
    assert with_media(read_text("the bag he dropped")) == Answer("other", None, "the bag he dropped")


def test_who_sets_a_chat_up_asks_for_its_address() -> None:
    assert all(map(asks_for_address, ("bind", " Bind ", "/bind", "/bind@patrol_bot", "绑定")))
    assert not any(map(asks_for_address, ("", "bind him", "binding", "#12 2")))
