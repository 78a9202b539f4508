"""What a page's answer may carry: places that were offered, photos and voice notes that are some."""

import base64
import io

import pytest
from PIL import Image
from sqlalchemy import select
from starlette.testclient import TestClient

from patrol.store.tables import GroupReply, Hit
from patrol.web.answers import PHOTO_BYTES, VOICE_BYTES
from tests.hits.sightings import STREAM
from tests.web.house import HALL, House


@pytest.fixture
def said_to(house: House) -> tuple[TestClient, str, str]:
    """A guard's browser, the path of their answers, and the message they have."""
    token = house.group()
    house.say("rita", house.hit(), "confirmed")
    house.send()
    guard = house.stranger()
    (message,) = guard.get(f"/g/{token}/messages").json()["messages"]
    return guard, f"/g/{token}", str(message["delivery_id"])


def answer(said_to: tuple[TestClient, str, str], **more: object) -> int:
    guard, base, delivery_id = said_to
    body = {"delivery_id": delivery_id, "kind": "sighted", "event_ref": "made-by-phone", **more}
    return int(guard.post(f"{base}/replies", json=body).status_code)


def stored(house: House) -> GroupReply:
    with house.database.read() as session:
        return session.scalars(select(GroupReply)).one()


def sent(kind: str, content: bytes, content_type: str) -> dict[str, str]:
    return {"kind": kind, "content_type": content_type, "content": base64.b64encode(content).decode()}


def photo(content_type: str = "jpeg") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "grey").save(file, content_type)
    return file.getvalue()


def test_a_place_that_was_picked_is_stored_for_programs(house: House, said_to: tuple[TestClient, str, str]) -> None:
    assert answer(said_to, place={"id": f"stream:{STREAM.id}", "words": STREAM.place}) == 201
    place = stored(house).place
    assert (place["site"], place["words"]) == (STREAM.site.id, STREAM.place)
    assert (place["latitude"], place["longitude"]) == STREAM.position


def test_a_place_that_is_offered_no_more_keeps_its_words(house: House, said_to: tuple[TestClient, str, str]) -> None:
    assert answer(said_to, place={"id": "stream:taken-down", "words": "by the old gate"}) == 201
    assert stored(house).place == {"words": "by the old gate"}


def test_a_place_of_another_site_cannot_be_picked(house: House, said_to: tuple[TestClient, str, str]) -> None:
    assert answer(said_to, place={"id": "stream:hall-1", "site": HALL.id}) == 201
    assert stored(house).place.get("site") is None


def test_an_answer_that_waited_for_a_network_says_when_it_was_given(
    house: House, said_to: tuple[TestClient, str, str]
) -> None:
    assert answer(said_to, age_s=90.5) == 201
    said = stored(house)
    assert (said.received_at - said.said_at).total_seconds() == 90.5
    assert said.received_at == house.clock()
    for wrong in (-1, 86_401, "x"):
        assert answer(said_to, age_s=wrong, event_ref="another-answer") == 422


def test_a_photo_and_a_voice_note_are_seen_by_the_group_and_nobody_else(
    house: House, said_to: tuple[TestClient, str, str]
) -> None:
    other = house.group("hall-guards", HALL)
    guard, base, _ = said_to
    media = [sent("photo", photo(), "image/jpeg"), sent("voice", b"OggS voice", "audio/ogg;codecs=opus")]
    assert answer(said_to, media=media) == 201
    (message,) = guard.get(f"{base}/messages").json()["messages"]
    first, second = message["replies"][0]["media"]
    seen, heard = guard.get(first), guard.get(second)
    assert (seen.headers["content-type"], seen.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert (heard.headers["content-type"], heard.content) == ("audio/ogg", b"OggS voice")
    assert seen.headers["cache-control"] == "no-store"
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert guard.get(first.replace(base, f"/g/{other}")).status_code == 410
    assert guard.get(first[:-1] + "7").status_code == 410


def test_what_came_with_an_answer_goes_with_what_it_answered(
    house: House, said_to: tuple[TestClient, str, str]
) -> None:
    guard, base, _ = said_to
    assert answer(said_to, media=[sent("photo", photo(), "image/jpeg")]) == 201
    (message,) = guard.get(f"{base}/messages").json()["messages"]
    (address,) = message["replies"][0]["media"]
    with house.database.read() as session:
        hit = session.get_one(Hit, stored(house).hit_id)
    house.say("rita", hit, "rejected", "mistake")
    assert guard.get(address).status_code == 410
    assert "<img" not in guard.get(f"{base}/list").text


WRONG_MEDIA = [
    *(sent("photo", b"x", "text/html"), sent("photo", b"x", "audio/ogg"), sent("voice", b"x", "image/jpeg")),
    *(sent("photo", b"", "image/jpeg"), sent("film", b"x", "video/mp4"), {"kind": "photo"}),
    {"kind": "photo", "content_type": "image/jpeg", "content": "not base64!"},
    sent("voice", b"x" * (VOICE_BYTES + 1), "audio/ogg"),
    sent("photo", b"x" * (PHOTO_BYTES + 1), "image/jpeg"),
]


@pytest.mark.parametrize("wrong", range(len(WRONG_MEDIA)))
def test_what_is_no_photo_and_no_voice_is_refused(said_to: tuple[TestClient, str, str], wrong: int) -> None:
    assert answer(said_to, media=[WRONG_MEDIA[wrong]]) == 422


def test_a_photo_that_cannot_be_read_is_left_out_and_the_answer_counts(
    house: House, said_to: tuple[TestClient, str, str]
) -> None:
    assert answer(said_to, media=[sent("photo", b"no picture at all", "image/jpeg")]) == 201
    assert (stored(house).kind, stored(house).media) == ("sighted", [])


@pytest.mark.parametrize("place", [{"latitude": 91, "longitude": 0}, {"words": "x" * 201}, {"latitude": "NaN"}])
def test_a_place_that_is_none_is_refused(said_to: tuple[TestClient, str, str], place: dict[str, object]) -> None:
    assert answer(said_to, place=place) == 422


def test_one_phone_that_goes_wild_does_not_silence_its_group(house: House) -> None:
    house.group()
    wild, calm = house.phone(house.member("Wes")), house.phone(house.member("Cal"))
    house.say("rita", house.hit(), "confirmed")
    house.send()
    browser = house.stranger()
    (message,) = browser.get(f"/g/{wild}/messages").json()["messages"]

    def says(token: str, n: int) -> int:
        body = {"delivery_id": message["delivery_id"], "kind": "other", "text": "x", "event_ref": f"{token[:20]}-{n}"}
        return int(browser.post(f"/g/{token}/replies", json=body).status_code)

    assert [says(wild, n) for n in range(17)] == [201] * 15 + [429] * 2
    assert says(calm, 0) == 201
    house.clock.forward(seconds=61)
    assert says(wild, 100) == 201
