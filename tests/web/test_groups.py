"""Groups over HTTP, and the links to their pages."""

import uuid
from dataclasses import replace

import pytest

from patrol.chats.chat import SendError
from patrol.dispatch.looking import Looker
from patrol.dispatch.phones import phone_of
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
WHOLE = {
    **GATE,
    "building": "north",
    "floor": "1F",
    "post": "gate-b",
    "level": "shopkeepers",
    "parent_id": None,
    "covers": [{"site": "mall", "building": "north"}, {"stream": "hall-1"}],
    "radius_m": 80.0,
    "is_default": True,
    "time_zone": "Asia/Shanghai",
    "shifts": {
        "weekly": [{"days": ["mon", "fri"], "from": "22:00", "to": "06:00"}],
        "exceptions": [
            {"date": "2026-10-01", "is_off": True},
            {"date": "2026-10-02", "from": "10:00", "to": "12:00"},
        ],
    },
    "picture_policy": "link",
    "shows_name": True,
    "keep_h": 2.5,
    "is_active": True,
    "chats": [{"kind": "webhook", "address": "https://example.org/hook", "secret": "hook"}, {"kind": "page"}],
    "members": [
        {
            "name": "Gus",
            "role": "captain",
            "phone": "+86 138 0013 8000",
            "identities": {"matrix": "@gus:example.org"},
        },
        {"name": "李娜"},
    ],
}
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


def test_a_group_has_everything_it_was_made_from(house: House) -> None:
    ada = house.client("ada")
    made = ada.post("/api/v1/groups", json=WHOLE)
    assert made.status_code == 201, made.text
    shown = made.json()
    plain = WHOLE.keys() - {"covers", "shifts", "chats", "members"}
    assert {key: shown[key] for key in plain} == {key: WHOLE[key] for key in plain}
    covers = [{key: value for key, value in cover.items() if value is not None} for cover in shown["covers"]]
    assert covers == WHOLE["covers"]
    assert shown["shifts"]["weekly"] == [{"days": ["mon", "fri"], "from": "22:00", "to": "06:00"}]
    assert shown["shifts"]["exceptions"][1] == {"date": "2026-10-02", "is_off": False, "from": "10:00", "to": "12:00"}
    assert [(member["name"], member["role"], member["phone"]) for member in shown["members"]] == [
        ("Gus", "captain", "+86 138 0013 8000"),
        ("李娜", "member", None),
    ]
    assert shown["members"][0]["identities"] == {"matrix": "@gus:example.org"}


def test_what_was_shown_can_be_sent_back_as_it_is(house: House) -> None:
    ada = house.client("ada")
    shown = ada.post("/api/v1/groups", json=WHOLE).json()
    again = ada.patch("/api/v1/groups/gate", json=shown)
    assert again.status_code == 200, again.text
    assert again.json() == shown


def test_null_takes_away_what_a_group_may_be_without(house: House) -> None:
    ada = house.client("ada")
    ada.post("/api/v1/groups", json=WHOLE)
    empty = {"building": None, "floor": None, "post": None, "radius_m": None, "time_zone": None, "keep_h": None}
    lists: dict[str, object] = {"covers": [], "shifts": {}, "members": [], "chats": []}
    changed = ada.patch("/api/v1/groups/gate", json={**empty, **lists}).json()
    assert {key: changed[key] for key in empty} == {**empty, "keep_h": 2.5}
    assert (changed["covers"], changed["members"], len(changed["chats"])) == ([], [], 1)
    assert changed["shifts"] == {"weekly": [], "exceptions": []}


def test_a_member_who_gets_another_name_is_the_same_member(house: House) -> None:
    ada = house.client("ada")
    [gus, _] = ada.post("/api/v1/groups", json=WHOLE).json()["members"]
    phone = house.phone(uuid.UUID(gus["id"]))
    changed = ada.patch("/api/v1/groups/gate", json={"members": [{**gus, "name": "August"}]}).json()["members"]
    assert [(member["id"], member["name"]) for member in changed] == [(gus["id"], "August")]
    with house.database.read() as session:
        assert phone_of(session, phone) is not None
    ada.patch("/api/v1/groups/gate", json={"members": []})
    with house.database.read() as session:
        assert phone_of(session, phone) is None


