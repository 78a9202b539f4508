"""Which embedders there are to change to."""

from pathlib import Path

from patrol.faces import weights
from patrol.watchlist.changeover import EmbedderRefused
from patrol.watchlist.settling import known_of


def known(models_dir: Path) -> list[weights.Listed]:
    """The embedders of the manifest, and whether their files are here."""
    return [listed for listed in weights.listing(models_dir) if listed.weights.role == "embedder"]


def version_of(models_dir: Path, name: str) -> str:
    """What templates of an embedder carry; EmbedderRefused where the manifest has none of this name."""
    return _named(models_dir, name).weights.version


def require_here(models_dir: Path, name: str) -> str:
    """What its templates carry; EmbedderRefused where the manifest has no such embedder, or its file is not here."""
    listed = _named(models_dir, name)
    if listed.state != "present":
        raise EmbedderRefused("embedder_missing", name=name)
    return listed.weights.version


def is_measured(models_dir: Path, name: str) -> bool:
    """Whether it is known how well this embedder tells people apart; else thresholds are careful ones."""
    return known_of(models_dir, name).n_people > 0


def _named(models_dir: Path, name: str) -> weights.Listed:
    listed = {one.name: one for one in known(models_dir)}
    if name not in listed:
        raise EmbedderRefused("embedder_unknown", name=name, known=", ".join(listed))
    return listed[name]
