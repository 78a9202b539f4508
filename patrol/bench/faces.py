"""`patrol bench faces`: find and embed every face of a frame, beside face_recognition doing the same.

Both sides embed every face they find: patrol's quality gate, which spares most of the hopeless ones, is off.
"""

from collections.abc import Iterator
from pathlib import Path

from patrol.bench.comparison import Comparison, Look, race
from patrol.bench.frames import Source
from patrol.bench.machine import limited_to
from patrol.bench.reference import Reference, as_rgb
from patrol.faces.finder import Finder, open_finder
from patrol.faces.quality import Bar
from patrol.faces.runtime import RuntimeUnavailable

EVERYBODY = Bar(min_eye_distance_px=0.0, min_sharpness=0.0, max_yaw=1.0, min_inside=0.0)
TITLE = "faces: find and embed every face"
REFERENCE = "face_recognition"


def measure(models_dir: Path, source: Source, *, threads: int = 2, rounds: int = 3) -> Comparison:
    """Race patrol in each precision it can compute in against the reference, on `threads` cores."""
    with limited_to(threads):
        finders = list(open_finders(models_dir, threads, EVERYBODY))
        looks = {REFERENCE: reference_look(source, Reference())}
        looks |= {f"patrol, {finder.runtime}": _look(source, finder) for finder in finders}
        timings = race(looks, len(source.frames), rounds)
    reference = timings.pop(REFERENCE)
    return Comparison(TITLE, source.name, reference, timings, shipped=f"patrol, {finders[-1].runtime}")


def open_finders(models_dir: Path, threads: int, bar: Bar) -> Iterator[Finder]:
    """One finder for each precision that works here, the one patrol would choose by itself last."""
    for precision in ("f32", "bf16"):
        try:
            yield open_finder(models_dir, precision=precision, threads=threads, video_bar=bar)
        except RuntimeUnavailable:
            continue  # no bf16 on this processor: the table says so by its absence


def reference_look(source: Source, reference: Reference) -> Look:
    frames_rgb = [as_rgb(frame) for frame in source.frames]
    return lambda n: reference.look(frames_rgb[n])


def _look(source: Source, finder: Finder) -> Look:
    return lambda n: len(finder.find([source.frames[n]])[0])