WRONG: list[tuple[dict[str, object], str]] = [
    ({"covers": [{"site": "mall", "biulding": "north"}]}, "body.covers.0.biulding"),
    ({"covers": [{"site": "mall", "building": "south"}]}, "covers[0].building"),
    ({"covers": [{"site": "mall", "stream": "hall-1"}]}, "covers[0]"),
    ({"shifts": {"weekly": [{"days": ["mon"], "from": "08:00", "to": "08:00"}]}}, "shifts.weekly[0].to"),
    ({"shifts": {"weekly": [{"days": [], "from": "08:00", "to": "09:00"}]}}, "body.shifts.weekly.0.days"),
    ({"shifts": {"exceptions": [{"date": "2020-01-01", "from": "08:00", "to": "09:00"}]}}, "shifts.exceptions"),
    ({"time_zone": "Asia/Peking"}, "time_zone"),
    ({"members": [{"name": "Gus", "phone": "?"}]}, "members[0].phone"),
    ({"members": [{"name": "Gus"}, {"name": "Gus"}]}, "members[1].name"),
    ({"members": [{"name": "Gus", "identities": {"fax": "1"}}]}, "body.members.0.identities.fax.[key]"),
    ({"radius_m": 0}, "body.radius_m"),
    ({"keep_h": 10_000}, "keep_h"),
    ({"picture_policy": "mugshot"}, "body.picture_policy"),
    ({"id": "export"}, "id"),
]


@pytest.mark.parametrize(("wrong", "where"), WRONG)
def test_a_part_that_cannot_be_is_refused_with_the_place(house: House, wrong: dict[str, object], where: str) -> None:
    answer = house.client("ada").post("/api/v1/groups", json={**WHOLE, **wrong})
    assert answer.status_code == 422
    assert where in [error["where"] for error in answer.json()["errors"]]


def test_one_chat_belongs_to_one_group_and_a_parent_is_not_taken_from_its_children(house: House) -> None:
    ada = house.client("ada")
    ada.post("/api/v1/groups", json=WHOLE)
    child = {**GATE, "id": "child", "parent_id": "gate"}
    twice = ada.post("/api/v1/groups", json={**child, "chats": WHOLE["chats"]}).json()
    assert [(error["where"], error["code"]) for error in twice["errors"]] == [("chats[0].address", "chat_taken")]
    assert ada.post("/api/v1/groups", json=child).status_code == 201
    kept = ada.delete("/api/v1/groups/gate")
    assert (kept.status_code, "child" in kept.json()["detail"]) == (422, True)
    assert ada.delete("/api/v1/groups/child").status_code == 204
    assert ada.delete("/api/v1/groups/gate").status_code == 204


def test_what_is_doubtful_is_said_and_the_group_is_saved(house: House) -> None:
    ada = house.client("ada", **{"Accept-Language": "en"})
    made = ada.post("/api/v1/groups", json=GATE).json()
    assert [(it["field"], it["code"]) for it in made["warnings"]] == [
        ("members", "empty_roster"),
        ("chats", "not_reachable"),
    ]
    assert all(it["explanation"] and it["group_id"] == "gate" for it in made["warnings"])
    ada.post("/api/v1/groups/gate/link")
    shown = ada.get("/api/v1/groups/gate").json()["warnings"]
    listed = ada.get("/api/v1/groups").json()[0]["warnings"]
    checked = ada.post("/api/v1/groups/gate/check").json()["warnings"]
    assert [it["code"] for it in shown] == [it["code"] for it in listed] == [it["code"] for it in checked]
    assert [it["code"] for it in shown] == ["empty_roster"]
    night = {"weekly": [{"days": ["mon"], "from": "22:00", "to": "06:00"}]}
    changed = ada.patch("/api/v1/groups/gate", json={"shifts": night}).json()["warnings"]
    assert [it["code"] for it in changed] == ["empty_roster", "nobody_on_shift"]


