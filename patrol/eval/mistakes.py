"""The worst mistakes of a measurement: who was taken for whom, and who was not found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2

from patrol.eval import identification
from patrol.eval.cache import Cache
from patrol.eval.identification import NEVER
from patrol.eval.looking import PORTRAIT, Variant, probe_variants, spoiled
from patrol.eval.measurement import Measurement, Round
from patrol.values import Face, Uint8
from patrol.watchlist.photos import as_jpeg, head_and_shoulders, read_photo
from patrol.watchlist.refusals import PhotoRefused

SHOWN = 12  # of each kind: what a person looks through
HEIGHT_PX = 176  # of a picture in the report
DEFAULT_FPIR = 0.01  # whose threshold mistakes are held against where the strangers carry no lower one


@dataclass(frozen=True, slots=True)
class Mistake:
    """One search that went wrong, or came nearest to it."""

    probe: int  #: photo
    entry: tuple[int, ...]  #: portraits of whom the probe was taken for, or should have been
    rival: tuple[int, ...]  #: of a miss: portraits of who was nearer than the mate; empty where nobody was
    score: float  #: against `entry`; NEVER where one of them has no face
    threshold: float  #: of that split
    rival_score: float  #: NEVER where there is no rival

    @property
    def margin(self) -> float:
        return self.score - self.threshold

    @property
    def has_face(self) -> bool:
        return self.score > float(NEVER)


def false_matches(done: Measurement, fpir: float = DEFAULT_FPIR, n: int = SHOWN) -> list[Mistake]:
    """Strangers with the highest scores of all splits, each once with whom they were taken for."""
    taken = [each for one in done.rounds for each in _taken(one, fpir)]
    return _once(sorted(taken, key=lambda each: -each.score), n)


def misses(done: Measurement, fpir: float = DEFAULT_FPIR, n: int = SHOWN) -> list[Mistake]:
    """Mated probes that were not found, the farthest below their split's threshold first, each once."""
    missed = [each for one in done.rounds for each in _missed(one, fpir)]
    return _once(sorted(missed, key=lambda each: each.margin), n)


def _taken(one: Round, fpir: float) -> Iterator[Mistake]:
    threshold = identification.threshold_at(fpir, one.searches.top_scores)
    rows = zip(one.split.strangers, one.searches.top_entries, one.searches.top_scores, strict=True)
    for photo, entry, score in rows:
        if score > NEVER:
            yield Mistake(photo, one.split.entries[int(entry)], (), float(score), threshold, float(NEVER))


def _missed(one: Round, fpir: float) -> Iterator[Mistake]:
    threshold = identification.threshold_at(fpir, one.searches.top_scores)
    for number, photo in enumerate(one.split.probes):
        if one.searches.found_scores[number] < threshold:
            score, rival_score = float(one.searches.mate_scores[number]), float(one.searches.rival_scores[number])
            is_rival = rival_score > NEVER and rival_score >= score
            rival = one.split.entries[int(one.searches.rivals[number])] if is_rival else ()
            yield Mistake(photo, one.split.entries[number], rival, score, threshold, rival_score)


def _once(worst_first: Sequence[Mistake], n: int) -> list[Mistake]:
    """The first n probes: the same one comes up in many splits, and once is enough."""
    kept: dict[int, Mistake] = {}
    for mistake in worst_first:
        kept.setdefault(mistake.probe, mistake)
    return list(kept.values())[:n]


class Album:
    """Cuts the faces out of the photos again, as they were seen."""

    def __init__(self, done: Measurement, cache: Cache) -> None:
        self._done = done
        self._cache = cache

    def portrait(self, photo: int) -> bytes:
        """A JPEG of the face as it was enrolled, or of the whole photo where none was found; b"" if unreadable."""
        return self._cut(photo, None)

    def probe(self, photo: int) -> bytes:
        """A JPEG of the face as it was searched with; of several looks the first."""
        request = self._done.request
        look = probe_variants(request.spoil_px, request.looks, request.seed)[0]
        return self._cut(photo, look if look.width_px else None)

    def _cut(self, photo: int, look: Variant | None) -> bytes:
        picture = self._done.seen[photo].picture
        try:
            pixels_bgr = read_photo(self._done.folder.photos[photo].read_bytes())
        except (OSError, PhotoRefused):
            return b""
        known = self._cache.read(picture, [PORTRAIT, *([look] if look else [])])
        face = known.get(PORTRAIT)
        if look is not None and face is not None:
            return _thumbnail(spoiled(pixels_bgr, face, look, picture), known.get(look))
        return _thumbnail(pixels_bgr, face)


def _thumbnail(pixels_bgr: Uint8, face: Face | None) -> bytes:
    part_bgr = pixels_bgr if face is None else head_and_shoulders(pixels_bgr, face.box_xyxy)[0]
    height, width = part_bgr.shape[:2]
    size_wh = (max(1, round(width * HEIGHT_PX / height)), HEIGHT_PX)
    return as_jpeg(cv2.resize(part_bgr, size_wh, interpolation=cv2.INTER_AREA).astype("uint8"))
