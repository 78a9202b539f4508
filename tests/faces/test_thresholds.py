from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from patrol.faces.finder import open_finder
from patrol.faces.manifest import read_manifest
from patrol.faces.thresholds import (
    LIKENESS,
    MAX_LOG_RATIO,
    THRESHOLDS,
    UNMEASURED,
    likeness_of,
    thresholds_of,
)
from patrol.values import Template
from tests.faces.measurements import EVERYBODY, photos, vectors

EMBEDDERS = [entry.version for entry in read_manifest(Path("nowhere")).values() if entry.role == "embedder"]


@pytest.mark.parametrize("embedder", EMBEDDERS)
def test_every_embedder_of_the_manifest_was_measured(embedder: str) -> None:
    thresholds = thresholds_of(embedder)
    assert 0 < thresholds.margin < thresholds.uncertain < thresholds.sure < 1
    assert embedder in LIKENESS


@pytest.mark.parametrize(("format", "known"), [("arcface", "sface-2021dec"), ("dlib", "dlib-resnet29-v1")])
def test_an_embedder_nobody_measured_has_careful_thresholds_and_a_warning(format: str, known: str) -> None:
    with capture_logs() as lines:
        careful = thresholds_of("arcface-r50", format)
    assert careful.uncertain >= THRESHOLDS[known].sure
    assert lines[0]["embedder"] == "arcface-r50"
    assert lines[0]["log_level"] == "warning"
    assert careful in UNMEASURED.values()


@pytest.mark.parametrize("embedder", THRESHOLDS)
def test_likeness_speaks_for_above_neutral_and_against_below_but_never_without_bound(embedder: str) -> None:
    likeness = likeness_of(Template(embedder, np.ones(1, np.float32)))
    assert likeness.log_ratio(likeness.neutral) == 0.0
    assert likeness.log_ratio(1.0) > 0 > likeness.log_ratio(likeness.neutral - 0.1)
    assert likeness.log_ratio(-1.0) == -MAX_LOG_RATIO


@pytest.mark.parametrize(("format", "known"), [("arcface", "sface-2021dec"), ("dlib", "dlib-resnet29-v1")])
def test_an_embedder_nobody_measured_tells_people_apart_as_the_known_one_of_its_format(
    format: str, known: str
) -> None:
    assert likeness_of(Template("own-1", np.ones(1, np.float32), format)) == LIKENESS[known]


@pytest.mark.weights
@pytest.mark.data
@pytest.mark.parametrize(("name", "found_sure", "found_uncertain"), [("sface", 0.98, 0.995), ("dlib", 0.55, 0.75)])
def test_on_lfw10_no_stranger_is_taken_for_another(
    models_dir: Path, shared_data: Path, name: str, found_sure: float, found_uncertain: float
) -> None:
    finder = open_finder(models_dir, embedder=name, video_bar=EVERYBODY)
    held = list(photos(finder, "lfw10"))
    templates = vectors([photo.face for photo in held])
    people = np.array([photo.person for photo in held])
    scores, is_same = templates @ templates.T, people[:, None] == people[None]
    same = scores[is_same & ~np.eye(len(held), dtype=bool)]
    assert scores[~is_same].max() < finder.thresholds.uncertain
    assert (same >= finder.thresholds.sure).mean() >= found_sure
    assert (same >= finder.thresholds.uncertain).mean() >= found_uncertain
