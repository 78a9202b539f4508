"""Groups are made, changed and ended; their links open one page and can be taken back."""

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import select

from patrol.dispatch import groups
from patrol.dispatch.checks import Others, mistakes_of
from patrol.dispatch.drafts import ChatDraft, GroupDraft, GroupRefused, MemberDraft
from patrol.dispatch.groups import GroupUnknown
from patrol.dispatch.sender import Sender
from patrol.store.tables import Event, Group, GroupLink
from tests.dispatch.conftest import run
from tests.dispatch.premises import PREMISES
from tests.dispatch.scene import FakeChats, Scene

MATRIX = ChatDraft("matrix", "https://example.org/!room", "matrix-token")
GATE = GroupDraft("gate", "Gate B", 31.2304, 121.4737, site_id="mall", chats=(MATRIX,))


def make(scene: Scene, draft: GroupDraft, **more: object) -> None:
    with scene.database.write() as session:
        groups.create(session, draft, "ada", scene.now, **more)  # type: ignore[arg-type]


def change(scene: Scene, draft: GroupDraft) -> None:
    with scene.database.write() as session:
        groups.change(session, draft.id, draft, "ada", scene.now)


def stored(scene: Scene, group_id: str = "gate") -> GroupDraft:
    with scene.database.read() as session:
        return groups.draft_of(groups.find(session, group_id))


def test_a_group_is_what_its_draft_says_and_always_has_a_page(scene: Scene) -> None:
    make(scene, GATE)
    assert stored(scene) == replace(GATE, chats=(MATRIX, ChatDraft("page")))


WRONG: list[tuple[dict[str, object], list[tuple[str, str]]]] = [
    ({"id": ""}, [("id", "bad_id")]),
    ({"id": "Gate B"}, [("id", "bad_id")]),
    ({"id": "x" * 65}, [("id", "bad_id")]),
    ({"name": "  "}, [("name", "not_text")]),
    ({"level": "x" * 65}, [("level", "not_text")]),
    ({"latitude": 91.0}, [("latitude", "not_degrees")]),
    ({"longitude": float("nan")}, [("longitude", "not_degrees")]),
    ({"language": "fr"}, [("language", "not_one_of")]),
    ({"site_id": "moon"}, [("site", "unknown_site")]),
    ({"parent_id": "nobody"}, [("parent", "unknown_group")]),
    ({"parent_id": "gate"}, [("parent", "own_ancestor")]),
    ({"chats": (ChatDraft("fax"),)}, [("chats[0].kind", "not_one_of")]),
    ({"chats": (ChatDraft("matrix", "nowhere", "m"),)}, [("chats[0].address", "bad_chat_address")]),
    ({"chats": (ChatDraft("wecom_robot"),)}, [("chats[0].secret", "no_chat_secret")]),
    ({"chats": (ChatDraft("wecom_robot", "", "a key: 1234"),)}, [("chats[0].secret", "secret_not_a_name")]),
    ({"chats": (MATRIX, MATRIX)}, [("chats[1].address", "twice")]),
    ({"name": "", "latitude": -91.0}, [("name", "not_text"), ("latitude", "not_degrees")]),
]


@pytest.mark.parametrize(("fields", "mistakes"), WRONG)
def test_every_mistake_is_named(scene: Scene, fields: dict[str, object], mistakes: list[tuple[str, str]]) -> None:
    with pytest.raises(GroupRefused) as refused:
        make(scene, replace(GATE, **fields), premises=PREMISES)  # type: ignore[arg-type]
    assert [(mistake.field, mistake.code) for mistake in refused.value.mistakes] == mistakes
    for mistake in refused.value.mistakes:
        assert mistake.field in mistake.say("en")
        assert mistake.field in mistake.say("zh")
    with scene.database.read() as session:
        assert session.scalars(select(Group)).all() == []


