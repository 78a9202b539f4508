"""Whether a camera can identify people, in the reader's words."""

from datetime import timedelta

from patrol.health import hours
from tests.health.test_hours import passage
from tests.hits.sightings import STREAM
from tests.web.house import House


def watch_a_day(house: House) -> None:
    with house.database.write() as session:
        for hour in range(25, 0, -1):
            at = house.clock() - timedelta(hours=hour)
            hours.count(session, STREAM, [passage(at, eye_px=6, lacks=("too_small",))] * 2, 3600, at)


def test_a_camera_of_small_faces_is_told_so(house: House) -> None:
    watch_a_day(house)
    vic = house.client("vic")
    report = vic.get(f"/api/v1/streams/{STREAM.id}/report").json()
    assert (report["verdict"], report["n_passages"], report["usable_share"]) == ("unfit", 50, 0.0)
    assert report["lacks"] == {"too_small": 50}
    assert report["findings"][0]["text"].startswith("This camera cannot identify people: faces are 14 px wide.")
    assert len(report["by_hour"]) == 24
    vic.patch("/api/v1/me", json={"language": "zh"})
    said = vic.get("/api/v1/stream-reports").json()[0]["findings"][0]["text"]
    assert "人脸宽仅 14 像素" in said


def test_before_a_day_has_passed_nothing_is_claimed(house: House) -> None:
    report = house.client("vic").get(f"/api/v1/streams/{STREAM.id}/report").json()
    assert (report["verdict"], report["usable_share"], report["since"]) == ("unknown", None, None)
    assert report["findings"][0]["code"] == "not_enough"


def test_another_sites_report_does_not_exist_for_max(house: House) -> None:
    client = house.client("max")
    assert client.get(f"/api/v1/streams/{STREAM.id}/report").status_code == 404
    assert [it["stream_id"] for it in client.get("/api/v1/stream-reports").json()] == ["hall-1"]
