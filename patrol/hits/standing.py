"""What one stream's loop knows of places where faces are not matched, and of faces that do not move."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from patrol.hits.regions import NOWHERE, Regions, part_of
from patrol.hits.stillness import Stillness, Stood
from patrol.values import Face, Frame, Match, Track


@dataclass(slots=True)
class Standing:
    """One stream's. Not for several threads at once but for `regions`, which another one replaces."""

    regions: Regions = NOWHERE  #: set from outside, whenever it changes
    stillness: Stillness = field(default_factory=Stillness)
    seen: set[UUID] = field(default_factory=set)  #: still faces that were there since somebody took this set

    def rests(self, track: Track, match: Match) -> bool:
        """Follow where a listed face was matched; whether it is the still face that this place is known for."""
        frame_wh = track.best_frame.picture.resolution_wh
        if self.regions.rests(match.person_id, [part_of(look.box_xyxy, frame_wh) for look in track.looks]):
            return True
        place = part_of(track.best.box_xyxy, frame_wh)
        if not self.regions.is_known(match.person_id, place):
            self.stillness.match(match.person_id, track.passage_id, place, track.last_seen_at)
        return False

    def look(self, frame: Frame, faces: Sequence[Face]) -> list[Stood]:
        """Take in one look; the places where a listed face has not moved for minutes."""
        places = [part_of(face.box_xyxy, frame.picture.resolution_wh) for face in faces]
        self.seen |= self.regions.seen(places)
        self.stillness.look(places, frame.taken_at)
        return self.stillness.stood()
