"""Trying a group's chats over HTTP: what was read at once, what became of the test messages when asked again."""

from tests.web.house import House


def test_a_test_message_goes_to_each_chat(house: House) -> None:
    house.group()
    ada = house.client("ada")
    begun = ada.post("/api/v1/groups/mall-guards/test", json={})
    assert begun.status_code == 201, begun.text
    (chat,) = begun.json()["chats"]
    assert (chat["kind"], chat["state"], begun.json()["is_over"]) == ("page", "queued", False)
    house.send()
    shown = ada.get(f"/api/v1/checks/{begun.json()['id']}").json()
    (chat,) = shown["chats"]
    assert (chat["state"], chat["is_well"], shown["is_over"]) == ("accepted", True, True)


def test_reading_alone_sends_nothing(house: House) -> None:
    house.group()
    read = house.client("ada").post("/api/v1/groups/mall-guards/test", json={"is_sending": False}).json()
    assert (read["id"], read["is_over"], [it["state"] for it in read["chats"]]) == (None, True, ["not_sent"])


def test_only_admins_of_the_site_try_a_groups_chats(house: House) -> None:
    house.group()
    begun = house.client("ada").post("/api/v1/groups/mall-guards/test", json={}).json()
    assert house.client("rita").post("/api/v1/groups/mall-guards/test", json={}).status_code == 403
    assert house.client("max").get(f"/api/v1/checks/{begun['id']}").status_code == 403
    assert house.client("ada").post("/api/v1/groups/nobody/test", json={}).status_code == 404
    assert house.client("ada").get("/api/v1/checks/00000000-0000-0000-0000-000000000000").status_code == 404
