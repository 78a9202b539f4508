"""`patrol eval`: how often the right person is found, and a wrong one taken for them, on your own photos."""

import errno
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import cv2
import typer
from typer.core import TyperGroup

from patrol import words
from patrol.bench import machine
from patrol.cli import evaluation_table, parts
from patrol.eval import calibration
from patrol.eval.boxes import VIDEO_SUFFIXES
from patrol.eval.cache import Cache, recipe_of
from patrol.eval.figures import Labels, figures_of
from patrol.eval.folder import Folder, half_of, read_errata, read_folder, read_labels
from patrol.eval.groups import Group
from patrol.eval.looking import EVERYBODY
from patrol.eval.measurement import Measurement, Request, measure, measure_group, plan_of
from patrol.eval.mistakes import Album
from patrol.eval.refusals import CannotMeasure
from patrol.eval.report import render
from patrol.faces.finder import Finder, open_finder
from patrol.faces.weights import require
from patrol.matching.prior import Prior, PriorBroken, prior_of
from patrol.settings import Settings, terminal_language
from patrol.values import Language
from patrol.watchlist.settling import known_of

CACHE_FILE = "eval-cache.db"
PHOTOS, PASSAGES = "photos", "passages"


class _PhotosByDefault(TyperGroup):
    """`patrol eval FOLDER` is `patrol eval photos FOLDER`, `patrol eval VIDEO` is `patrol eval passages VIDEO`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        is_named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        if is_named or not args:
            return super().parse_args(ctx, args)
        is_video = any(Path(each).suffix.lower() in VIDEO_SUFFIXES for each in args)
        return super().parse_args(ctx, [PASSAGES if is_video else PHOTOS, *args])


app = typer.Typer(
    help="How often the right person is found, and a wrong one taken for them. "
    "`patrol eval FOLDER` measures photos, `patrol eval VIDEO` who walks by.",
    cls=_PhotosByDefault,
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout and nothing else.")]


@app.command(PHOTOS)
def photos(
    folder: Annotated[Path, typer.Argument(help="A folder of NAME/photo, as Labeled Faces in the Wild is laid out.")],
    gallery: Annotated[int | None, typer.Option(min=1, help="People enrolled; at most 800 where left out.")] = None,
    portraits: Annotated[int, typer.Option(min=1, help="Portraits of each person who is searched for.")] = 1,
    cohort: Annotated[
        int | None, typer.Option(min=0, help="People of the cohort; at most 500 where left out.")
    ] = None,
    splits: Annotated[int, typer.Option(min=1, max=1000, help="How often the people are shared out anew.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same splits.")] = 0,
    spoil: Annotated[
        int, typer.Option(min=0, max=200, metavar="WIDTH_PX", help="Spoil probes to faces so wide.")
    ] = 0,
    looks: Annotated[int, typer.Option(min=1, max=100, help="With --spoil: looks fused into one probe.")] = 1,
    errata: Annotated[Path | None, typer.Option(help="Names to leave out, the first word of each line.")] = None,
    embedder: Annotated[str, typer.Option(help="A short name of the manifest; the setting's where left out.")] = "",
    group: Annotated[
        Path | None, typer.Option(help="Photos of a group, also NAME/photo: false matches within.")
    ] = None,
    labels: Annotated[Path | None, typer.Option(help="CSV with name and attributes: error rates by label.")] = None,
    budget: Annotated[
        list[float] | None, typer.Option(min=1e-6, max=0.5, metavar="FPIR", help="Prove that it is kept; repeatable.")
    ] = None,
    calibrate: Annotated[
        Path | None, typer.Option(help="Write what the manifest names as the embedder's calibration.")
    ] = None,
    prior: Annotated[
        Path | None,
        typer.Option(help="A file that --calibrate wrote, in the place of what is known of the embedder."),
    ] = None,
    half: Annotated[
        int | None, typer.Option(min=1, max=2, help="Half of the people only, by the hash of their name.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML page with curve and worst mistakes.")] = None,
    language: Annotated[Language | None, typer.Option(help="Of the page; the terminal's where left out.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, max=64, help="Photos looked at at once.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure open-set identification on photos of people: part enrolled, part strangers, again and again."""
    request = Request(
        gallery=gallery, portraits=portraits, cohort=cohort, splits=splits, seed=seed, spoil_px=spoil, looks=looks
    )
    outputs = Outputs(as_json, report, language or terminal_language(), calibrate)
    with explained():
        chosen = parts.settings()
        asked = _asked(folder, request, errata, group, labels, budget or [], half, outputs)
        with opened(chosen, embedder or chosen.embedder, threads or chosen.threads, prior) as eyes:
            _answer(asked, eyes, outputs, time.monotonic())


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a command writes beside its answer."""

    as_json: bool
    report: Path | None
    language: Language  #: of the report
    calibration: Path | None

    def require_writable(self) -> None:
        """CannotMeasure where a folder is missing: said before ten minutes of work, not after."""
        for path in (self.report, self.calibration):
            if path is not None and not path.parent.is_dir():
                raise CannotMeasure("file_unwritable", path=path, problem=os.strerror(errno.ENOENT))


@dataclass(frozen=True, slots=True)
class Asked:
    """What one command is to measure."""

    source: Folder
    request: Request
    group: Folder | None
    labels: Labels | None
    budgets: Sequence[float]
    half: int | None  #: of the people of both folders; None has all


def _asked(
    folder: Path,
    request: Request,
    errata: Path | None,
    group: Path | None,
    labels: Path | None,
    budgets: Sequence[float],
    half: int | None,
    outputs: Outputs,
) -> Asked:
    """Read what was given; what cannot be measured or written is said before anything is looked at."""
    left_out = read_errata(errata) if errata else frozenset[str]()
    source = _halved(read_folder(folder, left_out), half)
    others = _halved(read_folder(group, left_out), half) if group else None
    plan_of(source, request)
    outputs.require_writable()
    return Asked(source, request, others, _labels(labels, source), budgets, half)


def _halved(folder: Folder, half: int | None) -> Folder:
    return folder if half is None else half_of(folder, half)


def _labels(path: Path | None, source: Folder) -> Labels | None:
    if path is None:
        return None
    labels = read_labels(path)
    if not any(source.people.keys() & of_names.keys() for of_names in labels.values()):
        raise CannotMeasure("labels_of_nobody", path=path, folder=source.path)
    return labels


def _answer(asked: Asked, eyes: "OpenEyes", outputs: Outputs, started_s: float) -> None:
    """Measure, write what was asked for, and answer on stdout."""
    done, group = _seen(asked, eyes)
    if outputs.calibration is not None:
        _write(outputs.calibration, calibration.calibrate(done, group, machine.command()).to_json(), "calibrated")
    figures = figures_of(done, group, asked.labels, asked.budgets)
    run = {
        "embedder": eyes.embedder,
        "runtime": eyes.runtime,
        "seconds": round(time.monotonic() - started_s, 1),
        "machine": machine.describe(),
        **({} if asked.half is None else {"half": asked.half}),
    }
    if outputs.report is not None:
        page = render(figures, Album(done, eyes.cache), run, partial(_say_in, outputs.language), outputs.language)
        _write(outputs.report, page, "report_written")
    if outputs.as_json:
        typer.echo(json.dumps({**figures.as_json(), **run}, ensure_ascii=False))
    else:
        typer.echo("\n".join(evaluation_table.lines(figures, run, terminal_language())))


def _seen(asked: Asked, eyes: "OpenEyes") -> tuple[Measurement, Group | None]:
    with progress(len(asked.source.photos)) as tell:
        done = measure(asked.source, asked.request, eyes.finders, eyes.cache, tell, eyes.prior)
    if asked.group is None:
        return done, None
    with progress(len(asked.group.photos)) as tell:
        return done, measure_group(done, asked.group, eyes.finders, eyes.cache, tell)


def _write(path: Path, text: str, told: str) -> None:
    """Write a file and say so on stderr; `told` is an entry of words/eval.json."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotMeasure("file_unwritable", path=path, problem=error.strerror) from None
    typer.echo(say(told, terminal_language(), path=path), err=True)


