from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import numpy as np

from patrol.eval.cache import CODE, Cache, recipe_of
from patrol.eval.looking import Variant
from patrol.faces.manifest import read_manifest
from tests.eval.drawn import EMBEDDER, DrawnEyes, photo

PICTURE = "ab" * 32
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PORTRAIT, PROBE = Variant("portrait"), Variant("probe")


def opened(folder: Path, recipe: str = "one") -> Cache:
    return Cache(folder / "cache.db", recipe, EMBEDDER)


def test_a_face_comes_back_as_it_was_after_the_file_was_closed(tmp_path: Path) -> None:
    face = DrawnEyes().examine(photo(1, 1))[0]
    cache = opened(tmp_path)
    cache.write([(PICTURE, PORTRAIT, face)])
    cache.close()
    kept = opened(tmp_path).read(PICTURE, [PORTRAIT])[PORTRAIT]
    assert kept is not None
    assert kept.template is not None
    assert face.template is not None
    assert np.array_equal(kept.template.vector, face.template.vector)
    assert np.array_equal(kept.box_xyxy, face.box_xyxy)
    assert (kept.quality, kept.score, kept.template.embedder) == (face.quality, face.score, EMBEDDER)


def test_that_there_was_no_face_is_known_too(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    cache.write([(PICTURE, PROBE, None)])
    assert cache.read(PICTURE, [PORTRAIT, PROBE]) == {PROBE: None}


def test_another_recipe_knows_nothing_of_it(tmp_path: Path) -> None:
    opened(tmp_path).write([(PICTURE, PROBE, None)])
    assert opened(tmp_path, "two").read(PICTURE, [PROBE]) == {}


def test_looks_differ_by_width_number_and_seed() -> None:
    variants = [PROBE, *(Variant("probe", *each) for each in ((40, 0, 0), (40, 1, 0), (28, 0, 0), (40, 0, 1)))]
    assert len({str(variant) for variant in variants}) == len(variants)


def test_the_recipe_follows_arithmetic_and_all_that_the_manifest_says_of_the_weights(tmp_path: Path) -> None:
    manifest = read_manifest(tmp_path)
    detector, embedder = manifest["yunet"], manifest["sface"]
    others = (
        replace(embedder, sha256="0" * 64),
        replace(embedder, input=replace(embedder.input, mean=(1.0, 2.0, 3.0))),
        replace(embedder, input=replace(embedder.input, scale=0.5)),
    )
    recipes = {recipe_of([detector, each], "f32") for each in (embedder, *others)}
    recipes |= {
        recipe_of([replace(detector, face_score=0.9), embedder], "f32"),
        recipe_of([detector, embedder], "bf16"),
    }
    assert len(recipes) == 6
    assert recipe_of([detector, embedder], "f32") in recipes


def test_the_recipe_follows_all_code_that_a_face_passes_through() -> None:
    for package, modules in CODE.items():
        assert all(import_module(f"{package}.{module}") for module in modules)
    assert {"yunet", "scrfd", "int8"} <= set(CODE["patrol.faces"])


def test_nobody_but_its_owner_reads_the_file(tmp_path: Path) -> None:
    (tmp_path / "cache.db").touch(0o644)
    opened(tmp_path).write([(PICTURE, PROBE, None)])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_what_a_recipe_saw_goes_when_no_run_has_used_it_for_a_month(tmp_path: Path) -> None:
    old = opened(tmp_path, "old")
    old.write([(PICTURE, PROBE, None)])
    assert old.prune(NOW) == 0
    new = opened(tmp_path, "new")
    new.write([(PICTURE, PROBE, None)])
    assert new.prune(NOW + timedelta(days=29)) == 0
    assert old.read(PICTURE, [PROBE]) == {PROBE: None}
    assert new.prune(NOW + timedelta(days=31)) == 1
    assert old.read(PICTURE, [PROBE]) == {}
    assert new.read(PICTURE, [PROBE]) == {PROBE: None}
