"""The times of levels over HTTP."""

import pytest

from tests.accounts.people import add_user
from tests.web.house import House

GUARDS = {"level": "guards", "seen_s": 30, "on_my_way_s": 90, "outcome_s": None}


def times(house: House, level: str) -> dict[str, object]:
    rows = house.client("rita").get("/api/v1/levels").json()
    return next(row for row in rows if row["level"] == level)


def test_times_are_shown_set_and_taken_back(house: House) -> None:
    ada = house.client("ada")
    before = times(house, "guards")
    assert (before["seen_s"], before["is_default"], before["updated_by"]) == (60, True, None)
    assert ada.put("/api/v1/levels", json=[GUARDS]).status_code == 200
    after = times(house, "guards")
    assert {key: after[key] for key in GUARDS} == GUARDS
    assert (after["is_default"], after["updated_by"]) == (False, "ada")
    one = ada.put("/api/v1/levels/drivers", json={"seen_s": 5, "on_my_way_s": None, "outcome_s": None})
    assert (one.json()["level"], one.json()["seen_s"]) == ("drivers", 5)
    assert ada.delete("/api/v1/levels/guards").status_code == 204
    assert times(house, "guards") == before


@pytest.mark.parametrize(
    "wrong", [{"seen_s": 0}, {"seen_s": "soon"}, {"seen_s": 86_401}, {"on_my_way_s": 10}, {"level": ""}]
)
def test_times_that_cannot_be_are_refused_and_nothing_is_set(house: House, wrong: dict[str, object]) -> None:
    answer = house.client("ada").put("/api/v1/levels", json=[{**GUARDS, "level": "drivers"}, {**GUARDS, **wrong}])
    assert answer.status_code == 422
    assert "drivers" not in [row["level"] for row in house.client("rita").get("/api/v1/levels").json()]


def test_only_an_admin_for_all_sites_sets_times(house: House) -> None:
    with house.database.write() as session:
        add_user(session, "mia", "admin", house.clock(), ("mall",))
    for name in ("mia", "rita", "vic"):
        assert house.client(name).put("/api/v1/levels", json=[GUARDS]).status_code == 403
        assert house.client(name).delete("/api/v1/levels/guards").status_code == 403
    assert house.client("vic").get("/api/v1/levels").status_code == 403
    assert house.stranger().get("/api/v1/levels").status_code == 401
