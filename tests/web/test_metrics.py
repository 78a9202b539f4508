"""What Prometheus reads, who may read it, and whether patrol is ready."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from patrol.settings import Settings, SettingsError
from patrol.store import alarms
from patrol.store.beats import beat_sender
from patrol.store.tables import StreamDay, StreamState, Worker
from patrol.values import Stream
from tests.hits.sightings import STREAM
from tests.web.house import House

LOOPBACK, AFAR = ("127.0.0.1", 50_000), ("10.0.0.7", 50_000)
SCRAPE_WITHIN_S = 0.05


def scraper(app: FastAPI, address: tuple[str, int] = LOOPBACK, **headers: str) -> TestClient:
    return TestClient(app, "http://127.0.0.1", client=address, headers=headers)


def samples(house: House) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, these by the labels' names."""
    answer = scraper(house.app).get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(it.name, *it.labels.values()): it.value for family in families for it in family.samples}


def state(house: House, id: str = STREAM.id, **more: object) -> StreamState:
    now = house.clock()
    row = StreamState(stream_id=id, site_id="mall", worker_id="w", state="live", since=now, updated_at=now)
    for name, value in more.items():
        setattr(row, name, value)
    return row


def with_token(house: House, token: str) -> None:
    parts = house.app.state.parts
    object.__setattr__(parts, "settings", Settings(metrics_token=token))


def test_a_stream_tells_how_it_is(house: House) -> None:
    ago = house.clock() - timedelta(seconds=3)
    with house.database.write() as session:
        session.add(
            state(
                house,
                **{"fps": 24.9, "gop_s": 2.0, "bit_rate_kbps": 2048.0, "changed_at": ago, "last_frame_at": ago},
                **{"n_looks": 40, "n_dropped": 5, "n_faces": 7, "n_connections": 2},
            )
        )
        session.add(StreamDay(stream_id=STREAM.id, site_id="mall", day=house.clock().date(), n_passages=11))
    told = samples(house)
    of_stream = {name: value for (name, *labels), value in told.items() if STREAM.id in labels}
    assert of_stream == {
        **{"patrol_stream_state": 1, "patrol_stream_up": 1, "patrol_stream_fps": 24.9},
        **{"patrol_stream_gop_seconds": 2, "patrol_stream_bit_rate_bits_per_second": 2_048_000},
        **{"patrol_stream_picture_age_seconds": 3, "patrol_stream_changed_picture_age_seconds": 3},
        **{"patrol_stream_looks_total": 40, "patrol_stream_dropped_looks_total": 5, "patrol_stream_faces_total": 7},
        **{"patrol_stream_connections_total": 2, "patrol_stream_passages_total": 11},
    }
    assert told["patrol_stream_state", "", "mall", "live", STREAM.id] == 1


def test_a_stream_whose_worker_died_is_not_up(house: House) -> None:
    with house.database.write() as session:
        session.add(state(house))
    house.clock.forward(seconds=20)
    told = samples(house)
    assert told["patrol_stream_up", "mall", STREAM.id] == 0
    assert told["patrol_stream_state", "no_worker", "mall", "down", STREAM.id] == 1


def test_workers_hits_queues_deliveries_disk_and_alarms_are_told(house: House) -> None:
    now = house.clock()
    hit = house.hit()
    house.group()
    house.say("rita", hit, "confirmed")
    house.send()
    house.hit(similarity=0.4, grade="uncertain")
    with house.database.write() as session:
        beat = {"started_at": now, "beat_at": now, "embedder": "sface", "runtime": "openvino"}
        session.add(Worker(id="w-1", cpu_s=12.5, rss_bytes=300_000_000, n_streams=32, **beat))
        beat_sender(session, "send-1", now, now)
        alarms.sound(session, "stream_dark", "stream:gate-b", now)
    house.clock.forward(seconds=60)
    told = samples(house)
    assert told["patrol_worker_cpu_seconds_total", "w-1"] == 12.5
    assert told["patrol_worker_resident_bytes", "w-1"] == 300_000_000
    assert told["patrol_worker_beat_age_seconds", "w-1"] >= 60
    assert told["patrol_hits", "sure", "confirmed"] == 1
    assert (told[("patrol_review_queue",)], told[("patrol_review_oldest_seconds",)]) == (1, 60)
    assert told["patrol_deliveries", "sent"] == 1
    assert told["patrol_alarms", "stream_dark"] == 1
    assert told[("patrol_disk_quota_bytes",)] == 20_000_000_000
    assert told[("patrol_disk_used_bytes",)] > 0
    assert told[("patrol_sender_beat_age_seconds",)] >= 60


