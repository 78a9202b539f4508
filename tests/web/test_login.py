"""Logging in, out, and changing one's own account, over HTTP."""

import pytest

from patrol.accounts.attempts import MAX_PER_NAME_AND_ADDRESS
from tests.accounts.people import PASSWORD
from tests.web.house import PUBLIC_URL, House, log_in


def test_a_log_in_says_who_one_is_and_sets_a_cookie_that_scripts_and_other_sites_do_not_get(house: House) -> None:
    answer = log_in(house.stranger(), "vic")
    assert answer.status_code == 200
    assert answer.json()["user"] == {
        "id": str(house.users["vic"].id),
        **{"name": "vic", "role": "viewer", "sites": ["mall"], "sees_all_sites": False, "language": "en"},
    }
    cookie = answer.headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "secure", "path=/", "max-age=43200"):
        assert part in cookie
    assert answer.json()["csrf"] not in cookie


def test_me_is_what_the_log_in_said(house: House) -> None:
    client = house.stranger()
    said = log_in(client, "vic").json()
    assert client.get("/api/v1/me").json() == said


@pytest.mark.parametrize(("name", "password"), [("vic", "wrong password"), ("nobody", PASSWORD), ("vic", "x" * 999)])
def test_a_wrong_name_and_a_wrong_password_look_alike(house: House, name: str, password: str) -> None:
    answer = log_in(house.stranger(), name, password)
    assert (answer.status_code, answer.json()["code"]) == (401, "login_refused")
    assert "set-cookie" not in answer.headers


def test_guessing_is_held_up_with_the_time_to_wait(house: House) -> None:
    client = house.stranger()
    for _ in range(MAX_PER_NAME_AND_ADDRESS):
        assert log_in(client, "vic", "wrong password").status_code == 401
    held = log_in(client, "vic", PASSWORD)
    assert (held.status_code, held.json()["code"]) == (429, "too_many_attempts")
    assert int(held.headers["retry-after"]) == 15 * 60
    assert log_in(client, "rita").status_code == 200
    house.clock.forward(minutes=15)
    assert log_in(client, "vic").status_code == 200


def test_typing_errors_are_forgotten_after_a_log_in(house: House) -> None:
    client = house.stranger()
    for _ in range(3):
        for _ in range(MAX_PER_NAME_AND_ADDRESS - 1):
            log_in(client, "vic", "wrong password")
        assert log_in(client, "vic").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_no_other_website_logs_anybody_in(house: House, headers: dict[str, str]) -> None:
    answer = log_in(house.stranger(**headers), "vic")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_our_own_page_logs_in(house: House) -> None:
    browser = house.stranger(**{"Origin": PUBLIC_URL, "Sec-Fetch-Site": "same-origin"})
    assert log_in(browser, "vic").status_code == 200


def test_after_logging_out_the_cookie_is_worth_nothing(house: House) -> None:
    vic = house.client("vic")
    cookie = vic.cookies["patrol_session"]
    assert vic.post("/api/v1/logout").status_code == 204
    assert "patrol_session" not in vic.cookies
    thief = house.stranger()
    thief.cookies.set("patrol_session", cookie)
    assert thief.get("/api/v1/me").status_code == 401


def test_a_new_password_ends_the_other_sessions(house: House) -> None:
    here, there = house.client("vic"), house.client("vic")
    change = {"password": "another long one", "current_password": PASSWORD}
    assert here.patch("/api/v1/me", json=change).status_code == 200
    assert here.get("/api/v1/me").status_code == 200
    assert there.get("/api/v1/me").status_code == 401
    assert log_in(house.stranger(), "vic").status_code == 401
    assert log_in(house.stranger(), "vic", "another long one").status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"password": "another long one"}, "wrong_password"),
        ({"password": "another long one", "current_password": "wrong password"}, "wrong_password"),
        ({"password": "short", "current_password": PASSWORD}, "password_too_short"),
        ({"password": "", "current_password": PASSWORD}, "password_too_short"),
    ],
)
def test_a_new_password_is_refused_with_its_reason(house: House, change: dict[str, str], code: str) -> None:
    answer = house.client("vic").patch("/api/v1/me", json=change)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_chosen_language_is_spoken_from_then_on(house: House) -> None:
    vic = house.client("vic", **{"Accept-Language": "en"})
    assert vic.patch("/api/v1/me", json={"language": "zh"}).json()["user"]["language"] == "zh"
    assert vic.get("/api/v1/users").json()["title"] == "没有权限"
