"""Poor photos over HTTP: refused with what to expect of them, let in as weak by who answers for the list."""

import io
from typing import Any

import pytest

from tests.accounts.people import add_user
from tests.watchlist.drawn import Oval, jpeg_of
from tests.web.house import House
from tests.web.test_watchlists import LIST, PERSON, archive, photos

PALE = jpeg_of(Oval(3, is_pale=True))
WHY = "only footage of 2 March"


@pytest.fixture
def ada(house: House) -> Any:
    return house.client("ada")


@pytest.fixture
def watchlist(ada: Any) -> str:
    return str(ada.post("/api/v1/watchlists", json=LIST).json()["id"])


def enrol(ada: Any, watchlist: str, *contents: bytes, **more: object) -> Any:
    return ada.post(f"/api/v1/watchlists/{watchlist}/people", data={**PERSON, **more}, files=photos(*contents))


def test_a_refused_photo_says_by_how_much_it_falls_short_and_what_it_would_find(ada: Any, watchlist: str) -> None:
    problem = enrol(ada, watchlist, PALE).json()
    assert problem["code"] == "no_photo_accepted"
    (photo,) = problem["photos"]
    assert (photo["reason"], photo["may_be_weak"], photo["is_weak"]) == ("blurred", True, False)
    assert "sharpness 3, at least" in photo["explanation"]
    assert 0 < photo["find_rate"] < 1


def test_a_poor_photo_is_let_in_with_its_reason_and_shown_as_weak(ada: Any, watchlist: str) -> None:
    answer = enrol(ada, watchlist, PALE, weak_reason=WHY)
    assert answer.status_code == 201, answer.text
    assert answer.json()["photos"][0]["is_weak"]
    (portrait,) = answer.json()["person"]["portraits"]
    assert (portrait["is_weak"], portrait["weak_reason"], portrait["weak_by"]) == (True, WHY, "ada")
    assert portrait["measures"]["sharpness"] == 3.0
    assert 0 < portrait["find_rate"] < 1


def test_without_words_nothing_is_let_in(ada: Any, watchlist: str) -> None:
    answer = enrol(ada, watchlist, PALE, weak_reason="  ")
    assert (answer.status_code, answer.json().get("reason")) == (422, "no_weak_reason")


def test_who_answers_for_the_list_may_add_photos_and_another_reviewer_may_not(
    house: House, ada: Any, watchlist: str
) -> None:
    person = enrol(ada, watchlist, jpeg_of(Oval(3, look=1))).json()["person"]
    with house.database.write() as session:
        add_user(session, LIST["owner"], "reviewer", house.clock())
    path, data = f"/api/v1/people/{person['id']}/portraits", {"weak_reason": WHY}
    assert house.client("rita").post(path, data=data, files=photos(PALE)).json()["code"] == "not_owner"
    answer = house.client(LIST["owner"]).post(path, data=data, files=photos(PALE))
    assert answer.status_code == 201, answer.text
    assert answer.json()["person"]["portraits"][1]["weak_by"] == LIST["owner"]


def test_that_a_photo_shows_somebody_else_is_overruled_by_an_admin_for_all_sites_only(
    house: House, ada: Any, watchlist: str
) -> None:
    enrol(ada, watchlist, jpeg_of(Oval(5)), external_ref="5")
    person = enrol(ada, watchlist, jpeg_of(Oval(3)), external_ref="3").json()["person"]
    with house.database.write() as session:
        add_user(session, LIST["owner"], "reviewer", house.clock())
    path, another = f"/api/v1/people/{person['id']}/portraits", jpeg_of(Oval(5, look=1))
    owner, overruled = house.client(LIST["owner"]), {"is_lookalike_allowed": "true"}
    refused = owner.post(path, files=photos(another)).json()
    assert [photo["reason"] for photo in refused["photos"]] == ["looks_like_another"]
    answer = owner.post(path, data=overruled, files=photos(another))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert ada.post(path, data=overruled, files=photos(another)).status_code == 201


def test_an_entry_and_its_list_ask_for_a_second_portrait(ada: Any, watchlist: str) -> None:
    one = enrol(ada, watchlist, jpeg_of(Oval(3))).json()["person"]
    two = enrol(ada, watchlist, jpeg_of(Oval(5)), jpeg_of(Oval(5, look=1)), external_ref="2").json()["person"]
    gain = one["second_portrait"]
    assert gain["found_with_one"] < gain["found_with_two"] < 1
    assert two["second_portrait"] is None
    shown = ada.get(f"/api/v1/watchlists/{watchlist}").json()
    assert (shown["n_people"], shown["n_one_portrait"], shown["second_portrait"]) == (2, 1, gain)


def test_an_import_lets_in_what_its_table_gives_a_reason_for(ada: Any, watchlist: str) -> None:
    table = "name,photo,reason,source,ends_at,weak_reason\n" + "\n".join(
        f"{name},{photo},case 7,family,2026-03-20,{why}"
        for name, photo, why in (("A", "a.jpg", WHY), ("B", "b.jpg", ""))
    )
    files = archive(people__csv=table.encode(), a__jpg=PALE, b__jpg=jpeg_of(Oval(5, is_pale=True)))
    upload = {"file": ("people.zip", io.BytesIO(files), "application/zip")}
    report = ada.post(f"/api/v1/watchlists/{watchlist}/imports", files=upload).json()
    assert (report["n_people"], report["n_weak"], report["n_one_portrait"], report["n_refused"]) == (1, 1, 1, 1)
    assert [(row["is_weak"], row["may_be_weak"]) for row in report["rows"]] == [(True, False), (False, True)]
