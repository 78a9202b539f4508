"""Masks and still faces over HTTP: admins draw and decide, reviewers look, other sites see nothing."""

import numpy as np
import pytest

from patrol.hits import masks
from patrol.hits.stillness import Stood
from patrol.store.tables import HitPassage, StillFace
from patrol.streams.rtsp import StreamLost
from patrol.values import Stream
from tests.hits.sightings import STREAM
from tests.web.house import House

CORNER = [[0.0, 0.0], [0.2, 0.0], [0.2, 0.2]]
POSTER = (0.40, 0.30, 0.44, 0.38)


def still_face(house: House) -> StillFace:
    hit = house.hit()
    with house.database.write() as session:
        passage = session.query(HitPassage).where(HitPassage.hit_id == hit.id).one()
        made = masks.report(
            session, STREAM, Stood(hit.person_id, passage.passage_id, POSTER, hit.seen_at), hit.seen_at
        )
    assert made is not None
    return made


def test_masks_are_drawn_read_and_taken_away(house: House) -> None:
    ada = house.client("ada")
    address = "/api/v1/streams/gate-b/masks"
    assert ada.get(address).json() == {"stream_id": "gate-b", "masks": []}
    assert ada.put(address, json={"masks": [CORNER]}).json()["masks"] == [CORNER]
    assert house.client("rita").get(address).json()["masks"] == [CORNER]
    assert ada.put(address, json={"masks": []}).json()["masks"] == []
    assert [event.actor for event in house.events("masks.set")] == ["user:ada", "user:ada"]


@pytest.mark.parametrize(
    ("mask", "code"),
    [([[0, 0], [1, 1]], "masks_corners"), ([[0, 0], [2, 0], [0, 1]], "masks_outside")],
)
def test_what_is_no_mask_is_refused_in_words(house: House, mask: list[list[float]], code: str) -> None:
    answer = house.client("ada").put("/api/v1/streams/gate-b/masks", json={"masks": [mask]})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"]


def test_only_admins_draw_and_other_sites_streams_are_not_there(house: House) -> None:
    address = "/api/v1/streams/gate-b/masks"
    assert house.client("rita").put(address, json={"masks": []}).status_code == 403
    assert house.client("max").get(address).status_code in (403, 404)
    assert house.client("ada").get("/api/v1/streams/nowhere/masks").status_code == 404


def test_a_still_face_is_shown_and_masked(house: House) -> None:
    still = still_face(house)
    [shown] = house.client("rita").get("/api/v1/still-faces").json()
    assert (shown["id"], shown["person_name"], shown["stream_name"]) == (str(still.id), "Wanda", "Gate B")
    assert (shown["hit_number"], shown["has_frame"], shown["box"]) == (1, True, [0.4, 0.3, 0.44, 0.38])
    ada = house.client("ada")
    laid = ada.post(f"/api/v1/still-faces/{still.id}", json={"is_picture": True}).json()
    assert len(laid["masks"]) == 1
    assert ada.get("/api/v1/still-faces").json() == []
    assert ada.post(f"/api/v1/still-faces/{still.id}", json={"is_picture": True}).status_code == 404


def test_a_person_after_all_leaves_no_mask(house: House) -> None:
    still = still_face(house)
    assert house.client("rita").post(f"/api/v1/still-faces/{still.id}", json={"is_picture": False}).status_code == 403
    laid = house.client("ada").post(f"/api/v1/still-faces/{still.id}", json={"is_picture": False}).json()
    assert laid["masks"] == []


def shows(house: House, picture: object) -> None:
    def snapshot(stream: Stream, clock: object) -> object:
        if isinstance(picture, Exception):
            raise picture
        return picture

    object.__setattr__(house.app.state.parts, "snapshot", snapshot)


def test_an_admin_sees_the_camera_once_and_that_is_on_record(house: House) -> None:
    shows(house, np.full((36, 64, 3), 90, np.uint8))
    answer = house.client("ada").get("/api/v1/streams/gate-b/picture")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cache-control"] == "no-store"
    assert [event.subject for event in house.events("stream.viewed")] == ["stream:gate-b"]
    assert house.client("rita").get("/api/v1/streams/gate-b/picture").status_code == 403


def test_a_camera_without_a_picture_says_why(house: House) -> None:
    shows(house, StreamLost("refused", "no"))
    answer = house.client("ada").get("/api/v1/streams/gate-b/picture")
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (503, "stream_lost", "refused")
    assert answer.json()["detail"]
