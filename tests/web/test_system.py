"""Streams and system over HTTP, and what is written to the log."""

from datetime import timedelta

import pytest
import structlog

from patrol.settings import SettingsError
from patrol.store import alarms
from patrol.store.beats import beat_sender
from patrol.store.tables import StreamState, Worker
from tests.web.house import HALL, House
from tests.web.test_page import reply, sent_hit


def test_health_says_only_that_it_is_well(house: House) -> None:
    assert house.stranger().get("/healthz").json() == {"status": "ok"}


def test_a_stream_that_no_worker_has_taken_up_stands_still(house: House) -> None:
    (stream,) = house.client("vic").get("/api/v1/streams").json()
    assert (stream["id"], stream["state"], stream["since"]) == ("gate-b", "stopped", None)
    assert stream["site"]["time_zone"] == "Asia/Shanghai"


def test_a_stream_in_trouble_says_why_in_the_readers_words(house: House) -> None:
    now = house.clock()
    with house.database.write() as session:
        state = StreamState(
            stream_id="gate-b", site_id="mall", worker_id="w", state="down", since=now, updated_at=now
        )
        state.error = "refused"
        session.add(state)
    vic = house.client("vic")
    assert "port" in vic.get("/api/v1/streams").json()[0]["explanation"]
    vic.patch("/api/v1/me", json={"language": "zh"})
    assert "端口" in vic.get("/api/v1/streams").json()[0]["explanation"]


@pytest.mark.parametrize("said", ["live", "stopped"])
def test_a_stream_whose_worker_has_died_is_down(house: House, said: str) -> None:
    now = house.clock()
    state = StreamState(stream_id="gate-b", site_id="mall", worker_id="w", state=said, since=now, updated_at=now)
    with house.database.write() as session:
        session.add(state)
    vic = house.client("vic")
    house.clock.forward(seconds=14)
    assert vic.get("/api/v1/streams").json()[0]["state"] == said
    house.clock.forward(seconds=1)
    shown = vic.get("/api/v1/streams").json()[0]
    assert (shown["state"], shown["error"], shown["since"]) == ("down", "no_worker", "2026-03-02T01:30:00Z")
    assert "patrol watch" in shown["explanation"]


def test_a_broken_streams_file_leaves_the_last_good_one(house: House) -> None:
    vic = house.client("vic")
    parts = house.app.state.parts

    def broken(_settings: object) -> None:
        raise SettingsError("streams.yaml:3: url: password in it")

    good = parts.read_streams
    object.__setattr__(parts, "read_streams", broken)
    answer = vic.get("/api/v1/streams")
    assert (answer.status_code, answer.json()["code"]) == (503, "settings_broken")
    assert "password" not in answer.text
    object.__setattr__(parts, "read_streams", good)
    assert len(vic.get("/api/v1/streams").json()) == 1
    object.__setattr__(parts, "read_streams", broken)
    assert len(vic.get("/api/v1/streams").json()) == 1


def test_the_system_says_who_is_alive_and_current(house: House) -> None:
    now = house.clock()
    with house.database.write() as session:
        for name, age_s, rev in (("old", 60, 9), ("behind", 1, 0), ("current", 1, 9)):
            beat_at = now - timedelta(seconds=age_s)
            session.add(
                Worker(id=name, started_at=beat_at, beat_at=beat_at, rev=rev, embedder="sface", runtime="openvino")
            )
        alarms.sound(session, "an_unheard_of_alarm", "system", now)
    shown = house.client("vic").get("/api/v1/system").json()
    assert {worker["id"]: worker["is_alive"] for worker in shown["workers"]} == {
        **{"old": False, "behind": True, "current": True}
    }
    assert shown["gallery"]["n_workers"] == 2
    assert shown["disk"]["quota_bytes"] == 20_000_000_000
    assert [alarm["code"] for alarm in shown["alarms"]] == ["an_unheard_of_alarm"]
    assert (shown["sender"]["n_queued"], shown["sender"]["oldest_queued_at"]) == (0, None)


def test_another_sites_alarms_are_not_told(house: House) -> None:
    house.group()
    with house.database.write() as session:
        alarms.sound(session, "chat_broken", "group:mall-guards", house.clock(), chat_kind="matrix")
        alarms.sound(session, "nobody_to_tell", "hit:1", house.clock(), number=1, site_id="mall")
    assert len(house.client("vic").get("/api/v1/system").json()["alarms"]) == 2
    assert house.client("max").get("/api/v1/system").json()["alarms"] == []


def test_what_is_wrong_with_the_streams_file_is_for_admins(house: House) -> None:
    with house.database.write() as session:
        alarms.sound(session, "streams_broken", "streams_broken", house.clock(), error="streams.yaml:3: url: ...")
        alarms.sound(session, "worker_silent", "workers", house.clock())
    told = {
        name: [alarm["code"] for alarm in house.client(name).get("/api/v1/system").json()["alarms"]]
        for name in ("vic", "rita", "ada")
    }
    assert told["vic"] == told["rita"] == ["worker_silent"]
    assert set(told["ada"]) == {"worker_silent", "streams_broken"}


