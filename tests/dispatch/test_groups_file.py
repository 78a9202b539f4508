"""groups.yaml: the example works, and every mistake is named by its line."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from patrol.dispatch.coverage import Premises
from patrol.dispatch.drafts import GroupRefused
from patrol.dispatch.groups import draft_of, find
from patrol.dispatch.groups_file import import_groups
from patrol.store.engine import Database
from patrol.store.tables import Group
from tests.dispatch.premises import PREMISES
from tests.dispatch.scene import Scene

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "groups.yaml"
GATE = """\
groups:
  - id: gate
    name: Gate B
    site: mall
    latitude: 31.2304
    longitude: 121.4737
    chats:
      - kind: matrix
        address: https://example.org/!room
        secret: matrix-token
"""


def load(scene: Scene, content: str | bytes, premises: Premises | None = None) -> list[tuple[str, str]]:
    with scene.database.write() as session:
        return import_groups(session, content, "ada", scene.now, premises)


def mistakes(
    scene: Scene, content: str | bytes, premises: Premises | None = None
) -> list[tuple[int | None, str, str]]:
    with pytest.raises(GroupRefused) as refused:
        load(scene, content, premises)
    for mistake in refused.value.mistakes:
        assert mistake.say("en")
        assert mistake.say("zh")
    with scene.database.read() as session:
        assert session.scalars(select(Group)).all() == []
    return [(mistake.line, mistake.field, mistake.code) for mistake in refused.value.mistakes]


def test_the_example_is_taken_over(scene: Scene) -> None:
    done = load(scene, EXAMPLE.read_bytes())
    assert {what for _id, what in done} == {"created"}
    assert len(done) >= 3
    assert {what for _id, what in load(scene, EXAMPLE.read_bytes())} == {"unchanged"}


def test_a_file_without_groups_changes_nothing(scene: Scene) -> None:
    assert load(scene, "groups: []") == []


def test_a_second_import_changes_what_is_there_and_deletes_nothing(scene: Scene) -> None:
    scene.group("other")
    assert load(scene, GATE) == [("gate", "created")]
    assert load(scene, GATE.replace("Gate B", "北门").encode()) == [("gate", "changed")]
    with scene.database.read() as session:
        gate = draft_of(find(session, "gate"))
        assert (gate.name, gate.site_id, gate.level) == ("北门", "mall", "guards")
        assert [(chat.kind, chat.secret) for chat in gate.chats] == [("matrix", "matrix-token"), ("page", None)]
        assert find(session, "other").is_active


def test_a_parent_may_stand_below_its_child(scene: Scene) -> None:
    child = GATE.replace("id: gate", "id: gate\n    parent: floor")
    floor = "  - {id: floor, name: Floor, latitude: 31, longitude: 121}\n"
    assert load(scene, child + floor) == [("floor", "created"), ("gate", "created")]


CASES = [
    ("", [(1, "groups.yaml", "not_a_mapping")]),
    ("groups:\n  gate: {}\n", [(1, "groups", "not_a_list")]),
    ("sites: []\ngroups: []\n", [(1, "sites", "unknown_key")]),
    ("groups:\n  - gate\n", [(2, "groups[0]", "not_a_mapping")]),
    ("groups:\n\t- id: x\n", [(2, "", "not_yaml")]),
    (
        GATE.replace("name: Gate B", "nmae: Gate B"),
        [(2, "groups[0].name", "missing"), (3, "groups[0].nmae", "unknown_key")],
    ),
    (GATE.replace("31.2304", "north"), [(5, "groups[0].latitude", "not_degrees")]),
    (GATE.replace("31.2304", "912"), [(5, "groups[0].latitude", "not_degrees")]),
    (GATE.replace("31.2304", "yes"), [(5, "groups[0].latitude", "not_degrees")]),
    (GATE.replace("name: Gate B", "name: 12"), [(3, "groups[0].name", "not_text")]),
    (GATE.replace("kind: matrix", "kind: fax"), [(8, "groups[0].chats[0].kind", "not_one_of")]),
    (
        GATE.replace("https://example.org/!room", "example.org"),
        [(9, "groups[0].chats[0].address", "bad_chat_address")],
    ),
    (GATE.replace("        secret: matrix-token\n", ""), [(8, "groups[0].chats[0].secret", "no_chat_secret")]),
    (GATE.replace("site: mall", "site: moon"), [(4, "groups[0].site", "unknown_site")]),
    (GATE.replace("site: mall", "active: maybe"), [(4, "groups[0].active", "not_yes_or_no")]),
    (GATE.replace("site: mall", "parent: nobody"), [(4, "groups[0].parent", "unknown_group")]),
    (GATE.replace("site: mall", "name: Twice"), [(4, "groups[0].name", "twice")]),
    (GATE + GATE.removeprefix("groups:\n"), [(11, "groups[1].id", "twice")]),
]


@pytest.mark.parametrize(("content", "wrong"), CASES)
def test_a_mistake_is_named_by_line_and_key(
    scene: Scene, content: str, wrong: list[tuple[int | None, str, str]]
) -> None:
    assert mistakes(scene, content, PREMISES) == wrong


def test_all_mistakes_come_at_once(scene: Scene) -> None:
    content = GATE.replace("31.2304", "912").replace("Gate B", "''").replace("kind: matrix", "kind: fax")
    assert [line for line, _field, _code in mistakes(scene, content)] == [3, 5, 8]


BOMBS = [
    "a: &a [x]\ngroups: [*a]\n",
    "groups: " + "[" * 5_000,
    "groups:\n" + "#" * 1_100_000,
    b"\xff\xfe\x00bad",
    "名字".encode("gbk"),
]


@pytest.mark.parametrize("content", BOMBS, ids=["reference", "deep", "long", "binary", "gbk"])
def test_what_is_no_groups_file_is_refused(scene: Scene, content: str | bytes) -> None:
    assert [code for _line, _field, code in mistakes(scene, content)] in (["not_yaml"], ["not_utf8"])


def test_keys_that_a_file_is_silent_about_stay_as_they_are(scene: Scene) -> None:
    load(scene, GATE.replace("    chats:", "    level: shopkeepers\n    members: [{name: Gus}]\n    chats:"))
    bare = "groups:\n  - {id: gate, name: Gate C, latitude: 31.2304, longitude: 121.4737}\n"
    assert load(scene, bare) == [("gate", "changed")]
    with scene.database.read() as session:
        gate = draft_of(find(session, "gate"))
    assert (gate.name, gate.level, gate.site_id) == ("Gate C", "shopkeepers", "mall")
    assert (len(gate.chats), len(gate.members)) == (2, 1)
    cleared = bare.replace("121.4737", "121.4737, level: null, site: null, chats: [], members: []")
    load(scene, cleared)
    with scene.database.read() as session:
        gate = draft_of(find(session, "gate"))
    assert (gate.level, gate.site_id, len(gate.chats), gate.members) == ("guards", None, 1, ())


WHOLE = """\
groups:
  - id: gate
    name: Gate B
    site: mall
    building: north
    floor: 1F
    latitude: 31.2304
    longitude: 121.4737
    covers:
      - {site: mall, building: north}
      - {stream: gate-b}
    radius_m: 80
    time_zone: Asia/Shanghai
    shifts:
      weekly:
        - days: [mon]
          from: 22:00
          to: 06:00
      exceptions:
        - {date: 2026-10-01, is_off: true}
    chats:
      - {kind: telegram, address: -1001234, secret: bot}
    members:
      - name: Gus
        phone: +8613800138000
        identities: {telegram: 12345}
