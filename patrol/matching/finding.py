"""How many of the people looked for reach a score: what a higher threshold costs in passages that are missed."""

from collections.abc import Mapping

import numpy as np

#: By embedder: scores, rising, and the part of mated passages that reach them. LFW without its errata: one clean
#: portrait, probes 40 px wide, the mean of three looks, a cohort of 500, N = 800, 14,865 mated probes in 20 splits
#: (docs/false-alerts.md has the command).
FOUND: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "sface-2021dec": (
        (0.090, 0.139, 0.190, 0.234, 0.308, 0.387, 0.450),
        (0.99, 0.98, 0.95, 0.90, 0.75, 0.50, 0.25),
    )
}


def found_at(embedder: str, score: float) -> float | None:
    """The part of mated passages that reach a score, 0..1; None for an embedder of which it was not measured."""
    if embedder not in FOUND:
        return None
    scores, parts = FOUND[embedder]
    return float(np.interp(score, (*scores, 2 * scores[-1] - scores[-2]), (*parts, 0.0)))


def score_found_by(embedder: str, part: float) -> float | None:
    """The score that this part of mated passages reach; None for an embedder of which it was not measured."""
    if embedder not in FOUND:
        return None
    scores, parts = FOUND[embedder]
    return float(np.interp(part, parts[::-1], scores[::-1]))