def test_the_log_holds_neither_tokens_nor_passwords_nor_names_of_people(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    with structlog.testing.capture_logs() as logged:
        token = house.group()
        hit = sent_hit(house)
        guard = house.stranger()
        guard.get(f"/g/{token}")
        delivery_id = guard.get(f"/g/{token}/messages").json()["messages"][0]["delivery_id"]
        reply(guard, token, delivery_id, "seen")
        guard.post(f"/g/{token}/nonsense")
        house.client("vic").get(f"/api/v1/hits/{hit.id}")
    written = str(logged) + capfd.readouterr().err
    assert "/g/{token}/replies" in written
    for secret in (token, "correct horse", "Wanda", house.client("vic").cookies["patrol_session"]):
        assert secret not in written


def test_a_slow_or_changing_request_is_one_line(house: House) -> None:
    with structlog.testing.capture_logs() as logged:
        vic = house.client("vic")
        vic.get("/api/v1/hits")
        vic.patch("/api/v1/me", json={})
    assert [(line["method"], line["route"], line["status"], line["user"]) for line in logged] == [
        ("POST", "/api/v1/login", 200, None),
        ("PATCH", "/api/v1/me", 200, "vic"),
    ]


def test_max_is_not_told_of_another_sites_streams(house: House) -> None:
    assert [stream["site"]["id"] for stream in house.client("max").get("/api/v1/streams").json()] == [HALL.id]


def test_alarms_of_one_cause_are_one_line_in_the_readers_words(house: House) -> None:
    now = house.clock()
    with house.database.write() as session:
        for name in ("Gate A", "Gate B"):
            detail = {"name": name, "site_id": "mall", "stream_id": name, "since": "2026-03-02T01:14:00+00:00"}
            alarms.sound(session, "stream_dark", f"stream:{name}", now, **detail)
        alarms.sound(session, "nobody_to_tell", "hit:1", now, number=1, site_id="mall")
    vic = house.client("vic")
    (cause,) = vic.get("/api/v1/system").json()["causes"]
    assert (cause["code"], cause["n"], cause["site_id"], cause["is_told"]) == ("stream_dark", 2, "mall", False)
    assert cause["text"] == "2 cameras dark since 09:14: Gate A, Gate B"
    vic.patch("/api/v1/me", json={"language": "zh"})
    assert vic.get("/api/v1/system").json()["causes"][0]["text"] == "2 路摄像机自 09:14 起无画面：Gate A、Gate B"
    assert house.client("max").get("/api/v1/system").json()["causes"] == []


def test_the_system_says_whether_anybody_sends(house: House) -> None:
    def sender() -> tuple[bool, str | None]:
        shown = house.client("vic").get("/api/v1/system").json()["sender"]
        return shown["is_alive"], shown["beat_at"]

    assert sender() == (False, None)
    with house.database.write() as session:
        beat_sender(session, "send-1", house.clock(), house.clock())
    assert sender() == (True, "2026-03-02T01:30:00Z")
    house.clock.forward(seconds=15)
    assert sender() == (False, "2026-03-02T01:30:00Z")


def test_the_system_says_how_each_chat_keeps_up(house: House) -> None:
    house.group()
    (chat,) = house.client("vic").get("/api/v1/system").json()["chats"]
    assert (chat["group_id"], chat["kind"], chat["n_queued"], chat["is_broken"]) == ("mall-guards", "page", 0, False)
    assert house.client("max").get("/api/v1/system").json()["chats"] == []


def watch_for(house: House, n_looks: int, n_dropped: int, **more: object) -> None:
    """The gate's worker says what it has counted, ten seconds later."""
    house.clock.forward(seconds=10)
    now = house.clock()
    row = StreamState(stream_id="gate-b", site_id="mall", worker_id="w", state="live", since=now, updated_at=now)
    row.n_looks, row.n_dropped = n_looks, n_dropped
    for name, value in more.items():
        setattr(row, name, value)
    with house.database.write() as session:
        session.merge(row)


def test_a_machine_that_is_too_small_says_what_it_leaves_out(house: House) -> None:
    vic = house.client("vic")
    watch_for(house, 100, 0)
    assert vic.get("/api/v1/system").json()["load"] == {"dropped_share": None, "n_streams": 0, "text": None}
    watch_for(house, 188, 12)
    load = vic.get("/api/v1/system").json()["load"]
    assert (load["dropped_share"], load["n_streams"]) == (0.12, 1)
    assert load["text"].startswith("This machine leaves out 12 % of the looks that were due, at 1 of its cameras")
    assert vic.get("/api/v1/streams").json()[0]["dropped_share"] == 0.12
    vic.patch("/api/v1/me", json={"language": "zh"})
    assert "12%" in vic.get("/api/v1/system").json()["load"]["text"]


def test_a_stream_says_how_it_is_watched(house: House) -> None:
    measured = {"codec": "h264", "width": 1920, "height": 1080, "fps": 25.0, "gop_s": 10.0, "bit_rate_kbps": 2048.0}
    watch_for(house, 1, 0, **measured, policy="reference_frames", policy_reason="long_gop", n_connections=3)
    shown = house.client("vic").get("/api/v1/streams").json()[0]
    assert {name: shown[name] for name in measured} == measured
    assert (shown["policy"], shown["n_connections"], shown["attention"]) == ("reference_frames", 3, "patrol")
    assert "A key frame comes only every 10 s" in shown["policy_explanation"]


def test_a_policy_for_a_reason_of_another_version_is_said_without_it(house: House) -> None:
    watch_for(house, 1, 0, policy="every_frame", policy_reason="moon_phase")
    said = house.client("vic").get("/api/v1/streams").json()[0]["policy_explanation"]
    assert said.startswith("Every frame is decoded")


def test_the_disk_says_what_is_free(house: House) -> None:
    disk = house.client("vic").get("/api/v1/system").json()["disk"]
    assert 0 < disk["free_bytes"] <= disk["total_bytes"]
