"""Doors: nobody sees anything without an account, and nobody more than their role and sites."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount
from starlette.testclient import TestClient

from tests.web.house import HALL, House, log_in

#: Routes that answer without a log-in, and why.
OPEN = {
    ("POST", "/api/v1/login"): "the door itself",
    ("GET", "/healthz"): "says only that it is alive",
    ("GET", "/readyz"): "says in codes alone what patrol lacks",
    ("GET", "/{path:path}"): "the console's files: code, no data",
}
NOBODY = "00000000-0000-0000-0000-000000000000"


def routes_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path this app answers to."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, Mount):
            assert route.path == "/page-assets", "a new mount needs its own test"
        else:
            yield from ((method, context.path) for method in context.methods or () if method != "HEAD")


#: Opened by an unguessable link, by a platform's signature, or by a token of the machine that scrapes.
BY_LINK = ("/g/", "/h/", "/chats/", "/metrics")
CLOSED = (403, 404, 405, 410, 422)


def filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", NOBODY, path)


def test_the_walk_meets_every_route(house: House) -> None:
    met = set(routes_of(house.app))
    described = {
        (method.upper(), path) for path, methods in house.app.openapi()["paths"].items() for method in methods
    }
    assert described <= met
    assert set(OPEN) <= met
    assert len(met) > 40


def test_a_stranger_gets_nothing_from_any_route(house: House) -> None:
    hit = house.hit()
    stranger = house.stranger()
    for method, path in routes_of(house.app):
        if (method, path) in OPEN:
            continue
        for address in (filled(path), path.replace("{hit_id}", str(hit.id)).replace("{kind}", "face")):
            answer = stranger.request(method, address, json={})
            assert answer.status_code in (401, *CLOSED), f"{method} {path}: {answer.status_code}"
            assert answer.status_code == 401 or path.startswith(BY_LINK), f"{method} {path}: {answer.status_code}"
            assert "Wanda" not in answer.text


def test_what_is_not_there_is_not_told_apart_from_what_is(house: House) -> None:
    assert house.stranger().get("/api/v1/not-there").status_code == 401
    assert house.stranger().get("/api/v1/openapi.json").status_code == 401
    assert house.client("vic").get("/api/v1/openapi.json").status_code == 200


def test_no_page_of_the_frameworks_own_is_open(house: House) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"):
        answer = house.stranger().get(path)
        assert "swagger" not in answer.text.lower()
        assert '"paths"' not in answer.text


def test_a_made_up_or_ended_cookie_opens_nothing(house: House) -> None:
    stranger = house.stranger()
    stranger.cookies.set("patrol_session", "made up")
    assert stranger.get("/api/v1/me").status_code == 401
    rita = house.client("rita")
    house.clock.forward(hours=12)
    assert rita.get("/api/v1/me").status_code == 401


def test_whoever_is_disabled_is_out_at_once(house: House) -> None:
    rita, ada = house.client("rita"), house.client("ada")
    assert ada.patch(f"/api/v1/users/{house.users['rita'].id}", json={"is_disabled": True}).status_code == 200
    assert rita.get("/api/v1/me").status_code == 401
    assert log_in(house.stranger(), "rita").status_code == 401


#: One request a route, and the lowest role that is let through; what becomes of it then is another test.
MATRIX = [
    ("GET", "/api/v1/me", "viewer"),
    ("GET", "/api/v1/gaps", "viewer"),
    ("GET", "/api/v1/streams/nobody/gaps", "viewer"),
    ("GET", "/api/v1/streams/nobody/watched", "viewer"),
    ("GET", "/api/v1/streams/nobody/report", "viewer"),
    ("GET", "/api/v1/stream-reports", "viewer"),
    ("GET", "/api/v1/wall", "reviewer"),
    ("GET", "/api/v1/streams/nobody/live", "reviewer"),
    ("GET", "/api/v1/hits", "viewer"),
    ("GET", "/api/v1/streams", "viewer"),
    ("GET", "/api/v1/sites", "viewer"),
    ("GET", "/api/v1/system", "viewer"),
    ("GET", f"/api/v1/hits/{NOBODY}/pictures/face", "viewer"),
    ("GET", f"/api/v1/hits/{NOBODY}/clip", "viewer"),
    ("GET", "/api/v1/watchlists", "reviewer"),
    ("GET", f"/api/v1/watchlists/{NOBODY}/people", "reviewer"),
    ("GET", f"/api/v1/people/{NOBODY}", "reviewer"),
    ("GET", f"/api/v1/portraits/{NOBODY}/picture", "reviewer"),
    ("GET", "/api/v1/groups", "reviewer"),
    ("POST", f"/api/v1/hits/{NOBODY}/decisions", "reviewer"),
    ("POST", f"/api/v1/hits/{NOBODY}/amendments", "reviewer"),
    ("GET", "/api/v1/accuracy", "admin"),
    ("PUT", "/api/v1/accuracy/budget", "admin"),
    ("GET", "/api/v1/volunteers", "admin"),
    ("POST", "/api/v1/volunteers", "admin"),
    ("DELETE", f"/api/v1/volunteers/{NOBODY}", "admin"),
    ("GET", f"/api/v1/volunteers/{NOBODY}/picture", "admin"),
    ("GET", "/api/v1/rates", "reviewer"),
    ("GET", f"/api/v1/people/{NOBODY}/floors", "reviewer"),
    ("GET", "/api/v1/streams/nobody/masks", "reviewer"),
    ("PUT", "/api/v1/streams/nobody/masks", "admin"),
    ("GET", "/api/v1/streams/nobody/picture", "admin"),
    ("GET", "/api/v1/still-faces", "reviewer"),
    ("POST", f"/api/v1/still-faces/{NOBODY}", "admin"),
    ("GET", "/api/v1/sites/nobody/anchor-policies", "reviewer"),
    ("POST", "/api/v1/sites/nobody/anchor-policies", "admin"),
    ("DELETE", f"/api/v1/sites/nobody/anchor-policies/{NOBODY}", "admin"),
    ("GET", "/api/v1/embedder", "admin"),
    ("POST", "/api/v1/embedder/change", "admin"),
    ("POST", "/api/v1/embedder/change/switch", "admin"),
    ("POST", "/api/v1/embedder/change/cancel", "admin"),
    ("GET", "/api/v1/episodes", "viewer"),
    ("GET", f"/api/v1/episodes/{NOBODY}", "viewer"),
    ("POST", f"/api/v1/episodes/{NOBODY}/close", "reviewer"),
    ("POST", f"/api/v1/episodes/{NOBODY}/handled", "reviewer"),
    ("POST", f"/api/v1/hits/{NOBODY}/helped", "reviewer"),
    ("GET", f"/api/v1/replies/{NOBODY}/media/{NOBODY}", "viewer"),
    ("GET", f"/api/v1/deliveries/{NOBODY}/forwards", "viewer"),
    ("POST", f"/api/v1/deliveries/{NOBODY}/forwards", "reviewer"),
    ("GET", "/api/v1/groups/nobody/forward-policies", "viewer"),
    ("POST", "/api/v1/groups/nobody/forward-policies", "admin"),
    ("DELETE", f"/api/v1/groups/nobody/forward-policies/{NOBODY}", "admin"),
    ("POST", f"/api/v1/people/{NOBODY}/portraits", "reviewer"),
    ("POST", f"/api/v1/people/{NOBODY}/suspend", "reviewer"),
    ("POST", f"/api/v1/people/{NOBODY}/resume", "reviewer"),
    ("GET", "/api/v1/pauses", "viewer"),
    ("POST", "/api/v1/pauses", "admin"),
    ("POST", f"/api/v1/pauses/{NOBODY}/end", "admin"),
    ("GET", f"/api/v1/hits/{NOBODY}/route", "viewer"),
    ("GET", "/api/v1/deliveries", "viewer"),
    ("GET", f"/api/v1/deliveries/{NOBODY}", "viewer"),
    ("POST", f"/api/v1/deliveries/{NOBODY}/redrive", "reviewer"),
    ("GET", "/api/v1/phones", "reviewer"),
    ("GET", "/api/v1/groups/nobody/phones", "reviewer"),
    ("POST", "/api/v1/groups/nobody/phones", "admin"),
    ("DELETE", f"/api/v1/phones/{NOBODY}", "admin"),
    ("GET", "/api/v1/drills", "reviewer"),
    ("POST", "/api/v1/drills", "reviewer"),
    ("GET", f"/api/v1/drills/{NOBODY}", "reviewer"),
    ("GET", "/api/v1/self-tests", "reviewer"),
    ("POST", "/api/v1/self-tests", "admin"),
    ("GET", f"/api/v1/self-tests/{NOBODY}", "reviewer"),
    ("GET", f"/api/v1/watchlists/{NOBODY}/exercise-policy", "reviewer"),
    ("PUT", f"/api/v1/watchlists/{NOBODY}/exercise-policy", "admin"),
    ("POST", "/api/v1/groups/nobody/test", "admin"),
    ("GET", f"/api/v1/checks/{NOBODY}", "admin"),
    ("GET", "/api/v1/users", "admin"),
    ("POST", "/api/v1/users", "admin"),
    ("PATCH", f"/api/v1/users/{NOBODY}", "admin"),
    ("POST", "/api/v1/watchlists", "admin"),
    ("PATCH", f"/api/v1/watchlists/{NOBODY}", "admin"),
    ("POST", f"/api/v1/watchlists/{NOBODY}/close", "admin"),
    ("POST", f"/api/v1/watchlists/{NOBODY}/people", "admin"),
    ("POST", f"/api/v1/watchlists/{NOBODY}/imports", "admin"),
    ("PATCH", f"/api/v1/people/{NOBODY}", "admin"),
    ("DELETE", f"/api/v1/people/{NOBODY}", "admin"),
    ("DELETE", f"/api/v1/portraits/{NOBODY}", "admin"),
    ("POST", "/api/v1/groups", "admin"),
    ("POST", "/api/v1/groups/import", "admin"),
    ("GET", "/api/v1/groups/export", "admin"),
    ("POST", "/api/v1/groups/nobody/check", "admin"),
    ("GET", "/api/v1/levels", "reviewer"),
    ("PUT", "/api/v1/levels", "admin"),
    ("PUT", "/api/v1/levels/nobody", "admin"),
    ("DELETE", "/api/v1/levels/nobody", "admin"),
    ("PATCH", "/api/v1/groups/nobody", "admin"),
    ("DELETE", "/api/v1/groups/nobody", "admin"),
    ("POST", "/api/v1/groups/nobody/link", "admin"),
    ("DELETE", "/api/v1/groups/nobody/link", "admin"),
]
RANKS = {"vic": 0, "rita": 1, "ada": 2}
ROLES = ("viewer", "reviewer", "admin")


@pytest.mark.parametrize("name", RANKS)
def test_each_role_gets_through_its_own_doors_only(house: House, name: str) -> None:
    client = house.client(name)
    for method, path, role in MATRIX:
        answer = client.request(method, path, **({"json": {}} if method in ("POST", "PATCH", "PUT") else {}))
        is_let_in = RANKS[name] >= ROLES.index(role)
        assert (answer.status_code != 403) is is_let_in, f"{name}: {method} {path}: {answer.status_code}"
        assert answer.status_code < 500, f"{name}: {method} {path}: {answer.text}"


def test_the_matrix_knows_every_route(house: House) -> None:
    in_matrix = {(method, re.sub(rf"{NOBODY}|nobody", "*", path)) for method, path, _ in MATRIX}
    own = {("POST", "/api/v1/logout"), ("PATCH", "/api/v1/me"), ("GET", "/api/v1/events")}  # their own tests
    single = {("GET", "/api/v1/hits/*"), ("GET", "/api/v1/hits/*/history"), ("GET", "/api/v1/openapi.json")}
    read_one = {("GET", "/api/v1/watchlists/*"), ("GET", "/api/v1/groups/*")}
    for method, path in routes_of(house.app):
        if path.startswith("/api/") and (method, path) not in OPEN:
            plain = re.sub(r"\{kind\}", "face", path)
            assert (method, re.sub(r"\{[^}]+\}", "*", plain)) in in_matrix | own | single | read_one, (method, path)


@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
def test_without_the_csrf_token_nothing_is_changed(house: House, token: str | None) -> None:
    ada = house.client("ada")
    del ada.headers["X-CSRF-Token"]
    headers = {} if token is None else {"X-CSRF-Token": token.encode()}
    for method, path in routes_of(house.app):
        if method == "GET" or not path.startswith("/api/") or (method, path) in OPEN:
            continue
        answer = ada.request(method, filled(path), json={}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf"), f"{method} {path}"


def test_the_csrf_token_of_another_session_does_not_fit(house: House) -> None:
    first, second = house.client("ada"), house.client("ada")
    first.headers["X-CSRF-Token"] = second.headers["X-CSRF-Token"]
    assert first.post("/api/v1/logout").status_code == 403


def test_max_sees_nothing_of_the_mall(house: House) -> None:
    hit = house.hit()
    house.group()
    max = house.client("max")
    assert max.get("/api/v1/hits?state=all").json() == {"items": [], "next": None, "waiting": 0}
    assert max.get("/api/v1/hits?state=all&site_id=mall").json()["items"] == []
    for path in ("", "/history", "/clip", "/pictures/face", "/pictures/frame", "/pictures/portrait"):
        assert max.get(f"/api/v1/hits/{hit.id}{path}").status_code == 404, path
    for kind in ("decisions", "amendments"):
        said = {"round": 1, "verdict": "confirmed", "reason": "mistake" if kind == "amendments" else None}
        assert max.post(f"/api/v1/hits/{hit.id}/{kind}", json=said).status_code == 404, kind
    assert [stream["id"] for stream in max.get("/api/v1/streams").json()] == ["hall-1"]
    assert max.get("/api/v1/groups").json() == []
    assert max.get("/api/v1/groups/mall-guards").status_code == 404


MIA = {"name": "mia", "password": "a long enough one", "role": "admin", "sites": ["mall"]}


@pytest.fixture
def mia(house: House) -> TestClient:
    """An admin for the mall only."""
    assert house.client("ada").post("/api/v1/users", json=MIA).status_code == 201
    mia = house.stranger()
    mia.headers["X-CSRF-Token"] = log_in(mia, "mia", "a long enough one").json()["csrf"]
    return mia


def test_lists_are_the_whole_installations_to_change(house: House, mia: TestClient) -> None:
    listed, wanda, portrait = house.cast.watchlist.id, house.cast.wanda.id, house.cast.portrait.id
    changing = [
        (method, path) for method, path, role in MATRIX if role == "admin" and re.search("/(watch|peo|portr)", path)
    ]
    assert len(changing) == 9
    ids = {"watchlists": listed, "people": wanda, "portraits": portrait}
    for method, unfilled in changing:
        path = re.sub(f"(\\w+)/{NOBODY}", lambda it: f"{it[1]}/{ids[it[1]]}", unfilled)
        answer = mia.request(method, path, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "beyond_your_sites"), f"{method} {path}"
    assert [entry["name"] for entry in mia.get(f"/api/v1/watchlists/{listed}/people").json()] == ["Wanda"]


def test_an_admin_for_one_site_gives_no_more_than_they_have(house: House, mia: TestClient) -> None:
    new = MIA
    house.group("hall-guards", site=HALL)
    cases = [
        ("POST", "/api/v1/users", {**new, "name": "x", "sees_all_sites": True}, 403),
        ("POST", "/api/v1/users", {**new, "name": "x", "sites": ["mall", "hall"]}, 403),
        ("PATCH", f"/api/v1/users/{house.users['ada'].id}", {"is_disabled": True}, 404),
        ("PATCH", f"/api/v1/users/{house.users['max'].id}", {"password": "taken over by mia"}, 404),
        ("PATCH", f"/api/v1/users/{house.users['vic'].id}", {"sites": ["hall"]}, 403),
        ("PATCH", f"/api/v1/users/{house.users['vic'].id}", {"role": "reviewer"}, 200),
        ("PATCH", "/api/v1/groups/hall-guards", {"name": "Mine"}, 404),
        ("POST", "/api/v1/groups/hall-guards/link", None, 404),
        ("POST", "/api/v1/groups", {"id": "g", "name": "G", "latitude": 1, "longitude": 1}, 403),
        ("POST", "/api/v1/groups/import", None, 403),
    ]
    for method, path, body, status in cases:
        assert mia.request(method, path, json=body).status_code == status, f"{method} {path}"
    assert [user["name"] for user in mia.get("/api/v1/users").json()] == ["mia", "vic"]
