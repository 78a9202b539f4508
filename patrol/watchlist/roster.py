"""The rows of the gallery: blocks of templates that are never changed, only replaced, and who they make up."""

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patrol.values import Float32

BLOCK_ROWS = 16_384  # 8 MB of 128 floats: what a change copies, and small enough for a processor's cache
HIDDEN = -1.0  # the similarity of who has ended; no score of anybody else is as low
WEAK_WEIGHT = 0.5  # of a portrait let in as weak, beside others: it shows how the person looks now, but poorly


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some rows, one a template. People are numbered, because comparing numbers is fast."""

    vectors: Float32  #: float32 (P, D), unit length
    people: npt.NDArray[np.int64]  #: (P,), the person's number in the gallery
    portraits: npt.NDArray[np.object_]  #: (P,), uuid.UUID
    ends_at: npt.NDArray[np.float64]  #: (P,), seconds of UTC since 1970; a person's rows all end together
    is_weak: npt.NDArray[np.bool_]  #: (P,), let in though the strict gate refused it

    def __len__(self) -> int:
        return len(self.vectors)

    def rows(self, chosen: npt.NDArray[np.bool_] | slice) -> "Block":
        return Block(
            self.vectors[chosen],
            self.people[chosen],
            self.portraits[chosen],
            self.ends_at[chosen],
            self.is_weak[chosen],
        )


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest person to a template, and the nearest one who is somebody else, as places in the roster."""

    place: int
    score: float
    runner_up: int | None
    runner_up_score: float | None


class Roster:
    """Everybody active at one revision; a search reads one roster from its start to its end.

    A person is searched by one template, the mean of their portraits: with two portraits it misses a third of what
    one misses (docs/accuracy.md), because what a single photo has of light and pose goes.
    """

    def __init__(self, rev: int, blocks: Sequence[Block] = ()) -> None:
        self.rev = rev
        self.blocks = _packed([block for block in blocks if len(block)])
        rows = np.concatenate([block.people for block in self.blocks] or [np.empty(0, np.int64)])
        #: (N,), the people's numbers in the gallery, rising: a person's place is the same in every array here
        self.people, places = np.unique(rows, return_inverse=True)
        self._starts = np.cumsum([0, *(len(block) for block in self.blocks)])
        self.templates = self._means(places)  #: float32 (N, D), unit length
        self.is_weak = np.ones(self.n_people, np.bool_)  #: (N,), all of the person's portraits are
        self.ends_at = np.full(self.n_people, math.inf)  #: (N,), seconds of UTC since 1970
        for block, start in zip(self.blocks, self._starts, strict=False):
            of_block = places[start : start + len(block)]
            self.is_weak[of_block[~block.is_weak]] = False
            self.ends_at[of_block] = block.ends_at
        #: seconds of UTC since 1970: before it nobody ends by the clock
        self.next_end_at = float(self.ends_at.min(initial=math.inf))

    @property
    def n_people(self) -> int:
        return len(self.people)

    def without(self, people: Sequence[int], now_s: float) -> list[Block]:
        """The blocks without some people, and without everybody whose end has come."""
        kept = []
        for block in self.blocks:
            stays = (block.ends_at > now_s) & ~np.isin(block.people, people)
            kept.append(block if stays.all() else block.rows(stays))
        return kept

    def similarities(self, templates: Float32, now_s: float) -> Float32:
        """How near every person is to each of some templates.

        templates: float32 (Q, D), unit length. Returns float32 (Q, N), cosines; -1 for who has ended.
        """
        starts = range(0, self.n_people, BLOCK_ROWS)
        held = [self.templates[start : start + BLOCK_ROWS] @ templates.T for start in starts]
        together = np.concatenate(held) if held else np.empty((0, len(templates)), np.float32)
        together[self.ends_at <= now_s] = -1.0
        return np.ascontiguousarray(together.T)

    def nearest_portrait(self, place: int, template: Float32) -> tuple[uuid.UUID, bool]:
        """Of a person's portraits the one most like a template, float32 (D,), and whether that one is weak."""
        best: tuple[float, uuid.UUID, bool] | None = None
        for block in self.blocks:
            rows = np.flatnonzero(block.people == self.people[place])
            for row, cosine in zip(rows, block.vectors[rows] @ template, strict=True):
                if best is None or cosine > best[0]:
                    best = (float(cosine), block.portraits[row], bool(block.is_weak[row]))
        if best is None:
            raise IndexError(place)
        return best[1:]

    def _means(self, places: npt.NDArray[np.intp]) -> Float32:
        """The mean of each person's rows, at unit length; together weak rows weigh half of the good ones at most."""
        width = self.blocks[0].vectors.shape[1] if self.blocks else 0
        weak = np.concatenate([block.is_weak for block in self.blocks] or [np.empty(0, np.bool_)])
        n_weak, n_good = (np.bincount(places[which], minlength=len(self.people)) for which in (weak, ~weak))
        share = np.where(n_good > 0, np.minimum(1.0, n_good / np.maximum(n_weak, 1)), 1.0)
        weights = np.where(weak, WEAK_WEIGHT * share[places], 1.0).astype(np.float32)
        means = np.zeros((len(self.people), width), np.float32)
        for block, start in zip(self.blocks, self._starts, strict=False):
            rows = slice(start, start + len(block))
            np.add.at(means, places[rows], block.vectors * weights[rows, None])
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12), np.float32)


def nearest(scores: Float32) -> Nearest:
    """Read one template's scores, float32 (N,) with N > 0."""
    place = int(np.argmax(scores))
    others = scores.copy()
    others[place] = -np.inf
    second = int(np.argmax(others))
    has_second = len(scores) > 1 and bool(scores[second] > HIDDEN)
    return Nearest(
        place, float(scores[place]), second if has_second else None, float(scores[second]) if has_second else None
    )


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
        np.concatenate([first.is_weak, second.is_weak]),
    )
