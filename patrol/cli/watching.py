"""`patrol watch`: the process that deals the streams out, and the workers that watch them."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Annotated
from uuid import UUID

import structlog
import typer

from patrol.cli import parts
from patrol.clips.spans import Lengths
from patrol.clips.writer import Clips
from patrol.dealing import Dealer, Dealt, Worker, standard_input
from patrol.faces.finder import Finder, open_finder
from patrol.faces.weights import WeightsCorrupt, WeightsMissing, require
from patrol.hits.retention import MEGABYTE
from patrol.live.pictures import LivePictures
from patrol.live.server import LiveServer
from patrol.settings import Settings, StreamsFile, read_secret
from patrol.store import alarms
from patrol.store.engine import Database
from patrol.successor import Successor
from patrol.turns.watchdog import Watchdog
from patrol.values import Track
from patrol.watch import Watch
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.renewal import embed_missing
from patrol.watchlist.settling import known_of
from patrol.worker import Parts

STOP_WITHIN_S = 14.0  # longer than a camera's open timeout, shorter than `patrol up` waits for this process
#: Pictures of 3 MB that many threads take and leave stay in glibc's arenas: large blocks are given back to the system
#: only where this is said.
ALLOCATOR = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "33554432"}
WEIGHTS_MISSING = "weights_missing"  # alarm

Listener = Callable[[UUID, Track], None]  #: is told of every hit as it is written

log = structlog.get_logger()


def add_to(app: typer.Typer) -> None:
    app.command()(watch)
    app.command("watch-share", hidden=True)(watch_share)


def watch() -> None:
    """Watch the streams of streams.yaml and write down hits."""
    chosen = parts.settings()
    database = parts.database(chosen)
    require_weights(chosen, database, parts.embedder(chosen, database))
    database.engine.dispose()  # this process only deals
    worker_id = f"{socket.gethostname()}-{secrets.token_hex(3)}"
    dealer = Dealer(
        StreamsFile(chosen.streams_file),
        lambda number, n_workers: _start(chosen, worker_id, number, n_workers),
        os.cpu_count() or 1,
        chosen.watch_processes or None,
    )
    dealer.run(parts.stop_on_signals())
    until_s = time.monotonic() + STOP_WITHIN_S
    for hand in dealer.hands:
        _end(hand.process, until_s)


def _start(chosen: Settings, of: str, number: int, n_workers: int) -> subprocess.Popen[bytes]:
    """A worker in a session of its own: a Ctrl-C is for the process that deals, which lets the workers end."""
    command = [sys.executable, "-m", "patrol", "watch-share", "--worker", f"{of}-{number + 1}"]
    command += ["--threads", str(max(1, chosen.threads // n_workers)), *(["--first"] if number == 0 else [])]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, env={**ALLOCATOR, **os.environ})


def require_weights(chosen: Settings, database: Database, embedder: str) -> None:
    """Look whether the networks' files are there; that they are not is an alarm, for `patrol watch` ends with it."""
    try:
        for name in (chosen.detector, embedder):
            require(chosen.models_dir, name)
    except (WeightsMissing, WeightsCorrupt) as error:
        with database.write() as session:
            alarms.sound(session, WEIGHTS_MISSING, "weights", parts.clock(), error=str(error))
        raise
    with database.write() as session:
        alarms.clear(session, WEIGHTS_MISSING, "weights", parts.clock())


