"""Hashes that cost little, so that tests about log-ins are about log-ins."""

from tests.accounts.people import cheap_hashes

__all__ = ["cheap_hashes"]
