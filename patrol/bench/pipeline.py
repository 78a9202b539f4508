"""`patrol bench pipeline`: all that the worker does with a look (find, judge, embed, follow, match against a
watchlist of 1,000), beside face_recognition finding, embedding and comparing with as many people.
"""

import tempfile
from datetime import datetime
from pathlib import Path

import numpy as np

from patrol.bench.comparison import Comparison, Look, race
from patrol.bench.crowd import draw_templates, list_everybody
from patrol.bench.faces import REFERENCE, name_of, open_finders, reference_look
from patrol.bench.frames import START, Source
from patrol.bench.machine import limited_to
from patrol.bench.reference import Reference
from patrol.faces.finder import Finder
from patrol.faces.track import Tracker
from patrol.store.blobs import Blobs
from patrol.store.engine import Database, migrate, open_database
from patrol.values import Site, Stream
from patrol.watchlist.gallery import Gallery
from patrol.worker import Parts, Tally, look

N_PEOPLE = 1000
TITLE = f"pipeline: find, judge, embed, follow and match against {N_PEOPLE} people"
STREAM = Stream("bench", Site("bench", "bench", 0.0, 0.0, "UTC"), "bench", "bench", url="rtsp://bench/")


def measure(models_dir: Path, source: Source, *, threads: int = 2, rounds: int = 3) -> Comparison:
    """Race the worker in each precision it can compute in against the reference, on `threads` cores."""
    templates = draw_templates(N_PEOPLE)
    with limited_to(threads), tempfile.TemporaryDirectory(prefix="patrol-bench-") as folder:
        finders = list(open_finders(models_dir, threads))
        database = open_database(f"sqlite:///{folder}/patrol.db")
        migrate(database)
        with database.write() as session:
            list_everybody(session, templates, finders[0].embedder, START)
        looks = {REFERENCE: reference_look(source, Reference(known=templates.astype(np.float64)))}
        for finder in finders:
            looks[name_of(finder)] = _worker_look(source, _parts(finder, database, Path(folder)))
        timings = race(looks, len(source.frames), rounds)
        database.engine.dispose()
    return Comparison(TITLE, source.name, timings.pop(REFERENCE), timings, shipped=name_of(finders[-1]))


def _parts(finder: Finder, database: Database, folder: Path) -> Parts:
    gallery = Gallery(finder.embedder, finder.thresholds)
    with database.read() as session:
        gallery.refresh(session, START)
    return Parts("bench", finder, gallery, database, Blobs(folder / "pictures"), clock=_clock, cooldown_s=120.0)


def _clock() -> datetime:
    return START


def _worker_look(source: Source, parts: Parts) -> Look:
    """The worker's own step; each pass over the frames is one stretch of the stream, with a tracker of its own."""
    trackers = {"now": Tracker(STREAM.id)}

    def step(n: int) -> int:
        if n == 0:
            trackers["now"] = Tracker(STREAM.id)
        tally = Tally()
        look(source.frames[n], STREAM, trackers["now"], parts, tally)
        return tally.n_faces

    return step
