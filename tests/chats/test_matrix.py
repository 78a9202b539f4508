"""Matrix against the real Synapse, read back by matrix-nio, which shares no code with us."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import nio
import pytest
from PIL import Image

from patrol.chats import matrix
from patrol.chats.chat import Chat, SendError, Sent
from patrol.chats.table import Chats
from patrol.values import Message, PatrolError, Reply
from tests.synapse import Member, Synapse, reason_for_absence, running_synapse

pytestmark = pytest.mark.matrix

T = TypeVar("T")


@dataclass
class Place:
    """A room with patrol's bot and Gus the guard in it."""

    bot: Member
    gus: Member
    room: str
    chat: Chat


def chat_of(bot: Member, room: str, token: str | None = None) -> Chat:
    chats = Chats(lambda _name: token or bot.token, lambda: datetime.now(UTC))
    return chats.open("matrix", f"{bot.homeserver}/{room}", "matrix-token")


@pytest.fixture(scope="module")
def bot(synapse: Synapse) -> Member:
    return synapse.member("patrol")


@pytest.fixture(scope="module")
def gus(synapse: Synapse) -> Member:
    return synapse.member("gus")


@pytest.fixture
def place(synapse: Synapse, bot: Member, gus: Member) -> Place:
    """A new room for each test."""
    room = synapse.room(bot, gus)
    return Place(bot, gus, room, chat_of(bot, room))


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((320, 240), 80).convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()


def as_member(member: Member, story: Callable[[nio.AsyncClient], Awaitable[T]]) -> T:
    """Let a member do something with matrix-nio."""

    async def play() -> T:
        client = nio.AsyncClient(member.homeserver, member.user_id)
        client.access_token, client.user_id = member.token, member.user_id
        try:
            return await story(client)
        finally:
            await client.close()

    return asyncio.run(play())


def read(member: Member, room: str) -> list[nio.Event]:
    """What a member sees in a room, oldest first."""

    async def story(client: nio.AsyncClient) -> list[nio.Event]:
        response = await client.room_messages(room, limit=100)
        assert isinstance(response, nio.RoomMessagesResponse)
        return response.chunk[::-1]

    return as_member(member, story)


def download(member: Member, url: str) -> Any:
    async def story(client: nio.AsyncClient) -> Any:
        return await client.download(url)

    return as_member(member, story)


def upload(member: Member, content: bytes, content_type: str) -> str:
    async def story(client: nio.AsyncClient) -> str:
        response, _keys = await client.upload(io.BytesIO(content), content_type, filesize=len(content))
        assert isinstance(response, nio.UploadResponse), response
        return response.content_uri

    return as_member(member, story)


def say(member: Member, room: str, content: dict[str, Any], kind: str = "m.room.message") -> str:
    async def story(client: nio.AsyncClient) -> str:
        response = await client.room_send(room, kind, content)
        assert isinstance(response, nio.RoomSendResponse), response
        return response.event_id

    return as_member(member, story)


def answer_to(event_id: str, body: str) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, "m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}


def reaction_to(event_id: str, key: str) -> dict[str, Any]:
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key}}


def hit(key: str = "k1", picture: bytes | None = None) -> Message:
    return Message(key, "Possible match #0012\nEast Mall", 12, picture)


def test_a_member_reads_text_and_picture_byte_for_byte(place: Place) -> None:
    picture = jpeg()
    receipt = place.chat.send(hit(picture=picture))
    [image] = [event for event in read(place.gus, place.room) if isinstance(event, nio.RoomMessageImage)]
    assert image.event_id == receipt.message_ref
    assert image.body == "Possible match #0012\nEast Mall"
    assert image.source["content"]["info"] == {"mimetype": "image/jpeg", "size": len(picture), "w": 320, "h": 240}
    assert download(place.gus, image.url).body == picture