"""


def test_what_looks_like_a_number_or_a_date_is_read_as_it_is_written(scene: Scene) -> None:
    load(scene, WHOLE, PREMISES)
    with scene.database.read() as session:
        gate = draft_of(find(session, "gate"))
    assert gate.shifts == {
        "weekly": [{"days": ["mon"], "from": "22:00", "to": "06:00"}],
        "exceptions": [{"date": "2026-10-01", "is_off": True}],
    }
    assert (gate.chats[0].address, gate.members[0].phone) == ("-1001234", "+8613800138000")
    assert gate.members[0].identities == {"telegram": "12345"}


PARTS = [
    ("from: 22:00", "from: 2200", [(17, "groups[0].shifts.weekly[0].from", "bad_clock")]),
    ("to: 06:00", "to: 22:00", [(18, "groups[0].shifts.weekly[0].to", "empty_turn")]),
    ("date: 2026-10-01", "date: 1 Oct", [(20, "groups[0].shifts.exceptions[0].date", "bad_date")]),
    ("stream: gate-b", "stream: gate-z", [(11, "groups[0].covers[1].stream", "unknown_stream")]),
    ("floor: 1F", "floor: 9F", [(6, "groups[0].floor", "unknown_floor")]),
    ("phone: +8613800138000", "phone: none", [(25, "groups[0].members[0].phone", "bad_phone")]),
    (
        "name: Gus",
        "nmae: Gus",
        [(24, "groups[0].members[0].nmae", "unknown_key"), (24, "groups[0].members[0].name", "missing")],
    ),
    ("{telegram: 12345}", "12345", [(26, "groups[0].members[0].identities", "not_a_mapping")]),
    ("radius_m: 80", "radius_m: near", [(12, "groups[0].radius_m", "not_a_number")]),
    ("radius_m: 80", "keep_h: -1", [(12, "groups[0].keep_h", "not_between")]),
    ("time_zone: Asia/Shanghai", "time_zone: China", [(13, "groups[0].time_zone", "unknown_time_zone")]),
    ("time_zone: Asia/Shanghai", "picture_policy: mug", [(13, "groups[0].picture_policy", "not_one_of")]),
    ("      weekly:\n", "      daily:\n", [(15, "groups[0].shifts.daily", "unknown_key")]),
    ("days: [mon]", "days: mon", [(16, "groups[0].shifts.weekly[0].days", "no_days")]),
]


@pytest.mark.parametrize(("old", "new", "wrong"), PARTS)
def test_a_mistake_in_a_part_is_named_by_line_and_key(
    scene: Scene, old: str, new: str, wrong: list[tuple[int | None, str, str]]
) -> None:
    assert old in WHOLE
    found = mistakes(scene, WHOLE.replace(old, new), PREMISES)
    assert [(line, field, code) for line, field, code in found if code != "bad_member_name"] == wrong


def test_a_mistake_names_the_file_that_was_given(scene: Scene) -> None:
    with scene.database.write() as session, pytest.raises(GroupRefused) as refused:
        import_groups(session, "", "ada", scene.now, None, "guards.yml")
    [mistake] = refused.value.mistakes
    assert (mistake.field, mistake.say("en")[:18]) == ("guards.yml", "guards.yml, line 1")


def test_a_chat_is_in_one_group_of_a_file_only_and_may_move_within_it(scene: Scene) -> None:
    other = GATE.replace("id: gate", "id: door").removeprefix("groups:\n")
    assert mistakes(scene, GATE + other) == [(18, "groups[1].chats[0].address", "chat_taken")]
    load(scene, GATE)
    moved = GATE.partition("    chats:")[0] + "    chats: []\n" + other
    assert load(scene, moved) == [("gate", "changed"), ("door", "created")]


def test_a_cycle_of_groups_is_refused(scene: Scene) -> None:
    loop = "groups:\n" + "".join(
        f"  - {{id: {id}, name: G, latitude: 31, longitude: 121, parent: {parent}}}\n"
        for id, parent in (("a", "c"), ("b", "a"), ("c", "b"))
    )
    assert [code for _line, _field, code in mistakes(scene, loop)] == ["own_ancestor"] * 3


@pytest.mark.slow
def test_two_thousand_groups_are_taken_over_on_either_database(any_database: Database, now: datetime) -> None:
    rows = [
        f"  - {{id: g{n}, name: Group {n}, site: mall, latitude: 31.2, longitude: 121.4,"
        f" parent: {f'g{n - 1}' if n % 40 else 'null'}, members: [{{name: Gus}}],"
        f" chats: [{{kind: webhook, address: 'https://h/{n}', secret: s}}]}}\n"
        for n in range(2_000)
    ]
    content = "groups:\n" + "".join(rows)
    with any_database.write() as session:
        done = import_groups(session, content, "ada", now, PREMISES)
        assert {what for _id, what in done} == {"created"}
    with any_database.write() as session:
        assert {what for _id, what in import_groups(session, content, "ada", now, PREMISES)} == {"unchanged"}
        taken = "groups:\n" + rows[0].replace("id: g0,", "id: new,")
        with pytest.raises(GroupRefused, match="group g0 already"):
            import_groups(session, taken, "ada", now, PREMISES)
