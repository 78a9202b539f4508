"""`patrol bench faces`: find and embed the faces of a frame, beside face_recognition doing the same.

face_recognition embeds every face it finds. Patrol does not embed what its quality gate refuses; how fast it would be
if it did is a row of its own.
"""

from collections.abc import Iterator
from pathlib import Path

from patrol.bench.comparison import Comparison, Look, race
from patrol.bench.frames import Source
from patrol.bench.machine import limited_to
from patrol.bench.reference import Reference, as_rgb
from patrol.eval.looking import EVERYBODY
from patrol.faces.finder import Finder, open_finder
from patrol.faces.runtime import RuntimeUnavailable

TITLE = "faces: find and embed"
REFERENCE = "face_recognition"


def measure(models_dir: Path, source: Source, *, threads: int = 2, rounds: int = 3) -> Comparison:
    """Race patrol in each precision it can compute in against the reference, on `threads` cores."""
    with limited_to(threads):
        finders = {name_of(finder): finder for finder in open_finders(models_dir, threads)}
        shipped = list(finders)[-1]
        finders[f"{shipped}, gate off"] = open_finder(models_dir, threads=threads, video_bar=EVERYBODY)
        looks = {REFERENCE: reference_look(source, Reference())}
        looks |= {name: _look(source, finder) for name, finder in finders.items()}
        timings = race(looks, len(source.frames), rounds)
        note = _note(source, finders[shipped])
    return Comparison(TITLE, source.name, timings.pop(REFERENCE), timings, shipped, note)


def open_finders(models_dir: Path, threads: int) -> Iterator[Finder]:
    """One finder for each precision that this machine has, the one patrol would choose by itself last."""
    for precision in ("f32", "bf16"):
        try:
            yield open_finder(models_dir, precision=precision, threads=threads)
        except RuntimeUnavailable:
            continue  # no bf16 on this processor: the table says so by its absence


def name_of(finder: Finder) -> str:
    return f"patrol, {finder.runtime}"


def reference_look(source: Source, reference: Reference) -> Look:
    frames_rgb = [as_rgb(frame) for frame in source.frames]
    return lambda n: reference.look(frames_rgb[n])


def _look(source: Source, finder: Finder) -> Look:
    return lambda n: len(finder.find([source.frames[n]])[0])


def _note(source: Source, finder: Finder) -> str:
    faces = [face for found in finder.find(source.frames) for face in found]
    embedded = sum(face.template is not None for face in faces) / len(source.frames)
    return (
        f"of the faces patrol finds, its quality gate lets {embedded:.2f} a frame be embedded; 'gate off' embeds all"
    )
