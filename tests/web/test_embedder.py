"""The change of the embedder over HTTP: admins see it, an admin for all sites makes it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from patrol.faces.adding import Origin, add
from patrol.faces.inspection import inspect
from patrol.settings import Settings
from patrol.store.tables import Comparison, Portrait, PortraitTemplate
from patrol.watchlist import changeover, embedders
from patrol.watchlist.renewal import Renewed
from patrol.web.app import build_app
from tests.faces import tiny
from tests.web.house import PUBLIC_URL, House

PATH = "/api/v1/embedder"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    for name in ("first", "second"):
        file = tiny.embedder(tmp_path / f"{name}.onnx", 112, 128)
        add(folder, file, name, inspect(file), Origin("MIT", True, "nobody's", "nothing"))
    return folder


@pytest.fixture
def changing(house: House, models: Path) -> House:
    """The house with two embedders in its models folder, the first of them in use."""
    settings = Settings(public_url=PUBLIC_URL, models_dir=models, embedder="first")
    house.app = build_app(replace(house.app.state.parts, settings=settings))
    return house


@pytest.fixture
def ada(changing: House) -> Any:
    return changing.client("ada")


def compare(house: House, *failures: Renewed) -> str:
    """Do what a worker does when everything that can be embedded is; the coming embedder's version."""
    with house.database.write() as session:
        change = changeover.require_open(session)
        version = embedders.version_of(house.app.state.parts.settings.models_dir, change.after)
        changeover.note_progress(session, change, version, failures)
        changeover.begin_comparing(session, change, house.clock())
    return version


def test_admins_see_what_there_is_and_what_is_in_use(ada: Any) -> None:
    shown = ada.get(PATH).json()
    assert (shown["in_use"], shown["change"]) == ("first", None)
    known = {one["name"]: one for one in shown["known"]}
    assert known.keys() == {"sface", "dlib", "first", "second"}
    assert (known["first"]["state"], known["first"]["is_measured"]) == ("present", False)
    assert (known["sface"]["state"], known["sface"]["is_measured"]) == ("missing", True)
    assert known["sface"]["licence"] == "Apache-2.0"


def test_a_change_is_started_compared_and_switched(ada: Any, changing: House) -> None:
    started = ada.post(f"{PATH}/change", json={"after": "second"})
    assert started.status_code == 201, started.text
    change = started.json()["change"]
    assert (change["before"], change["after"], change["state"], change["started_by"]) == (
        "first",
        "second",
        "embedding",
        "ada",
    )
    hit = changing.hit()
    changing.say("rita", hit, "confirmed")
    wanda = changing.cast.wanda
    blurred = Renewed(changing.cast.portrait.id, wanda.id, "blurred", {"found": "3", "needed": "5"})
    version = compare(changing, blurred)
    with changing.database.write() as session:
        session.add(
            Comparison(hit_id=hit.id, embedder=version, threshold=0.4, grade="sure", person_id=wanda.id,
                       made_at=changing.clock())
        )  # fmt: skip
    change = ada.get(PATH).json()["change"]
    assert change["state"] == "comparing"
    assert change["tried"] == [{"verdict": "confirmed", "n_same": 1, "n_other": 0, "n_nobody": 0}]
    (failure,) = change["failures"]
    assert (failure["person"], failure["reason"]) == ("Wanda", "blurred")
    assert "sharpness 3" in failure["explanation"]
    assert [(lost["name"], lost["watchlist"]) for lost in change["lost"]] == [("Wanda", "Wanted")]
    refused = ada.post(f"{PATH}/change/switch", json={})
    assert (refused.status_code, refused.json()["reason"]) == (409, "embedder_would_lose")
    assert "Wanda" in refused.json()["detail"]
    switched = ada.post(f"{PATH}/change/switch", json={"is_loss_accepted": True})
    assert (switched.json()["in_use"], switched.json()["change"]) == ("second", None)


def test_a_change_is_cancelled(ada: Any) -> None:
    ada.post(f"{PATH}/change", json={"after": "second"})
    assert ada.post(f"{PATH}/change/cancel").json()["change"] is None
    refused = ada.post(f"{PATH}/change/cancel")
    assert (refused.status_code, refused.json()["reason"]) == (409, "no_embedder_change")


