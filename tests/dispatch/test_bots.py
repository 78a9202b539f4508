"""A bot is heard by the sender that holds it, and what is said in its chats lands at their groups."""

import io
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.chats.table import Chats
from patrol.dispatch import groups, leases
from patrol.dispatch.bots import Bots
from patrol.dispatch.drafts import ChatDraft, MemberDraft
from patrol.dispatch.leases import BotKey
from patrol.dispatch.sender import Sender
from patrol.store.tables import Alarm, Bot, Event, GroupChat, GroupReply
from tests.chats.fakes.telegram import NEW_CHAT, TelegramFake, no
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import Scene
from tests.waiting import eventually

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[TelegramFake]:
    with TelegramFake.running() as server:
        yield server


@pytest.fixture
def chats(server: TelegramFake, clock: Clock) -> Iterator[Chats]:
    chats = Chats(lambda _name: server.secret, clock)
    yield chats
    chats.close()


@pytest.fixture
def told(scene: Scene, server: TelegramFake, chats: Chats, clock: Clock) -> Scene:
    """The guards at the gate have a hit in their Telegram group; Gus is on their roster."""
    gus = MemberDraft("Gus", identities={"telegram": server.id_of("gus")})
    scene.group("gate", ChatDraft("telegram", server.address, "t"), members=(gus,))
    scene.confirmed_hit()
    run(Sender(scene.database, scene.blobs, chats, clock))
    return scene


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patrol.dispatch.bots.FIRST_WAIT_S", 0.01)
    monkeypatch.setattr("patrol.dispatch.bots.LONGEST_WAIT_S", 0.04)


@pytest.fixture
def bots(told: Scene, chats: Chats, clock: Clock) -> Iterator[Bots]:
    bots = Bots(told.database, told.blobs, chats, clock, "sender-a")
    yield bots
    bots.close()


def replies(scene: Scene) -> list[tuple[str, str, str]]:
    with scene.database.read() as session:
        rows = session.scalars(select(GroupReply).order_by(GroupReply.received_at, GroupReply.event_ref))
        return [(row.group_id, row.member, row.kind) for row in rows]


def bot_of(scene: Scene) -> Bot:
    with scene.database.read() as session:
        return session.scalars(select(Bot)).one()


def alarms(scene: Scene) -> list[str]:
    with scene.database.read() as session:
        return sorted(session.scalars(select(Alarm.code).where(Alarm.cleared_at.is_(None))))


def reading_threads() -> int:
    return sum(thread.name == "bot-telegram" for thread in threading.enumerate())


def test_without_chats_nothing_is_heard(scene: Scene, chats: Chats, clock: Clock) -> None:
    bots = Bots(scene.database, scene.blobs, chats, clock, "sender-a")
    assert not bots.run_once()
    bots.close()


def test_a_press_lands_at_its_group_and_reading_goes_on_behind_it(
    told: Scene, server: TelegramFake, bots: Bots
) -> None:
    assert bots.run_once()
    assert not bots.run_once()
    server.press("gus", "Not him")
    eventually(lambda: bot_of(told).cursor == "101")
    assert replies(told) == [("gate", "Gus", "not_him")]


