from pathlib import Path

import numpy as np
import pytest

from patrol.eval.cache import Cache
from patrol.eval.calibration import calibrate
from patrol.eval.folder import read_folder
from patrol.eval.measurement import Measurement, Request, measure, measure_group
from patrol.eval.refusals import CannotMeasure
from patrol.matching.prior import Prior
from tests.eval.drawn import EMBEDDER, DrawnEyes, people, write_folder


def measured(folder: Path) -> Measurement:
    cache = Cache(folder / "c.db", "r", EMBEDDER)
    return measure(read_folder(folder), Request(splits=1, rounds=2), [DrawnEyes()], cache)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Measurement:
    return measured(write_folder(tmp_path_factory.mktemp("crowd"), people(300, 2), spread=35.0))


def test_a_calibration_comes_back_from_its_file(done: Measurement) -> None:
    prior = calibrate(done, None, "patrol eval crowd --calibrate it.json")
    again = Prior.from_json(prior.to_json(), "it.json")
    assert (again.embedder, again.n_people, again.n_mated) == (EMBEDDER, 300, 300)
    assert again.tail == prior.tail
    assert again.found == prior.found
    assert again.made_by == "patrol eval crowd --calibrate it.json"


def test_people_who_are_drawn_score_as_strangers_do(done: Measurement) -> None:
    """Which is what they are for: a list of one has a cohort."""
    cohort = calibrate(done, None, "").cohort(done.templates.portraits[:0])
    real = done.templates.portraits[::2]
    strangers = done.verification.impostors
    assert len(cohort) == 500
    as_drawn, as_real = (np.sort(some @ real.T, axis=0)[-len(some) // 10].mean() for some in (cohort.vectors, real))
    assert as_drawn == pytest.approx(as_real, abs=0.05)
    assert strangers.sum() > 0


def test_rarer_scores_are_higher_and_most_mates_reach_more_than_strangers(done: Measurement) -> None:
    prior = calibrate(done, None, "")
    assert prior.tail.score_at(1e-3) > prior.tail.score_at(1e-2)
    assert prior.found_at(prior.tail.score_at(1e-3)) > 0.9
    assert 0 < prior.caution < prior.margin


def test_half_of_the_people_are_drawn_like_the_group(done: Measurement, tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path / "group", people(30, 1, "G")))
    group = measure_group(done, folder, [DrawnEyes()], Cache(tmp_path / "c.db", "r", EMBEDDER), lambda n: None)
    crowds = calibrate(done, group, "").crowds
    assert [crowd.share for crowd in crowds] == [0.5, 0.5]
    assert crowds[1].mean == pytest.approx(group.templates.portraits.mean(axis=0), abs=1e-6)


def test_too_few_people_are_refused_with_how_many_it_takes(tmp_path: Path) -> None:
    with pytest.raises(CannotMeasure) as caught:
        calibrate(measured(write_folder(tmp_path, people(40, 2))), None, "")
    assert (caught.value.code, caught.value.fields["least"]) == ("too_few_to_calibrate", 96)


def test_one_photo_each_does_not_tell_how_many_are_found(tmp_path: Path) -> None:
    with pytest.raises(CannotMeasure) as caught:
        calibrate(measured(write_folder(tmp_path, people(110, 1))), None, "")
    assert caught.value.code == "too_few_mates_to_calibrate"
