"""Volunteers over HTTP, with drawn faces: only an admin for all sites has to do with them."""

import uuid
from typing import Any

import pytest

from tests.watchlist.drawn import Oval, jpeg_of
from tests.web.house import House
from tests.web.test_watchlists import photos

AGREED = {"consent": "measuring, letter of 1 March 2026", "ends_at": "2026-06-01T00:00:00+08:00"}
PATH = "/api/v1/volunteers"


@pytest.fixture
def ada(house: House) -> Any:
    return house.client("ada")


def add(ada: Any, *contents: bytes, **more: object) -> Any:
    return ada.post(PATH, data={**AGREED, **more}, files=photos(*contents))


def test_volunteers_are_added_shown_and_forgotten(ada: Any, house: House) -> None:
    answer = add(ada, jpeg_of(Oval(3)), name="李雷")
    assert answer.status_code == 201, answer.text
    (added,) = answer.json()["volunteers"]
    assert (added["name"], added["ends_at"], added["created_by"]) == ("李雷", "2026-05-31T16:00:00Z", "ada")
    assert ada.get(PATH).json() == [added]
    picture = ada.get(f"{PATH}/{added['id']}/picture")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert ada.delete(f"{PATH}/{added['id']}").status_code == 204
    assert ada.get(PATH).json() == []
    assert ada.get(f"{PATH}/{added['id']}/picture").status_code == 404
    assert [event.actor for event in house.events("volunteer.removed")] == ["user:ada"]


def test_several_are_named_as_their_files_and_each_photo_has_its_answer(ada: Any) -> None:
    answer = add(ada, jpeg_of(Oval(3)), jpeg_of(), jpeg_of(Oval(4)), name="not all of them")
    assert [row["name"] for row in answer.json()["volunteers"]] == ["photo-0", "photo-2"]
    assert [photo["reason"] for photo in answer.json()["photos"]] == [None, "no_face", None]


def test_where_no_photo_is_accepted_each_has_its_reason_in_words(ada: Any) -> None:
    answer = add(ada, b"", jpeg_of())
    assert (answer.status_code, answer.json()["code"]) == (422, "no_photo_accepted")
    assert all(photo["explanation"] for photo in answer.json()["photos"])


@pytest.mark.parametrize(
    "wrong", [{"consent": ""}, {"consent": " "}, {"ends_at": "2026-03-01T00:00:00Z"}, {"ends_at": "2026-06-01"}]
)
def test_without_consent_or_end_nobody_is_added(ada: Any, wrong: dict[str, str]) -> None:
    assert add(ada, jpeg_of(Oval(3)), **wrong).status_code == 422
    assert ada.get(PATH).json() == []


@pytest.mark.parametrize("name", ["rita", "vic", "max"])
def test_they_are_no_business_of_anybody_else(house: House, name: str) -> None:
    client = house.client(name)
    assert client.get(PATH).status_code == 403
    assert add(client, jpeg_of(Oval(3))).status_code == 403
    assert client.delete(f"{PATH}/{uuid.uuid4()}").status_code == 403
    assert client.get(f"{PATH}/{uuid.uuid4()}/picture").status_code == 403


def test_an_unknown_one_is_not_found(ada: Any) -> None:
    assert ada.delete(f"{PATH}/{uuid.uuid4()}").status_code == 404
