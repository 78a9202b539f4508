"""Was this camera watched at 15:40? The answer for a moment, and each camera's day."""

from datetime import datetime, timedelta
from typing import Any

from patrol.store.tables import StreamGap, StreamState
from tests.hits.sightings import STREAM
from tests.web.house import House


def away(house: House, began_h: float, ended_h: float | None, reason: str = "refused") -> None:
    """A gap, in hours from now."""
    moment = lambda hours: house.clock() + timedelta(hours=hours)  # noqa: E731
    with house.database.write() as session:
        session.merge(
            StreamState(
                **{"stream_id": STREAM.id, "site_id": "mall", "worker_id": "w", "state": "live"},
                **{"since": house.clock(), "updated_at": house.clock()},
            )
        )
        session.add(
            StreamGap(
                stream_id=STREAM.id,
                site_id="mall",
                began_at=moment(began_h),
                ended_at=None if ended_h is None else moment(ended_h),
                reason=reason,
            )
        )


def ask(house: House, hours: float, name: str = "vic") -> dict[str, object]:
    at: datetime = house.clock() + timedelta(hours=hours)
    answer = house.client(name).get(f"/api/v1/streams/{STREAM.id}/watched", params={"at": at.isoformat()})
    assert answer.status_code == 200, answer.text
    said: dict[str, object] = answer.json()
    return said


def test_the_answer_for_a_moment_names_the_gap_in_words(house: House) -> None:
    away(house, -8, -7, "starting")
    away(house, -3, -2)
    said = ask(house, -2.5)
    assert said["watched"] == "no"
    gap = said["gap"]
    assert isinstance(gap, dict)
    assert (gap["began_at"], gap["ended_at"]) == ("2026-03-01T22:30:00Z", "2026-03-01T23:30:00Z")
    assert "port" in gap["explanation"]
    assert [ask(house, hours)["watched"] for hours in (-9, -7.5, -6, 1)] == ["unknown", "no", "yes", "future"]


def test_a_day_is_the_sites_own(house: House) -> None:
    away(house, -3, -2)
    vic = house.client("vic")
    (today,) = vic.get("/api/v1/gaps").json()
    assert (today["stream_id"], today["day"], today["begins_at"]) == (STREAM.id, "2026-03-02", "2026-03-01T16:00:00Z")
    assert (today["known_s"], today["watched_s"]) == (3 * 3600, 2 * 3600)
    assert [gap["reason"] for gap in today["gaps"]] == ["refused"]
    assert vic.get(f"/api/v1/streams/{STREAM.id}/gaps").json() == today
    yesterday = vic.get(f"/api/v1/streams/{STREAM.id}/gaps", params={"day": "2026-03-01"}).json()
    assert (yesterday["known_from"], yesterday["gaps"]) == (None, [])


def test_a_moment_without_a_zone_is_the_sites_own(house: House) -> None:
    away(house, -3, -2)
    asked = {"at": "2026-03-02T07:00"}
    said = house.client("vic").get(f"/api/v1/streams/{STREAM.id}/watched", params=asked).json()
    assert (said["at"], said["watched"]) == ("2026-03-02T07:00:00+08:00", "no")


def test_what_is_no_moment_is_refused(house: House) -> None:
    vic = house.client("vic")
    for said in ("15:40", "noon", ""):
        assert vic.get(f"/api/v1/streams/{STREAM.id}/watched", params={"at": said}).status_code == 422
    assert vic.get(f"/api/v1/streams/{STREAM.id}/gaps", params={"day": "31 March"}).status_code == 422


def test_another_sites_camera_does_not_exist_for_max(house: House) -> None:
    away(house, -3, None)
    client = house.client("max")
    assert client.get(f"/api/v1/streams/{STREAM.id}/gaps").status_code == 404
    assert [day["stream_id"] for day in client.get("/api/v1/gaps").json()] == ["hall-1"]
    assert house.stranger().get("/api/v1/gaps").status_code == 401


def test_a_minute_without_seconds_is_the_whole_minute(house: House) -> None:
    away(house, -8, -7, "starting")
    away(house, -3 + 20 / 3600, -3 + 30 / 3600)
    vic = house.client("vic")

    def watched(at: str) -> dict[str, Any]:
        answer: dict[str, Any] = vic.get(f"/api/v1/streams/{STREAM.id}/watched", params={"at": at}).json()
        return answer

    assert watched("2026-03-01T22:30Z")["gap"]["began_at"] == "2026-03-01T22:30:20Z"
    assert [watched(f"2026-03-01T22:{at}Z")["watched"] for at in ("30:00", "30:25", "31")] == ["yes", "no", "yes"]


def test_a_day_that_no_calendar_has_everywhere_is_refused(house: House) -> None:
    vic = house.client("vic")
    for day in ("9999-12-31", "0001-01-01"):
        assert vic.get("/api/v1/gaps", params={"day": day}).status_code == 422
        assert vic.get(f"/api/v1/streams/{STREAM.id}/gaps", params={"day": day}).status_code == 422
        asked = {"at": f"{day}T00:00"}
        assert vic.get(f"/api/v1/streams/{STREAM.id}/watched", params=asked).status_code == 422
