"""What quality is worth: who is still found by a face that lacks something, and what such a look adds to its track.

The curve of FNIR by a quality measure is ISO/IEC 29794-1's and NIST FRTE Quality's: searches in bins of the measure,
each with its FNIR at one threshold. It is what the bars in patrol.faces.quality were set by.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from patrol.eval.defects import CLEAN, DEFECTS, Defect, with_defect
from patrol.eval.folder import Folder
from patrol.eval.gathering import Tell
from patrol.eval.looking import Eyes, middle_face
from patrol.eval.refusals import CannotMeasure
from patrol.faces.looks import Look, fused
from patrol.faces.quality import ENROLMENT, VIDEO, Bar, judged
from patrol.matching.budget import WEAK_SHARE
from patrol.matching.cohort import Cohort, scores
from patrol.matching.intervals import Interval, clopper_pearson
from patrol.values import Face, Float32, Quality, Template, Uint8
from patrol.watchlist.photos import read_photo
from patrol.watchlist.refusals import PhotoRefused

FPIR = 0.01
N_COHORT = 400
N_STRANGERS = 1_000
LEAST_STRANGERS = 300  # FPIR 1 % cannot be told with fewer (rule of three)
BESIDE = Defect("small", 28, seed=1)  # the look that another one is added to: what a camera often has
CAMERA = tuple(Defect("small", 40, seed) for seed in (2, 3, 4))  # three looks of somebody who passes
MEASURES: Mapping[str, tuple[float, ...]] = {  # the edges of the bins
    "eye_distance_px": (0, 6.5, 8, 10, 12.5, 16, 20, 24, 32, 45),
    "sharpness": (0, 1, 1.5, 2, 3, 5, 8, 15, 40),
    "yaw_deg": (0, 10, 20, 26, 31, 36, 42),
    "pitch_deg": (0, 5, 10, 15, 20, 25),
    "under_exposure": (0, 0.02, 0.1, 0.3, 0.6, 0.9),
    "over_exposure": (0, 0.02, 0.1, 0.2, 0.35, 0.6),
    "dynamic_range_bits": (0, 3, 4, 4.5, 5, 5.5, 6, 6.5, 7),
    "inside": (0, 0.7, 0.8, 0.9, 0.97, 1.0),
    "value": (0, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    "weak": (0, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),  # the value of looks that may be let in as weak
}
KINDS_OF: Mapping[str, tuple[str, ...]] = {  # which defects a measure is to tell; the others would blur its curve
    "eye_distance_px": ("clean", "small"),
    "sharpness": ("clean", "blurred", "smeared"),
    "yaw_deg": ("clean",),
    "pitch_deg": ("clean",),
    "under_exposure": ("clean", "dark"),
    "over_exposure": ("clean", "glaring"),
    "dynamic_range_bits": ("clean", "hazy", "dark", "glaring"),
    "inside": ("clean", "cut"),
}
_START = datetime(1970, 1, 1, tzinfo=UTC)  # looks that are fused here were taken at no time that matters


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One look at somebody enrolled, and what came of it at FPIR 1 %."""

    defect: Defect
    face: Face
    is_found: bool  #: as a probe against the mate's clean portrait
    is_found_by_camera: bool  #: as the portrait, by three looks at 40 px
    is_found_as_weak: bool  #: the same, at the threshold of an entry that has weak portraits only
    is_found_beside: bool  #: fused with one look at 28 px
    is_beside_found: bool  #: that look at 28 px by itself

    def measure(self, name: str) -> float:
        if name in ("value", "weak"):
            return self.face.quality.value
        return abs(self.face.quality.measures()[name])


@dataclass(frozen=True, slots=True)
class Row:
    """One bin of a measure."""

    measure: str
    low: float
    high: float  #: infinite in the last bin
    n: int
    found: float  #: TPIR, 0..1; FNIR is what is left to 1
    interval: Interval  #: of `found`, Clopper-Pearson 95 %
    found_by_camera: float  #: TPIR as the portrait; of the rows "weak" at the threshold of weak portraits
    beside: float  #: of a look at 28 px by itself, the same people
    with_it: float  #: of both looks fused


@dataclass(frozen=True, slots=True)
class Gate:
    """What one reason of a bar refuses."""

    bar: str  #: enrolment or video
    lack: str  #: a code of patrol.faces.quality.ORDER
    of_clean: float  #: part of the clean photos it refuses
    n: int  #: looks it refuses, of all
    found: float  #: of these would have been found
    gain: float  #: what they add to a look at 28 px that they are fused with: difference of TPIR


