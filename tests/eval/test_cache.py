from pathlib import Path

import numpy as np

from patrol.eval.cache import Cache, recipe_of
from patrol.eval.looking import Variant
from tests.eval.drawn import EMBEDDER, DrawnEyes, photo

PICTURE = "ab" * 32
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


def test_the_recipe_follows_weights_and_arithmetic() -> None:
    recipes = {recipe_of(["a", "b"], "f32"), recipe_of(["a", "c"], "f32"), recipe_of(["a", "b"], "bf16")}
    assert len(recipes) == 3
    assert recipe_of(["a", "b"], "f32") in recipes
