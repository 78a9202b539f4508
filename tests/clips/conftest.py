"""The cast and the story of tests/hits, for clips of its hits."""

from tests.hits.conftest import people, story

__all__ = ["people", "story"]