@dataclass(frozen=True, slots=True)
class QualityCurves:
    """Everything that was measured."""

    n_people: int
    n_strangers: int
    threshold: float  #: score at which FPIR is 1 %
    missed: Mapping[str, float]  #: by defect: part in which no face was found
    rows: tuple[Row, ...]
    gates: tuple[Gate, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values; the bin that has no end has null for it."""
        rows = [{**asdict(row), "high": None if np.isinf(row.high) else row.high} for row in self.rows]
        return {**asdict(self), "rows": rows}


@dataclass(frozen=True, slots=True)
class Sides:
    """Who is enrolled and searched for, and who are strangers to them."""

    mated: tuple[str, ...]
    others: tuple[str, ...]  #: the cohort first, then those whose scores set the threshold

    @property
    def n_steps(self) -> int:
        return 2 * len(self.mated) + len(self.others)


def sides_of(folder: Folder, n_people: int) -> Sides:
    """Enrol people with two photos or more; CannotMeasure where too few are left to be strangers."""
    mated = folder.able(2)[:n_people]
    others = [name for name in folder.people if name not in set(mated)]
    if not mated or len(others) < N_COHORT + LEAST_STRANGERS:
        needed = N_COHORT + LEAST_STRANGERS
        raise CannotMeasure("too_few_for_quality", mated=len(mated), strangers=len(others), needed=needed)
    return Sides(tuple(mated), tuple(others[: N_COHORT + N_STRANGERS]))


def measure_quality(folder: Folder, sides: Sides, eyes: Eyes, tell: Tell = lambda n: None) -> QualityCurves:
    """Enrol a clean photo of each person, spoil another one in every way, and search with it.

    eyes: a finder with the bar EVERYBODY. tell: how many more steps are done.
    """
    clean: dict[str, Face] = {}
    for name in (*sides.mated, *sides.others):
        seen = _Photo.of(eyes, folder.photos[folder.people[name][0]])
        if seen is not None:
            clean[name] = seen.face
        tell(1)
    bench = _Bench.of(clean, sides, eyes.embedder)
    samples: list[Sample] = []
    missed: dict[str, list[bool]] = {}
    for name in sides.mated:
        photos = [_Photo.of(eyes, folder.photos[photo]) for photo in folder.people[name]]
        if name in bench.row_of:
            samples += _samples(eyes, bench, bench.row_of[name], photos, missed)
        tell(1)
    return QualityCurves(
        n_people=len(bench.row_of),
        n_strangers=bench.n_strangers,
        threshold=bench.threshold,
        missed={defect: float(np.mean(each)) for defect, each in missed.items()},
        rows=tuple(row for name in MEASURES for row in _rows(name, samples)),
        gates=tuple(_gates(samples)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Bench:
    """Who is enrolled, and the threshold that strangers set."""

    entries: Float32
    offsets: Float32
    cohort: Cohort
    row_of: Mapping[str, int]  #: of those whose portrait has a face
    threshold: float
    weak_threshold: float  #: that an entry with weak portraits only is held against, as patrol.matching.budget has it
    n_strangers: int

    @staticmethod
    def of(clean: Mapping[str, Face], sides: Sides, embedder: str) -> "_Bench":
        enrolled = [name for name in sides.mated if name in clean]
        strangers = [_vector(clean[name]) for name in sides.others if name in clean]
        if not enrolled or len(strangers) < N_COHORT + LEAST_STRANGERS:
            needed = N_COHORT + LEAST_STRANGERS
            raise CannotMeasure(
                "too_few_faces_for_quality", mated=len(enrolled), strangers=len(strangers), needed=needed
            )
        cohort = Cohort(embedder, np.stack(strangers[:N_COHORT]))
        entries, probes = np.stack([_vector(clean[name]) for name in enrolled]), np.stack(strangers[N_COHORT:])
        offsets = cohort.offsets(entries)
        highest = np.sort(scores(entries, offsets, probes, cohort.offsets(probes)).max(axis=1))[::-1]
        threshold, weak = (float(highest[int(rate * len(highest))]) for rate in (FPIR, WEAK_SHARE * FPIR))
        row_of = {name: n for n, name in enumerate(enrolled)}
        return _Bench(entries, offsets, cohort, row_of, threshold, weak, len(probes))

    def finds(self, template: Float32, row: int) -> bool:
        """Whether a probe is found: its mate is the nearest entry, above the threshold. template: float32 (D,)."""
        held = scores(self.entries, self.offsets, template[None], self.cohort.offsets(template[None]))[0]
        return bool(held.argmax() == row and held[row] > self.threshold)

    def finds_by(self, portrait: Float32, probe: Float32, row: int, threshold: float) -> bool:
        """The same with another portrait in the place of the mate's."""
        pair = np.stack([portrait, probe])
        offsets = self.cohort.offsets(pair)
        own = float(portrait @ probe - offsets.sum())
        held = scores(self.entries, self.offsets, probe[None], offsets[1:])[0]
        held[row] = own
        return bool(held.argmax() == row and own > threshold)


def _samples(
    eyes: Eyes, bench: _Bench, row: int, seen: Sequence["_Photo | None"], missed: dict[str, list[bool]]
) -> Iterator[Sample]:
    """Every look at one person: other photos as they are, and the second one with each defect."""
    if seen[0] is None or seen[1] is None:
        return
    camera = [face for each in CAMERA if (face := seen[0].with_defect(eyes, each)) is not None]
    probe = _fused(camera) if camera else None
    beside = seen[1].with_defect(eyes, BESIDE)
    is_beside_found = beside is not None and bench.finds(_vector(beside), row)
    clean: list[tuple[Defect, Face | None]] = [(CLEAN, photo.face) for photo in seen[1:] if photo is not None]
    for defect, face in [*clean, *((defect, seen[1].with_defect(eyes, defect)) for defect in DEFECTS)]:
        missed.setdefault(str(defect), []).append(face is None)
        if face is not None:
            yield Sample(
                defect,
                face,
                is_found=bench.finds(_vector(face), row),
                is_found_by_camera=probe is not None and bench.finds_by(_vector(face), probe, row, bench.threshold),
                is_found_as_weak=probe is not None
                and bench.finds_by(_vector(face), probe, row, bench.weak_threshold),
                is_found_beside=bench.finds(_fused([face, *([beside] if beside else [])]), row),
                is_beside_found=is_beside_found,
            )


@dataclass(frozen=True, slots=True, eq=False)
class _Photo:
    """A photo in which a face with a template was found."""

    pixels_bgr: Uint8
    face: Face
    seed: int

    @staticmethod
    def of(eyes: Eyes, path: Path) -> "_Photo | None":
        try:
            pixels_bgr = read_photo(path.read_bytes())
        except PhotoRefused:
            return None
        face = middle_face(eyes.examine(pixels_bgr), pixels_bgr)
        if face is None or face.template is None:
            return None
        return _Photo(pixels_bgr, face, zlib.crc32(path.name.encode()))

    def with_defect(self, eyes: Eyes, defect: Defect) -> Face | None:
        """The same face spoilt; None where it is not found any more."""
        random = np.random.default_rng([self.seed, defect.seed])
        spoilt = with_defect(self.pixels_bgr, self.face.box_xyxy, defect, random)

        def away(found: Face) -> float:
            return float(np.abs(found.box_xyxy.reshape(2, 2).mean(axis=0) - spoilt.centre_xy).max())

        nearest = min(eyes.examine(spoilt.pixels_bgr), key=away, default=None)
        if nearest is None or nearest.template is None:
            return None
        return nearest if away(nearest) < nearest.box_xyxy[2] - nearest.box_xyxy[0] else None


def _vector(face: Face) -> Float32:
    if face.template is None:
        raise ValueError("a face without a template: these eyes have a bar")
    return face.template.vector


def _fused(faces: Sequence[Face]) -> Float32:
    looks = [Look(face, Template("", _vector(face)), _START + timedelta(seconds=n)) for n, face in enumerate(faces)]
    return fused(looks).vector


def _rows(name: str, samples: Sequence[Sample]) -> Iterator[Row]:
    edges = (*MEASURES[name], np.inf)
    kinds = KINDS_OF.get(name)
    told = [sample for sample in samples if kinds is None or sample.defect.kind in kinds]
    if name == "weak":
        told = [sample for sample in told if _may_be_weak(sample.face.quality)]
    for low, high in pairwise(edges):
        held = [sample for sample in told if low <= sample.measure(name) < high]
        if held:
            yield _row(name, low, high, held)


def _may_be_weak(quality: Quality) -> bool:
    return bool(judged(quality, ENROLMENT).refusals) and not judged(quality, VIDEO).refusals


def _row(name: str, low: float, high: float, held: Sequence[Sample]) -> Row:
    n_found = sum(sample.is_found for sample in held)
    return Row(
        measure=name,
        low=low,
        high=high,
        n=len(held),
        found=n_found / len(held),
        interval=clopper_pearson(n_found, len(held)),
        found_by_camera=_part(held, "is_found_as_weak" if name == "weak" else "is_found_by_camera"),
        beside=_part(held, "is_beside_found"),
        with_it=_part(held, "is_found_beside"),
    )


def _part(held: Sequence[Sample], name: str) -> float:
    return float(np.mean([getattr(sample, name) for sample in held]))


def _gates(samples: Sequence[Sample]) -> Iterator[Gate]:
    n_clean = sum(sample.defect.kind == "clean" for sample in samples)
    for bar_name, bar in {"enrolment": ENROLMENT, "video": VIDEO}.items():
        for code, refused in _refused_by(bar, samples).items():
            yield Gate(
                bar_name,
                code,
                of_clean=sum(sample.defect.kind == "clean" for sample in refused) / n_clean,
                n=len(refused),
                found=_part(refused, "is_found"),
                gain=_part(refused, "is_found_beside") - _part(refused, "is_beside_found"),
            )


def _refused_by(bar: Bar, samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    """The looks that a bar refuses, by the first reason it gives."""
    refused: dict[str, list[Sample]] = {}
    for sample in samples:
        for code in judged(sample.face.quality, bar).refusals[:1]:
            refused.setdefault(code, []).append(sample)
    return refused
