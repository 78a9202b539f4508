"""Error rates over HTTP: reviewers see their own sites' figures, with intervals, and where a threshold was raised."""

from dataclasses import replace
from pathlib import Path

import pytest

from patrol.faces import weights
from patrol.matching.budget import DEFAULT
from patrol.matching.prior import prior_of
from patrol.store.tables import Worker
from patrol.watchlist.floors import RETURN_SPREAD
from tests.hits.sightings import EMBEDDER
from tests.web.house import HALL, House


def working(house: House) -> None:
    """A worker whose embedder the floors are of."""
    now = house.clock()
    with house.database.write() as session:
        session.add(Worker(id="w", started_at=now, beat_at=now, embedder=EMBEDDER, runtime="fake"))


def rejected(house: House, score: float = 0.3) -> str:
    hit = house.hit(similarity=score)
    house.say("rita", hit, "rejected")
    return hit.stream_id


def test_nothing_decided_gives_no_figure(house: House) -> None:
    shown = house.client("rita").get("/api/v1/rates").json()
    assert (shown["entries"], shown["alerts"]["n_false"], shown["per_passage"]["value"]) == ([], 0, None)
    assert (shown["per_camera_day"]["high"], shown["accepted_per_day"]) == (None, DEFAULT.false_alerts_per_day)


def test_entries_and_cameras_have_counts_with_intervals(house: House) -> None:
    stream_id = rejected(house)
    house.say("rita", house.hit(), "confirmed")
    shown = house.client("rita").get("/api/v1/rates?days=7").json()
    [entry] = shown["entries"]
    assert (entry["name"], entry["alerts"]["n_false"], entry["alerts"]["n_confirmed"]) == ("Wanda", 1, 1)
    assert entry["alerts"]["precision"]["value"] == 0.5
    assert 0 < entry["alerts"]["precision"]["low"] < 0.5 < entry["alerts"]["precision"]["high"] < 1
    assert not entry["is_flagged"]
    assert shown["cameras"][0]["stream_id"] == stream_id


def test_a_raised_threshold_says_what_it_costs(house: House) -> None:
    working(house)
    stream_id = rejected(house)
    [floor] = house.client("rita").get("/api/v1/rates").json()["entries"][0]["floors"]
    assert (floor["stream_id"], floor["n_rejected"], floor["is_capped"]) == (stream_id, 1, False)
    assert floor["score"] == pytest.approx(0.3 + RETURN_SPREAD)
    prior = prior_of(EMBEDDER)
    assert floor["find_rate"] == (prior.found_at(floor["score"]) if prior.n_mated else None)
    same = house.client("rita").get(f"/api/v1/people/{house.cast.wanda.id}/floors").json()
    assert same == [floor]


def test_a_raised_threshold_stands_no_higher_than_the_embedders_own_calibration_allows(
    house: House, tmp_path: Path
) -> None:
    """A file beside the weights says what half of the good passages reach here."""
    shipped = (Path(weights.__file__).parent / "manifest.toml").read_text(encoding="utf-8")
    own = shipped.replace("[sface]\n", '[sface]\ncalibration = "own.json"\n', 1)
    (tmp_path / "manifest.toml").write_text(own, encoding="utf-8")
    measured = replace(prior_of(EMBEDDER), found=((0.1, 0.9), (0.25, 0.5), (0.4, 0.1)))
    (tmp_path / "own.json").write_text(measured.to_json(), encoding="utf-8")
    parts = house.app.state.parts
    house.app.state.parts = replace(parts, settings=parts.settings.model_copy(update={"models_dir": tmp_path}))
    working(house)
    rejected(house, 0.3)
    [floor] = house.client("rita").get("/api/v1/rates").json()["entries"][0]["floors"]
    assert (floor["score"], floor["is_capped"], floor["find_rate"]) == (0.25, True, 0.5)


def test_max_sees_nothing_of_another_site(house: House) -> None:
    working(house)
    rejected(house)
    with_max = house.client("max")
    shown = with_max.get("/api/v1/rates")
    if shown.status_code == 200:
        assert (shown.json()["cameras"], shown.json()["entries"]) == ([], [])
    assert house.client("vic").get("/api/v1/rates").status_code == 403
    assert house.stranger().get("/api/v1/rates").status_code == 401
    assert house.hit(HALL).site_id == "hall"


def test_a_window_beyond_the_kept_rows_is_refused(house: House) -> None:
    assert house.client("rita").get("/api/v1/rates?days=181").status_code == 422
