"""The cheapest one-to-one pairing of rows and columns (the Hungarian method, with potentials)."""

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


def pair(costs: Float64, too_dear: float) -> list[tuple[int, int]]:
    """Pair rows with columns so that the sum is least; a pair at or above `too_dear` is left apart.

    costs: float64 (rows, columns). Returns (row, column), by row.
    """
    if costs.size == 0:
        return []
    capped = np.minimum(costs, too_dear)
    pairs = _cheapest(capped) if len(capped) <= capped.shape[1] else [(r, c) for c, r in _cheapest(capped.T)]
    return sorted((row, column) for row, column in pairs if costs[row, column] < too_dear)


def _cheapest(costs: Float64) -> list[tuple[int, int]]:
    """Pair every row; there are at least as many columns. Row by row along shortest augmenting paths."""
    n_rows, n_columns = costs.shape
    row_price = np.zeros(n_rows)
    column_price = np.zeros(n_columns + 1)  # the last column is where each new row starts from
    row_of = np.full(n_columns + 1, -1)
    for row in range(n_rows):
        row_of[n_columns] = row
        end, came_from = _shortest_path(costs, row_price, column_price, row_of)
        while end != n_columns:
            row_of[end] = row_of[came_from[end]]
            end = came_from[end]
    return [(int(row_of[column]), column) for column in range(n_columns) if row_of[column] >= 0]


def _shortest_path(
    costs: Float64, row_price: Float64, column_price: Float64, row_of: npt.NDArray[np.int_]
) -> tuple[int, npt.NDArray[np.int_]]:
    """Walk from the start column to a free one, raising the prices; that column, and where each was come from."""
    n_columns = costs.shape[1]
    is_done = np.zeros(n_columns + 1, bool)
    reach = np.full(n_columns, np.inf)
    came_from = np.full(n_columns, n_columns)
    here = n_columns
    while row_of[here] >= 0:
        is_done[here] = True
        row = row_of[here]
        slack = costs[row] - row_price[row] - column_price[:-1]
        is_nearer = ~is_done[:-1] & (slack < reach)
        reach[is_nearer], came_from[is_nearer] = slack[is_nearer], here
        there = int(np.argmin(np.where(is_done[:-1], np.inf, reach)))
        step = reach[there]
        row_price[row_of[is_done]] += step
        column_price[is_done] -= step
        reach[~is_done[:-1]] -= step
        here = there
    return here, came_from
