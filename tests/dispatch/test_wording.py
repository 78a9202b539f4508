"""What guards read says what it must and never what it must not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from patrol import words
from patrol.chats.table import LIMITS
from patrol.dispatch import statuses, wording
from patrol.store.tables import Episode, Group, Hit, Person, Watchlist
from patrol.values import Language

SEEN_AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
FORBIDDEN = ("confirmed", "wanted", "suspect", "wanda", "确认是", "嫌疑", "通缉")


def hit(*, instruction: str | None = None, is_exercise: bool = False, zone: str = "Asia/Shanghai") -> Hit:
    watchlist = Watchlist(name="Wanted", category="wanted", instruction=instruction, is_exercise=is_exercise)
    return Hit(
        id=uuid4(),
        number=12,
        origin="match",
        site_name="东方商场",
        place="三楼扶梯",
        seen_at=SEEN_AT,
        time_zone=zone,
        watchlist=watchlist,
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", LIMITS)
def test_a_hit_has_place_time_number_and_instruction_and_no_name(kind: str, language: Language) -> None:
    text = wording.hit_text(hit(), language, LIMITS[kind])
    for part in ("#0012", "东方商场", "三楼扶梯", "2026-03-02 09:30:00", words.say("dispatch.instruction", language)):
        assert part in text
    assert not [word for word in FORBIDDEN if word in text.lower()]
    assert len(text.encode()) <= LIMITS[kind].text_bytes


def test_the_lists_own_instruction_takes_the_place_of_the_default() -> None:
    text = wording.hit_text(hit(instruction="Offer help, call the desk."), "en", LIMITS["matrix"])
    assert "Offer help, call the desk." in text
    assert words.say("dispatch.instruction", "en") not in text


def test_where_answers_are_read_the_text_says_how_to_answer() -> None:
    assert "4 not him" in wording.hit_text(hit(), "en", LIMITS["matrix"])
    assert "4 not him" not in wording.hit_text(hit(), "en", LIMITS["wecom_robot"])


HEADLINES: list[tuple[Language, float, str]] = [
    ("en", 5, "Possible match #0012 · 三楼扶梯 · just now"),
    ("en", 61, "Possible match #0012 · 三楼扶梯 · 1 min ago"),
    ("zh", 185, "疑似人员 #0012 · 三楼扶梯 · 3 分钟前"),
    ("en", 7_300, "Possible match #0012 · 三楼扶梯 · 2 h ago"),
]


@pytest.mark.parametrize(("language", "age_s", "line"), HEADLINES)
def test_what_a_phone_shows_unopened_is_number_place_and_how_long_ago(
    language: Language, age_s: float, line: str
) -> None:
    now = SEEN_AT + timedelta(seconds=age_s)
    assert wording.hit_text(hit(), language, LIMITS["matrix"], now=now).splitlines()[0] == line


@pytest.mark.parametrize(("language", "duty"), [("en", "Duty desk 021-110"), ("zh", "值班电话 021-110")])
def test_the_duty_desks_number_stands_on_a_line_of_its_own(language: Language, duty: str) -> None:
    for instruction in (None, "Offer help. " * 500):
        text = wording.hit_text(hit(instruction=instruction), language, LIMITS["wecom_robot"])
        assert wording.with_duty(text, "021-110", language).splitlines()[-1] == duty
        assert len(text.encode()) + wording.ADDED_BYTES <= LIMITS["wecom_robot"].text_bytes
    assert wording.with_duty("text", "", language) == "text"


def test_an_update_is_called_by_its_case_and_answered_by_its_own_number() -> None:
    later = hit()
    later.number, later.update_number, later.episode = 131, 2, Episode(first_hit_number=123)
    text = wording.hit_text(later, "en", LIMITS["matrix"])
    assert text.splitlines()[0] == "#0123, update 2: 三楼扶梯, 09:30"
    assert "#0131" in text
    assert wording.hit_text(later, "zh", LIMITS["matrix"]).startswith("#0123 续报 2：三楼扶梯，09:30")


def test_buttons_are_offered_as_far_as_the_platform_takes_them_and_only_where_an_answer_is_wanted() -> None:
    few = replace(LIMITS["webhook"], n_buttons=3)
    assert [button.label for button in wording.buttons("hit", "en", few)] == ["Seen", "On my way", "Sighted here"]
    assert wording.buttons("withdraw", "en", few) == ()
    assert wording.buttons("hit", "zh", replace(few, n_buttons=0)) == ()


def test_a_name_stands_in_a_picture_only_where_the_groups_policy_says_so() -> None:
    seen = hit()
    seen.person, seen.heading = Person(name="Wanda Hart"), "towards"
    for shows_name in (False, True):
        group = Group(id="gate", name="Gate", language="en", shows_name=shows_name)
        lines = wording.caption(seen, group, is_repeat=False).lines
        assert ("Wanda Hart" in lines) == shows_name
        assert "Walking towards the camera" in lines


@pytest.mark.parametrize(("language", "mark"), [("en", "FROM A RECORDING"), ("zh", "【录像】")])
def test_a_recording_says_so_in_every_text(language: Language, mark: str) -> None:
    seen = hit()
    seen.origin = "replay"
    group = Group(id="gate", name="Gate", language=language)
    texts = [wording.hit_text(seen, language, LIMITS["page"]), wording.withdrawal_text(seen, language)]
    texts.append(statuses.sentence(group, "outcome_lost", {}, seen))
    assert all(text.startswith(mark) for text in texts)


@pytest.mark.parametrize(("language", "mark"), [("en", "EXERCISE"), ("zh", "演练")])
def test_an_exercise_says_so_in_every_text(language: Language, mark: str) -> None:
    drill = hit(is_exercise=True)
    group = Group(id="gate", name="Gate", language=language)
    assert mark in wording.hit_text(drill, language, LIMITS["page"])
    assert mark in wording.withdrawal_text(drill, language)
    assert mark in wording.caption(drill, group, is_repeat=False).title


def test_a_long_instruction_is_cut_to_what_the_platform_takes_even_as_a_repeat() -> None:
    text = wording.hit_text(hit(instruction="跟随" * 2_000), "zh", LIMITS["wecom_robot"])
    assert len(wording.repeated(text, "zh").encode()) <= LIMITS["wecom_robot"].text_bytes
    assert text.endswith("…")
    assert "#0012" in text


CUTS = [("", 5, ""), ("abc", 3, "abc"), ("abcdef", 5, "ab…"), ("疑似人员", 7, "疑…"), ("abc", 2, ""), ("abc", 0, "")]


@pytest.mark.parametrize(("text", "longest", "short"), CUTS)
def test_cutting_never_breaks_a_letter(text: str, longest: int, short: str) -> None:
    assert wording.shortened(text, longest) == short


ZONES = [
    ("UTC", "2026-03-02 01:30:00 (UTC)"),
    ("Asia/Shanghai", "2026-03-02 09:30:00 (UTC+8)"),
    ("Asia/Kolkata", "2026-03-02 07:00:00 (UTC+5:30)"),
    ("America/St_Johns", "2026-03-01 22:00:00 (UTC-3:30)"),
    ("Nowhere/Never", "2026-03-02 01:30:00 (UTC)"),
]


@pytest.mark.parametrize(("zone", "shown"), ZONES)
def test_the_time_is_the_sites_own(zone: str, shown: str) -> None:
    assert wording.local_time(SEEN_AT, zone, "en") == shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_failure_has_words(language: Language) -> None:
    assert wording.explain("limited: errcode 45009", language) == words.say("dispatch.error_limited", language)
    assert wording.explain("something new: 7", language) == words.say("dispatch.error_other", language)
    assert wording.explain("", language) == words.say("dispatch.error_other", language)


def test_both_languages_say_everything_with_the_same_fields() -> None:
    for code, entry in words.catalogue("dispatch").items():
        assert set(entry) == {"en", "zh"}, code
        assert fields(entry["en"]) == fields(entry["zh"]), code


def fields(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}
