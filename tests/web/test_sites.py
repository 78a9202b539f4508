"""The sites and their buildings over HTTP."""

from tests.web.house import House


def test_everybody_sees_the_buildings_of_their_own_sites(house: House) -> None:
    mall, hall = house.client("ada").get("/api/v1/sites").json()
    assert mall["buildings"] == [{"id": "north", "name": "North hall", "floors": ["1F", "2F"]}]
    assert (hall["id"], hall["buildings"]) == ("hall", [])
    assert hall["duty_phone"] == house.app.state.parts.settings.duty_phone
    assert [site["id"] for site in house.client("max").get("/api/v1/sites").json()] == ["hall"]
    assert house.stranger().get("/api/v1/sites").status_code == 401
