"""A photo becomes a candidate, and a candidate a portrait: what is refused, and why."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Protocol

import numpy as np
from sqlalchemy.orm import Session

from patrol.faces.quality import ENROLMENT, shortfalls
from patrol.faces.thresholds import Thresholds
from patrol.store.blobs import Blobs
from patrol.store.tables import Person, Portrait, PortraitTemplate
from patrol.values import Face, Float32, Template, Uint8
from patrol.watchlist import people, rules
from patrol.watchlist.changes import record_change
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.photos import as_jpeg, head_and_shoulders, read_photo
from patrol.watchlist.refusals import PhotoRefused, PoorPhotoRefused

PICTURE_KIND = "portrait"  # the folder of the blobs
MAX_PORTRAITS = 20  # they are searched by the mean of these: one more would weigh a twenty-first of it
BYSTANDER_WIDTH = 0.5  # a face under half the main one's width stands twice as far away as who is meant
# The next two were measured on lfw10 (10 people, 334 pairs of photos of one person, 3,321 of two).
SAME_PHOTO = 0.85  # this part of the way from `sure` to 1: reached by 96 % (dlib 64 %) of photos that were resized
# and saved again, by none of the pairs of one person
UNLIKE = 3.0  # times the band between `sure` and `uncertain`, below `uncertain`: no pair of one person (dlib 5) and
# 90 % (dlib 99 %) of the pairs of two people lie there


class Examiner(Protocol):
    """Finds faces in stills, as patrol.faces.finder.Finder does."""

    @property
    def embedder(self) -> str: ...

    @property
    def thresholds(self) -> Thresholds: ...

    def examine(self, pixels_bgr: Uint8) -> list[Face]:
        """pixels_bgr: uint8 (H, W, 3), BGR. A refused face has a template where it may be let in as weak."""
        ...


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it was handed in."""

    file_name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A photo that shows one person well enough, or as weak, not yet held against anybody."""

    file_name: str
    sha256: str  #: of the photo as it came
    picture_jpeg: bytes = field(repr=False)  #: the part that is kept
    box_xyxy: Float32  #: float32 (4,), pixels of `picture_jpeg`
    landmarks_xy: Float32  #: float32 (5, 2), pixels of `picture_jpeg`
    quality: float
    template: Template
    measures: Mapping[str, float] = field(default_factory=dict)  #: what `quality` was made of, by name
    is_weak: bool = False  #: the bar for enrolment refuses it


def examine_photo(finder: Examiner, photo: Photo, *, is_weak_allowed: bool = False) -> Candidate:
    """Decode a photo and find the one usable face in it; PhotoRefused says why not.

    `is_weak_allowed`: take a face, too, that is good enough for video only.
    """
    pixels_bgr = read_photo(photo.content)
    face = face_meant(finder.examine(pixels_bgr))
    is_weak = bool(face.quality.refusals)
    if face.template is None or (is_weak and not is_weak_allowed):
        raise refused_for_quality(face)
    kept_bgr, origin_xy = head_and_shoulders(pixels_bgr, face.box_xyxy)
    return Candidate(
        file_name=photo.file_name,
        sha256=hashlib.sha256(photo.content).hexdigest(),
        picture_jpeg=as_jpeg(kept_bgr),
        box_xyxy=face.box_xyxy - np.tile(origin_xy, 2),
        landmarks_xy=face.landmarks_xy - origin_xy,
        quality=face.quality.value,
        template=face.template,
        measures=face.quality.measures(),
        is_weak=is_weak,
    )


def face_meant(faces: Sequence[Face]) -> Face:
    """The face a photo was taken of. Two that could be meant are refused: a guess would enrol a bystander.

    Nobody means somebody far behind, or one whom the photo's edge cuts while the main face is whole.
    """
    if not faces:
        raise PhotoRefused("no_face")
    main, *others = sorted(faces, key=_width, reverse=True)
    rivals = [face for face in others if _width(face) >= BYSTANDER_WIDTH * _width(main)]
    if not _is_cut_off(main):
        rivals = [face for face in rivals if not _is_cut_off(face)]
    if rivals:
        raise PhotoRefused("two_faces", n=1 + len(rivals))
    return main


def keep_photo(
    session: Session,
    blobs: Blobs,
    gallery: Gallery,
    person: Person,
    candidate: Candidate,
    *,
    by: str,
    now: datetime,
    is_lookalike_allowed: bool = False,
    weak_reason: str | None = None,
) -> Portrait:
    """Make a portrait of a candidate; PhotoRefused where it is there already or shows somebody else.

    `gallery` knows the other entries. `is_lookalike_allowed`: an admin has compared the faces and overrules what
    patrol thinks of them, because twins exist and people change. `weak_reason`: why a weak candidate is let in; the
    schema refuses one without.
    """
    people.lock_person(session, person)
    rules.require_present(person)
    own_portraits = people.living_portraits(person)
    _refuse_known(own_portraits, candidate, gallery.thresholds)
    if not is_lookalike_allowed:
        _refuse_somebody_else(session, person, own_portraits, candidate, gallery, now)
    portrait = Portrait(
        picture_key=blobs.put_with(session, PICTURE_KIND, candidate.picture_jpeg, now),
        sha256=candidate.sha256,
        file_name=candidate.file_name,
        box_xyxy=candidate.box_xyxy.tolist(),
        landmarks_xy=candidate.landmarks_xy.tolist(),
        quality=candidate.quality,
        measures=dict(candidate.measures),
        is_weak=candidate.is_weak,
        weak_reason=weak_reason if candidate.is_weak else None,
        weak_by=by if candidate.is_weak else None,
        created_at=now,
        created_by=by,
        templates=[template_row(candidate.template, now)],
    )
    person.portraits.append(portrait)
    record_change(session, "enrolled", person, by=by, now=now, why=portrait.weak_reason)
    return portrait


def template_row(template: Template, now: datetime) -> PortraitTemplate:
    vector = template.vector.astype("<f4").tobytes()
    return PortraitTemplate(embedder=template.embedder, vector=vector, created_at=now)


def _width(face: Face) -> float:
    return float(face.box_xyxy[2] - face.box_xyxy[0])


def _is_cut_off(face: Face) -> bool:
    return "cut_off" in face.quality.refusals


def refused_for_quality(face: Face) -> PhotoRefused:
    """The first reason is the one to mend first."""
    lack = shortfalls(face.quality, ENROLMENT)[0]
    said = {"found": f"{lack.found:g}", "needed": f"{lack.needed:g}"}
    if face.template is None:
        return PhotoRefused(lack.code, **said)
    return PoorPhotoRefused(lack.code, face.quality.value, **said)


def _refuse_known(portraits: Sequence[Portrait], candidate: Candidate, thresholds: Thresholds) -> None:
    """Refuse a photo that is among the person's portraits already, and one more than help."""
    if len(portraits) >= MAX_PORTRAITS:
        raise PhotoRefused("too_many_photos", limit=MAX_PORTRAITS)
    for portrait in portraits:
        if portrait.sha256 == candidate.sha256:
            raise PhotoRefused("already_enrolled", other_file=portrait.file_name)
    similarity, nearest = _nearest_portrait(portraits, candidate.template)
    if nearest is not None and similarity >= thresholds.sure + SAME_PHOTO * (1.0 - thresholds.sure):
        raise PhotoRefused("already_enrolled", other_file=nearest.file_name)


