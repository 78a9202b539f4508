"""Reads the environment, the secrets and streams.yaml, and refuses what it does not know. Nothing else does."""

from patrol.settings.environment import Settings, read_secret, read_settings
from patrol.settings.mistakes import Mistake, SettingsError

__all__ = ["Mistake", "Settings", "SettingsError", "read_secret", "read_settings"]
