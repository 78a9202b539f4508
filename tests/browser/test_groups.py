"""The groups page in a browser: a group with everything is made, looked at and changed, in both languages."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from patrol.dispatch.drafts import ChatDraft, GroupDraft, MemberDraft
from patrol.dispatch.groups import draft_of, find
from patrol.store.engine import Database
from patrol.store.tables import Group, GroupChat, Member
from tests.browser.conftest import Enter
from tests.browser.running import RunningServer
from tests.browser.scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def stored(database: Database, group_id: str) -> GroupDraft:
    with database.read() as session:
        return draft_of(find(session, group_id))


def tab(page: Page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("tab", name=name, exact=True).click()


def fill_place(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Id", exact=True).fill("night-watch")
    dialog.get_by_label("Name", exact=True).first.fill("Night watch")
    dialog.get_by_label("Latitude").fill("31.2304")
    dialog.get_by_label("Longitude").fill("121.4737")
    dialog.get_by_role("button", name="Add a camera").click()
    dialog.get_by_label("Camera").click()
    page.get_by_title("(hall)").or_(page.locator(".ant-select-item-option")).first.click()


def test_a_group_is_made_with_a_roster_and_shifts_and_its_doubts_are_shown(
    enter: Enter, server: RunningServer, scene: Scene
) -> None:
    page = enter("Ada")
    page.goto(f"{server.url}/groups")
    page.get_by_role("button", name="New group").click()
    fill_place(page)
    tab(page, "Roster")
    page.get_by_role("button", name="Add a member").click()
    page.get_by_role("dialog").get_by_label("Phone").fill("+86 138 0013 8000")
    tab(page, "Place")
    page.get_by_role("button", name="Save").click()  # a member needs a name, and the tab with the gap is shown
    page.get_by_role("dialog").locator("#members_0_name").fill("Gus")
    tab(page, "Shifts")
    page.get_by_role("button", name="Add a turn").click()
    page.get_by_role("dialog").get_by_label("From").fill("22:00")
    page.get_by_role("dialog").get_by_label("To", exact=True).fill("06:00")
    page.get_by_role("dialog").get_by_label("Time zone of its shifts").fill("Asia/Shanghai")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Night watch is saved. Please look at this:").last).to_be_visible()
    expect(page.get_by_text("this group cannot be reached until it has one of them").first).to_be_visible()
    made = stored(scene.database, "night-watch")
    assert made.members == (MemberDraft("Gus", "member", "+86 138 0013 8000"),)
    assert [(turn["from"], turn["to"], len(turn["days"])) for turn in made.shifts["weekly"]] == [
        ("22:00", "06:00", 7)
    ]
    assert [list(cover) for cover in made.covers] == [["stream"]]


def test_a_change_of_one_thing_leaves_all_the_others(enter: Enter, server: RunningServer, scene: Scene) -> None:
    with scene.database.write() as session:
        [group] = session.scalars(select(Group)).all()
        group.shifts = {"weekly": [{"days": ["mon"], "from": "22:00", "to": "06:00"}]}
        group.time_zone, group.radius_m, group.picture_policy = "Asia/Shanghai", 50.0, "link"
        group.members.append(
            Member(name="Gus", role="captain", identities={"matrix": "@gus:h"}, created_at=scene.now)
        )
        session.flush()
        group_id, member_id = group.id, group.members[0].id
    before = stored(scene.database, group_id)
    page = enter("Ada")
    page.goto(f"{server.url}/groups")
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).first.fill("Gate B, renamed")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("strong").or_(page.locator("strong")).get_by_text("Gate B, renamed")).to_be_visible()
    after = stored(scene.database, group_id)
    assert after.name == "Gate B, renamed"
    assert (after.members, after.shifts, after.radius_m, after.picture_policy, after.chats, after.covers) == (
        before.members,
        before.shifts,
        before.radius_m,
        before.picture_policy,
        before.chats,
        before.covers,
    )
    assert [member.id for member in after.members] == [member_id]


def test_groups_are_imported_and_the_mistake_of_a_file_is_shown(
    enter: Enter, server: RunningServer, scene: Scene
) -> None:
    page = enter("Ada")
    page.goto(f"{server.url}/groups")
    table = "编号,名称,纬度,经度,上级\nbei,北门,31.23,121.47,nobody\n"
    page.get_by_role("button", name="Import a file").click()
    file = {"name": "保安.csv", "mimeType": "text/csv", "buffer": table.encode("gbk")}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("dialog").get_by_role("button", name="Import a file").click()
    expect(page.get_by_text("保安.csv, line 2, cell E2")).to_be_visible()
    file["buffer"] = table.replace("nobody", "").encode("gbk")
    page.get_by_role("dialog").get_by_role("button", name="Remove file").click()
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("dialog").get_by_role("button", name="Import a file").click()
    expect(page.get_by_text("北门")).to_be_visible()
    assert stored(scene.database, "bei").name == "北门"


def test_time_limits_are_set(enter: Enter, server: RunningServer) -> None:
    page = enter("Ada")
    page.goto(f"{server.url}/groups")
    page.get_by_role("button", name="Time limits").click()
    guards = page.get_by_role("dialog").get_by_role("row", name="guards")
    guards.get_by_label("Seen").fill("45")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Time limits").click()
    expect(page.get_by_role("dialog").get_by_role("row", name="guards").get_by_label("Seen")).to_have_value("45")


def test_the_preferred_chat_comes_first(enter: Enter, server: RunningServer, scene: Scene) -> None:
    with scene.database.write() as session:
        [group] = session.scalars(select(Group)).all()
        group.chats.append(GroupChat(kind="matrix", address="https://h/!r:h", secret="token", position=1))
        group_id = group.id
    assert [chat.kind for chat in stored(scene.database, group_id).chats] == ["page", "matrix"]
    page = enter("Ada")
    page.goto(f"{server.url}/groups")
    page.get_by_role("button", name="Change", exact=True).click()
    tab(page, "Chats")
    page.get_by_role("dialog").get_by_role("button", name="Prefer this chat").last.click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved. Please look at this:").last).to_be_visible()
    chats = stored(scene.database, group_id).chats
    assert chats == (ChatDraft("matrix", "https://h/!r:h", "token"), ChatDraft("page"))
