import uuid

import numpy as np
import pytest

from patrol.values import Float32
from patrol.watchlist.roster import BLOCK_ROWS, HIDDEN, Block, Roster, nearest

NOW_S = 1_000.0


def block_of(*people: int, ends_at: float = 2_000.0, is_weak: bool = False) -> Block:
    """One row a person; person i points along axis i."""
    portraits = np.array([uuid.UUID(int=person) for person in people] + [None], dtype=np.object_)[:-1]
    vectors = np.eye(8, dtype=np.float32)[[person % 8 for person in people]].reshape(len(people), 8)
    weak = np.full(len(people), is_weak)
    return Block(vectors, np.array(people, np.int64), portraits, np.full(len(people), ends_at), weak)


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


def test_the_people_of_every_block_are_searched() -> None:
    roster = Roster(1, [block_of(*[0] * BLOCK_ROWS), block_of(*[1] * BLOCK_ROWS), block_of(2, 3)])
    for person in range(4):
        template = np.eye(8, dtype=np.float32)[person]
        near = nearest(roster.similarities(template[None], NOW_S)[0])
        assert roster.people[near.place] == person
        assert roster.nearest_portrait(near.place, template) == (uuid.UUID(int=person), False)
        assert near.score == pytest.approx(1.0)
        assert near.runner_up != near.place
        assert near.runner_up_score == pytest.approx(0.0)


def row_of(person: int, vector: Float32, portrait: int, is_weak: bool = False) -> Block:
    portraits = np.array([uuid.UUID(int=portrait), None], dtype=np.object_)[:1]
    return Block(vector[None], np.array([person]), portraits, np.array([2_000.0]), np.array([is_weak]))


def test_a_person_is_searched_by_the_mean_of_their_portraits() -> None:
    axes = np.eye(8, dtype=np.float32)
    roster = Roster(1, [row_of(7, axes[0], 1), row_of(7, axes[1], 2), row_of(9, axes[2], 3)])
    assert roster.people.tolist() == [7, 9]
    assert roster.templates[0] == pytest.approx((axes[0] + axes[1]) / np.sqrt(2))
    assert [roster.nearest_portrait(0, axes[axis])[0].int for axis in (0, 1)] == [1, 2]


def test_a_weak_portrait_weighs_half_and_alone_makes_a_weak_person() -> None:
    axes = np.eye(8, dtype=np.float32)
    roster = Roster(1, [row_of(7, axes[0], 1), row_of(7, axes[1], 2, True), row_of(9, axes[2], 3, True)])
    assert roster.is_weak.tolist() == [False, True]
    assert roster.templates[0] @ axes[0] == pytest.approx(2 * (roster.templates[0] @ axes[1]))
    assert roster.nearest_portrait(0, axes[1]) == (uuid.UUID(int=2), True)


def test_many_weak_portraits_do_not_outweigh_a_good_one() -> None:
    axes = np.eye(8, dtype=np.float32)
    roster = Roster(1, [row_of(7, axes[0], 1), *(row_of(7, axes[1], number, True) for number in range(2, 8))])
    assert not roster.is_weak[0]
    assert roster.templates[0] @ axes[0] == pytest.approx(2 * (roster.templates[0] @ axes[1]))


def test_who_has_ended_is_near_to_nobody() -> None:
    roster = Roster(1, [block_of(0, ends_at=NOW_S), block_of(1)])
    assert roster.similarities(np.eye(8, dtype=np.float32)[[0]], NOW_S)[0].tolist() == [HIDDEN, 0.0]
    assert nearest(roster.similarities(np.eye(8, dtype=np.float32)[[0]], NOW_S)[0]).runner_up is None


def test_nobody_is_searched_where_nobody_is() -> None:
    roster = Roster(1)
    assert roster.n_people == 0
    assert roster.similarities(np.empty((2, 0), np.float32), NOW_S).shape == (2, 0)
