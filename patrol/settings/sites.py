"""The sites of streams.yaml for who asks often: read again only when the file has changed."""

import os
from pathlib import Path

import structlog

from patrol.settings.mistakes import SettingsError
from patrol.settings.streams import load_sites
from patrol.values import Site

log = structlog.get_logger()


class SitesFile:
    """The sites as the file has them now; as it last had them where it is broken or away, at first none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sites: tuple[Site, ...] = ()
        self._stamp: tuple[int, int] | None = None  #: when it was written and how long it was, as it was read last

    def __call__(self) -> tuple[Site, ...]:
        stamp = self._stamp_now()
        if stamp is not None and stamp != self._stamp:
            self._stamp = stamp
            self._read()
        return self._sites

    def _stamp_now(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self.path)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    def _read(self) -> None:
        try:
            self._sites = load_sites(self.path)
        except SettingsError as error:
            log.error("streams.yaml is broken, the sites stay as they were", path=str(self.path), error=str(error))
