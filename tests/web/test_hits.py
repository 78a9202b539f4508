"""Hits over HTTP: listed, opened, decided once, amended, with their pictures and history."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from patrol.store.tables import Hit
from tests.web.house import HALL, JPEG, House

CONFIRM = {"round": 1, "verdict": "confirmed"}


def test_an_empty_queue_is_an_empty_list(house: House) -> None:
    assert house.client("vic").get("/api/v1/hits").json() == {"items": [], "next": None, "waiting": 0}


def test_a_hit_shows_everything_a_reviewer_needs(house: House) -> None:
    hit = house.hit()
    shown = house.client("vic").get("/api/v1/hits").json()["items"][0]
    assert shown == house.client("vic").get(f"/api/v1/hits/{hit.id}").json()
    assert shown["number"] == 1
    assert shown["person"]["name"] == "Wanda"
    assert shown["watchlist"]["name"] == "Wanted"
    assert shown["site"] == {
        **{"id": "mall", "name": "East Mall", "time_zone": "Asia/Shanghai"},
        **{"latitude": 31.23, "longitude": 121.47},
    }
    assert shown["stream"]["place"] == "3F escalator, towards exit B"
    assert shown["seen_at"].endswith("Z")
    assert (shown["round"], shown["verdict"], shown["alarm"]) == (1, None, None)
    assert shown["decisions"] == shown["deliveries"] == shown["replies"] == []
    assert (shown["similarity"], shown["threshold"], shown["grade"]) == (0.6, 0.45, "sure")


def test_the_pictures_are_jpegs_that_nobody_keeps(house: House) -> None:
    hit = house.hit()
    vic = house.client("vic")
    addresses = vic.get(f"/api/v1/hits/{hit.id}").json()["pictures"]
    for kind in ("face", "frame", "portrait"):
        answer = vic.get(addresses[kind])
        assert answer.status_code == 200
        assert answer.content.startswith(b"\xff\xd8")
        assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert vic.get(addresses["portrait"]).content == JPEG
    assert vic.get(f"/api/v1/hits/{hit.id}/pictures/secret").status_code == 422


def test_a_picture_that_was_shed_is_gone_and_says_so(house: House) -> None:
    hit = house.hit()
    vic = house.client("vic")
    old = vic.get(f"/api/v1/hits/{hit.id}").json()["pictures"]
    with house.database.write() as session:
        shed = session.get_one(Hit, hit.id)
        assert shed.face_key is not None
        house.blobs.delete(shed.face_key)
        shed.frame_key = None
    assert vic.get(old["face"]).json()["code"] == "picture_gone"
    assert vic.get(old["frame"]).status_code == 410
    assert vic.get(f"/api/v1/hits/{hit.id}").json()["pictures"]["frame"] is None


def test_the_queue_is_sorted_filtered_and_read_in_pages(house: House) -> None:
    numbers = {name: house.hit(grade=grade).number for name, grade in [("old", "sure"), ("unsure", "uncertain")]}
    numbers["new"] = house.hit().number
    numbers["hall"] = house.hit(HALL).number
    rita, vic = house.client("rita"), house.client("vic")
    first = vic.get("/api/v1/hits?limit=2").json()
    assert [hit["number"] for hit in first["items"]] == [numbers["new"], numbers["old"]]
    assert first["waiting"] == 3
    rest = vic.get(f"/api/v1/hits?limit=2&before={first['next']}").json()
    assert ([hit["number"] for hit in rest["items"]], rest["next"]) == ([numbers["unsure"]], None)
    assert [hit["number"] for hit in rita.get("/api/v1/hits?site_id=hall").json()["items"]] == [numbers["hall"]]
    assert rita.get(f"/api/v1/hits?watchlist_id={house.cast.watchlist.id}").json()["waiting"] == 4


def test_a_confirmed_hit_leaves_the_queue_and_says_who_and_when(house: House) -> None:
    hit = house.hit()
    rita = house.client("rita")
    answer = rita.post(f"/api/v1/hits/{hit.id}/decisions", json={**CONFIRM, "note": " sure of it "})
    assert answer.status_code == 201
    decision = answer.json()["decisions"][0]
    assert (decision["by"], decision["verdict"], decision["note"]) == ("rita", "confirmed", "sure of it")
    assert rita.get("/api/v1/hits").json()["waiting"] == 0
    assert rita.get("/api/v1/hits?state=decided&verdict=confirmed").json()["items"][0]["id"] == str(hit.id)
    history = rita.get(f"/api/v1/hits/{hit.id}/history").json()
    assert [(entry["kind"], entry["actor"]) for entry in history][-1] == ("hit.decided", "user:rita")


def test_the_second_is_told_who_was_first(house: House) -> None:
    hit = house.hit()
    ada, rita = house.client("ada"), house.client("rita")
    assert rita.post(f"/api/v1/hits/{hit.id}/decisions", json=CONFIRM).status_code == 201
    answer = ada.post(f"/api/v1/hits/{hit.id}/decisions", json={**CONFIRM, "verdict": "rejected"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "already_decided")
    assert (problem["by"], problem["verdict"], problem["at"]) == ("rita", "confirmed", "2026-03-02T01:30:01Z")
    assert "rita" in problem["detail"]


def test_a_hit_of_somebody_taken_off_the_list_is_not_confirmed(house: House) -> None:
    hit = house.hit()
    ada = house.client("ada")
    assert ada.delete(f"/api/v1/people/{house.cast.wanda.id}").status_code == 204
    answer = ada.post(f"/api/v1/hits/{hit.id}/decisions", json=CONFIRM)
    assert (answer.status_code, answer.json()["code"]) == (409, "entry_ended")
    assert "taken off the list" in answer.json()["detail"]
    rejected = ada.post(f"/api/v1/hits/{hit.id}/decisions", json={**CONFIRM, "verdict": "rejected"})
    assert rejected.status_code == 201


def test_of_many_who_decide_at_once_one_is_first(house: House) -> None:
    hit = house.hit()
    clients = [house.client(name) for name in ("ada", "rita") * 3]
    start = Barrier(len(clients))

    def decide(client: object) -> int:
        start.wait()
        return int(client.post(f"/api/v1/hits/{hit.id}/decisions", json=CONFIRM).status_code)  # type: ignore[attr-defined]

    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = sorted(pool.map(decide, clients))
    assert statuses == [201, *[409] * 5]
    assert len(clients[0].get(f"/api/v1/hits/{hit.id}").json()["decisions"]) == 1


def test_amending_opens_a_round_and_keeps_what_was_said(house: House) -> None:
    hit = house.hit()
    rita = house.client("rita")
    path = f"/api/v1/hits/{hit.id}/amendments"
    amendment = {"round": 1, "verdict": "rejected", "reason": "second_look"}
    assert rita.post(path, json=amendment).json()["code"] == "not_decided"
    rita.post(f"/api/v1/hits/{hit.id}/decisions", json=CONFIRM)
    assert rita.post(path, json={**amendment, "verdict": "confirmed"}).json()["code"] == "same_verdict"
    assert rita.post(path, json={**amendment, "round": 2}).json()["code"] == "round_unknown"
    amended = rita.post(path, json=amendment)
    assert amended.status_code == 201
    assert [(said["round"], said["verdict"]) for said in amended.json()["decisions"]] == [
        (1, "confirmed"),
        (2, "rejected"),
    ]


WRONG: list[dict[str, object]] = [
    {},
    {"round": 1},
    {"round": 1, "verdict": "maybe"},
    {"round": "one", "verdict": "confirmed"},
    {"round": 2**40, "verdict": "confirmed"},
    {"round": -1, "verdict": "confirmed"},
    {"round": 1, "verdict": "confirmed", "reason": "because"},
    {"round": 1, "verdict": "confirmed", "reason": "other"},
    {"round": 1, "verdict": "confirmed", "note": "x" * 2001},
    {"round": 1, "verdict": "confirmed", "note": "a\x00b"},
]


def test_a_decision_that_is_none_is_refused(house: House) -> None:
    hit = house.hit()
    rita = house.client("rita")
    for wrong in WRONG:
        assert rita.post(f"/api/v1/hits/{hit.id}/decisions", json=wrong).status_code == 422, wrong
    assert rita.get("/api/v1/hits").json()["waiting"] == 1


def test_a_hit_says_what_its_picture_lacks(house: House) -> None:
    hit = house.hit()
    vic = house.client("vic")
    shown = vic.get(f"/api/v1/hits/{hit.id}").json()
    assert (shown["measures"]["eye_distance_px"], shown["shortfalls"], shown["is_weak"]) == (30.0, [], False)
    with house.database.write() as session:
        row = session.get_one(Hit, hit.id)
        row.measures, row.is_weak = {**row.measures, "eye_distance_px": 12.4, "yaw_deg": -42}, True
    shown = vic.get(f"/api/v1/hits/{hit.id}").json()
    assert [(lack["code"], lack["found"]) for lack in shown["shortfalls"]] == [
        ("too_small", 12.4),
        ("turned_away", 42),
    ]
    assert shown["is_weak"]
    with house.database.write() as session:
        session.get_one(Hit, hit.id).measures = {}
    assert vic.get(f"/api/v1/hits/{hit.id}").json()["shortfalls"] == []
