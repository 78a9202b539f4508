import itertools

import numpy as np
import pytest

from patrol.faces.assignment import pair

TOO_DEAR = 10.0


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        (np.empty((0, 0)), []),
        (np.empty((0, 3)), []),
        (np.empty((3, 0)), []),
        ([[1.0]], [(0, 0)]),
        ([[TOO_DEAR]], []),
        ([[1.0, 2.0], [1.1, 9.0]], [(0, 1), (1, 0)]),  # the greedy answer would be (0, 0), (1, 1)
        ([[5.0], [1.0], [3.0]], [(1, 0)]),
        ([[5.0, 1.0, 3.0]], [(0, 1)]),
        ([[-4.0, 99.0], [99.0, 99.0]], [(0, 0)]),
    ],
)
def test_pairs_are_the_cheapest(costs: object, expected: list[tuple[int, int]]) -> None:
    assert pair(np.array(costs, np.float64), TOO_DEAR) == expected


@pytest.mark.parametrize("seed", range(40))
def test_no_other_pairing_is_cheaper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    costs = rng.uniform(-5, 20, size=tuple(rng.integers(1, 6, size=2)))
    capped = np.minimum(costs, TOO_DEAR) - TOO_DEAR
    rows, columns = costs.shape
    longer, shorter = max(rows, columns), min(rows, columns)
    table = capped if rows <= columns else capped.T
    cheapest = min(
        sum(table[row, column] for row, column in enumerate(order))
        for order in itertools.permutations(range(longer), shorter)
    )
    assert sum(capped[row, column] for row, column in pair(costs, TOO_DEAR)) == pytest.approx(cheapest)
