"""`patrol replay`: look through a recording of a camera, faster than real time, and write down hits."""

import json
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import select

from patrol import words
from patrol.cli import parts
from patrol.cli.watching import clip_lengths, eyes
from patrol.clips.recorded import clip_recording
from patrol.faces.track import Tracker
from patrol.replay import Seen, passage_ids
from patrol.replay import replay as look_through
from patrol.settings import Settings, load_streams, terminal_language
from patrol.store.engine import Database
from patrol.store.tables import Hit, HitPassage
from patrol.streams.footage import CannotRead, Footage, open_footage
from patrol.values import PatrolError, Stream, Track
from patrol.watchlist.renewal import embed_missing
from patrol.worker import Parts

TELL_EVERY_S = {True: 0.5, False: 10.0}  # on a terminal, and in a log
CLOCKS_APART = timedelta(minutes=1)  # a file's date may be a little ahead of this machine's


class Speed(StrEnum):
    """How fast: as fast as it goes, or as it was recorded."""

    MAX = "max"
    REAL = "real"


@dataclass(slots=True)
class Found:
    """The hits of a replay: those that it writes, and those that an earlier one has written of the same passages."""

    new_id: Callable[[], UUID]
    ids: set[UUID] = field(default_factory=set)  #: of the hits that are written
    passages: set[UUID] = field(default_factory=set)

    def show(self, hit_id: UUID, track: Track) -> None:
        self.ids.add(hit_id)

    def new_passage(self) -> UUID:
        self.passages.add(id := self.new_id())
        return id

    def rows(self, database: Database, stream: Stream, since: datetime) -> list[dict[str, Any]]:
        """Number, time and grade of each, and whether it was written now; nobody's name."""
        of_stream = select(HitPassage.passage_id, Hit).join(Hit, HitPassage.hit_id == Hit.id)
        of_stream = of_stream.where(Hit.stream_id == stream.id, Hit.origin == "replay").order_by(Hit.number)
        with database.read() as session:
            hits = {hit.id: hit for passage_id, hit in session.execute(of_stream) if passage_id in self.passages}
            return [
                {
                    "id": str(hit.id),
                    "number": hit.number,
                    "grade": hit.grade,
                    "seen_at": hit.seen_at.isoformat(),
                    "is_new": hit.recorded_at >= since,
                }
                for hit in hits.values()
            ]


