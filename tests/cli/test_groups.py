"""Groups come from a YAML file; a link to a group's page is printed once."""

from pathlib import Path

import pytest

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
    (tmp_path / "groups.yaml").write_text(GROUPS.replace("Gate guards", "East guards"), encoding="utf-8")
    assert "gate-guards: changed" in terminal.answer("groups", "import", "groups.yaml")
    assert "East guards" in terminal.answer("groups", "list")


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


TREE = """
groups:
  - {id: gate, name: Gate, latitude: 31.23, longitude: 121.47, parent: lead}
  - {id: lead, name: Lead, latitude: 31.23, longitude: 121.47, level: managers, active: false}
  - {id: lost, name: Lost, latitude: 31.23, longitude: 121.47, site: nowhere}
"""


def test_groups_stand_below_the_one_they_report_to(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "groups.yaml").write_text(TREE, encoding="utf-8")
    terminal.answer("groups", "import", "groups.yaml")
    lead, gate, lost = terminal.answer("groups", "list").splitlines()
    assert lead.startswith("lead  Lead  managers")
    assert lead.endswith("(gets no messages)")
    assert gate.startswith("  gate  Gate  guards  site: -  members: 0  chats: page")
    assert lost.startswith("lost")


@pytest.mark.parametrize("form", ["yaml", "csv", "xlsx"])
def test_what_is_exported_is_imported_without_a_change(terminal: Terminal, tmp_path: Path, form: str) -> None:
    (tmp_path / "groups.yaml").write_text(TREE, encoding="utf-8")
    terminal.answer("groups", "import", "groups.yaml")
    assert "3 groups" in terminal.answer("groups", "export", f"out.{form}")
    assert terminal.answer("groups", "import", f"out.{form}").count("unchanged") == 3


def test_groups_are_exported_to_the_standard_output(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "groups.yaml").write_text(TREE, encoding="utf-8")
    terminal.answer("groups", "import", "groups.yaml")
    assert terminal.answer("groups", "export", "-").startswith("groups:\n- id: gate")
    assert "id,name,level,parent" in terminal.answer("groups", "export", "-", "--format", "csv")
    assert "yaml, csv, xlsx" in terminal.complaint("groups", "export", "groups.docx")
    assert "cannot be written" in terminal.complaint("groups", "export", "no/such/folder.csv")


def test_every_mistake_has_a_line_of_its_own_in_the_language_of_the_terminal(
    terminal: Terminal, tmp_path: Path
) -> None:
    text = TREE.replace("parent: lead", "parent: nobody").replace("31.23, longitude: 121.47, level", "north, level")
    (tmp_path / "保安.yaml").write_text(text, encoding="utf-8")
    terminal.set("LANG", "zh_CN.UTF-8")
    complaint = terminal.complaint("groups", "import", "保安.yaml").splitlines()
    assert complaint[0] == "patrol: 保安.yaml 第 3 行：groups[0].parent：没有名为 'nobody' 的群组"
    assert len(complaint) == 3


def test_a_csv_of_a_chinese_spreadsheet_is_taken_over(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_bytes("编号,名称,纬度,经度,名单\nbei,北门,31.23,121.47,王强\n".encode("gbk"))
    assert "bei: created" in terminal.answer("groups", "import", "groups.csv")
    assert "北门" in terminal.answer("groups", "list")


def test_what_is_doubtful_is_said_and_the_groups_are_taken_over(terminal: Terminal, tmp_path: Path) -> None:
    robot = GROUPS.replace("{kind: page}", "{kind: wecom_robot, secret: mall-3f}")
    (tmp_path / "groups.yaml").write_text(robot, encoding="utf-8")
    done = terminal.run("groups", "import", "groups.yaml")
    assert (done.status, done.stdout) == (0, "Group gate-guards: created\n")
    assert "warning: gate-guards: nobody is on the roster" in done.stderr
    checked = terminal.complaint("groups", "check")
    assert "nobody is on the roster" in checked
    assert "PATROL_SECRET_CHAT_MALL_3F" in checked
    assert "nobody" in terminal.complaint("groups", "check", "nobody")


def test_a_group_about_which_nothing_is_doubtful(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "groups.yaml").write_text(
        GROUPS.replace("name: Gate guards", "name: Gate, members: [{name: Gus}], radius_m: 50"), encoding="utf-8"
    )
    terminal.answer("groups", "import", "groups.yaml")
    terminal.answer("groups", "link", "gate-guards")
    assert "Nothing is doubtful" in terminal.answer("groups", "check", "gate-guards")


def test_a_group_is_removed_when_none_is_left_below_it(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "groups.yaml").write_text(TREE, encoding="utf-8")
    terminal.answer("groups", "import", "groups.yaml")
    assert "'lead' still has groups below it: gate" in terminal.complaint("groups", "remove", "lead")
    for id in ("gate", "lead", "lost"):
        assert f"Group {id} is removed" in terminal.answer("groups", "remove", id)
    assert terminal.answer("groups", "list") == ""
