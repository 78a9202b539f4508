"""Which of two matches is the stronger, also where one was made before there were scores."""

from dataclasses import replace
from datetime import datetime

import pytest

from patrol.hits.merge import is_stronger
from patrol.store.engine import Database
from tests.hits.rows import hit_of
from tests.hits.sightings import cast, match


@pytest.mark.parametrize(
    ("old_score", "similarity", "score", "is_stronger_now"),
    [
        (0.3, 0.5, 0.31, True),
        (0.3, 0.7, 0.29, False),
        (None, 0.51, 0.1, True),  # cosine beside cosine
        (None, 0.49, 0.6, False),
    ],
)
def test_numbers_of_one_scale_are_compared(
    database: Database, now: datetime, old_score: float | None, similarity: float, score: float, is_stronger_now: bool
) -> None:
    with database.write() as session:
        people = cast(session, now)
        hit = hit_of(session, people, now, old_score, similarity=0.5)
        seen = replace(match(people, similarity), score=score)
        assert is_stronger(seen, hit) == is_stronger_now
        assert not is_stronger(replace(seen, embedder="another"), hit)
        hit.grade = "uncertain"
        assert is_stronger(seen, hit)
