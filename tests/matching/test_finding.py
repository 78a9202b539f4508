"""What a threshold costs: fewer are found as it rises, and half of them at the median."""

from itertools import pairwise

import numpy as np
import pytest

from patrol.matching.finding import FOUND, found_at, score_found_by


@pytest.mark.parametrize("embedder", FOUND)
def test_fewer_are_found_as_the_score_rises(embedder: str) -> None:
    parts = [found_at(embedder, score) for score in np.linspace(-1, 1, 50)]
    assert all(later <= earlier for earlier, later in pairwise(parts))  # type: ignore[operator]
    assert (parts[0], parts[-1]) == (0.99, 0.0)


@pytest.mark.parametrize("embedder", FOUND)
@pytest.mark.parametrize("part", [0.3, 0.5, 0.9])
def test_both_ways_agree(embedder: str, part: float) -> None:
    score = score_found_by(embedder, part)
    assert score is not None
    assert found_at(embedder, score) == pytest.approx(part)


def test_of_an_embedder_that_was_not_measured_nothing_is_claimed() -> None:
    assert (found_at("another", 0.3), score_found_by("another", 0.5)) == (None, None)
