"""The real Matrix server, where it is installed."""

from tests.synapse import synapse

__all__ = ["synapse"]