@pytest.mark.parametrize("form", ["yaml", "csv", "xlsx"])
def test_what_is_exported_is_imported_without_a_change(house: House, form: str) -> None:
    ada = house.client("ada")
    ada.post("/api/v1/groups", json=WHOLE)
    file = ada.get(f"/api/v1/groups/export?format={form}")
    assert file.headers["content-disposition"] == f'attachment; filename="groups.{form}"'
    done = ada.post(f"/api/v1/groups/import?name=groups.{form}", content=file.content)
    assert done.json()["groups"] == [{"id": "gate", "what": "unchanged"}]
    typed = ada.post(
        "/api/v1/groups/import", content=file.content, headers={"content-type": file.headers["content-type"]}
    )
    assert typed.json()["groups"] == [{"id": "gate", "what": "unchanged"}]


def test_a_mistake_in_a_file_names_the_file_that_was_given(house: House) -> None:
    ada = house.client("ada", **{"Accept-Language": "zh"})
    answer = ada.post("/api/v1/groups/import?name=保安.yaml", content=b"- gate")
    assert answer.json()["errors"][0]["where"] == "保安.yaml"
    answer = ada.post(
        "/api/v1/groups/import?format=csv", content="编号,名称,纬度,经度\nbei,北门,999,121\n".encode("gbk")
    )
    assert "groups.csv" in answer.json()["detail"]
    assert "C2" in answer.json()["detail"]


def test_only_who_sees_every_site_imports_and_an_admin_exports_what_is_theirs(house: House) -> None:
    with house.database.write() as session:
        add_user(session, "mia", "admin", house.clock(), ("hall",))
    ada, mia = house.client("ada"), house.client("mia")
    ada.post("/api/v1/groups", json=GATE)
    assert mia.post("/api/v1/groups/import", content=YAML.encode()).status_code == 403
    assert mia.get("/api/v1/groups/export").content == b"groups: []\n"
    assert house.client("rita").get("/api/v1/groups/export").status_code == 403


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
    assert (answer.status_code, answer.json()["n_groups"]) == (200, 1)
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


BEYOND: list[dict[str, object]] = [
    {"covers": [{"site": "hall"}]},
    {"covers": [{"stream": "hall-1"}]},
    {"radius_m": 20_000},
    {"is_default": True},
]


@pytest.mark.parametrize("reach", BEYOND)
def test_an_admin_for_one_site_covers_nothing_of_another(house: House, reach: dict[str, object]) -> None:
    with house.database.write() as session:
        add_user(session, "mia", "admin", house.clock(), ("mall",))
    mia = house.client("mia")
    own = {**GATE, **AT_THE_MALL}
    assert mia.post("/api/v1/groups", json={**own, **reach}).json()["code"] == "beyond_your_sites"
    near = {"covers": [{"site": "mall"}], "radius_m": 300, "is_default": False}
    assert mia.post("/api/v1/groups", json={**own, **near}).status_code == 201
    assert mia.patch("/api/v1/groups/gate", json=reach).json()["code"] == "beyond_your_sites"


class Nowhere:
    """Chats of which no platform knows any."""

    def open(self, kind: str, address: str, secret: str | None) -> "Nowhere":
        return self

    def look(self) -> None:
        raise SendError("not_found", "404", is_permanent=True)


def test_a_chat_that_is_not_there_is_named_when_its_group_is_saved(house: House) -> None:
    looker = Looker(lambda name: name, Nowhere())  # type: ignore[arg-type]
    house.app.state.parts = replace(house.app.state.parts, looker=looker)
    ada = house.client("ada")
    made = ada.post("/api/v1/groups", json={**GATE, "chats": [WEBHOOK]})
    changed = ada.patch("/api/v1/groups/gate", json={"name": "East gate"})
    checked = ada.post("/api/v1/groups/gate/check")
    for answer, status in ((made, 201), (changed, 200), (checked, 200)):
        assert answer.status_code == status
        found = [(it["field"], it["code"]) for it in answer.json()["warnings"]]
        assert ("chats[0].address", "chat_not_found") in found
    ended = ada.patch("/api/v1/groups/gate", json={"is_active": False})
    assert ended.json()["warnings"] == []