def test_what_may_be_a_secret_is_not_repeated(scene: Scene) -> None:
    chats = (
        ChatDraft("wecom_robot", "", "693a91f6-7xxx-4bc4 key"),
        ChatDraft("webhook", "https://gus:hunter2@example.org/x?key=hunter3", "h"),
    )
    with pytest.raises(GroupRefused) as refused:
        make(scene, replace(GATE, chats=chats))
    for secret in ("693a91f6", "hunter2", "hunter3"):
        assert secret not in str(refused.value)


def test_an_id_is_taken_once(scene: Scene) -> None:
    make(scene, GATE)
    with pytest.raises(GroupRefused, match="exists already"):
        make(scene, GATE)


def test_a_group_may_not_become_its_own_ancestor(scene: Scene) -> None:
    make(scene, GATE)
    make(scene, replace(GATE, id="floor", parent_id="gate", chats=()))
    make(scene, replace(GATE, id="shop", parent_id="floor", chats=()))
    with pytest.raises(GroupRefused, match="own ancestor"):
        change(scene, replace(GATE, parent_id="shop"))


def test_a_change_keeps_the_chats_that_stay(scene: Scene) -> None:
    make(scene, GATE)
    with scene.database.write() as session:
        chat = next(chat for chat in groups.find(session, "gate").chats if chat.kind == "matrix")
        chat.cursor = "s12"
    other = ChatDraft("webhook", "https://example.org/hook", "h")
    change(scene, replace(GATE, name="Gate C", chats=(other, replace(MATRIX, secret="new-token"))))
    with scene.database.read() as session:
        chats = groups.find(session, "gate").chats
        assert [(chat.kind, chat.secret, chat.cursor) for chat in chats if chat.removed_at is None] == [
            ("webhook", "h", None),
            ("matrix", "new-token", "s12"),
            ("page", None, None),
        ]


def test_a_chat_taken_out_is_told_no_more_but_its_messages_are_withdrawn(
    scene: Scene, sender: Sender, chats: FakeChats
) -> None:
    make(scene, GATE)
    hit_id = scene.confirmed_hit()
    run(sender)
    change(scene, replace(GATE, chats=()))
    scene.confirmed_hit()
    scene.decide(hit_id, "rejected")
    run(sender)
    matrix = chats.opened["matrix", MATRIX.address]
    assert (len(matrix.sent), len(matrix.withdrawn)) == (1, 1)


def test_a_group_may_have_two_robots_of_one_platform_but_not_one_twice(scene: Scene) -> None:
    robots = (ChatDraft("wecom_robot", "", "first"), ChatDraft("wecom_robot", "", "second"))
    make(scene, replace(GATE, chats=robots))
    change(scene, replace(GATE, chats=robots[::-1]))
    with scene.database.read() as session:
        chats = groups.find(session, "gate").chats
        assert [chat.secret for chat in chats if chat.kind == "wecom_robot"] == ["second", "first"]
    with pytest.raises(GroupRefused, match="there twice"):
        change(scene, replace(GATE, chats=(robots[0], robots[0])))


def test_a_chat_taken_out_and_put_back_is_the_same_chat(scene: Scene) -> None:
    make(scene, GATE)
    change(scene, replace(GATE, chats=()))
    change(scene, GATE)
    with scene.database.read() as session:
        assert len(groups.find(session, "gate").chats) == 2


def test_an_unknown_group_is_an_error(scene: Scene) -> None:
    with scene.database.write() as session, pytest.raises(GroupUnknown, match="'nobody'"):
        groups.change(session, "nobody", GATE, "ada", scene.now)


def test_an_id_stays(scene: Scene) -> None:
    make(scene, GATE)
    with scene.database.write() as session, pytest.raises(GroupRefused):
        groups.change(session, "gate", replace(GATE, id="door"), "ada", scene.now)


def remove(scene: Scene) -> None:
    with scene.database.write() as session:
        groups.remove(session, "gate", "ada", scene.now)


def test_a_group_that_was_never_told_anything_is_deleted(scene: Scene) -> None:
    make(scene, GATE)
    remove(scene)
    with scene.database.read() as session:
        assert session.get(Group, "gate") is None


