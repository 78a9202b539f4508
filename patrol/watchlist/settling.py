"""A gallery by the thresholds that follow from its list, and those written down."""

from datetime import datetime
from pathlib import Path

import structlog

from patrol.faces.manifest import ManifestError, read_manifest
from patrol.faces.thresholds import thresholds_of
from patrol.faces.weights import WeightsUnknown, entry
from patrol.matching.prior import Prior, PriorBroken, prior_of, unmeasured
from patrol.store.engine import Database
from patrol.watchlist import calibrating
from patrol.watchlist.gallery import Gallery

log = structlog.get_logger()


def gallery_of(models_dir: Path, embedder: str) -> Gallery:
    """An empty gallery of the embedder that the manifest has under this name; no network is opened."""
    weights = entry(read_manifest(models_dir), embedder)
    prior = known_of(models_dir, embedder)
    return Gallery(weights.version, thresholds_of(weights.version, weights.format), prior)


def known_of(models_dir: Path, embedder: str) -> Prior:
    """What is known of an embedder: the file beside its weights, else the one patrol ships, else a careful guess."""
    weights = entry(read_manifest(models_dir), embedder)
    beside = models_dir / weights.calibration
    known = prior_of(weights.version, beside if weights.calibration and beside.is_file() else None)
    return known if known.n_people else unmeasured(weights.version, weights.format)


def known_of_version(models_dir: Path, version: str) -> Prior:
    """The same of the embedder whose templates carry this name, as a worker's row does."""
    named = (name for name, weights in read_manifest(models_dir).items() if weights.version == version)
    name = next(named, None)
    return prior_of(version) if name is None else known_of(models_dir, name)


def settle(database: Database, gallery: Gallery, now: datetime) -> None:
    """Bring a gallery up to date, and write down what its thresholds are."""
    with database.read() as session:
        gallery.refresh(session, now)
    write_down(database, gallery, now)


def try_to_settle(database: Database, models_dir: Path, embedder: str, now: datetime) -> str:
    """Settle the list by the embedder of this short name; returns "", or why its thresholds cannot be derived."""
    try:
        settle(database, gallery_of(models_dir, embedder), now)
    except (ManifestError, WeightsUnknown, PriorBroken) as error:
        log.warning("thresholds not derived", embedder=embedder, error=str(error))
        return str(error)
    return ""


def write_down(database: Database, gallery: Gallery, now: datetime) -> None:
    """Write down what a gallery's thresholds are and what is believed of them, unless somebody has."""
    standing = gallery.standing
    if standing.basis is None or standing.derived is None:
        return
    with database.read() as session:
        if calibrating.is_kept(session, standing.basis, standing.derived):
            return
    with database.write() as session:
        if calibrating.still_holds(session, standing.basis, standing.derived):
            return
    row = calibrating.row_of(standing.basis, standing.derived, now)  # before anybody waits for the transaction
    with database.write() as session:
        calibrating.keep(session, standing.basis, standing.derived, row)
