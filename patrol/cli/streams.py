"""`patrol streams check`: try every stream, and say what is wrong and what was measured; `list`: which there are."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Annotated

import typer

from patrol import words
from patrol.cli import masks, parts
from patrol.settings import SettingsError, load_streams, read_secret, terminal_language
from patrol.store.beats import ALIVE_FOR
from patrol.store.tables import StreamState, Worker
from patrol.streams.check import StreamCheck, check_stream
from patrol.values import PatrolError, Stream

app = typer.Typer(help="The streams of streams.yaml.", no_args_is_help=True)
app.add_typer(masks.app, name="masks")

AT_ONCE = 8  # checks wait for the network, not for the processor


@app.callback()
def streams() -> None:
    """The streams of streams.yaml."""


@app.command()
def check(
    ids: Annotated[list[str] | None, typer.Argument(help="Which streams; all enabled ones where left out.")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long each stream is measured.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Try each stream; exit status 1 where one of them has a problem."""
    streams_file = parts.settings().streams_file
    chosen = chosen_streams(load_streams(streams_file), ids or [])
    if not chosen and not as_json:
        parts.say("no_streams", file=streams_file)
    checks = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in pool.map(lambda stream: check_one(stream, seconds), chosen):
            checks.append(done)
            if not as_json:
                say(done)
    if as_json:
        typer.echo(json.dumps({done.stream.id: in_json(done) for done in checks}, ensure_ascii=False))
    raise typer.Exit(1 if any(done.problems for done in checks) else 0)


@app.command("list")
def list_streams(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False) -> None:
    """List every stream of the file, those of recorders one by one, with its addresses."""
    streams_file = parts.settings().streams_file
    streams = load_streams(streams_file)
    if as_json:
        typer.echo(json.dumps({"streams": [_about(stream) for stream in streams]}, ensure_ascii=False))
        return
    for stream in streams:
        marks = [code for code, holds in (("key", stream.is_key), ("disabled", not stream.is_enabled)) if holds]
        said = [words.say(f"streams.state_{code}", terminal_language()) for code in marks]
        typer.echo("  ".join([stream.id, stream.name, stream.url, *filter(None, [stream.sub_url]), *said]))
    if not streams:
        parts.say("no_stream_at_all", file=streams_file)


def _about(stream: Stream) -> dict[str, object]:
    named = ("id", "name", "place", "url", "sub_url", "credentials", "transport", "decode", "is_key")
    row = {name: getattr(stream, name) for name in (*named, "is_enabled", "max_sessions", "looks_per_s")}
    return {**row, "site": stream.site.id}


def say(done: StreamCheck) -> None:
    """What one check found, a line each, under the stream's id and name; its sub-stream's further in."""
    typer.echo(f"{done.stream.id}  {done.stream.name}")
    _say_lines(done, "  ")
    if done.sub is not None:
        typer.echo("  " + words.say("streams.sub_stream", terminal_language()))
        _say_lines(done.sub, "    ")
    for code, said in done.verdict():
        typer.echo("  " + words.say(f"streams.{code}", terminal_language(), **said))


def _say_lines(done: StreamCheck, indent: str) -> None:
    for code, said in done.findings():
        typer.echo(indent + words.say(f"streams.{code}", terminal_language(), **said))
    if done.problem and done.detail:
        typer.echo(f"{indent}({done.detail})")


def chosen_streams(streams: tuple[Stream, ...], ids: list[str]) -> list[Stream]:
    """The named streams, or all enabled ones; PatrolError names those that are not in the file."""
    if unknown := set(ids) - {stream.id for stream in streams}:
        raise PatrolError(words.say("cli.no_such_stream", terminal_language(), ids=", ".join(sorted(unknown))))
    return [stream for stream in streams if (stream.id in ids if ids else stream.is_enabled)]


def in_json(done: StreamCheck) -> dict[str, object]:
    """A check without the stream itself, with its problem in words, how it will be watched, and its sub-stream."""
    row = {field.name: getattr(done, field.name) for field in fields(done) if field.name not in ("stream", "sub")}
    explanation = words.say(f"streams.{done.problem}", terminal_language()) if done.problem else ""
    sub = in_json(done.sub) if done.sub is not None else None
    return {**row, "explanation": explanation, "policy": done.policy, "sub": sub}


def check_one(stream: Stream, seconds: float) -> StreamCheck:
    if stream.free_sessions < 1 and (known := _by_worker(stream)) is not None:
        return known
    try:
        credentials = read_secret(stream.credentials) if stream.credentials else None
    except SettingsError as error:
        return StreamCheck(stream, "setting", str(error))
    return check_stream(stream, credentials, seconds=seconds, clock=parts.clock)


def _by_worker(stream: Stream) -> StreamCheck | None:
    """What a worker measures that holds all connections a camera allows; None where none does."""
    with parts.database(parts.settings()).read() as session:
        row = session.get(StreamState, stream.id)
        worker = session.get(Worker, row.worker_id) if row is not None else None
        is_alive = worker is not None and parts.clock() - worker.beat_at < ALIVE_FOR
        if row is None or not is_alive or row.state not in ("opening", "live"):
            return None
        measured = {
            name: getattr(row, name) for name in ("codec", "width", "height", "fps", "gop_s", "bit_rate_kbps")
        }
        gop_length = round(row.gop_s * row.fps) if row.gop_s and row.fps else None
        return StreamCheck(stream, row.error, row.detail, is_by_worker=True, gop_length=gop_length, **measured)
