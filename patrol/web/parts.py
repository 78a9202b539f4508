"""What the web is built from, and how an endpoint asks for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from shutil import disk_usage
from threading import Lock
from typing import Annotated, Protocol

from fastapi import Depends, Request

from patrol.dispatch.callbacks import Callbacks
from patrol.dispatch.looking import Looker
from patrol.faces.finder import Finder, open_finder
from patrol.health.load import Load
from patrol.settings import Settings, SettingsError, load_sites, load_streams, read_secret
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.streams.snapshot import take_snapshot
from patrol.values import Site, Stream, Uint8
from patrol.watchlist import changeover

DISK_FOR = timedelta(seconds=30)  # a hundred thousand pictures take a second to count


class Volume(Protocol):
    """How large a disk is and how much of it is free, in bytes."""

    @property
    def free(self) -> int: ...
    @property
    def total(self) -> int: ...


def finder_of(settings: Settings) -> Finder:
    return open_finder(
        settings.models_dir,
        embedder=settings.embedder,
        detector=settings.detector,
        runtime=settings.runtime,
        precision=settings.precision,
        threads=settings.threads,
    )


def streams_of(settings: Settings) -> tuple[Stream, ...]:
    return load_streams(settings.streams_file)


def sites_of(settings: Settings) -> tuple[Site, ...]:
    return load_sites(settings.streams_file)


def snapshot_of(stream: Stream, clock: Callable[[], datetime]) -> Uint8:
    return take_snapshot(stream, read_secret(stream.credentials) if stream.credentials else None, clock=clock)


@dataclass(frozen=True)
class Parts:
    settings: Settings
    database: Database
    blobs: Blobs
    clock: Callable[[], datetime]
    open_finder: Callable[[Settings], Finder] = finder_of
    read_streams: Callable[[Settings], tuple[Stream, ...]] = streams_of
    read_sites: Callable[[Settings], tuple[Site, ...]] = sites_of
    snapshot: Callable[[Stream, Callable[[], datetime]], Uint8] = snapshot_of
    callbacks: Callbacks | None = None  #: takes the chat platforms' calls; None where there are no chats
    looker: Looker | None = None  #: asks the platforms whether a saved group's chats are there; None asks nobody
    console_dir: Path = Path(__file__).parent / "static"
    load: Load = field(default_factory=Load)
    _finders: dict[str, Finder] = field(default_factory=dict, init=False, repr=False)  #: the one in use, by name
    _streams: list[tuple[Stream, ...]] = field(default_factory=list, init=False, repr=False)
    _disk: list[tuple[datetime, int]] = field(default_factory=list, init=False, repr=False)
    _known: list[tuple[int, tuple[Site, ...], tuple[Stream, ...]]] = field(
        default_factory=list, init=False, repr=False
    )
    _opening: Lock = field(default_factory=Lock, init=False, repr=False)

    def finder(self) -> Finder:
        """The one finder of this process, opened by whoever enrols first: most consoles never enrol.

        After a change of the embedder it is another.
        """
        with self.database.read() as session:
            name = changeover.in_use(session, self.settings.embedder)
        with self._opening:
            if name not in self._finders:
                self._finders.clear()
                self._finders[name] = self.open_finder(self.settings.model_copy(update={"embedder": name}))
            return self._finders[name]

    def disk_used_bytes(self) -> int:
        """What the pictures take, as of at most DISK_FOR ago: every look walks through all of them."""
        now = self.clock()
        if not self._disk or now - self._disk[0][0] >= DISK_FOR:
            self._disk[:] = [(now, self.blobs.total_bytes())]
        return self._disk[0][1]

    def volume(self) -> Volume:
        """The disk that the pictures are on, or will be."""
        folder = self.blobs.folder.absolute()
        return disk_usage(next(it for it in (folder, *folder.parents) if it.exists()))

    def streams(self) -> tuple[Stream, ...]:
        """The streams as streams.yaml names them; as it last named them where it is broken just now."""
        try:
            self._streams[:] = [self.read_streams(self.settings)]
        except SettingsError:
            if not self._streams:
                raise
        return self._streams[0]

    def sites(self) -> tuple[Site, ...]:
        return self.read_sites(self.settings)

    def known_places(self) -> tuple[tuple[Site, ...], tuple[Stream, ...]]:
        """Sites and streams for the groups' pages, which ask at every look: read when streams.yaml has changed only.

        While it is broken they are what they were; a page never waits for its mending.
        """
        file = self.settings.streams_file
        changed_ns = file.stat().st_mtime_ns if file.exists() else 0
        if not self._known or self._known[0][0] != changed_ns:
            before = self._known[0][1:] if self._known else ((), ())
            try:
                now = (self.sites(), self.read_streams(self.settings))
            except SettingsError:
                now = before
            self._known[:] = [(changed_ns, *now)]
        return self._known[0][1:]

    def is_watching_wanted(self) -> bool:
        """Whether any camera is to be watched; yes where streams.yaml has been broken since the start."""
        if streams := self.known_places()[1]:
            return any(stream.is_enabled for stream in streams)
        try:
            return any(stream.is_enabled for stream in self.streams())
        except SettingsError:
            return self.settings.streams_file.exists()


def _parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsHere = Annotated[Parts, Depends(_parts_of)]
