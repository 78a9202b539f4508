"""A card with buttons whose keys carry it."""

import json

import pytest

from patrol.chats.wecom_card import KEY_BYTES, KINDS, Card, Room, card_of, read_key, short_card_of
from patrol.values import Button, Message

BUTTONS = (Button("seen", "看到了"), Button("on_my_way", "在路上"), Button("not_him", "不是他"))
CARD = Card("疑似人员 #0012", "3F 扶梯口，往 B 出口", BUTTONS)


def test_the_first_line_is_the_title() -> None:
    card = card_of(Message("k1", "疑似人员 #0012\n3F 扶梯口\n请核对本人。", buttons=BUTTONS))
    assert (card.title, card.text, card.buttons) == ("疑似人员 #0012", "3F 扶梯口\n请核对本人。", BUTTONS)


def test_a_card_fits_where_all_of_it_is_shown() -> None:
    assert CARD.fits(Room(title=10, text=13))
    assert not CARD.fits(Room(title=9, text=13))
    assert not CARD.fits(Room(title=10, text=12))


def test_under_a_text_a_card_has_its_first_line_and_shows_what_is_missing() -> None:
    message = Message("k1", "疑似人员 #0012 · 3F 扶梯口\n请核对本人。", buttons=BUTTONS)
    assert short_card_of(message, Room(title=99, text=0)) == Card("疑似人员 #0012 · 3F 扶梯口", "", BUTTONS)
    assert short_card_of(message, Room(title=11, text=0)).title == "疑似人员 #0012…"


def test_a_card_is_what_wecom_calls_button_interaction() -> None:
    content = CARD.json("k1")
    assert content["card_type"] == "button_interaction"
    assert content["main_title"] == {"title": "疑似人员 #0012"}
    assert content["sub_title_text"] == "3F 扶梯口，往 B 出口"
    assert [button["text"] for button in content["button_list"]] == ["看到了", "在路上", "不是他"]
    assert content["task_id"] == "k1"
    assert "sub_title_text" not in Card("#0012", "", BUTTONS).json("k1")


@pytest.mark.parametrize("button", BUTTONS)
def test_a_key_gives_back_what_was_pressed_and_the_whole_card(button: Button) -> None:
    assert read_key(CARD.key_of(button)) == (button.kind, CARD)


def test_a_card_that_is_too_much_for_a_key_leaves_the_kind() -> None:
    long = Card("疑似人员 #0012", "请" * 400, BUTTONS)
    assert read_key(long.key_of(BUTTONS[0])) == ("seen", None)


def test_the_longest_card_that_is_shown_whole_fits_into_its_keys() -> None:
    """Six buttons of ten Chinese letters under a full bot's card, with a press: the worst there is."""
    buttons = tuple(Button(kind, "已" * 10) for kind in sorted(KINDS, key=len)[:6])  # type: ignore[arg-type]
    longest = Card("疑" * 26, "请" * 112, buttons).pressed("seen", "gus")
    assert all(len(longest.key_of(button).encode()) <= KEY_BYTES for button in buttons)
    assert read_key(longest.key_of(buttons[0])) == (buttons[0].kind, longest)


NOT_OURS = [
    "",
    "fetch",
    "[]",
    "{}",
    "null",
    "3",
    '["seen"]',
    '["wave","t","x",[],[]]',
    '["seen","t","x",[[1]],[]]',
    "\ud800",
]


@pytest.mark.parametrize("key", NOT_OURS)
def test_a_key_that_is_not_ours_is_nothing(key: str) -> None:
    assert read_key(key) is None


def test_a_press_stands_under_the_text_and_can_be_followed_by_others() -> None:
    card = CARD.pressed("seen", "gus").pressed("on_my_way", "rita").pressed("seen", "gus")
    assert card.lines == "3F 扶梯口，往 B 出口\n✓ rita 在路上\n✓ gus 看到了"
    assert read_key(card.key_of(BUTTONS[2])) == ("not_him", card)


def test_a_press_that_was_not_taken_is_marked_so() -> None:
    assert CARD.pressed("seen", is_taken=False).lines.endswith("\n✗ 看到了")


def test_only_the_newest_presses_stay() -> None:
    card = CARD
    for member in "abcdef":
        card = card.pressed("seen", member)
    assert [press.split()[1] for press in card.presses] == ["c", "d", "e", "f"]


def test_keys_are_plain_text_in_json() -> None:
    assert json.loads(json.dumps(CARD.json("k1"))) == CARD.json("k1")
