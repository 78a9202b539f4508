"""Groups over HTTP, and the links to their pages."""

import pytest

from tests.accounts.people import add_user
from tests.web.house import PUBLIC_URL, House

GATE = {
    "id": "gate",
    "name": "Gate guards",
    "latitude": 31.2,
    "longitude": 121.4,
    "site_id": "mall",
    "language": "zh",
}
AT_THE_MALL = {"latitude": 31.231, "longitude": 121.471}
YAML = """
groups:
  - id: north
    name: 北门保安
    site: mall
    latitude: 31.2
    longitude: 121.4
    language: zh
"""


def test_a_group_is_made_changed_and_ended(house: House) -> None:
    ada = house.client("ada")
    made = ada.post("/api/v1/groups", json=GATE)
    assert made.status_code == 201
    assert [chat["kind"] for chat in made.json()["chats"]] == ["page"]
    changed = ada.patch("/api/v1/groups/gate", json={"name": "东门保安", "site_id": None})
    assert (changed.json()["name"], changed.json()["site_id"], changed.json()["latitude"]) == ("东门保安", None, 31.2)
    assert ada.patch("/api/v1/groups/gate", json={"name": None}).json()["name"] == "东门保安"
    assert ada.delete("/api/v1/groups/gate").status_code == 204
    assert ada.get("/api/v1/groups").json() == []


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"id": "Not An Id"}, "id"),
    ({"latitude": 91}, "body.latitude"),
    ({"longitude": "east"}, "body.longitude"),
    ({"site_id": "nowhere"}, "site"),
    ({"parent_id": "nobody"}, "parent"),
    ({"language": "fr"}, "body.language"),
    ({"chats": [{"kind": "pigeon"}]}, "body.chats.0.kind"),
    ({"chats": [{"kind": "webhook", "address": "not an address", "secret": "s"}]}, "chats[0].address"),
]


def test_a_group_that_cannot_be_is_refused_with_the_place(house: House) -> None:
    ada = house.client("ada")
    for wrong, where in REFUSED:
        answer = ada.post("/api/v1/groups", json={**GATE, **wrong})
        assert answer.status_code == 422, wrong
        assert where in [error["where"] for error in answer.json()["errors"]], wrong


def test_a_link_is_shown_once_and_opens_the_page(house: House) -> None:
    ada = house.client("ada")
    ada.post("/api/v1/groups", json=GATE)
    url = ada.post("/api/v1/groups/gate/link").json()["url"]
    assert url.startswith(f"{PUBLIC_URL}/g/")
    assert house.stranger().get(url).status_code == 200
    token = url.rpartition("/")[2]
    shown = ada.get("/api/v1/groups/gate")
    assert shown.json()["has_link"] is True
    assert token not in shown.text
    assert ada.delete("/api/v1/groups/gate/link").status_code == 204
    assert house.stranger().get(url).status_code == 404


@pytest.mark.parametrize("kind", ["application/yaml", "text/plain", "application/x-www-form-urlencoded", None])
def test_groups_are_imported_whatever_the_body_calls_itself(house: House, kind: str | None) -> None:
    ada = house.client("ada")
    headers = {"Content-Type": kind} if kind else {}
    answer = ada.post("/api/v1/groups/import", content=YAML.encode(), headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"n_groups": 1})
    assert ada.get("/api/v1/groups/north").json()["name"] == "北门保安"


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"groups: [", b"groups: 3", YAML.replace("31.2", "931.2").encode()]
)
def test_a_file_with_a_mistake_changes_nothing_and_says_where(house: House, content: bytes) -> None:
    ada = house.client("ada")
    answer = ada.post("/api/v1/groups/import", content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, "group_refused")
    assert answer.json()["detail"]
    assert ada.get("/api/v1/groups").json() == []


def test_a_group_that_is_not_there_is_not_found(house: House) -> None:
    ada = house.client("ada")
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/link"), ("DELETE", "/link")):
        body = {"json": {}} if method == "PATCH" else {}
        assert ada.request(method, f"/api/v1/groups/nobody{path}", **body).status_code == 404


WEBHOOK = {"kind": "webhook", "address": "https://example.org/hook", "secret": "hook"}
ELSEWHERE = {**WEBHOOK, "address": "https://evil.example/hook"}


def test_only_who_sees_every_site_says_where_secrets_and_pictures_go(house: House) -> None:
    with house.database.write() as session:
        add_user(session, "mia", "admin", house.clock(), ("mall",))
    mia, ada = house.client("mia"), house.client("ada")
    assert mia.post("/api/v1/groups", json={**GATE, "chats": [WEBHOOK]}).json()["code"] == "beyond_your_sites"
    assert ada.post("/api/v1/groups", json={**GATE, "chats": [WEBHOOK]}).status_code == 201
    same = {"name": "East gate", "chats": [WEBHOOK, {"kind": "page"}]}
    assert mia.patch("/api/v1/groups/gate", json=same).status_code == 200
    for chats in ([], [ELSEWHERE], [{**WEBHOOK, "secret": "other"}], [WEBHOOK, ELSEWHERE]):
        assert mia.patch("/api/v1/groups/gate", json={"chats": chats}).status_code == 403, chats
    own = {**GATE, **AT_THE_MALL, "id": "own", "chats": [{"kind": "page"}]}
    assert mia.post("/api/v1/groups", json=own).status_code == 201


def test_an_admin_for_one_site_keeps_its_groups_there(house: House) -> None:
    with house.database.write() as session:
        add_user(session, "mia", "admin", house.clock(), ("mall", "gone"))
    mia, ada = house.client("mia"), house.client("ada")
    assert mia.post("/api/v1/groups", json=GATE).json()["code"] == "beyond_your_sites"  # 7 km off, at the hall
    assert mia.post("/api/v1/groups", json={**GATE, **AT_THE_MALL}).status_code == 201
    moves = [({"latitude": 31.238}, 200), ({"latitude": 31.24}, 403), ({"longitude": 121.4}, 403)]
    for move, status in (*moves, ({"site_id": None}, 403), ({"site_id": "gone"}, 403), ({"name": "G"}, 200)):
        assert mia.patch("/api/v1/groups/gate", json=move).status_code == status, move
    assert ada.patch("/api/v1/groups/gate", json={"latitude": 31.2, "longitude": 121.4}).status_code == 200
    assert mia.patch("/api/v1/groups/gate", json={"name": "Moved by Ada"}).status_code == 200
