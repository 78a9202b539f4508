"""The rows of the gallery: blocks of templates that are never changed, only replaced."""

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patrol.values import Float32

BLOCK_ROWS = 16_384  # 8 MB of 128 floats: what a change copies, and small enough for a processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some rows, one a template. People are numbered, because comparing numbers is fast."""

    vectors: Float32  #: float32 (P, D), unit length
    people: npt.NDArray[np.int64]  #: (P,), the person's number in the gallery
    portraits: npt.NDArray[np.object_]  #: (P,), uuid.UUID
    ends_at: npt.NDArray[np.float64]  #: (P,), seconds of UTC since 1970

    def __len__(self) -> int:
        return len(self.vectors)

    def rows(self, chosen: npt.NDArray[np.bool_] | slice) -> "Block":
        return Block(self.vectors[chosen], self.people[chosen], self.portraits[chosen], self.ends_at[chosen])


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest person to a template, and the nearest one who is somebody else."""

    person: int
    portrait_id: uuid.UUID
    similarity: float
    runner_up: int | None
    runner_up_similarity: float | None


class Roster:
    """Everybody active at one revision; a search reads one roster from its start to its end."""

    def __init__(self, rev: int, blocks: Sequence[Block] = ()) -> None:
        self.rev = rev
        self.blocks = _packed([block for block in blocks if len(block)])
        self._people = np.concatenate([block.people for block in self.blocks] or [np.empty(0, np.int64)])
        self.n_people = len(np.unique(self._people))
        #: seconds of UTC since 1970: before it nobody ends by the clock
        self.next_end_at = min((float(block.ends_at.min()) for block in self.blocks), default=math.inf)

    def without(self, people: Sequence[int], now_s: float) -> list[Block]:
        """The blocks without some people, and without everybody whose end has come."""
        kept = []
        for block in self.blocks:
            stays = (block.ends_at > now_s) & ~np.isin(block.people, people)
            kept.append(block if stays.all() else block.rows(stays))
        return kept

    def similarities(self, templates: Float32, now_s: float) -> Float32:
        """How near every row is to each of some templates.

        templates: float32 (N, D), unit length. Returns float32 (N, P), cosines; -1 for who has ended.
        """
        held = [block.vectors @ templates.T for block in self.blocks]
        for block, similarity in zip(self.blocks, held, strict=True):
            similarity[block.ends_at <= now_s] = -1.0
        return np.ascontiguousarray(np.concatenate(held).T)

    def nearest(self, similarity: Float32) -> Nearest:
        """Read one template's similarities, float32 (P,).

        A person is as near as the nearest of their portraits: a mean of a young and an old photo, or of one
        with and one without glasses, is a face that nobody has, and the best one can be shown to the reviewer.
        """
        row = int(np.argmax(similarity))
        person = int(self._people[row])
        others = np.where(self._people == person, np.float32(-2.0), similarity)
        second = int(np.argmax(others))
        has_second = others[second] > -1.0
        return Nearest(
            person=person,
            portrait_id=self._portrait(row),
            similarity=float(similarity[row]),
            runner_up=int(self._people[second]) if has_second else None,
            runner_up_similarity=float(others[second]) if has_second else None,
        )

    def nearest_people(self, similarities: Float32) -> npt.NDArray[np.int64]:
        """similarities: float32 (N, P). Returns the number of the nearest person to each template, int64 (N,)."""
        people: npt.NDArray[np.int64] = self._people[np.argmax(similarities, axis=1)]
        return people

    def _portrait(self, row: int) -> uuid.UUID:
        for block in self.blocks:
            if row < len(block):
                portrait_id: uuid.UUID = block.portraits[row]
                return portrait_id
            row -= len(block)
        raise IndexError(row)


def _packed(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Join neighbours that fit into one block, so that changes do not leave crumbs."""
    packed: list[Block] = []
    for block in blocks:
        if packed and len(packed[-1]) + len(block) <= BLOCK_ROWS:
            packed[-1] = _joined(packed[-1], block)
        else:
            packed.append(block)
    return tuple(packed)


def _joined(first: Block, second: Block) -> Block:
    return Block(
        np.concatenate([first.vectors, second.vectors]),
        np.concatenate([first.people, second.people]),
        np.concatenate([first.portraits, second.portraits]),
        np.concatenate([first.ends_at, second.ends_at]),
    )