def test_no_name_and_no_address_is_told(house: House) -> None:
    house.hit()
    with house.database.write() as session:
        session.add(state(house, error="refused", detail="rtsp://10.0.3.17/ch1"))
    text = scraper(house.app).get("/metrics").text
    for secret in ("Wanda", "rtsp:", "10.0.3.17", "mall-guards", STREAM.name):
        assert secret not in text


def test_without_a_token_only_this_machine_reads(house: House) -> None:
    assert scraper(house.app).get("/metrics").status_code == 200
    assert scraper(house.app, ("::1", 1)).get("/metrics").status_code == 200
    assert scraper(house.app, AFAR).get("/metrics").status_code == 403
    assert scraper(house.app, ("testclient", 1)).get("/metrics").status_code == 403
    passed_on = scraper(house.app, LOOPBACK, **{"x-forwarded-for": "10.0.0.7"})
    assert passed_on.get("/metrics").status_code == 403


@pytest.mark.parametrize(("given", "status"), [("Bearer s3cret", 200), ("Bearer other", 401), ("", 401)])
def test_with_a_token_whoever_has_it_reads(house: House, given: str, status: int) -> None:
    with_token(house, "s3cret")
    headers = {"authorization": given} if given else {}
    for address in (LOOPBACK, AFAR):
        assert scraper(house.app, address, **headers).get("/metrics").status_code == status


def test_the_token_is_in_no_setting_that_is_shown() -> None:
    assert "s3cret" not in repr(Settings(metrics_token="s3cret"))


def test_a_scrape_of_500_streams_takes_less_than_50_ms(house: House) -> None:
    with house.database.write() as session:
        for n in range(500):
            session.add(state(house, f"cam-{n:03d}", fps=25.0, gop_s=2.0, bit_rate_kbps=2000.0))
    streams = tuple(replace(STREAM, id=f"cam-{n:03d}") for n in range(500))
    house.app.state.parts = replace(house.app.state.parts, read_streams=lambda _settings: streams)
    client = scraper(house.app)
    taken_s = []
    for _ in range(5):
        began_s = time.process_time()
        assert client.get("/metrics").text.count("patrol_stream_up{") == 500
        taken_s.append(time.process_time() - began_s)
    assert min(taken_s) < 2 * SCRAPE_WITHIN_S, taken_s  # processor time; twice, for a machine that does much beside


def ready(house: House) -> tuple[int, list[str]]:
    answer = house.stranger().get("/readyz")
    return answer.status_code, answer.json()["missing"]


def test_patrol_is_ready_when_somebody_watches_and_somebody_sends(house: House) -> None:
    now = house.clock()
    assert ready(house) == (503, ["no_worker", "no_sender"])
    with house.database.write() as session:
        session.add(Worker(id="w", started_at=now, beat_at=now, embedder="sface", runtime="openvino"))
    assert ready(house) == (503, ["no_sender"])
    with house.database.write() as session:
        beat_sender(session, "send-1", now, now)
    assert ready(house) == (200, [])
    house.clock.forward(seconds=15)
    assert ready(house) == (503, ["no_worker", "no_sender"])


def test_without_streams_nobody_has_to_watch(house: House) -> None:
    parts = house.app.state.parts
    object.__setattr__(parts, "read_streams", lambda _settings: ())
    assert ready(house) == (503, ["no_sender"])


def test_a_streams_file_that_is_broken_from_the_start_is_no_reason_to_be_ready(house: House, tmp_path: Path) -> None:
    def broken(_settings: Settings) -> tuple[Stream, ...]:
        raise SettingsError("streams.yaml: line 3")

    file = tmp_path / "streams.yaml"
    settings = Settings(streams_file=file)
    house.app.state.parts = replace(house.app.state.parts, settings=settings, read_streams=broken)
    assert "no_worker" not in ready(house)[1]
    file.write_text("streams: [")
    assert "no_worker" in ready(house)[1]
