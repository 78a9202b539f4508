"""The stop button on the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

STREAMS = """
sites:
  - {id: mall, name: East Mall, latitude: 31.23, longitude: 121.47, time_zone: Asia/Shanghai}
streams:
  - {id: gate-a, site: mall, name: Gate A, place: Main gate, url: "rtsp://127.0.0.1/gate-a"}
"""


def paused(terminal: Terminal) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(terminal.answer("pause", "list", "--json"))["pauses"]
    return rows


def test_sending_is_paused_listed_and_resumed(terminal: Terminal) -> None:
    assert terminal.answer("pause", "list") == "Nothing is paused.\n"
    begun = terminal.answer("pause", "start", "--reason", "fire drill", "--minutes", "5")
    assert begun.startswith("Sending is paused for everything until ")
    assert "by cli: fire drill" in terminal.answer("pause", "list")
    [row] = paused(terminal)
    assert (row["scope"], row["ref"], row["reason"]) == ("all", None, "fire drill")
    ended = terminal.answer("pause", "end", str(row["id"])[:8])
    assert "overdue" in ended
    assert paused(terminal) == []


def test_a_site_a_list_or_nothing_else_is_paused_by_its_name(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "streams.yaml").write_text(STREAMS, encoding="utf-8")
    about = ("--category", "banned", "--reason", "court order", "--owner", "Station 3", "--ends", "2099-01-31")
    terminal.answer("watchlist", "create", "Bans", *about)
    assert "site mall" in terminal.answer("pause", "start", "--reason", "r", "--site", "mall")
    assert "list Bans" in terminal.answer("pause", "start", "--reason", "r", "--list", "Bans")
    assert {row["scope"] for row in paused(terminal)} == {"site", "watchlist"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--reason", " "), "Say why"),
        (("--reason", "r", "--minutes", "0"), "24 hours"),
        (("--reason", "r", "--minutes", "1441"), "24 hours"),
        (("--reason", "r", "--site", "nowhere"), "nowhere"),
        (("--reason", "r", "--list", "Nobody"), "Nobody"),
        (("--reason", "r", "--entry", "Wanda"), "which site, list or entry"),
    ],
)
def test_a_pause_that_cannot_be_is_refused_in_words(
    terminal: Terminal, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    (tmp_path / "streams.yaml").write_text(STREAMS, encoding="utf-8")
    assert complaint in terminal.complaint("pause", "start", *arguments)
    assert paused(terminal) == []


def test_a_pause_is_ended_only_where_its_name_is_one_pauses(terminal: Terminal) -> None:
    assert "0 pauses" in terminal.complaint("pause", "end", "abc")
    for _again in range(2):
        terminal.answer("pause", "start", "--reason", "r")
    assert "2 pauses" in terminal.complaint("pause", "end", "")


def test_what_is_said_is_in_the_readers_language(terminal: Terminal) -> None:
    terminal.set("LANG", "zh_CN.UTF-8")
    assert terminal.answer("pause", "list") == "没有暂停。\n"
    assert terminal.answer("pause", "start", "--reason", "消防演练").startswith("已暂停发送全部")
    assert "请填写原因" in terminal.complaint("pause", "start", "--reason", " ")