@pytest.mark.parametrize(
    ("after", "reason"),
    [("third", "embedder_unknown"), ("sface", "embedder_missing"), ("first", "embedder_in_use")],
)
def test_what_cannot_be_changed_to_is_refused_with_the_reason(ada: Any, after: str, reason: str) -> None:
    refused = ada.post(f"{PATH}/change", json={"after": after})
    assert (refused.status_code, refused.json()["reason"]) == (409, reason)
    assert after in refused.json()["detail"]


@pytest.mark.parametrize("name", ["rita", "vic", "max"])
def test_it_is_no_business_of_anybody_else(changing: House, name: str) -> None:
    client = changing.client(name)
    assert client.get(PATH).status_code == 403
    assert client.post(f"{PATH}/change", json={"after": "second"}).status_code == 403


def test_who_enrols_after_the_switch_is_embedded_by_the_new_one(changing: House) -> None:
    opened: list[str] = []

    def open_finder(settings: Settings) -> Any:
        opened.append(settings.embedder)
        return object()

    parts = replace(changing.app.state.parts, open_finder=open_finder)
    assert parts.finder() is parts.finder()
    with changing.database.write() as session:
        change = changeover.start(session, "first", "second", "second-1", by="ada", now=changing.clock())
        changeover.begin_comparing(session, change, changing.clock())
        changeover.switch(session, change, "second", by="ada", now=changing.clock(), is_loss_accepted=True)
    assert parts.finder() is parts.finder()
    assert opened == ["first", "second"]


def test_the_reasons_are_said_in_chinese_too(ada: Any) -> None:
    ada.patch("/api/v1/me", json={"language": "zh"})
    assert "已经是当前使用" in ada.post(f"{PATH}/change", json={"after": "first"}).json()["detail"]


def test_a_change_whose_network_left_the_manifest_is_seen_and_cancelled_and_leaves_nothing(
    ada: Any, changing: House, models: Path
) -> None:
    ada.post(f"{PATH}/change", json={"after": "second"})
    version = compare(changing)
    with changing.database.write() as session:
        portrait = session.get_one(Portrait, changing.cast.portrait.id)
        vector = portrait.templates[0].vector if portrait.templates else b""
        portrait.templates.append(PortraitTemplate(embedder=version, vector=vector, created_at=changing.clock()))
    (models / "second.toml").unlink()
    shown = ada.get(PATH)
    assert (shown.status_code, shown.json()["change"]["after"]) == (200, "second")
    refused = ada.post(f"{PATH}/change/switch", json={})
    assert (refused.status_code, refused.json()["reason"]) == (409, "embedder_unknown")
    assert ada.post(f"{PATH}/change/cancel").json()["change"] is None
    with changing.database.read() as session:
        assert version not in session.scalars(select(PortraitTemplate.embedder)).all()


def test_a_change_is_cancelled_although_the_manifest_is_broken(ada: Any, changing: House, models: Path) -> None:
    ada.post(f"{PATH}/change", json={"after": "second"})
    (models / "second.toml").write_text("second = 3", "utf-8")
    answer = ada.post(f"{PATH}/change/cancel")
    assert (answer.status_code, answer.json()) == (200, {"in_use": "first", "known": [], "change": None})
    with changing.database.read() as session:
        assert changeover.open_change(session) is None


def test_a_broken_calibration_or_manifest_is_a_problem_that_says_what_to_do(ada: Any, models: Path) -> None:
    (models / "second.calibration.json").write_text("{}", "utf-8")
    broken = ada.get(PATH)
    assert (broken.status_code, broken.json()["code"]) == (503, "calibration_broken")
    assert "patrol eval --calibrate" in broken.json()["detail"]
    (models / "second.toml").write_text("second = 3", "utf-8")
    broken = ada.get(PATH)
    assert (broken.status_code, broken.json()["code"]) == (503, "manifest_broken")
    ada.patch("/api/v1/me", json={"language": "zh"})
    assert "模型清单" in ada.get(PATH).json()["title"]


def test_a_budget_is_set_although_nothing_can_be_derived_now(ada: Any, models: Path) -> None:
    (models / "first.toml").unlink()
    answer = ada.put("/api/v1/accuracy/budget", json={"false_alerts_per_day": 2.0, "passages_per_day": 20_000.0})
    assert answer.status_code == 200, answer.text
    assert answer.json()["budget"]["false_alerts_per_day"] == 2.0
    assert answer.json()["in_force"]["is_derived"] is False