def _nearest_portrait(portraits: Sequence[Portrait], template: Template) -> tuple[float, Portrait | None]:
    near = [
        (float(np.frombuffer(row.vector, "<f4") @ template.vector), portrait)
        for portrait in portraits
        for row in portrait.templates
        if row.embedder == template.embedder
    ]
    return max(near, key=itemgetter(0), default=(-1.0, None))


def _refuse_somebody_else(
    session: Session,
    person: Person,
    portraits: Sequence[Portrait],
    candidate: Candidate,
    gallery: Gallery,
    now: datetime,
) -> None:
    """Refuse a photo that matches another entry better than this one, or that nobody would take for this person."""
    own_similarity, own = _nearest_portrait(portraits, candidate.template)
    sure, uncertain = gallery.thresholds.sure, gallery.thresholds.uncertain
    nearest = gallery.nearest_other(candidate.template, person.id, now)
    if nearest is not None and nearest[1] >= max(sure, own_similarity):
        other = people.find_person(session, nearest[0])
        raise PhotoRefused(
            "looks_like_another", other=other.name, watchlist=other.watchlist.name, similarity=round(nearest[1], 2)
        )
    if own is not None and own_similarity < uncertain - UNLIKE * (sure - uncertain):
        raise PhotoRefused("unlike_the_others", other_file=own.file_name)
