import uuid

import numpy as np
import pytest

from patrol.watchlist.roster import BLOCK_ROWS, Block, Roster

NOW_S = 1_000.0


def block_of(*people: int, ends_at: float = 2_000.0) -> Block:
    """One row a person; person i points along axis i."""
    portraits = np.array([uuid.UUID(int=person) for person in people] + [None], dtype=np.object_)[:-1]
    vectors = np.eye(8, dtype=np.float32)[[person % 8 for person in people]].reshape(len(people), 8)
    return Block(vectors, np.array(people, np.int64), portraits, np.full(len(people), ends_at))


def sizes(roster: Roster) -> list[int]:
    return [len(block) for block in roster.blocks]


@pytest.mark.parametrize(
    ("given", "packed"),
    [
        ([], []),
        ([0], []),
        ([1], [1]),
        ([1, 1, 1], [3]),
        ([BLOCK_ROWS, 1], [BLOCK_ROWS, 1]),
        ([BLOCK_ROWS, 1, 1], [BLOCK_ROWS, 2]),
        ([BLOCK_ROWS - 1, 1, 1], [BLOCK_ROWS, 1]),
        ([5, 0, 5], [10]),
    ],
)
def test_small_blocks_are_joined_and_full_ones_left(given: list[int], packed: list[int]) -> None:
    assert sizes(Roster(1, [block_of(*range(n)) for n in given])) == packed


@pytest.mark.parametrize(
    ("gone", "now_s", "left"),
    [
        ([], NOW_S, [0, 1, 2]),
        ([1], NOW_S, [0, 2]),
        ([0, 1, 2], NOW_S, []),
        ([7], NOW_S, [0, 1, 2]),
        ([], 2_000.0, []),
        ([], 1_999.9, [0, 1, 2]),
    ],
)
def test_people_leave_by_name_and_by_the_clock(gone: list[int], now_s: float, left: list[int]) -> None:
    roster = Roster(2, Roster(1, [block_of(0, 1, 2)]).without(gone, now_s))
    assert [int(person) for block in roster.blocks for person in block.people] == left
    assert roster.n_people == len(left)


def test_a_block_nobody_leaves_is_not_copied() -> None:
    roster = Roster(1, [block_of(*range(3))])
    assert roster.without([9], NOW_S)[0] is roster.blocks[0]


def test_the_rows_of_every_block_are_searched() -> None:
    roster = Roster(1, [block_of(*[0] * BLOCK_ROWS), block_of(*[1] * BLOCK_ROWS), block_of(2, 3)])
    for person in range(4):
        similarities = roster.similarities(np.eye(8, dtype=np.float32)[[person]], NOW_S)
        nearest = roster.nearest(similarities[0])
        assert (nearest.person, nearest.portrait_id) == (person, uuid.UUID(int=person))
        assert nearest.similarity == pytest.approx(1.0)
        assert nearest.runner_up != person
        assert nearest.runner_up_similarity == pytest.approx(0.0)
        assert roster.nearest_people(similarities).tolist() == [person]