def test_who_is_rung_and_what_is_answered_stand_in_the_message(place: Place) -> None:
    first = place.chat.send(hit())
    rung = Message("k2", "#0012, update 2", 12, mentions=(place.gus.user_id,), in_reply_to=first.message_ref)
    second = place.chat.send(rung)
    [event] = [event for event in read(place.gus, place.room) if event.event_id == second.message_ref]
    assert event.source["content"]["m.mentions"] == {"user_ids": [place.gus.user_id]}
    assert event.source["content"]["m.relates_to"] == {"m.in_reply_to": {"event_id": first.message_ref}}


def test_a_members_photo_and_voice_are_fetched_byte_for_byte(place: Place) -> None:
    event_id = place.chat.send(hit()).message_ref
    cursor = place.chat.replies(None).cursor
    photo, voice = jpeg(), b"OggS" + bytes(range(256))
    for kind, content, content_type in (("m.image", photo, "image/jpeg"), ("m.audio", voice, "audio/ogg")):
        url = upload(place.gus, content, content_type)
        say(place.gus, place.room, answer_to(event_id, "x.bin") | {"msgtype": kind, "url": url})
    replies = place.chat.replies(cursor)
    assert [reply.kind for reply in replies.items] == ["sighted", "sighted"]
    fetched = [replies.media[reply.event_ref]()[0] for reply in replies.items]
    assert [(media.kind, media.content) for media in fetched] == [("photo", photo), ("voice", voice)]


def test_the_same_key_makes_one_message(place: Place) -> None:
    first, second = place.chat.send(hit()), place.chat.send(hit())
    assert first.message_ref == second.message_ref
    assert sum(isinstance(event, nio.RoomMessageText) for event in read(place.gus, place.room)) == 1


def test_a_withdrawal_empties_the_message_and_says_so(place: Place) -> None:
    receipt = place.chat.send(hit(picture=jpeg()))
    for _try in range(2):  # a withdrawal whose answer was lost is repeated
        place.chat.withdraw(Sent("k1", receipt.message_ref), Message("k2", "WITHDRAWN #0012", 12))
    events = read(place.gus, place.room)
    assert not [event for event in events if isinstance(event, nio.RoomMessageImage)]
    assert [event.body for event in events if isinstance(event, nio.RoomMessageText)] == ["WITHDRAWN #0012"]


def test_a_message_whose_answer_was_lost_is_found_and_emptied(place: Place) -> None:
    place.chat.send(hit())
    place.chat.withdraw(Sent("k1", None), Message("k2", "WITHDRAWN #0012", 12))
    bodies = [event.body for event in read(place.gus, place.room) if isinstance(event, nio.RoomMessageText)]
    assert bodies == ["WITHDRAWN #0012"]


@pytest.mark.parametrize("is_admin", [True, False])
def test_an_admin_bot_deletes_the_picture_from_the_server_too(synapse: Synapse, gus: Member, is_admin: bool) -> None:
    bot = synapse.member("ada" if is_admin else "otto", is_admin=is_admin)
    room = synapse.room(bot, gus)
    receipt = chat_of(bot, room).send(hit(picture=jpeg()))
    [url] = [event.url for event in read(gus, room) if isinstance(event, nio.RoomMessageImage)]
    chat_of(bot, room).withdraw(Sent("k1", receipt.message_ref), Message("k2", "WITHDRAWN #0012", 12))
    assert isinstance(download(gus, url), nio.DownloadError) == is_admin


def test_answers_are_read_once_and_our_own_messages_never(place: Place) -> None:
    event_id = place.chat.send(hit()).message_ref
    cursor = place.chat.replies(None).cursor
    say(place.gus, place.room, answer_to(event_id, "2"))
    say(place.gus, place.room, {"msgtype": "m.text", "body": "#12 4"})
    say(place.gus, place.room, {"msgtype": "m.text", "body": "lunch at twelve?"})
    say(place.gus, place.room, reaction_to(event_id, "👀"), "m.reaction")
    place.chat.send(Message("k3", "HIT-0012 1", 12))
    replies = place.chat.replies(cursor)
    assert [meant(reply) for reply in replies.items] == [
        ("on_my_way", None, event_id),
        ("not_him", 12, None),
        ("seen", None, event_id),
    ]
    assert {reply.member for reply in replies.items} == {place.gus.user_id}
    assert len({reply.event_ref for reply in replies.items}) == 3
    assert place.chat.replies(replies.cursor).items == ()


