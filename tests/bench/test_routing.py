"""The routing measurement measures what it says, and the goal holds with room for a busy machine."""

import json
import random

from patrol.bench.routing import BEGIN, GOAL_MS, measure, town
from patrol.dispatch.routing import Rules, Where, route
from patrol.values import Place
from tests.cli.terminal import Terminal


def test_the_town_has_groups_that_are_told_that_wait_and_that_are_not(n_groups: int = 400) -> None:
    plan = town(random.Random(7), 10, n_groups)
    site = plan.sites["site-3"]
    where = Where(site.id, None, Place("north", "3F", "post-1"), site.latitude, site.longitude)
    found = route(plan, where, Rules(), BEGIN)
    assert len(found.told) == 3
    assert all(it.walk_min is not None for it in found.told)
    assert {it.why for it in found.refused} == {"elsewhere", "level_not_allowed", "off_shift"}
    assert len(found.told + found.reserves + found.refused) == n_groups


def test_two_thousand_groups_of_fifty_sites_are_routed_in_time() -> None:
    said = measure(n_sites=50, n_groups=2_000, n_routes=100).figures()
    assert (said["sites"], said["groups"], said["routes"]) == (50, 2_000, 150)
    assert said["p50_ms"] < 3 * GOAL_MS
    assert said["first_p50_ms"] < 3 * GOAL_MS


def test_a_town_with_one_crowded_site_is_routed_too() -> None:
    said = measure(n_sites=1, n_groups=500, n_routes=20).figures()
    assert said["max_ms"] >= said["p95_ms"] > 0


def test_the_command_answers_in_words_and_in_json(terminal: Terminal) -> None:
    asked = ("bench", "routing", "--sites", "2", "--groups", "10", "--routes", "5")
    assert "10 groups of 2 sites, 7 routes" in terminal.answer(*asked)
    assert json.loads(terminal.answer(*asked, "--json"))["groups"] == 10
