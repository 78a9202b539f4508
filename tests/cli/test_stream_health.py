"""`patrol streams report` and `watched`, as somebody at a desk asks."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from patrol.cli import parts
from patrol.cli.stream_health import moment_of
from patrol.health import hours
from patrol.store.tables import StreamGap, StreamState
from patrol.values import PatrolError, Site, Stream
from tests.cli.terminal import Terminal
from tests.cli.test_streams import write_streams
from tests.health.test_hours import passage

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # 09:30 in Shanghai
MALL = Site("mall", "Mall", 31.23, 121.47, "Asia/Shanghai")
GATE = Stream("gate", MALL, "gate", "north gate", "rtsp://127.0.0.1:9/x")


@pytest.fixture
def site(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A camera that was refused from 08:00 to 08:30 this morning, and is live."""
    write_streams(tmp_path, gate="rtsp://127.0.0.1:9/x")
    monkeypatch.setattr(parts, "clock", lambda: NOW)
    with parts.database(parts.settings()).write() as session:
        session.add(
            StreamState(stream_id="gate", site_id="mall", worker_id="w", state="live", since=NOW, updated_at=NOW)
        )
        for reason, began_min, ended_min in (("starting", -600, -599), ("refused", -90, -60)):
            began, ended = (NOW + timedelta(minutes=it) for it in (began_min, ended_min))
            session.add(StreamGap(stream_id="gate", site_id="mall", began_at=began, ended_at=ended, reason=reason))
    return terminal


def test_a_moment_in_a_gap_is_answered_with_the_gap_and_its_reason(site: Terminal) -> None:
    said = site.answer("streams", "watched", "gate", "--at", "08:15")
    assert "gate was not watched at 2026-03-02 08:15" in said
    assert "from 2026-03-02 08:00:00 to 2026-03-02 08:30:00" in said
    assert "port" in said


def test_a_moment_that_was_watched_and_one_that_nobody_knows(site: Terminal) -> None:
    assert site.answer("streams", "watched", "--at", "09:00") == "gate was watched at 2026-03-02 09:00.\n"
    assert "Nobody knows" in site.answer("streams", "watched", "--at", "15:40")
    assert "has not come yet" in site.answer("streams", "watched", "--at", "2026-03-02 15:40")


def test_a_day_lists_its_gaps(site: Terminal) -> None:
    head, gap = site.answer("streams", "watched").splitlines()
    assert head == "gate on 2026-03-02: watched for 94.7 % of the time that is known, gaps: 1"
    assert gap.startswith("  08:00:00 - 08:30:00  ")
    assert "nothing is written down" in site.answer("streams", "watched", "--day", "2026-02-01")


def test_programs_read_it_as_json(site: Terminal) -> None:
    row = json.loads(site.answer("streams", "watched", "--at", "08:15", "--json"))["gate"]
    assert (row["watched"], row["gap"]["reason"]) == ("no", "refused")
    day = json.loads(site.answer("streams", "watched", "--json"))["gate"]
    assert (day["known_s"], day["watched_s"]) == (34_200.0, 32_400.0)


def test_chinese_terminals_read_chinese(site: Terminal) -> None:
    site.set("LANG", "zh_CN.UTF-8")
    assert "未被监看" in site.answer("streams", "watched", "--at", "08:15")


@pytest.mark.parametrize("said", ["quarter past", "25:00", "2026-13-01 10:00", "2026-03-02T"])
def test_what_is_no_time_is_refused(site: Terminal, said: str) -> None:
    assert "write a time as 15:40" in site.complaint("streams", "watched", "--at", said)


def test_what_is_no_day_is_refused(site: Terminal) -> None:
    assert "write a day as" in site.complaint("streams", "watched", "--day", "yesterday")


def test_a_time_without_a_day_is_the_last_one_that_came() -> None:
    assert moment_of("09:00", SHANGHAI, NOW) == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    assert moment_of("15:40", SHANGHAI, NOW) == datetime(2026, 3, 1, 7, 40, tzinfo=UTC)
    assert moment_of("2026-03-02T02:00+00:00", SHANGHAI, NOW) == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    with pytest.raises(PatrolError):
        moment_of("noon", SHANGHAI, NOW)


def test_a_report_says_what_to_change(site: Terminal) -> None:
    with parts.database(parts.settings()).write() as session:
        for hour in range(25):
            at = NOW - timedelta(hours=hour)
            hours.count(session, GATE, [passage(at, eye_px=6, lacks=("too_small",))] * 2, 3600, at)
    said = site.answer("streams", "report")
    assert said.startswith("gate  gate: unfit · 50 passages, 0 with a usable face · 6 px between the eyes")
    assert "cannot identify people: faces are 14 px wide" in said
    report = json.loads(site.answer("streams", "report", "gate", "--json"))["gate"]
    assert (report["verdict"], report["usable_share"], report["findings"][1]["code"]) == ("unfit", 0.0, "too_small")


def test_a_report_before_a_day_has_passed_says_so(site: Terminal) -> None:
    assert "Not enough yet: 0 passages" in site.answer("streams", "report")


def test_an_unknown_stream_is_named(site: Terminal) -> None:
    assert "gate-9" in site.complaint("streams", "report", "gate-9")