def add_to(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    recording: Annotated[
        str, typer.Argument(metavar="FILE", help="The recording: any container; H.264, H.265, MJPEG and others.")
    ],
    stream: Annotated[str, typer.Option(help="Which stream of streams.yaml it was recorded from; required.")] = "",
    began_at: Annotated[
        str, typer.Option(help="When it began, on the site's clock; the file's date less its length where left out.")
    ] = "",
    speed: Annotated[Speed, typer.Option(help="As fast as it goes, or as it was recorded.")] = Speed.MAX,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Look through a recording as if it came from its camera, and write down hits, to be reviewed as such."""
    chosen = parts.settings()
    file, of = _file(recording), _stream(chosen, stream)
    try:
        with open_footage(file, chosen.threads) as footage:
            done = _look_through(chosen, footage, file, of, began_at, speed, is_quiet=as_json)
    except CannotRead as error:
        raise PatrolError(_said(error.code, path=error.path, problem=error.problem)) from None
    if as_json:
        typer.echo(json.dumps(done, ensure_ascii=False))
    else:
        _say_done(of, done)
    raise typer.Exit(1 if done["is_cut"] or done["is_stopped"] or done["unwritten"] else 0)


def _look_through(
    chosen: Settings, footage: Footage, file: Path, stream: Stream, said: str, speed: Speed, *, is_quiet: bool
) -> dict[str, Any]:
    began_at = _beginning(footage, file, stream, said)
    if not (said or is_quiet):
        end = began_at + timedelta(seconds=footage.length_s or 0.0)
        typer.echo(_said("from_file_date", began=_local(began_at, stream), end=_local(end, stream)), err=True)
    found, stop = Found(passage_ids(file, stream, began_at)), parts.stop_on_signals()
    shared = _parts(chosen, found)
    tracker = Tracker(stream.id, found.new_passage)
    since, began_s, began_cpu_s = shared.clock(), time.monotonic(), time.process_time()
    progress = Progress(footage.length_s, found, began_s)
    waiting = _real_time(stop, began_s) if speed is Speed.REAL else lambda _at_s: stop.is_set()
    seen = look_through(footage, stream, shared, began_at=began_at, tracker=tracker, wait=waiting, tell=progress.tell)
    progress.end()
    if not seen.n_pictures:
        raise CannotRead("nothing_decoded", file)
    kept = shared.database, shared.blobs, clip_lengths(chosen)
    clip_recording(file, began_at, found.ids, *kept, actor=f"worker:{shared.worker_id}", clock=shared.clock)
    took_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    done = _summary(footage, file, stream, began_at, seen) | {"hits": found.rows(shared.database, stream, since)}
    times = round(done["recorded_s"] / max(took_s, 1e-3), 2)
    return done | {"seconds": round(took_s, 2), "cpu_s": round(cpu_s, 2), "times_real_time": times}


def _parts(chosen: Settings, found: Found) -> Parts:
    """What a worker has, without a place in the console's list of workers; PatrolError where nobody is looked for."""
    database, blobs = parts.database(chosen), parts.blobs(chosen)
    finder, gallery = eyes(chosen, parts.embedder(chosen, database))
    embed_missing(database, blobs, finder, parts.clock())
    with database.read() as session:
        gallery.refresh(session, parts.clock())
    if not gallery.n_people:
        raise PatrolError(_said("nobody"))
    return Parts(
        worker_id=f"replay-{secrets.token_hex(3)}",
        finder=finder,
        gallery=gallery,
        database=database,
        blobs=blobs,
        clock=parts.clock,
        cooldown_s=chosen.cooldown_s,
        show=found.show,
        origin="replay",
    )


def _file(said: str) -> Path:
    """PatrolError where it is a camera's address; the user and password in it are not repeated."""
    scheme, is_address, rest = said.partition("://")
    if is_address:
        raise PatrolError(_said("address", address=f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"))
    return Path(said)


def _stream(chosen: Settings, id: str) -> Stream:
    if not id:
        raise PatrolError(_said("no_stream_said"))
    found = [stream for stream in load_streams(chosen.streams_file) if stream.id == id]
    if not found:
        raise PatrolError(parts.said("no_such_stream", ids=id))
    return found[0]


def _beginning(footage: Footage, file: Path, stream: Stream, said: str) -> datetime:
    """When the recording began: as said, else so that it ends with the file's date."""
    length = timedelta(seconds=footage.length_s or 0.0)
    if said:
        began_at = _time(said, stream)
    elif footage.length_s is None:
        raise CannotRead("no_length", file)
    else:
        began_at = datetime.fromtimestamp(file.stat().st_mtime, UTC) - length
    if (end := began_at + length) > parts.clock() + CLOCKS_APART:
        raise PatrolError(_said("in_the_future", end=_local(end, stream)))
    return began_at


def _time(said: str, stream: Stream) -> datetime:
    try:
        moment = datetime.fromisoformat(said)
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(stream.site.time_zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PatrolError(_said("bad_time", given=said)) from None


def _real_time(stop: Event, began_s: float) -> Callable[[float], bool]:
    """Wait until so many seconds have passed; True where there is to be an end."""
    return lambda at_s: stop.wait(max(0.0, began_s + at_s - time.monotonic()))


class Progress:
    """One line on stderr that is written over on a terminal, a line now and then elsewhere."""

    def __init__(self, length_s: float | None, found: Found, began_s: float) -> None:
        self._length_s, self._found, self._began_s = length_s, found, began_s
        self._is_terminal = sys.stderr.isatty()
        self._told_s = began_s
        self._has_line = False

    def tell(self, seen: Seen) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s < TELL_EVERY_S[self._is_terminal]:
            return
        self._told_s = now_s
        line = self._line(seen, now_s - self._began_s)
        if self._is_terminal:
            typer.echo(f"\r\x1b[K{line}", err=True, nl=False)
            self._has_line = True
        else:
            typer.echo(line, err=True)

    def end(self) -> None:
        if self._has_line:
            typer.echo("\r\x1b[K", err=True, nl=False)

    def _line(self, seen: Seen, elapsed_s: float) -> str:
        times = seen.at_s / max(elapsed_s, 1e-3)
        said = {"at": _clock(seen.at_s), "times": f"{times:.1f}", "hits": len(self._found.ids)}
        said["passages"] = seen.tally.n_passages
        if self._length_s is None:
            return _said("progress_no_end", **said)
        left_s = max(0.0, self._length_s - seen.at_s) / max(times, 1e-3)
        percent = min(100, round(100 * seen.at_s / max(self._length_s, 1e-3)))
        return _said("progress", percent=percent, length=_clock(self._length_s), left=_clock(left_s), **said)


def _summary(footage: Footage, file: Path, stream: Stream, began_at: datetime, seen: Seen) -> dict[str, Any]:
    shown_s = seen.at_s + 1 / footage.fps
    return {
        "file": str(file),
        "stream_id": stream.id,
        "began_at": began_at.isoformat(),
        "ended_at": (began_at + timedelta(seconds=shown_s)).isoformat(),
        "recorded_s": round(shown_s, 3),
        "length_s": footage.length_s,
        "pictures": seen.n_pictures,
        "damaged": footage.n_bad,
        "looks": seen.tally.n_looks,
        "faces": seen.tally.n_faces,
        "passages": seen.tally.n_passages,
        "unusable_passages": seen.tally.n_unusable,
        "unwritten": len(seen.tally.unwritten),
        "is_cut": footage.is_cut and not seen.is_stopped,
        "is_stopped": seen.is_stopped,
    }


def _say_done(stream: Stream, done: dict[str, Any]) -> None:
    for hit in done["hits"]:
        seen = _local(datetime.fromisoformat(hit["seen_at"]), stream)
        again = "" if hit["is_new"] else _said("again")
        typer.echo(_said("hit", number=hit["number"], seen=seen, grade=_said(f"grade_{hit['grade']}"), again=again))
    at = _clock(done["recorded_s"])
    counts = {name: done[name] for name in ("pictures", "looks", "passages")}
    times, seconds = f"{done['times_real_time']:.1f}", f"{done['seconds']:.0f}"
    counts |= {"hits": len(done["hits"]), "times": times, "seconds": seconds}
    typer.echo(_said("done", stream=stream.id, length=at, **counts))
    if done["damaged"]:
        typer.echo(_said("damaged", n=done["damaged"]))
    if done["unwritten"]:
        typer.echo(_said("unwritten", n=done["unwritten"]))
    if done["is_cut"]:
        typer.echo(_said("cut", at=at, length=_clock(done["length_s"])))
    if done["is_stopped"]:
        typer.echo(_said("stopped", at=at))
    if any(hit["is_new"] for hit in done["hits"]):
        typer.echo(_said("review"))


def _clock(seconds: float) -> str:
    """Hours, minutes and seconds: 0:01:14."""
    return str(timedelta(seconds=int(seconds)))


def _local(moment: datetime, stream: Stream) -> str:
    return f"{moment.astimezone(ZoneInfo(stream.site.time_zone)):%Y-%m-%d %H:%M:%S}"


def _said(code: str, **fields: object) -> str:
    return words.say(f"replay.{code}", terminal_language(), **fields)
