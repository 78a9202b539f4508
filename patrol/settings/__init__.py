"""Reads the environment, the secrets and streams.yaml, and refuses what it does not know. Nothing else does."""

from patrol.settings.environment import (
    Settings,
    read_chat_secret,
    read_secret,
    read_settings,
    terminal_language,
)
from patrol.settings.mistakes import Mistake, SettingsError
from patrol.settings.sites import SitesFile
from patrol.settings.streams import StreamsFile, load_sites, load_streams

__all__ = [
    "Mistake",
    "Settings",
    "SettingsError",
    "SitesFile",
    "StreamsFile",
    "load_sites",
    "load_streams",
    "read_chat_secret",
    "read_secret",
    "read_settings",
    "terminal_language",
]
