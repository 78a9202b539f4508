"""The rehearsal of dispatch: its platforms count and fail as told, and its figures are a contract."""

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from patrol.bench import tallies
from patrol.bench.dispatch import Plan, measure
from patrol.bench.platforms import Shown
from patrol.bench.protocols import Matrix, Telegram, Webhook, WecomRobot
from patrol.bench.tallies import Spread

TEXT = {"msgtype": "text", "text": {"content": "Possible match #0001"}}


@pytest.fixture
def robot() -> Iterator[WecomRobot]:
    made = WecomRobot(0.0, seed=1)
    yield made
    made.close()


def post(robot: WecomRobot, n: int = 0) -> int:
    address = f"{robot.address(n)}/cgi-bin/webhook/send"
    answer = httpx.post(address, params={"key": f"key-{n}"}, json=TEXT)
    return int(answer.json()["errcode"])


def test_a_platform_refuses_what_is_above_its_limit_and_counts_it(robot: WecomRobot) -> None:
    assert [post(robot) for _ in range(20)] == [0] * 20
    assert robot.n_limit_breaks == 0
    assert post(robot) == 45009
    assert robot.n_limit_breaks == 1
    assert post(robot, n=1) == 0  # another robot
    assert len(robot.shown) == 21


def test_a_platform_fails_as_often_as_it_is_told() -> None:
    hook = Webhook(1.0, seed=1)
    try:
        for n in range(12):
            try:
                httpx.post(hook.address(0), headers={"idempotency-key": str(n)}, json={"text": "#0001"})
            except httpx.TransportError:
                continue
        assert hook.n_faults.total() == len(hook.asked) == 12
        assert len(hook.shown) == hook.n_faults["slow"] + hook.n_faults["dropped"]
    finally:
        hook.close()


def test_the_same_key_makes_one_message() -> None:
    server = Matrix(0.0, seed=1)
    try:
        path = f"{server.url}/_matrix/client/v3/rooms/!room0:example.org/send/m.room.message/k1"
        events = {httpx.put(path, json={"body": "#0001"}).json()["event_id"] for _ in range(3)}
        assert (len(events), len(server.shown)) == (1, 1)
    finally:
        server.close()


def test_a_message_that_stands_twice_word_for_word_is_doubled_and_a_marked_one_is_not() -> None:
    bot = Telegram(0.0, seed=1)
    try:
        bot.shown += [Shown("-100", text, 0.0) for text in ("#0001", "(REPEAT) #0001", "#0002", "#0002")]
        assert tallies.n_doubled(bot) == 1
    finally:
        bot.close()


def test_a_spread_says_what_one_in_twenty_is_slower_than() -> None:
    assert Spread.of([1.0]) == Spread(1, 1.0, 1.0, 1.0)
    assert Spread.of([float(n) for n in range(101)]) == Spread(101, 50.0, 95.0, 100.0)


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_a_small_rehearsal_loses_nothing_and_breaks_no_limit() -> None:
    began = time.monotonic()
    plan = Plan(n_decisions=12, n_groups=12, n_bulletins=60, n_steady=4, steady_every_s=0.5, seed=5)
    done = measure(plan)
    figures = json.loads(json.dumps(done.figures()))
    assert (figures["decisions"], figures["deliveries"]) == (12, 24)  # WeCom's two parts make up for the page's one
    assert (figures["lost"], figures["doubled_unmarked"], figures["limit_breaks"]) == (0, 0, 0)
    assert set(figures["confirm_to_accepted_p95_s"]) == {
        *("page", "matrix", "wecom_robot", "telegram", "feishu", "webhook")
    }
    assert 0 < figures["urgent_s"] < time.monotonic() - began
    assert set(figures["confirm_to_read_p95_s"]) == {"page", "matrix"}
    assert any("urgent" in line for line in done.lines())
