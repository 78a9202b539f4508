"""Looks at every photo of a folder once, on all cores, and keeps of each two templates and what went wrong."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from patrol.eval.cache import Cache, Row
from patrol.eval.looking import PORTRAIT, Eyes, Variant, faces_of
from patrol.faces.looks import Look, fused
from patrol.values import Face, Float32
from patrol.watchlist.photos import read_photo
from patrol.watchlist.refusals import PhotoRefused

ROWS_A_COMMIT = 200  # what is lost when a run is killed: a few seconds
AHEAD = 4  # photos waiting for each thread: enough that none is idle, and memory stays bounded

_START = datetime(1970, 1, 1, tzinfo=UTC)
Tell = Callable[[int], None]  #: how many more photos are done


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one photo gives."""

    picture: str  #: sha256 of the file
    portrait: Float32 | None  #: float32 (D,), unit length; None where no face is found
    probe: Float32 | None  #: float32 (D,), unit length, fused from the looks; None where no look has a face
    refusals: tuple[str, ...] = ()  #: why the gate for enrolment would refuse the portrait
    problem: str | None = None  #: why the file cannot be read: an entry of words/enrolment.json


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """The photos of a folder as rows; a row of zeros has no template."""

    portraits: Float32  #: float32 (N, D)
    probes: Float32  #: float32 (N, D)
    has_portrait: np.ndarray  #: bool (N,)
    has_probe: np.ndarray  #: bool (N,)


def gather(
    photos: Sequence[Path], probe: Sequence[Variant], eyes: Sequence[Eyes], cache: Cache, tell: Tell = lambda n: None
) -> list[Seen]:
    """See each photo as a portrait and as a probe, a thread for each of `eyes`; what is cached is not seen anew."""
    free: SimpleQueue[Eyes] = SimpleQueue()
    for pair in eyes:
        free.put(pair)
    variants = (PORTRAIT, *probe)

    def see(path: Path) -> tuple[Seen, list[Row]]:
        pair = free.get()
        try:
            return _see(path, variants, pair, cache)
        finally:
            free.put(pair)

    seen: list[Seen] = []
    fresh: list[Row] = []
    for one, rows in _in_order(see, photos, len(eyes)):
        seen.append(one)
        fresh += rows
        if len(fresh) >= ROWS_A_COMMIT:
            cache.write(fresh)
            fresh = []
        tell(1)
    cache.write(fresh)
    return seen


def stacked(seen: Sequence[Seen]) -> Templates:
    """The templates as arrays, a row a photo."""
    length = next((len(vector) for one in seen for vector in (one.portrait, one.probe) if vector is not None), 1)
    missing = np.zeros(length, np.float32)
    return Templates(
        portraits=np.stack([missing if one.portrait is None else one.portrait for one in seen]),
        probes=np.stack([missing if one.probe is None else one.probe for one in seen]),
        has_portrait=np.array([one.portrait is not None for one in seen]),
        has_probe=np.array([one.probe is not None for one in seen]),
    )


def _in_order(
    see: Callable[[Path], tuple[Seen, list[Row]]], photos: Sequence[Path], n_threads: int
) -> Iterator[tuple[Seen, list[Row]]]:
    """The results in the photos' order, with a bounded number of photos under way."""
    waiting = iter(photos)
    with ThreadPoolExecutor(n_threads) as pool:
        under_way: list[Future[tuple[Seen, list[Row]]]] = [
            pool.submit(see, path) for path in islice(waiting, AHEAD * n_threads)
        ]
        while under_way:
            result = under_way.pop(0).result()
            under_way += [pool.submit(see, path) for path in islice(waiting, 1)]
            yield result


def _see(path: Path, variants: Sequence[Variant], eyes: Eyes, cache: Cache) -> tuple[Seen, list[Row]]:
    try:
        photo = path.read_bytes()
    except OSError:
        return Seen("", None, None, problem="not_a_picture"), []
    picture = hashlib.sha256(photo).hexdigest()
    known = cache.read(picture, variants)
    missing = [variant for variant in variants if variant not in known]
    if missing:
        try:
            known |= faces_of(eyes, read_photo(photo), missing, known, picture)
        except PhotoRefused as refusal:
            return Seen(picture, None, None, problem=refusal.code), []
    return _seen(picture, known), [(picture, variant, known[variant]) for variant in missing]


def _seen(picture: str, faces: dict[Variant, Face | None]) -> Seen:
    portrait = faces[PORTRAIT]
    looks = [
        Look(face, face.template, _START + timedelta(seconds=variant.look))
        for variant, face in faces.items()
        if variant != PORTRAIT and face is not None and face.template is not None
    ]
    return Seen(
        picture,
        portrait=None if portrait is None or portrait.template is None else portrait.template.vector,
        probe=fused(looks).vector if looks else None,
        refusals=() if portrait is None else portrait.quality.refusals,
    )