def test_a_group_that_was_told_something_ends_and_stays_written_down(scene: Scene, sender: Sender) -> None:
    make(scene, GATE)
    scene.confirmed_hit()
    run(sender)
    token = link(scene)
    remove(scene)
    with scene.database.read() as session:
        assert not session.get_one(Group, "gate").is_active
        assert groups.group_of_link(session, token) is None


def link(scene: Scene, group_id: str = "gate") -> str:
    with scene.database.write() as session:
        return groups.new_link(session, group_id, "ada", scene.now)


def test_a_link_opens_its_groups_page_and_only_its_hash_is_kept(scene: Scene) -> None:
    make(scene, GATE)
    token = link(scene)
    assert len(token) >= 43  # 32 bytes
    with scene.database.read() as session:
        group = groups.group_of_link(session, token)
        assert group is not None
        assert group.id == "gate"
        assert groups.has_link(session, "gate")
        [row] = session.scalars(select(GroupLink)).all()
        assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
        assert token not in str([event.body for event in session.scalars(select(Event))])


@pytest.mark.parametrize("token", ["", "x", "../../etc/passwd", "é" * 43])
def test_a_guessed_link_opens_nothing(scene: Scene, token: str) -> None:
    make(scene, GATE)
    link(scene)
    with scene.database.read() as session:
        assert groups.group_of_link(session, token) is None


def test_a_revoked_link_opens_nothing_and_a_new_one_does(scene: Scene) -> None:
    make(scene, GATE)
    tokens = [link(scene), link(scene)]
    with scene.database.write() as session:
        assert groups.revoke_links(session, "gate", "ada", scene.now) == 2
        assert groups.revoke_links(session, "gate", "ada", scene.now) == 0
    fresh = link(scene)
    with scene.database.read() as session:
        assert [groups.group_of_link(session, token) for token in tokens] == [None, None]
        assert groups.group_of_link(session, fresh) is not None


def test_a_link_of_an_inactive_group_opens_nothing(scene: Scene) -> None:
    make(scene, GATE)
    token = link(scene)
    change(scene, replace(GATE, is_active=False))
    with scene.database.read() as session:
        assert groups.group_of_link(session, token) is None


def test_who_changed_what_is_written_down(scene: Scene) -> None:
    make(scene, GATE)
    change(scene, GATE)
    link(scene)
    with scene.database.read() as session:
        events = session.scalars(select(Event).where(Event.kind == "group.changed").order_by(Event.seq)).all()
        assert [(event.actor, event.body["change"]) for event in events] == [
            ("user:ada", "created"),
            ("user:ada", "changed"),
            ("user:ada", "linked"),
        ]


FULL = replace(
    GATE,
    building="north",
    floor="1F",
    post="gate-b",
    covers=({"site": "mall", "building": "north"}, {"stream": "escalator"}),
    radius_m=120.0,
    is_default=True,
    time_zone="Asia/Shanghai",
    shifts={"weekly": [{"days": ["mon"], "from": "22:00", "to": "06:00"}]},
    picture_policy="link",
    shows_name=True,
    keep_h=2.5,
    chats=(MATRIX, ChatDraft("page")),
    members=(MemberDraft("Gus", "captain", "8001", {"matrix": "@gus:example.org"}),),
)


def test_everything_a_group_is_made_from_is_kept(scene: Scene) -> None:
    make(scene, FULL, premises=PREMISES)
    assert stored(scene) == FULL
    change(scene, replace(FULL, covers=(), shifts={}, members=(), radius_m=None, building=None, floor=None))
    assert stored(scene).covers == ()
    assert (stored(scene).shifts, stored(scene).members, stored(scene).radius_m) == ({}, (), None)