@dataclass(frozen=True, slots=True, eq=False)
class OpenEyes:
    """What looks at photos, a finder a thread, and where it keeps what it saw."""

    finders: Sequence[Finder]
    cache: Cache
    prior: Prior  #: what patrol knows of this embedder

    @property
    def embedder(self) -> str:
        return self.finders[0].embedder

    @property
    def runtime(self) -> str:
        return self.finders[0].runtime


@contextmanager
def opened(chosen: Settings, embedder: str, threads: int, calibration: Path | None = None) -> Iterator[OpenEyes]:
    """Open a finder without a gate for each thread, and the cache that belongs to their weights and code.

    calibration: a file of `--calibrate` in the place of what patrol knows; PriorBroken where it cannot be used.
    """
    weights = [require(chosen.models_dir, name)[0] for name in (chosen.detector, embedder)]
    prior = prior_of(weights[1].version, calibration) if calibration else known_of(chosen.models_dir, embedder)
    cv2.setNumThreads(1)  # the photos run side by side, each on one core
    finders = [
        open_finder(
            chosen.models_dir,
            embedder=embedder,
            detector=chosen.detector,
            runtime=chosen.runtime,
            precision=chosen.precision,
            threads=1,
            video_bar=EVERYBODY,
        )
        for _ in range(min(threads, os.cpu_count() or 1))
    ]
    cache = Cache(chosen.data_dir / CACHE_FILE, recipe_of(weights, finders[0].runtime), finders[0].embedder)
    cache.prune(parts.clock())
    try:
        yield OpenEyes(finders, cache, prior)
    finally:
        cache.close()


@contextmanager
def explained() -> Iterator[None]:
    """What cannot be measured is said in the language of the terminal, with exit status 1."""
    try:
        yield
    except CannotMeasure as refusal:
        typer.echo("patrol: " + say(refusal.code, terminal_language(), **refusal.fields), err=True)
        raise typer.Exit(1) from None
    except PriorBroken as broken:
        typer.echo("patrol: " + say("prior_broken", terminal_language(), problem=broken), err=True)
        raise typer.Exit(1) from None


def _say_in(language: Language, code: str, **fields: object) -> str:
    return say(code, language, **fields)


def say(code: str, language: Language, **fields: object) -> str:
    return words.say(f"eval.{code}", language, **fields)


@contextmanager
def progress(n_photos: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, for who watches."""
    label = say("looking", terminal_language())
    with typer.progressbar(length=n_photos, label=label, file=typer.get_text_stream("stderr"), show_pos=True) as bar:
        yield bar.update