def meant(reply: Reply) -> tuple[str, int | None, str | None]:
    return reply.kind, reply.hit_number, reply.in_reply_to


def test_answers_that_were_missed_for_long_are_read_back(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "PAGE_EVENTS", 5)
    event_id = place.chat.send(hit()).message_ref
    cursor = place.chat.replies(None).cursor
    say(place.gus, place.room, answer_to(event_id, "4"))

    async def chatter(client: nio.AsyncClient) -> None:
        for n in range(12):  # more than two pages
            await client.room_send(place.room, "m.room.message", {"msgtype": "m.text", "body": f"talk {n}"})

    as_member(place.gus, chatter)
    say(place.gus, place.room, answer_to(event_id, "3"))
    assert [reply.kind for reply in place.chat.replies(cursor).items] == ["not_him", "sighted"]


def test_nonsense_in_an_event_stops_no_reading(place: Place) -> None:
    event_id = place.chat.send(hit()).message_ref
    cursor = place.chat.replies(None).cursor
    for relation in ("x", [], {"event_id": {}, "key": 4}, {"rel_type": "m.thread"}):
        say(place.gus, place.room, {"m.relates_to": relation}, "m.reaction")
        say(place.gus, place.room, {"msgtype": "m.text", "body": "4", "m.relates_to": relation})
    say(place.gus, place.room, answer_to(event_id, "> <@bot> quoted\n\n１"))
    assert [reply.kind for reply in place.chat.replies(cursor).items] == ["seen"]


def test_a_wrong_token_is_permanent_and_stays_unsaid(place: Place) -> None:
    with pytest.raises(SendError) as refused:
        chat_of(place.bot, place.room, token="wrong-token-1").send(hit())
    assert (refused.value.code, refused.value.is_permanent) == ("unauthorised", True)
    assert "wrong-token-1" not in str(refused.value)


def test_a_room_without_us_is_permanent(place: Place, synapse: Synapse) -> None:
    stranger = synapse.member("max")
    with pytest.raises(SendError) as refused:
        chat_of(stranger, place.room).send(hit())
    assert (refused.value.code, refused.value.is_permanent) == ("forbidden", True)


def test_a_missing_secret_is_named(place: Place) -> None:
    def unset(name: str) -> str:
        raise PatrolError(f"secret {name!r} is not set")

    chats = Chats(unset, lambda: datetime.now(UTC))
    chats = Chats(unset, lambda: datetime.now(UTC))
    with pytest.raises(SendError, match="matrix-token"):
        chats.open("matrix", f"{place.bot.homeserver}/{place.room}", "matrix-token").send(hit())


def test_the_servers_own_limit_says_how_long_to_wait(tmp_path: Path) -> None:
    if reason := reason_for_absence():
        pytest.skip(reason)
    with running_synapse(tmp_path, is_strict=True) as server:
        bot = server.member("patrol")
        chat = chat_of(bot, server.room(bot))
        with pytest.raises(SendError) as limited:
            send_many(chat, 30)
    assert limited.value.code == "limited"
    assert limited.value.wait_s is not None
    assert 0 < limited.value.wait_s < 60
    assert not limited.value.is_unknown


def send_many(chat: Chat, n_messages: int) -> None:
    for n in range(n_messages):
        chat.send(hit(f"k{n}"))


def test_a_server_that_has_gone_is_worth_another_try(place: Place) -> None:
    gone = httpx.URL(place.bot.homeserver).copy_with(port=1)
    member = Member(str(gone).rstrip("/"), place.bot.user_id, place.bot.token)
    with pytest.raises(SendError) as down:
        chat_of(member, place.room).send(hit())
    assert (down.value.code, down.value.is_permanent, down.value.is_unknown) == ("unreachable", False, False)
