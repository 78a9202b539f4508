"""The budget of false alerts at the terminal."""

import json
from datetime import timedelta

import pytest

from patrol.cli import parts
from patrol.store.tables import StreamDay
from tests.cli.terminal import Terminal


def count(n_passages: int) -> None:
    """The workers have counted people on a day that is over everywhere."""
    with parts.database(parts.settings()).write() as session:
        day = parts.clock().date() - timedelta(days=2)
        row = StreamDay(stream_id="gate", day=day, site_id="mall", n_looks=9)
        row.n_passages = n_passages
        session.add(row)


def test_until_somebody_says_so_patrols_own_budget_is_shown(terminal: Terminal) -> None:
    said = terminal.answer("accuracy", "show")
    assert said.startswith("Budget: patrol's own, at most 3 of 1,000 strangers who pass\n")
    assert "Nobody has said yet how many false alerts a day are accepted" in said
    terminal.set("LANG", "zh_CN.UTF-8")
    assert "系统默认" in terminal.answer("accuracy", "show")


def test_a_budget_is_set_and_shown(terminal: Terminal) -> None:
    said = terminal.answer("accuracy", "set", "--false-alerts", "2", "--passages", "20000")
    assert said.startswith("Budget: 2 false alerts a day of 20,000 passages, set by cli on ")
    shown = json.loads(terminal.answer("accuracy", "show", "--json"))
    assert (shown["budget"]["false_alerts_per_day"], shown["budget"]["passages_per_day"]) == (2.0, 20_000.0)
    assert shown["history"][0]["by"] == "cli"


def test_what_the_workers_counted_stands_in_for_the_passages(terminal: Terminal) -> None:
    complaint = terminal.complaint("accuracy", "set", "--false-alerts", "2")
    assert "nothing was counted yet" in complaint
    count(12_000)
    said = terminal.answer("accuracy", "set", "--false-alerts", "2")
    assert "2 false alerts a day of 12,000 passages" in said
    assert "Counted: 12,000 usable passages a day (mean of 1 days" in said


@pytest.mark.parametrize(
    ("alerts", "passages", "complaint"),
    [
        ("0", "100", "above 0"),
        ("100", "100", "an alert for everybody"),
        ("-1", "100", "above 0"),
        ("nan", "9", "above 0"),
    ],
)
def test_a_budget_without_sense_is_refused_in_words(
    terminal: Terminal, alerts: str, passages: str, complaint: str
) -> None:
    said = terminal.complaint("accuracy", "set", "--false-alerts", alerts, "--passages", passages)
    assert complaint in said
    assert json.loads(terminal.answer("accuracy", "show", "--json"))["budget"] is None
