"""Alarms of one cause belong together, and what is about a case is not maintenance's."""

from datetime import UTC, datetime, timedelta

import pytest

from patrol.dispatch.causes import Cause, by_cause, is_systems, sentence_of, since
from patrol.store.tables import Alarm

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def alarm(code: str, subject: str, age_s: float = 60, **detail: object) -> Alarm:
    return Alarm(code=code, subject=subject, detail=detail, raised_at=NOW - timedelta(seconds=age_s))


@pytest.mark.parametrize(
    ("code", "subject", "expected"),
    [
        ("need_help", "hit:1", False),
        ("wrongful_stop", "person:1", False),
        ("episode_overdue", "episode:1", False),
        ("hit_not_delivered", "hit:1", True),
        ("chat_broken", "group:east", True),
        ("stream_dark", "stream:gate", True),
        ("from_another_version", "thing:1", True),
    ],
)
def test_what_is_about_a_case_is_the_duty_desks(code: str, subject: str, expected: bool) -> None:
    assert is_systems(alarm(code, subject)) is expected


def test_a_platform_that_refuses_for_one_reason_is_one_cause() -> None:
    grouped = by_cause(
        [
            alarm("chat_broken", "group:a", chat_kind="feishu", error="unauthorised", group_id="a"),
            alarm("chat_broken", "group:b", chat_kind="feishu", error="unauthorised", group_id="b"),
            alarm("chat_broken", "group:c", chat_kind="feishu", error="not_found", group_id="c"),
            alarm("chat_broken", "group:d", chat_kind="matrix", error="unauthorised", group_id="d"),
        ]
    )
    assert sorted(len(alarms) for alarms in grouped.values()) == [1, 1, 2]


def test_a_mistake_in_a_file_is_no_platforms_error() -> None:
    assert Cause.of(alarm("streams_broken", "streams_broken", error="streams.yaml:3: url")) == Cause("streams_broken")


def test_a_cause_is_written_and_read_again() -> None:
    for cause in (Cause("stream_dark", site_id="mall"), Cause("chat_broken", "feishu", "limited"), Cause("x")):
        assert Cause.read(str(cause)) == cause


def test_the_oldest_comes_first_and_says_since_when() -> None:
    began = (NOW - timedelta(seconds=200)).isoformat()
    older = alarm("stream_dark", "stream:a", 30, site_id="mall", since=began)
    newer = alarm("stream_dark", "stream:b", 90, site_id="mall")
    ((_, alarms),) = by_cause([older, newer]).items()
    assert alarms == [newer, older]
    assert since(alarms) == NOW - timedelta(seconds=200)


@pytest.mark.parametrize(
    ("code", "detail", "sentence"),
    [
        ("self_test_failed", {"stage": "matched"}, "self_test_failed.matched"),
        ("self_test_impossible", {"reason": "no_entry"}, "self_test_impossible.no_entry"),
        ("self_test_impossible", {"reason": "of another version"}, "self_test_impossible"),
        ("disk_full", {}, "disk_full"),
    ],
)
def test_a_stage_or_a_reason_has_a_sentence_of_its_own(code: str, detail: dict[str, str], sentence: str) -> None:
    assert sentence_of(alarm(code, "site:mall", **detail)) == sentence
