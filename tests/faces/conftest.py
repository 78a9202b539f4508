"""Weights that were pulled, and a finder on top of them; tests that need them skip where they are not there."""

from pathlib import Path

import pytest

from patrol.faces.finder import Finder, open_finder
from patrol.faces.weights import listing

MODELS = Path(__file__).parent.parent.parent / "models"


@pytest.fixture(scope="session")
def models_dir() -> Path:
    absent = [listed.name for listed in listing(MODELS) if listed.state != "present"]
    if absent:
        pytest.skip(f"no weights in {MODELS}: run `patrol weights pull {' '.join(absent)}`")
    return MODELS


@pytest.fixture(scope="session")
def finder(models_dir: Path) -> Finder:
    return open_finder(models_dir)