def test_what_is_heard_again_after_a_crash_counts_once(
    told: Scene, server: TelegramFake, bots: Bots, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes, save = [ZeroDivisionError()], leases.save_cursor

    def save_if_it_does_not_crash(session: Session, key: BotKey, owner: str, cursor: str | None) -> None:
        if crashes:
            raise crashes.pop()
        save(session, key, owner, cursor)

    monkeypatch.setattr(leases, "save_cursor", save_if_it_does_not_crash)
    server.press("gus", "Seen")
    bots.run_once()
    eventually(lambda: bot_of(told).cursor == "101")
    assert (crashes, replies(told)) == ([], [("gate", "Gus", "seen")])


def test_a_strangers_press_moves_nothing_and_stops_no_reading(told: Scene, server: TelegramFake, bots: Bots) -> None:
    bots.run_once()
    server.press("max", "Not him")
    server.press("gus", "Seen")
    eventually(lambda: bot_of(told).cursor == "102")
    assert replies(told) == [("gate", "Gus", "seen")]
    with told.database.read() as session:
        assert (
            session.scalars(select(Event).where(Event.kind == "reply.refused")).one().body["why"] == "not_on_roster"
        )


def test_what_is_said_in_a_chat_of_no_group_is_kept_nowhere(told: Scene, server: TelegramFake, bots: Bots) -> None:
    bots.run_once()
    server.say("max", "#1 4", chat={"id": -100777})
    server.say("gus", "#1 2")
    eventually(lambda: bot_of(told).cursor == "102")
    assert replies(told) == [("gate", "Gus", "on_my_way")]


def test_a_photo_is_kept_with_the_answer_it_came_with(told: Scene, server: TelegramFake, bots: Bots) -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")
    server.files["p1"] = file.getvalue()
    bots.run_once()
    server.reply("gus", server.said[-1], "", photo=[{"file_id": "p1", "width": 40, "height": 30}])
    eventually(lambda: bot_of(told).cursor == "101")
    with told.database.read() as session:
        [media] = session.scalars(select(GroupReply)).one().media
    assert (media["kind"], media["content_type"]) == ("photo", "image/jpeg")
    with Image.open(io.BytesIO(told.blobs.get(media["key"]))) as kept:
        assert kept.size == (40, 30)


def test_a_photo_that_cannot_be_fetched_costs_no_answer(told: Scene, server: TelegramFake, bots: Bots) -> None:
    bots.run_once()
    server._getFile = lambda *_: no(400, "Bad Request: invalid file_id")  # type: ignore[method-assign]
    server.reply("gus", server.said[-1], "", photo=[{"file_id": "p1"}])
    eventually(lambda: bot_of(told).cursor == "101", within_s=30)
    assert replies(told) == [("gate", "Gus", "sighted")]


def test_a_group_that_became_a_supergroup_keeps_its_chat(told: Scene, server: TelegramFake, bots: Bots) -> None:
    bots.run_once()
    server.say("gus", "", migrate_to_chat_id=NEW_CHAT)
    eventually(lambda: bot_of(told).cursor == "101")
    with told.database.read() as session:
        address = session.scalars(select(GroupChat.address).where(GroupChat.kind == "telegram")).one()
    assert address == f"{server.url}/{NEW_CHAT}"


def test_a_second_sender_hears_nothing_until_the_first_is_gone(
    told: Scene, server: TelegramFake, chats: Chats, bots: Bots, clock: Clock
) -> None:
    bots.run_once()
    second = Bots(told.database, told.blobs, Chats(lambda _name: server.secret, clock), clock, "sender-b")
    assert not second.run_once()
    assert bot_of(told).owner == "sender-a"
    bots.close()
    clock.forward(10)
    assert second.run_once()
    assert bot_of(told).owner == "sender-b"
    second.close()
    assert bot_of(told).owner is None


def test_a_sender_that_stopped_renewing_stops_hearing(told: Scene, bots: Bots, clock: Clock) -> None:
    bots.run_once()
    eventually(lambda: reading_threads() == 1)
    clock.forward(31)
    eventually(lambda: reading_threads() == 0)
    clock.forward(1)
    bots.run_once()
    eventually(lambda: reading_threads() == 1)


def test_a_lease_that_is_renewed_goes_on(told: Scene, bots: Bots, clock: Clock) -> None:
    for _renewal in range(5):
        bots.run_once()
        clock.forward(10)
    lease_until = bot_of(told).lease_until
    assert lease_until is not None
    assert lease_until > clock()
    assert reading_threads() == 1


def test_a_kicked_bot_is_left_alone_until_a_person_says_so(
    told: Scene, server: TelegramFake, bots: Bots, clock: Clock
) -> None:
    server.is_read_elsewhere = True
    bots.run_once()
    eventually(lambda: bot_of(told).kicked_at)
    assert alarms(told) == ["bot_kicked"]
    server.is_read_elsewhere = False
    n_asked = len(server.requests)
    for _later in range(5):
        clock.forward(60)
        bots.run_once()
    assert len(server.requests) == n_asked
    with told.database.write() as session:
        chat = session.scalars(select(GroupChat).where(GroupChat.kind == "telegram")).one()
        leases.reconnect(session, chat, clock())
    clock.forward(10)
    assert bots.run_once()
    server.press("gus", "Seen")
    eventually(lambda: replies(told))


def test_a_single_look_by_hand_stops_nothing(told: Scene, server: TelegramFake, bots: Bots) -> None:
    answers, looks = server._getUpdates, [server.kicked]
    server._getUpdates = lambda *asked: looks.pop() if looks else answers(*asked)  # type: ignore[method-assign]
    server.press("gus", "Seen")
    bots.run_once()
    eventually(lambda: replies(told))
    assert (looks, bot_of(told).kicked_at, alarms(told)) == ([], None, [])


def test_the_alarm_of_a_bot_ends_with_its_last_chat(
    told: Scene, server: TelegramFake, bots: Bots, clock: Clock
) -> None:
    server.is_read_elsewhere = True
    bots.run_once()
    eventually(lambda: alarms(told) == ["bot_kicked"])
    with told.database.write() as session:
        chat = session.scalars(select(GroupChat).where(GroupChat.kind == "telegram")).one()
        chat.removed_at = clock()
    bots.run_once()
    assert alarms(told) == []


def test_saving_a_group_again_says_so_too(told: Scene, server: TelegramFake, bots: Bots, clock: Clock) -> None:
    server.is_read_elsewhere = True
    bots.run_once()
    eventually(lambda: bot_of(told).kicked_at)
    with told.database.write() as session:
        groups.change(session, "gate", groups.draft_of(groups.find(session, "gate")), "ada", clock())
    assert (bot_of(told).kicked_at, alarms(told)) == (None, [])


def test_a_bot_that_is_wanted_no_more_is_let_go(told: Scene, bots: Bots, clock: Clock) -> None:
    bots.run_once()
    with told.database.write() as session:
        chat = session.scalars(select(GroupChat).where(GroupChat.kind == "telegram")).one()
        chat.removed_at = clock()
    assert bots.run_once()
    assert bot_of(told).owner is None


def test_a_bot_that_cannot_be_heard_for_a_minute_sounds_an_alarm_until_it_can(
    told: Scene, server: TelegramFake, bots: Bots
) -> None:
    answers = server._getUpdates
    server._getUpdates = lambda *_: server.busy  # type: ignore[method-assign]
    bots.run_once()
    eventually(lambda: alarms(told) == ["bot_unheard"])
    server._getUpdates = answers  # type: ignore[method-assign]
    eventually(lambda: alarms(told) == [])


def test_the_lease_of_a_killed_sender_ends_by_itself(told: Scene, chats: Chats, clock: Clock) -> None:
    with told.database.write() as session:
        session.add(
            Bot(
                kind="telegram",
                base=str(chats_base(told)),
                secret="t",
                owner="killed",
                lease_until=clock() + timedelta(seconds=30),
            )
        )
    bots = Bots(told.database, told.blobs, chats, clock, "sender-b")
    assert not bots.run_once()
    clock.forward(31)
    assert bots.run_once()
    bots.close()


def chats_base(scene: Scene) -> str:
    with scene.database.read() as session:
        address = session.scalars(select(GroupChat.address).where(GroupChat.kind == "telegram")).one()
    return address.rpartition("/")[0]
