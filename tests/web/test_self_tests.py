"""A self-test over HTTP: what is missing is said, what was reached is timed, only exercise lists have policies."""

from datetime import timedelta

from patrol.store.tables import StreamState, Watchlist
from tests.web.house import House


def make_ready(house: House) -> None:
    """Wanda's list is an exercise, and the gate's camera is live."""
    now = house.clock()
    state = StreamState(stream_id="gate-b", site_id="mall", worker_id="w", state="live", since=now, updated_at=now)
    with house.database.write() as session:
        session.get_one(Watchlist, house.cast.watchlist.id).is_exercise = True
        session.add(state)


def policy(house: House, name: str = "ada", **more: object) -> tuple[int, str]:
    ends_at = (house.clock() + timedelta(days=30)).isoformat()
    said = {"text": "before each shift", "ends_at": ends_at, **more}
    answer = house.client(name).put(f"/api/v1/watchlists/{house.cast.watchlist.id}/exercise-policy", json=said)
    return answer.status_code, answer.json().get("code", "")


def test_a_self_test_begins_and_is_listed(house: House) -> None:
    make_ready(house)
    house.group()
    assert policy(house)[0] == 200
    begun = house.client("ada").post("/api/v1/self-tests", json={"site_id": "mall"})
    assert begun.status_code == 201, begun.text
    assert (begun.json()["stream_id"], begun.json()["outcome"], begun.json()["stages_ms"]) == ("gate-b", None, {})
    shown = house.client("rita").get("/api/v1/self-tests").json()
    assert [it["id"] for it in shown] == [begun.json()["id"]]
    assert house.client("rita").get(f"/api/v1/self-tests/{begun.json()['id']}").json()["started_by"] == "user:ada"
    assert house.client("max").get("/api/v1/self-tests").json() == []
    assert house.client("max").get(f"/api/v1/self-tests/{begun.json()['id']}").status_code == 404


def test_what_is_missing_is_said_in_words(house: House) -> None:
    make_ready(house)
    ada = house.client("ada")
    asked = ada.post("/api/v1/self-tests", json={"site_id": "mall"})
    assert (asked.status_code, asked.json()["reason"]) == (409, "no_group")
    house.group()
    asked = ada.post("/api/v1/self-tests", json={"site_id": "mall"})
    assert (asked.json()["reason"], "patrol self-test-policy" in asked.json()["detail"]) == ("no_policy", True)


def test_only_admins_start_one(house: House) -> None:
    assert house.client("rita").post("/api/v1/self-tests", json={"site_id": "mall"}).status_code == 403


def test_a_policy_is_for_exercise_lists_and_a_year_at_most(house: House) -> None:
    assert policy(house) == (422, "policy_no_exercise")
    make_ready(house)
    assert policy(house, "rita")[0] == 403
    assert policy(house, ends_at="2029-01-01T00:00:00Z") == (422, "policy_bad_end")
    assert policy(house, ends_at="2026-01-01T00:00:00Z") == (422, "policy_bad_end")
    assert policy(house, text=" ")[0] == 422
    address = f"/api/v1/watchlists/{house.cast.watchlist.id}/exercise-policy"
    assert house.client("rita").get(address).json() is None
    assert policy(house)[0] == 200
    assert house.client("rita").get(address).json()["written_by"] == "user:ada"