def _end(process: Worker, until_s: float) -> None:
    try:
        process.wait(max(0.1, until_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        log.error("worker did not end in time")
        process.kill()
        process.wait()


def watch_share(
    worker: Annotated[str, typer.Option(help="The worker's name.")],
    threads: Annotated[int, typer.Option(min=1, help="Processor threads for the networks.")] = 1,
    first: Annotated[bool, typer.Option("--first", help="Do what one of the workers has to do.")] = False,
) -> None:
    """Watch the streams that `patrol watch` deals to this process on its standard input."""
    stop = parts.stop_on_signals()
    dealt = Dealt(standard_input(), stop)  # from here on who deals is heard, and its end is noticed
    chosen = parts.settings().model_copy(update={"threads": threads})
    database, blobs = parts.database(chosen), parts.blobs(chosen)
    name = parts.embedder(chosen, database)
    finder, gallery = eyes(chosen, name)
    successor = Successor(
        database,
        blobs,
        parts.clock,
        worker_id=worker,
        setting=chosen.embedder,
        in_use=name,
        open_spare=lambda after: _spare(chosen, after),
        open_heir=lambda after: eyes(chosen, after),
    )
    clips = Clips(
        database, blobs, parts.clock, clip_lengths(chosen), lambda id: watching.ring_of(id), f"worker:{worker}"
    )
    shared = Parts(
        worker_id=worker,
        finder=finder,
        gallery=gallery,
        database=database,
        blobs=blobs,
        clock=parts.clock,
        cooldown_s=chosen.cooldown_s,
        show=_to_both(successor.show, clips.show),
        live=live_server(chosen),
    )
    if first:
        embed_missing(database, blobs, finder, parts.clock())  # the embedder may be another since last time
    log.info("watching", worker=worker, embedder=finder.embedder, runtime=finder.runtime)
    watchdog = Watchdog()
    watching = Watch(shared, dealt, read_secret, successor, watchdog.pat)
    _watch_until(stop, watching, successor, clips, watchdog)


def _to_both(first: Listener, second: Listener) -> Listener:
    def show(hit_id: UUID, track: Track) -> None:
        first(hit_id, track)
        second(hit_id, track)

    return show


def clip_lengths(chosen: Settings) -> Lengths:
    before, after = timedelta(seconds=chosen.clip_before_s), timedelta(seconds=chosen.clip_after_s)
    return Lengths(before, after, chosen.clip_most_mb * MEGABYTE)


def live_server(chosen: Settings) -> LiveServer | None:
    """Show what is seen now. A worker that cannot listen there watches nonetheless."""
    if not chosen.live_host:
        return None
    pictures = LivePictures(fps=chosen.live_fps, most_per_s=chosen.live_most_per_s)
    try:
        server = LiveServer(pictures, chosen.live_host)
    except OSError as error:
        log.error("no live pictures: set PATROL_LIVE_HOST to an address of this machine", error=str(error))
        return None
    server.start()
    return server


def _watch_until(stop: Event, watch: Watch, successor: Successor, clips: Clips, watchdog: Watchdog) -> None:
    beside = [
        Thread(target=successor.run, args=(stop,), name="embed anew", daemon=True),
        Thread(target=successor.stand_by, args=(stop,), name="stand by", daemon=True),
        Thread(target=clips.run, args=(stop,), name="clips", daemon=True),
    ]
    for thread in beside:
        thread.start()
    watch.run(stop)
    watchdog.rest()
    for thread in beside:
        thread.join(STOP_WITHIN_S)
    clips.finish()  # now that no more hits come


def eyes(chosen: Settings, embedder: str) -> tuple[Finder, Gallery]:
    """The networks, and an empty gallery of theirs."""
    finder = parts.finder(chosen, embedder)
    return finder, _gallery(chosen, finder, embedder)


def _gallery(chosen: Settings, finder: Finder, embedder: str) -> Gallery:
    return Gallery(finder.embedder, finder.thresholds, known_of(chosen.models_dir, embedder))


def _spare(chosen: Settings, embedder: str) -> tuple[Finder, Gallery]:
    """The networks for work beside the cameras: on the calling thread alone, whatever claim that has."""
    finder = open_finder(
        chosen.models_dir,
        embedder=embedder,
        detector=chosen.detector,
        runtime="onnxruntime",
        precision="f32",
        threads=1,
    )
    return finder, _gallery(chosen, finder, embedder)
