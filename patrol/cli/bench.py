"""`patrol bench`: speed beside the reference, measured here and now."""

import json
from pathlib import Path
from typing import Annotated, Protocol

import typer

from patrol import words
from patrol.bench import cameras, dispatch, faces, pipeline, precision, routing
from patrol.bench.comparison import Comparison
from patrol.bench.frames import EVERY, Source, choose_clip, read_frames
from patrol.cli import parts, soaking
from patrol.cli.evaluation import explained
from patrol.eval.folder import read_errata, read_folder
from patrol.settings import terminal_language

app = typer.Typer(help="How fast patrol is, measured here and now.", no_args_is_help=True)
app.command("soak")(soaking.soak)

Clip = Annotated[Path | None, typer.Option(help="A video; the test street or the demo's scene where left out.")]
Threads = Annotated[int, typer.Option(min=1, help="Processor cores for both sides.")]
Rounds = Annotated[int, typer.Option(min=1, help="How often each frame is looked at; the median counts.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout and nothing else.")]


class Measure(Protocol):
    def __call__(self, models_dir: Path, source: Source, *, threads: int, rounds: int) -> Comparison: ...


@app.command("faces")
def bench_faces(clip: Clip = None, threads: Threads = 2, rounds: Rounds = 5, as_json: AsJson = False) -> None:
    """Find and embed every face of a frame."""
    _bench(faces.measure, clip, threads, rounds, as_json)


@app.command("pipeline")
def bench_pipeline(clip: Clip = None, threads: Threads = 2, rounds: Rounds = 5, as_json: AsJson = False) -> None:
    """Do all that a worker does with a look, against a watchlist of 1,000."""
    _bench(pipeline.measure, clip, threads, rounds, as_json)


@app.command("precision")
def bench_precision(
    folder: Annotated[Path, typer.Argument(help="Photos, NAME/photo, with two or more of some people.")],
    embedder: Annotated[str, typer.Option(help="A name of the manifest.")] = "sface",
    errata: Annotated[Path | None, typer.Option(help="Names to leave out, one a line.")] = None,
    people: Annotated[int, typer.Option(min=2, help="How many of them; the first by name.")] = 300,
    threads: Threads = 2,
    rounds: Rounds = 9,
    as_json: AsJson = False,
) -> None:
    """Compare runtimes and arithmetics: milliseconds a face, and how many people are told apart."""
    with explained():
        chosen = read_folder(folder, read_errata(errata) if errata else frozenset())
    models_dir = parts.settings().models_dir
    done = precision.measure(models_dir, chosen, embedder=embedder, threads=threads, people=people, rounds=rounds)
    typer.echo(json.dumps(done.figures()) if as_json else "\n".join(done.lines()))


@app.command("dispatch")
def bench_dispatch(
    decisions: Annotated[int, typer.Option(min=1, max=2_000, help="Hits confirmed in one burst.")] = 200,
    n_groups: Annotated[int, typer.Option("--groups", min=6, max=500, help="Groups they go to, one each.")] = 40,
    bulletins: Annotated[int, typer.Option(min=1, max=10_000, help="Queued when an urgent hit comes.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Confirm hits in a burst, to platforms on loopback with real limits that fail every fifth time."""
    plan = dispatch.Plan(n_decisions=decisions, n_groups=n_groups, n_bulletins=bulletins)
    done = dispatch.measure(plan)
    typer.echo(json.dumps(done.figures()) if as_json else "\n".join(done.lines()))


@app.command("routing")
def bench_routing(
    sites: Annotated[int, typer.Option(min=1, max=1_000, help="Sites of the plan.")] = 50,
    n_groups: Annotated[int, typer.Option("--groups", min=1, max=100_000, help="Groups, spread over them.")] = 2_000,
    routes: Annotated[int, typer.Option(min=2, help="Routes after the first at each site.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Find the groups to tell, in a plan of many sites with floors, walking times and shifts."""
    done = routing.measure(n_sites=sites, n_groups=n_groups, n_routes=routes)
    typer.echo(json.dumps(done.figures()) if as_json else "\n".join(done.lines()))


@app.command("cameras")
def bench_cameras(
    seconds: Annotated[float, typer.Option(min=5, help="How long each number of cameras is watched.")] = 60.0,
    first: Annotated[int, typer.Option("--from", min=1, max=256, help="Cameras to begin the search with.")] = 16,
    step: Annotated[int, typer.Option(min=1, max=64, help="Cameras: how finely the number is searched.")] = 4,
    only: Annotated[
        int | None, typer.Option("--cameras", min=1, max=256, help="This number of cameras only, and no search.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Watch more and more simulated cameras, until passages are lost; the same for the usual loop."""
    plan = cameras.Plan(seconds=seconds, first=first, step=step, only=only)
    done = cameras.measure(parts.settings(), plan, _tell)
    typer.echo(json.dumps(done.figures()) if as_json else "\n".join(done.lines()))


def _tell(code: str, **fields: object) -> None:
    typer.echo(words.say(f"bench.{code}", terminal_language(), **fields), err=True)


def _bench(measure: Measure, clip: Path | None, threads: int, rounds: int, as_json: bool) -> None:
    chosen = parts.settings()
    source = read_frames(clip or choose_clip(chosen.data_dir / "demo"), EVERY)
    done = measure(chosen.models_dir, source, threads=threads, rounds=rounds)
    typer.echo(json.dumps(done.figures()) if as_json else "\n".join(done.lines()))
