"""`patrol eval` on videos and boxes: passages, detection, and the videos and pictures to measure them on."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from patrol.bench import machine, scatter, walks
from patrol.cli import evaluation_paces, parts
from patrol.cli.evaluation import AsJson, OpenEyes, explained, opened, say
from patrol.demo.crowd import NOISE_SIGMA, SCENE_S
from patrol.eval import detection
from patrol.eval.boxes import read_boxed, videos_in
from patrol.eval.cache import recipe_of
from patrol.eval.folder import Folder, read_errata, read_folder
from patrol.eval.gathering import gather
from patrol.eval.looking import EVERYBODY
from patrol.eval.paces import figures, measure_pace, people_of
from patrol.eval.passages import Plan, Portraits, draw
from patrol.eval.recording import Recording, check_truth, forget, record
from patrol.eval.truth import Truth, read_truth
from patrol.faces.finder import Finder, open_finder
from patrol.faces.quality import Bar
from patrol.faces.weights import require
from patrol.settings import Settings, terminal_language
from patrol.values import BgrPicture, Float32, Frame, Language, Uint8

LOOKS_PER_S = (2.0, 4.0)  # what cameras are watched with
RECORDINGS = "eval-recordings"  # beside the cache of photos
NOBODY = Bar(min_eye_distance_px=float("inf"), min_sharpness=0.0, max_yaw=1.0, min_inside=0.0)  # detect, embed none

Errata = Annotated[Path | None, typer.Option(help="Names to leave out, the first word of each line.")]


def add_to(app: typer.Typer) -> None:
    for command in (passages, walks_command, detect, scatter_command):
        app.command(COMMANDS[command])(command)


def passages(
    videos: Annotated[Path, typer.Argument(help="A video, or a folder of videos; .json files beside them say who.")],
    portraits_of: Annotated[Path, typer.Option(help="A folder of NAME/photo: the first photo of each is enrolled.")],
    truth: Annotated[Path | None, typer.Option(help="The ground truth of one video, where not beside it.")] = None,
    looks: Annotated[
        list[float] | None, typer.Option(min=0.01, help="Looks a second; give it several times.")
    ] = None,
    gallery: Annotated[int, typer.Option(min=1, help="People enrolled, half of the walkers among them.")] = 800,
    cohort: Annotated[int, typer.Option(min=0, help="People of the cohort.")] = 500,
    splits: Annotated[int, typer.Option(min=1, max=1000, help="How often the people are shared out anew.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same splits.")] = 0,
    errata: Errata = None,
    embedder: Annotated[str, typer.Option(help="A short name of the manifest; the setting's where left out.")] = "",
    keep: Annotated[
        bool, typer.Option(help="Keep what was seen, for another run: templates of all passers-by.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure who is found of those who walk by: per passage, at each number of looks a second, by several rules.

    Each video needs its ground truth: who is to be seen, when and where (docs/passages.md gives the format).
    """
    with explained():
        chosen = parts.settings()
        truths = [(video, read_truth(truth or video.with_suffix(".json"))) for video in videos_in(videos)]
        folder = read_folder(portraits_of, read_errata(errata) if errata else frozenset())
        plan = Plan(gallery, cohort, splits, seed)
        with _recordings(chosen.data_dir / RECORDINGS, keep):
            told = _measured(chosen, embedder or chosen.embedder, truths, folder, plan, looks or LOOKS_PER_S)
        _answer(told, evaluation_paces.lines, as_json)


def walks_command(
    folder: Annotated[Path, typer.Argument(help="A folder of NAME/photo; who has two photos can walk.")],
    out: Annotated[Path, typer.Option(help="Where the videos go; those that are there stay.")],
    scenes: Annotated[int, typer.Option(min=1, help="How many videos.")] = 12,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="How long each is.")] = SCENE_S,
    noise: Annotated[float, typer.Option(min=0, max=50, help="Grain, sigma of 255; 6 is poor light.")] = NOISE_SIGMA,
    people: Annotated[int, typer.Option(min=1, max=40, help="People in each, every one in one scene only.")] = 18,
    seed: Annotated[int, typer.Option(min=0, help="The same seed films the same scenes.")] = 1,
    errata: Errata = None,
) -> None:
    """Film walk-by videos with these people, and write the ground truth beside them: they meet, overtake and cover
    each other in a busy hall. Everybody is filmed from their last photo; the first is for the list."""
    with explained():
        chosen = parts.settings()
        source = read_folder(folder, read_errata(errata) if errata else frozenset())
        finder = open_finder(chosen.models_dir, detector=chosen.detector, threads=chosen.threads, video_bar=EVERYBODY)
        with _bar("filming", scenes) as tell:
            clips = walks.film_walks(
                source, finder, walks.Plan(scenes, people, seed, seconds, noise), out, lambda _n, _of: tell(1)
            )
        typer.echo(say("filmed", terminal_language(), n=len(clips), path=out))


