"""GET /metrics for Prometheus, and /readyz for whoever starts patrol. Ids and codes only: no name, no address."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from patrol import __version__
from patrol.health.figures import Figures, read_figures
from patrol.health.readiness import missing
from patrol.store.beats import ALIVE_FOR
from patrol.web.parts import Parts, PartsHere

router = APIRouter(tags=["system"])

TEXT = "text/plain; version=0.0.4; charset=utf-8"
MEGABYTE = 1_000_000
FORWARDED = ("x-forwarded-for", "forwarded")

#: Gauges and counters of a stream: name, the column, what one of it is in the metric's unit, what it says.
STREAM_GAUGES = (
    ("fps", "fps", 1.0, "Pictures a second, by arrival"),
    ("gop_seconds", "gop_s", 1.0, "From one key frame to the next, newest"),
    ("bit_rate_bits_per_second", "bit_rate_kbps", 1000.0, "Bits a second, by arrival"),
)
STREAM_COUNTERS = (
    ("looks", "n_looks", "Frames in which faces were looked for, since the worker began"),
    ("dropped_looks", "n_dropped", "Looks that were due and left out, since the worker began"),
    ("faces", "n_faces", "Faces found, since the worker began"),
    ("connections", "n_connections", "Connections to the camera, since the worker began; the first one counts"),
)
AGES = (
    ("picture_age_seconds", "last_frame_at", "Since the newest picture"),
    ("changed_picture_age_seconds", "changed_at", "Since the newest picture that differs from the one before it"),
)


class Readiness(BaseModel):
    status: str
    missing: list[str]  #: codes: database, not_migrated, no_worker, no_sender


@router.get("/readyz", responses={503: {"model": Readiness}})
def show_readiness(parts: PartsHere) -> JSONResponse:
    """For supervisors and load balancers: no login, and codes only. 503 where patrol cannot do its work."""
    codes = missing(parts.database, is_watching_wanted=parts.is_watching_wanted(), now=parts.clock())
    said = Readiness(status="not_ready" if codes else "ready", missing=list(codes))
    return JSONResponse(said.model_dump(), 503 if codes else 200)


@router.get("/metrics", include_in_schema=False)
def show_metrics(request: Request, parts: PartsHere) -> Response:
    """For Prometheus, with the bearer token of PATROL_METRICS_TOKEN; without one from this machine alone."""
    if (status := _refused(request, parts.settings.metrics_token)) is not None:
        return Response(status_code=status, headers={"WWW-Authenticate": "Bearer"} if status == 401 else None)
    now = parts.clock()
    watched = [stream.id for stream in parts.known_places()[1] if stream.is_enabled]
    with parts.database.read() as session:
        figures = read_figures(session, watched, now)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Scrape(figures, _disk(parts), now))
    return Response(generate_latest(registry), media_type=TEXT)


def _refused(request: Request, token: str) -> int | None:
    """The status of a refusal. Where there is no token, what came through a proxy is not from this machine."""
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return None if secrets.compare_digest(given.encode(), token.encode()) else 401
    is_passed_on = any(name in request.headers for name in FORWARDED)
    return None if not is_passed_on and request.client and _is_loopback(request.client.host) else 403


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _disk(parts: Parts) -> dict[str, float]:
    return {
        "used": parts.disk_used_bytes(),
        "quota": parts.settings.disk_quota_mb * MEGABYTE,
        "free": parts.volume().free,
    }


class Scrape(Collector):
    """One scrape in Prometheus' terms."""

    def __init__(self, figures: Figures, disk: Mapping[str, float], now: datetime) -> None:
        self._figures, self._disk, self._now = figures, disk, now

    def collect(self) -> Iterator[Metric]:
        yield _gauge("patrol_build_info", "This version", ["version"], [([__version__], 1)])
        yield from self._of_streams()
        yield from self._of_workers()
        yield from self._of_work()
        for name, n_bytes in self._disk.items():
            yield GaugeMetricFamily(f"patrol_disk_{name}_bytes", DISK_SAYS[name], n_bytes)

    def _of_streams(self) -> Iterator[Metric]:
        rows = [(row, [row.stream_id, row.site_id]) for row in self._figures.streams]
        labels = ["stream", "site"]
        states = [([*named, *self._state(row)], 1) for row, named in rows]
        yield _gauge("patrol_stream_state", "How a stream is: 1", [*labels, "state", "error"], states)
        up = [(named, self._state(row)[0] == "live") for row, named in rows]
        yield _gauge("patrol_stream_up", "1 while pictures come", labels, up)
        for name, column, unit, says in STREAM_GAUGES:
            known = [(named, getattr(row, column)) for row, named in rows]
            yield _gauge(f"patrol_stream_{name}", says, labels, [(it, n * unit) for it, n in known if n is not None])
        for name, column, says in AGES:
            ages = [(named, self._age_s(getattr(row, column))) for row, named in rows]
            yield _gauge(f"patrol_stream_{name}", says, labels, [(it, age) for it, age in ages if age is not None])
        for name, column, says in STREAM_COUNTERS:
            yield _counter(f"patrol_stream_{name}", says, labels, [(it, getattr(row, column)) for row, it in rows])
        passages = [(named, self._figures.passages.get(row.stream_id, 0)) for row, named in rows]
        yield _counter("patrol_stream_passages", "People who came into view on the site's day", labels, passages)

    def _of_workers(self) -> Iterator[Metric]:
        rows = [([row.id], row) for row in self._figures.workers]
        cpu = [(named, row.cpu_s) for named, row in rows]
        yield _counter("patrol_worker_cpu_seconds", "Processor time of a worker", ["worker"], cpu)
        for name, column, says in (
            ("resident_bytes", "rss_bytes", "Resident memory of a worker"),
            ("streams", "n_streams", "Streams that a worker watches"),
        ):
            yield _gauge(f"patrol_worker_{name}", says, ["worker"], [(it, getattr(row, column)) for it, row in rows])
        ages = [(named, self._age_s(row.beat_at) or 0.0) for named, row in rows]
        yield _gauge("patrol_worker_beat_age_seconds", "Since a worker's last sign of life", ["worker"], ages)

    def _of_work(self) -> Iterator[Metric]:
        figures = self._figures
        hits = [([grade, verdict], n) for (grade, verdict), n in figures.hits.items()]
        yield _gauge("patrol_hits", "Hits that are kept", ["grade", "verdict"], hits)
        deliveries = [([state], n) for state, n in figures.deliveries.items()]
        yield _gauge("patrol_deliveries", "Deliveries that are kept", ["state"], deliveries)
        standing = [([code], n) for code, n in figures.alarms.items()]
        yield _gauge("patrol_alarms", "Alarms that stand", ["code"], standing)
        for name, says, queue in (
            ("review", "Hits that wait for a person's word", figures.review),
            ("sending", "Deliveries that wait to be sent", figures.sending),
        ):
            oldest_s = self._age_s(queue.oldest_at) or 0.0
            yield GaugeMetricFamily(f"patrol_{name}_queue", says, queue.n)
            yield GaugeMetricFamily(f"patrol_{name}_oldest_seconds", f"{says}: age of the oldest", oldest_s)
        if (age_s := self._age_s(figures.sender_beat_at)) is not None:
            yield GaugeMetricFamily("patrol_sender_beat_age_seconds", "Since a sender's last sign of life", age_s)

    def _state(self, row: Any) -> tuple[str, str]:
        """What a worker said holds only while it goes on saying so."""
        if self._now - row.updated_at >= ALIVE_FOR and row.state != "stopped":
            return "down", "no_worker"
        return row.state, row.error or ""

    def _age_s(self, then: datetime | None) -> float | None:
        return None if then is None else max((self._now - then).total_seconds(), 0.0)


DISK_SAYS = {
    "used": "What the pictures take",
    "quota": "What the pictures may take",
    "free": "Free room of the disk that the pictures are on",
}


def _gauge(name: str, says: str, labels: list[str], samples: Iterable[tuple[list[str], float]]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _counter(name: str, says: str, labels: list[str], samples: Iterable[tuple[list[str], float]]) -> Metric:
    family = CounterMetricFamily(name, says, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family