HOURS = {"from": "08:00", "to": "09:00"}
UNMET: list[tuple[dict[str, object], list[tuple[str, str]]]] = [
    ({"picture_policy": "mugshot"}, [("picture_policy", "not_one_of")]),
    ({"keep_h": 0.0}, [("keep_h", "not_between")]),
    ({"keep_h": float("inf")}, [("keep_h", "not_between")]),
    ({"id": "export"}, [("id", "taken")]),
    ({"name": "Gate\u2028B"}, [("name", "not_text")]),
    ({"shifts": {"weekly": []}}, []),
    ({"shifts": {"exceptions": [{"date": "2026-03-01", **HOURS}]}}, [("shifts.exceptions", "only_past")]),
    ({"shifts": {"exceptions": [{"date": "2026-03-02", **HOURS}]}}, []),
    ({"time_zone": "Mars/Olympus"}, [("time_zone", "unknown_time_zone")]),
]


@pytest.mark.parametrize(("fields", "wrong"), UNMET)
def test_what_could_never_work_is_named_when_it_is_saved(
    scene: Scene, fields: dict[str, object], wrong: list[tuple[str, str]]
) -> None:
    draft = replace(FULL, **fields)  # type: ignore[arg-type]
    found = list(mistakes_of(draft, Others(), PREMISES, scene.now))
    assert [(mistake.field, mistake.code) for mistake in found] == wrong


NO_PICTURE = ChatDraft("dingtalk_webhook", "", "ding")


@pytest.mark.parametrize("policy", ["upper_body", "full_frame", "face", "with_portrait"])
def test_a_picture_policy_that_the_platform_cannot_meet_is_refused(scene: Scene, policy: str) -> None:
    with pytest.raises(GroupRefused, match="dingtalk_webhook takes none; choose text or link"):
        make(scene, replace(GATE, picture_policy=policy, chats=(MATRIX, NO_PICTURE)))


@pytest.mark.parametrize("policy", ["text", "link"])
def test_a_platform_without_pictures_takes_text_and_links(scene: Scene, policy: str) -> None:
    make(scene, replace(GATE, picture_policy=policy, chats=(NO_PICTURE,)))


def test_one_chat_belongs_to_one_group(scene: Scene) -> None:
    robot, other = ChatDraft("wecom_robot", "", "first"), ChatDraft("wecom_robot", "", "second")
    make(scene, replace(GATE, chats=(MATRIX, robot, ChatDraft("page"))))
    for chat, field in ((replace(MATRIX, secret="another"), "chats[0].address"), (robot, "chats[0].secret")):
        with pytest.raises(GroupRefused, match="a chat of group gate already") as refused:
            make(scene, replace(GATE, id="door", chats=(chat,)))
        assert [mistake.field for mistake in refused.value.mistakes] == [field]
    make(scene, replace(GATE, id="door", chats=(other, ChatDraft("page"))))


def test_a_chat_of_a_group_that_has_ended_is_free_until_that_group_comes_back(scene: Scene) -> None:
    make(scene, GATE)
    change(scene, replace(GATE, is_active=False))
    make(scene, replace(GATE, id="door"))
    with pytest.raises(GroupRefused, match="a chat of group door already"):
        change(scene, GATE)


def test_a_group_is_not_taken_from_the_groups_below_it(scene: Scene) -> None:
    make(scene, GATE)
    make(scene, replace(GATE, id="floor", parent_id="gate", chats=()))
    make(scene, replace(GATE, id="annex", parent_id="gate", chats=()))
    with scene.database.write() as session, pytest.raises(GroupRefused, match="annex, floor"):
        groups.remove(session, "gate", "ada", scene.now)
    with scene.database.write() as session:
        groups.remove(session, "annex", "ada", scene.now)
        groups.remove(session, "floor", "ada", scene.now)
        groups.remove(session, "gate", "ada", scene.now)
    with scene.database.read() as session:
        assert session.scalars(select(Group)).all() == []


def test_a_group_is_as_its_draft_unless_a_chat_waits_to_be_tried_again(scene: Scene) -> None:
    make(scene, FULL)
    with scene.database.write() as session:
        group = groups.find(session, "gate")
        assert groups.is_as(group, replace(FULL, chats=(MATRIX, ChatDraft("page"))))
        assert not groups.is_as(group, replace(FULL, name="Gate C"))
        group.chats[0].broken_at = scene.now
        assert not groups.is_as(group, FULL)
