"""`patrol route explain` says who got a hit and why, who did not and why."""

import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from patrol.cli import parts
from patrol.dispatch.plan import Plans
from patrol.dispatch.queue import fan_out
from patrol.store.engine import Database
from patrol.store.tables import Hit
from tests.cli.terminal import Terminal
from tests.cli.test_pauses import STREAMS
from tests.dispatch.scene import OTHER_SIDE_OF_TOWN, Scene, scene_in


@pytest.fixture
def database(terminal: Terminal, tmp_path: Path) -> Database:
    """The one that the commands read."""
    (tmp_path / "streams.yaml").write_text(STREAMS, encoding="utf-8")
    return parts.database(parts.settings())


@pytest.fixture
def scene(database: Database) -> Scene:
    scene = scene_in(database, parts.blobs(parts.settings()), parts.clock())
    scene.group("gate")
    scene.group("shop", level="shopkeepers")
    scene.group("airport", position=OTHER_SIDE_OF_TOWN, site_id=None)
    return scene


def explained(terminal: Terminal, hit: str) -> dict[str, object]:
    answer: dict[str, object] = json.loads(terminal.answer("route", "explain", hit, "--json"))
    return answer


def test_before_a_yes_it_says_who_would_be_told(terminal: Terminal, scene: Scene) -> None:
    scene.hit()
    said = terminal.answer("route", "explain", "1")
    assert "Would be told:\n  Gate (gate): covers this site" in said
    assert 'Shop (shop): groups of level "shopkeepers" are not told of this list' in said
    assert "and 1 groups that cover other places" in said
    assert "Airport (airport): covers other places" in terminal.answer("route", "explain", "1", "--all")


def test_afterwards_it_says_who_was_told(terminal: Terminal, scene: Scene) -> None:
    hit_id = scene.confirmed_hit()
    with scene.database.write() as session:
        fan_out(session, scene.blobs, Plans(parts.desk(parts.settings())), scene.now, deadline_s=600)
    said = terminal.answer("route", "explain", "#0001")
    assert "Hit #0001: 3F escalator, towards exit B, East Mall" in said
    assert "\nTold:\n  Gate (gate)" in said
    found = explained(terminal, str(hit_id))
    assert (found["number"], found["outcome"], found["is_default"]) == (1, "delivered", False)
    assert found["routed_at"] == scene.now.isoformat()
    assert {part: [it["group_id"] for it in found[part]] for part in ("told", "reserves", "refused")} == {  # type: ignore[attr-defined]
        "told": ["gate"],
        "reserves": [],
        "refused": ["shop", "airport"],
    }


HALLS = """
sites:
  - id: mall
    name: East Mall
    latitude: 31.2304
    longitude: 121.4737
    time_zone: Asia/Shanghai
    buildings:
      - {id: north, name: North hall, floors: [1F, 2F, 3F]}
    walks:
      - {from: north/3F/escalator, to: north/3F/lift, minutes: 6}
      - {from: north/3F/escalator, to: north/2F, minutes: 1}
streams:
  - {id: gate-b, site: mall, name: Gate B, place: 3F escalator, url: "rtsp://127.0.0.1/b", building: north, floor: 3F}
"""


def test_the_walking_times_of_streams_yaml_say_who_is_nearer(
    terminal: Terminal, scene: Scene, tmp_path: Path
) -> None:
    (tmp_path / "streams.yaml").write_text(HALLS, encoding="utf-8")
    scene.group("lift", building="north", floor="3F", post="lift")
    scene.group("below", building="north", floor="2F", post="exit")
    hit_id = scene.hit()
    with scene.database.write() as session:
        hit = session.get_one(Hit, hit_id)
        hit.building, hit.floor, hit.post = "north", "3F", "escalator"
    told = explained(terminal, "1")["told"]
    minutes = [(it["group_id"], it["walk_min"]) for it in told]  # type: ignore[attr-defined]
    assert minutes == [("gate", None), ("below", 1.0), ("lift", 6.0)]


def test_each_stream_says_who_would_be_told_there_now(terminal: Terminal, scene: Scene) -> None:
    assert terminal.answer("route", "streams") == "gate-a  Main gate: Gate\n"
    [row] = json.loads(terminal.answer("route", "streams", "--json"))["streams"]
    assert (row["stream_id"], row["is_default"], row["n_reserves"]) == ("gate-a", False, 0)
    assert [told["why"] for told in row["told"]] == ["covers_site"]


def test_another_time_may_be_asked_for_by_the_sites_clock(terminal: Terminal, scene: Scene) -> None:
    scene.group(
        "night", shifts={"weekly": [{"days": ["mon"], "from": "02:00", "to": "04:00"}]}, time_zone="Asia/Shanghai"
    )
    told = {at: terminal.answer("route", "streams", "--at", f"2026-03-02 {at}") for at in ("03:00", "04:00")}
    assert ["Night" in said for said in told.values()] == [True, False]


def test_a_stream_that_nobody_covers_is_named(terminal: Terminal, scene: Scene) -> None:
    terminal.answer("watchlist", "tell", "Pickpockets", "--levels", "residents")
    assert "NOBODY would be told" in terminal.answer("route", "streams", "--list", "Pickpockets")
    scene.group("block-7", site_id=None, level="residents")
    said = terminal.answer("route", "streams", "--list", "Pickpockets")
    assert "nobody covers it, or nobody there is on shift; told instead: Block-7" in said


@pytest.mark.parametrize("name", ["1", "0001", "#1", "#0001", "HIT-0001", "hit-1", " 1 "])
def test_a_hit_is_named_as_people_write_it(terminal: Terminal, scene: Scene, name: str) -> None:
    hit_id = scene.hit()
    assert explained(terminal, name)["hit_id"] == str(hit_id)


@pytest.mark.parametrize("name", ["2", "#0002", "0", "HIT-", "mall", "", str(uuid.UUID(int=1)), "9" * 30])
def test_an_unknown_hit_is_named(terminal: Terminal, scene: Scene, name: str) -> None:
    scene.hit()
    done = terminal.run("route", "explain", name)
    assert (done.status, done.stdout) == (1, "")
    assert repr(name) in done.stderr


def test_it_is_said_in_the_readers_language(terminal: Terminal, scene: Scene) -> None:
    hit_id = scene.hit()
    with scene.database.write() as session:
        session.get_one(Hit, hit_id).last_seen_at -= timedelta(days=1)
    terminal.set("LANG", "zh_CN.UTF-8")
    said = terminal.answer("route", "explain", "1")
    assert "未通知任何人：出现时间已超过一个班次" in said
    assert "会通知：\n  无" in said
