"""Follows people through one stream at a few looks a second, by motion and by likeness.

At 2 looks a second a walker's boxes do not overlap, so overlap says nothing: a face goes to the track that expected
it there and looks like it, all faces of a frame at once, at the least total surprise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import numpy as np

from patrol.faces.assignment import Float64, pair
from patrol.faces.heading import heading_of
from patrol.faces.looks import Look, Looks
from patrol.faces.motion import Motion
from patrol.faces.thresholds import likeness_of
from patrol.values import Face, Float32, Frame, PassageEnd, Track

SET_BACK_S = 30.0  # frames are looked at after later ones, but not after so much later ones: the clock was set back
MAX_LOST_S = 3.0  # a walker hidden by others in street.mp4 is back after 2.9 s; later it is another passage
TOO_UNLIKELY = 4.5  # surprise from which a face is somebody new: as rare as one newcomer to 90 square widths
FULL_TRUST = 0.25  # quality value from which a look's unlikeness counts in full


@dataclass(frozen=True, slots=True)
class Followed:
    """Somebody in view, for whoever decides how often to look."""

    passage_id: UUID
    n_usable: int  #: looks that were good enough for a template
    box_xyxy: tuple[float, float, float, float]  #: the face at the newest look, pixels
    is_seen: bool  #: in the newest frame
    is_usable: bool  #: there, and good enough for a template

    @property
    def width_px(self) -> float:
        return self.box_xyxy[2] - self.box_xyxy[0]


class Tracker:
    """The open tracks of one stream. Not for several threads at once."""

    def __init__(self, stream_id: str, new_id: Callable[[], UUID] = uuid4) -> None:
        self.stream_id = stream_id
        self._new_id = new_id
        self._open: list[_Followed] = []
        self.newest: tuple[UUID, ...] = ()  #: whose passage each face of the newest frame is, in the order given
        self.n_passages = 0  #: people who have come into view
        self.n_unusable = 0  #: of these, who left without one look good enough for a template
        self.ended: tuple[PassageEnd, ...] = ()  #: the passages that the newest update, or the close, has ended

    def update(self, frame: Frame, faces: Sequence[Face], masked: Sequence[Face] = ()) -> list[Track]:
        """Follow everybody into this frame; the tracks with a better set of looks, and those that are over.

        masked: faces of this frame that are no passage, as a poster's, to be blurred beside who is.
        """
        over = self._retire(frame.taken_at)
        boxes_xyxy = np.array([face.box_xyxy for face in (*faces, *masked)], np.float32).reshape(-1, 4)
        pairs = pair(self._surprises(frame.taken_at, faces), TOO_UNLIKELY)
        followed = {column: self._open[row] for row, column in pairs}
        people = [followed.get(place) or self._begin(frame, face) for place, face in enumerate(faces)]
        self.newest = tuple(person.passage_id for person in people)
        better = [person for person, face in zip(people, faces, strict=True) if person.see(frame, face, boxes_xyxy)]
        return over + self._tracks(better, is_over=False)

    def followed(self) -> list[Followed]:
        """Everybody who may still be in view, after the newest frame."""
        return [person.followed(person.passage_id in self.newest) for person in self._open]

    def retire(self, now: datetime) -> list[Track]:
        """End the tracks of who has not been seen for long, where no frame came that would."""
        return self._retire(now)

    def close(self) -> list[Track]:
        """End every open track."""
        return self._end(self._open)

    def _begin(self, frame: Frame, face: Face) -> "_Followed":
        person = _Followed(
            self._new_id(),
            frame.taken_at,
            frame.taken_at,
            Motion.first(face.box_xyxy),
            face.box_xyxy,
            face.box_xyxy,
            face,
        )
        self._open.append(person)
        self.n_passages += 1
        return person

    def _retire(self, now: datetime) -> list[Track]:
        return self._end([person for person in self._open if not -SET_BACK_S < person.unseen_s(now) <= MAX_LOST_S])

    def _end(self, leaving: list["_Followed"]) -> list[Track]:
        self._open = [person for person in self._open if person not in leaving]
        self.n_unusable += sum(person.looks is None for person in leaving)
        self.ended = tuple(person.end() for person in leaving)
        return self._tracks(leaving, is_over=True)

    def _tracks(self, people: "Sequence[_Followed]", *, is_over: bool) -> list[Track]:
        tracks = (person.track(self.stream_id, is_over=is_over) for person in people)
        return [track for track in tracks if track is not None]

    def _surprises(self, now: datetime, faces: Sequence[Face]) -> Float64:
        """float64 (open tracks, faces): how surprising it would be that this face is that person."""
        return np.array([[person.surprise(face, now) for face in faces] for person in self._open], np.float64)


@dataclass(slots=True, eq=False)
class _Followed:
    """One person being followed."""

    passage_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime
    motion: Motion
    first_xyxy: Float32  #: the face's box when the person came into view
    last_xyxy: Float32
    clearest: Face  #: seen best, with a template or, where there is none, without
    n_faces: int = 0
    n_usable: int = 0
    is_usable: bool = False  #: at the newest look
    looks: Looks | None = None  #: None until one look has a template
    best_frame: Frame | None = None  #: where `looks.best` was seen; the one frame that is kept
    best_frame_boxes_xyxy: Float32 = field(default_factory=lambda: np.empty((0, 4), np.float32))

    def unseen_s(self, now: datetime) -> float:
        return (now - self.last_seen_at).total_seconds()

    def surprise(self, face: Face, now: datetime) -> float:
        return self.motion.surprise(face.box_xyxy, self.unseen_s(now)) - self._likeness(face)

    def _likeness(self, face: Face) -> float:
        """How much the face looks like this person, as a log likelihood ratio; 0 where nobody can say."""
        if face.template is None or self.looks is None:
            return 0.0
        ratio = likeness_of(face.template).log_ratio(self.looks.similarity(face.template))
        return ratio if ratio > 0 else ratio * min(1.0, face.quality.value / FULL_TRUST)

    def see(self, frame: Frame, face: Face, boxes_xyxy: Float32) -> bool:
        """Take in one more detection; whether the set of looks got better."""
        self.motion = self.motion.after(face.box_xyxy, self.unseen_s(frame.taken_at))
        self.first_seen_at = min(self.first_seen_at, frame.taken_at)
        self.last_seen_at = max(self.last_seen_at, frame.taken_at)
        self.last_xyxy = face.box_xyxy
        self.n_faces += 1
        self.is_usable = face.template is not None
        self.n_usable += self.is_usable
        self.clearest = max(self.clearest, face, key=_clearness)
        if face.template is None or not self._look(Look(face, face.template, frame.taken_at)):
            return False
        if self.looks is not None and self.looks.best.face is face:
            self.best_frame, self.best_frame_boxes_xyxy = frame, boxes_xyxy
        return True

    def followed(self, is_seen: bool) -> Followed:
        x0, y0, x1, y1 = (float(edge) for edge in self.last_xyxy)
        return Followed(self.passage_id, self.n_usable, (x0, y0, x1, y1), is_seen, is_seen and self.is_usable)

    def _look(self, look: Look) -> bool:
        if self.looks is None:
            self.looks = Looks(look)
            return True
        return self.looks.add(look)

    def end(self) -> PassageEnd:
        """How well this person could be seen."""
        face = self.clearest
        width_px = float(face.box_xyxy[2] - face.box_xyxy[0])
        return PassageEnd(self.last_seen_at, face.quality, width_px, is_usable=self.looks is not None)

    def track(self, stream_id: str, *, is_over: bool) -> Track | None:
        """What is known of this person, or None where no look was good enough."""
        if self.looks is None or self.best_frame is None:
            return None
        return Track(
            passage_id=self.passage_id,
            stream_id=stream_id,
            first_seen_at=self.first_seen_at,
            last_seen_at=self.last_seen_at,
            n_faces=self.n_faces,
            looks=tuple(look.face for look in self.looks.agreeing),
            best=self.looks.best.face,
            best_frame=self.best_frame,
            best_frame_boxes_xyxy=self.best_frame_boxes_xyxy,
            template=self.looks.template,
            is_over=is_over,
            heading=heading_of(self.first_xyxy, self.last_xyxy),
        )


def _clearness(face: Face) -> tuple[bool, float]:
    return face.template is not None, face.quality.value