def detect(
    path: Annotated[
        Path, typer.Argument(help="A folder with boxes.csv, or a video with truth, or a folder of these.")
    ],
    looks: Annotated[float, typer.Option(min=0.01, help="Of videos: frames a second to look at.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Measure the detector against boxes: recall by the face's width, precision, false faces a picture, time."""
    with explained():
        chosen = parts.settings()
        finder = open_finder(
            chosen.models_dir,
            detector=chosen.detector,
            runtime=chosen.runtime,
            precision=chosen.precision,
            threads=chosen.threads,
            video_bar=NOBODY,
        )
        found = detection.measure(read_boxed(path, looks), _boxes_of(finder), time.perf_counter)
        told = {**found.to_json(), "runtime": finder.runtime}
        _answer(told, evaluation_paces.detection_lines, as_json)


def scatter_command(
    folder: Annotated[Path, typer.Argument(help="A folder of NAME/photo: whose faces are scattered.")],
    out: Annotated[Path, typer.Option(help="Where the pictures and boxes.csv go.")],
    pictures: Annotated[int, typer.Option(min=1, help="Pictures with faces, and as many without.")] = 30,
    people: Annotated[int, typer.Option(min=1, help="How many people's faces.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same pictures.")] = 1,
    errata: Errata = None,
) -> None:
    """Scatter faces 12 to 80 px wide over 1080p pictures, with their boxes, and textures without any beside them."""
    with explained():
        chosen = parts.settings()
        source = read_folder(folder, read_errata(errata) if errata else frozenset())
        finder = open_finder(chosen.models_dir, detector=chosen.detector, threads=chosen.threads, video_bar=EVERYBODY)
        photos = walks.photographed(source, finder, list(source.people)[:: max(1, len(source.people) // people)])
        n_faces = scatter.scatter(list(photos), scatter.Plan(pictures, seed), out)
        typer.echo(say("scattered", terminal_language(), n=2 * pictures, faces=n_faces, path=out))


COMMANDS: dict[Callable[..., None], str] = {
    passages: "passages",
    walks_command: "walks",
    detect: "detect",
    scatter_command: "scatter",
}


def _measured(
    chosen: Settings,
    embedder: str,
    truths: list[tuple[Path, Truth]],
    folder: Folder,
    plan: Plan,
    looks_per_s: Sequence[float],
) -> dict[str, Any]:
    """See the videos and the portraits, then measure each pace; the figures as `--json` prints them."""
    people = people_of([truth for _, truth in truths])
    draw(people, _unmeasured(folder), plan, 0)  # what cannot be measured is said before anything is looked at
    started = time.monotonic()
    recorded = _record(chosen, embedder, truths)
    with opened(chosen, embedder, chosen.threads) as eyes:
        portraits = _portraits(folder, eyes)
    paces = [figures(measure_pace(recorded, each, portraits, plan, eyes.prior)) for each in looks_per_s]
    return {
        "videos": len(truths),
        "passages": len(people),
        "people": len(set(people)),
        "portraits": len(portraits.names),
        "gallery": plan.gallery,
        "paces": paces,
        "embedder": eyes.embedder,
        "runtime": eyes.runtime,
        "seconds": round(time.monotonic() - started, 1),
    }


def _answer(told: dict[str, Any], lines: Callable[[dict[str, Any], Language], list[str]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**told, "machine": machine.describe()}, ensure_ascii=False))
    else:
        typer.echo("\n".join(lines(told, terminal_language())))


@contextmanager
def _recordings(folder: Path, keep: bool) -> Iterator[None]:
    """Leave no recording behind, however the run ends, unless they are to be kept; say which."""
    try:
        yield
    finally:
        if folder.is_dir():
            if not keep:
                forget(folder)
            typer.echo(
                say("recordings_kept" if keep else "recordings_deleted", terminal_language(), path=folder), err=True
            )


def _record(chosen: Settings, embedder: str, truths: list[tuple[Path, Truth]]) -> list[tuple[Recording, Truth]]:
    """See every frame of every video by the worker's own steps."""
    finder = open_finder(
        chosen.models_dir,
        embedder=embedder,
        detector=chosen.detector,
        runtime=chosen.runtime,
        precision=chosen.precision,
        threads=chosen.threads,
    )
    weights = [require(chosen.models_dir, name)[0] for name in (chosen.detector, embedder)]
    recipe = recipe_of(weights, finder.runtime)
    recorded = []
    with _bar("looking_at_videos", sum(truth.n_frames for _, truth in truths)) as tell:
        for video, truth in truths:
            recording = record(video, finder, recipe, chosen.data_dir / RECORDINGS, tell)
            check_truth(truth, recording, video)
            recorded.append((recording, truth))
    return recorded


def _unmeasured(folder: Folder) -> Portraits:
    """Who has a portrait, before anybody looked at it: enough to tell whether there are people enough."""
    return Portraits(tuple(folder.people), np.empty((len(folder.people), 0), np.float32))


def _portraits(folder: Folder, eyes: OpenEyes) -> Portraits:
    """The first photo of each person; who has no face there is not in the list of those who can be enrolled."""
    firsts = [folder.photos[numbers[0]] for numbers in folder.people.values()]
    with _bar("looking", len(firsts)) as tell:
        seen = gather(firsts, (), eyes.finders, eyes.cache, tell)
    known = [(name, one.portrait) for name, one in zip(folder.people, seen, strict=True) if one.portrait is not None]
    return Portraits(tuple(name for name, _ in known), np.stack([vector for _, vector in known]))


def _boxes_of(finder: Finder) -> detection.Detect:
    def boxes_of(pixels_bgr: Uint8) -> Float32:
        faces = finder.find([Frame("eval", 0, parts.clock(), BgrPicture(pixels_bgr))])[0]
        return np.array([face.box_xyxy for face in faces], np.float32).reshape(-1, 4)

    return boxes_of


@contextmanager
def _bar(code: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, for who watches."""
    stderr: Any = typer.get_text_stream("stderr")
    with typer.progressbar(length=length, label=say(code, terminal_language()), file=stderr, show_pos=True) as bar:
        yield bar.update
