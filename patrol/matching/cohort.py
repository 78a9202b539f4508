"""How near strangers come to a template: what a similarity is worth, face by face.

Some faces are near to everybody, and so is every blurred one. What the nearest of a cohort of strangers reach with a
template is therefore taken off, half for the entry's template and half for the probe's, and one threshold then holds
for all of them (adaptive symmetric normalisation: Auckenthaler et al. 2000 for the test side, Matejka et al.
2017 for both sides and the choice of the nearest).
"""

from dataclasses import dataclass

import numpy as np

from patrol.values import Float32, require_array

BLOCK_ROWS = 4_096  # templates looked at in one go: 25 MB of cosines to a cohort of 1,500
N_NEAREST = 50  # of 500 and more; 20 to 200 do as well (docs/accuracy.md)
ITSELF = 0.999  # a cosine above it is the same template, or the same picture once more: no stranger
NOBODY = -2.0  # below every cosine


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Templates of people who are not looked for with each other: none of them is a mate of what is scored."""

    embedder: str
    vectors: Float32  #: float32 (C, D), unit length; one a person

    def __post_init__(self) -> None:
        require_array(self.vectors, "Cohort.vectors", np.float32, (None, None))

    def __len__(self) -> int:
        return len(self.vectors)

    def offsets(self, templates: Float32) -> Float32:
        """Half of the mean cosine to the nearest of the cohort; who is in it themselves does not count.

        templates: float32 (N, D), unit length. Returns float32 (N,), what to take off each one's cosines.
        """
        if len(self.vectors) == 0:
            return np.zeros(len(templates), np.float32)
        blocks = (templates[start : start + BLOCK_ROWS] for start in range(0, max(1, len(templates)), BLOCK_ROWS))
        return np.concatenate([self._offsets(block) for block in blocks])

    def _offsets(self, templates: Float32) -> Float32:
        nearest = min(N_NEAREST, len(self.vectors))
        cosines = templates @ self.vectors.T
        cosines[cosines > ITSELF] = NOBODY
        highest = np.partition(cosines, len(self.vectors) - nearest, axis=1)[:, -nearest:]
        is_other = highest > NOBODY  # of a few, one of the highest may be itself
        sums = np.where(is_other, highest, 0.0).sum(axis=1)
        return np.asarray(sums / np.maximum(is_other.sum(axis=1), 1) / 2, np.float32)


def scores(entries: Float32, entry_offsets: Float32, probes: Float32, probe_offsets: Float32) -> Float32:
    """Hold every probe against every entry.

    entries: float32 (P, D), probes: float32 (Q, D), unit length, with their offsets (P,) and (Q,).
    Returns float32 (Q, P).
    """
    return np.asarray(probes @ entries.T - entry_offsets - probe_offsets[:, None], np.float32)
