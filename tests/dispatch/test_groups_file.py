"""groups.yaml: the example works, and every mistake is named by its line."""

from pathlib import Path

import pytest
from sqlalchemy import select

from patrol.dispatch.coverage import Premises
from patrol.dispatch.drafts import GroupRefused
from patrol.dispatch.groups import draft_of, find
from patrol.dispatch.groups_file import import_groups
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
    ("groups:\n  gate: {}\n", [(2, "groups", "not_a_list")]),
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
