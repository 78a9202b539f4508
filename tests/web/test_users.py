"""Users over HTTP."""

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from patrol.accounts import passwords
from tests.web.house import House, log_in

MIA = {"name": "mia", "password": "a long enough one", "role": "reviewer", "sites": ["mall"]}


def test_a_new_user_can_log_in_and_is_shown_without_any_password(house: House) -> None:
    ada = house.client("ada")
    answer = ada.post("/api/v1/users", json=MIA)
    assert answer.status_code == 201
    assert log_in(house.stranger(), "mia", MIA["password"]).status_code == 200  # type: ignore[arg-type]
    shown = ada.get("/api/v1/users").text
    assert "mia" in shown
    assert "argon2" not in shown
    assert "password" not in shown


REFUSED: list[tuple[dict[str, object], int, str]] = [
    ({"name": "RITA"}, 409, "name_taken"),
    ({"name": ""}, 422, "invalid"),
    ({"password": "short"}, 422, "password_too_short"),
    ({"password": "aaaaaaaaaaaaa"}, 422, "password_too_simple"),
    ({"role": "owner"}, 422, "invalid"),
    ({"sites": "mall"}, 422, "invalid"),
    ({"language": "fr"}, 422, "invalid"),
]


def test_a_user_that_cannot_be_is_refused(house: House) -> None:
    ada = house.client("ada")
    for wrong, status, code in REFUSED:
        answer = ada.post("/api/v1/users", json={**MIA, **wrong})
        assert (answer.status_code, answer.json()["code"]) == (status, code), wrong


def test_a_change_of_role_holds_at_once(house: House) -> None:
    ada, vic = house.client("ada"), house.client("vic")
    assert vic.get("/api/v1/watchlists").status_code == 403
    ada.patch(f"/api/v1/users/{house.users['vic'].id}", json={"role": "reviewer"})
    assert vic.get("/api/v1/watchlists").status_code == 200


def test_a_change_of_sites_holds_at_once(house: House) -> None:
    hit = house.hit()
    ada, vic = house.client("ada"), house.client("vic")
    assert vic.get(f"/api/v1/hits/{hit.id}").status_code == 200
    ada.patch(f"/api/v1/users/{house.users['vic'].id}", json={"sites": ["hall"]})
    assert vic.get(f"/api/v1/hits/{hit.id}").status_code == 404


def test_the_last_admin_is_kept(house: House) -> None:
    ada = house.client("ada")
    for change in ({"is_disabled": True}, {"role": "viewer"}, {"sees_all_sites": False}):
        answer = ada.patch(f"/api/v1/users/{house.users['ada'].id}", json=change)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    assert ada.get("/api/v1/users").status_code == 200


def test_a_user_who_is_not_there_is_not_found(house: House) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    assert house.client("ada").patch(f"/api/v1/users/{nobody}", json={"role": "viewer"}).status_code == 404


def test_nobody_waits_while_a_password_is_hashed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = house.client("ada")
    written: list[str] = []

    class WritingHasher(PasswordHasher):
        """Writes into the database while it works, as somebody else does."""

        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            with house.database.write() as session:
                session.execute(text("UPDATE counter SET value = value"))
            written.append("meanwhile")
            return "$argon2id$made"

    monkeypatch.setattr(passwords, "HASHER", WritingHasher())
    new = {"name": "new", "password": "a long enough one", "role": "viewer"}
    made = ada.post("/api/v1/users", json=new)
    assert made.status_code == 201, made.text
    assert ada.patch(f"/api/v1/users/{made.json()['id']}", json={"password": "another one"}).status_code == 200
    assert written == ["meanwhile"] * 2
