"""The cast and the story of the hits, for what is counted of them."""

from tests.hits.conftest import people, story

__all__ = ["people", "story"]
