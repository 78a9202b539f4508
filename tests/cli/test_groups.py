"""Groups come from a YAML file; a link to a group's page is printed once."""

from pathlib import Path

from patrol.cli import parts
from patrol.dispatch.groups import group_of_link
from tests.cli.terminal import Terminal

GROUPS = """
groups:
  - {id: gate-guards, name: Gate guards, latitude: 31.23, longitude: 121.47, chats: [{kind: page}]}
"""


def test_groups_are_imported_changed_and_listed(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "groups.yaml").write_text(GROUPS, encoding="utf-8")
    assert "gate-guards: created" in terminal.answer("groups", "import", "groups.yaml")
    assert "gate-guards: unchanged" in terminal.answer("groups", "import", "groups.yaml")
    (tmp_path / "groups.yaml").write_text(GROUPS.replace("Gate guards", "Gate guards, east"), encoding="utf-8")
    assert "gate-guards: changed" in terminal.answer("groups", "import", "groups.yaml")
    assert "Gate guards" in terminal.answer("groups", "list")


def test_each_link_is_new_and_not_stored(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "groups.yaml").write_text(GROUPS, encoding="utf-8")
    terminal.answer("groups", "import", "groups.yaml")
    first, second = (terminal.answer("groups", "link", "gate-guards").split()[-1] for _ in range(2))
    assert first != second
    token = first.rsplit("/", 1)[-1].encode()
    assert all(token not in path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())


def test_a_mistake_is_named_and_nothing_is_imported(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "groups.yaml").write_text(GROUPS.replace("page", "pigeon"), encoding="utf-8")
    assert "pigeon" in terminal.complaint("groups", "import", "groups.yaml")
    assert terminal.answer("groups", "list") == ""


def test_a_link_to_no_group_is_refused(terminal: Terminal) -> None:
    assert "nobody" in terminal.complaint("groups", "link", "nobody")


def test_every_link_to_a_lost_phone_is_closed(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "groups.yaml").write_text(GROUPS, encoding="utf-8")
    terminal.answer("groups", "import", "groups.yaml")
    tokens = [terminal.answer("groups", "link", "gate-guards").split()[-1].rsplit("/", 1)[-1] for _ in range(2)]
    assert "gate-guards is closed" in terminal.answer("groups", "unlink", "gate-guards")
    fresh = terminal.answer("groups", "link", "gate-guards").split()[-1].rsplit("/", 1)[-1]
    with parts.database(parts.settings()).read() as session:
        assert [group_of_link(session, token) for token in tokens] == [None, None]
        assert group_of_link(session, fresh) is not None


def test_links_of_no_group_cannot_be_closed(terminal: Terminal) -> None:
    assert "nobody" in terminal.complaint("groups", "unlink", "nobody")
