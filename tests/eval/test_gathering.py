from pathlib import Path

import numpy as np

from patrol.eval.cache import Cache
from patrol.eval.folder import read_folder
from patrol.eval.gathering import Seen, gather, stacked
from patrol.eval.looking import probe_variants
from tests.eval.drawn import EMBEDDER, DrawnEyes, empty_photo, people, write, write_folder

CLEAN = probe_variants(0, 1, 0)


def gathered(folder: Path, eyes: list[DrawnEyes], width_px: int = 0, n_looks: int = 1) -> list[Seen]:
    cache = Cache(folder / "cache.db", "recipe", EMBEDDER)
    try:
        return gather(read_folder(folder).photos, probe_variants(width_px, n_looks, 0), eyes, cache)
    finally:
        cache.close()


def test_every_photo_gives_a_portrait_and_a_probe_in_the_folders_order(tmp_path: Path) -> None:
    write_folder(tmp_path, people(6, 2))
    one, two = gathered(tmp_path, [DrawnEyes()]), gathered(tmp_path, [DrawnEyes(), DrawnEyes(), DrawnEyes()])
    assert [seen.picture for seen in one] == [seen.picture for seen in two]
    templates = stacked(two)
    assert templates.portraits.shape == (12, 48)
    assert np.allclose(np.linalg.norm(templates.probes, axis=1), 1.0, atol=1e-6)


def test_a_second_run_looks_at_nothing_again(tmp_path: Path) -> None:
    write_folder(tmp_path, people(5, 1))
    gathered(tmp_path, [DrawnEyes()])
    eyes = DrawnEyes()
    again = gathered(tmp_path, [eyes])
    assert eyes.n_looks == 0
    assert all(seen.portrait is not None for seen in again)


def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    write_folder(tmp_path, people(5, 1))
    cache = Cache(tmp_path / "cache.db", "recipe", EMBEDDER)
    gather(read_folder(tmp_path).photos[:3], CLEAN, [DrawnEyes()], cache)
    cache.close()
    eyes = DrawnEyes()
    assert len(gathered(tmp_path, [eyes])) == 5
    assert eyes.n_looks == 2, "the two that were left, each seen once: whole, a probe is seen as a portrait is"


def test_more_looks_are_added_to_those_that_are_known(tmp_path: Path) -> None:
    write_folder(tmp_path, people(1, 1))
    gathered(tmp_path, [DrawnEyes()], width_px=20, n_looks=2)
    eyes = DrawnEyes()
    gathered(tmp_path, [eyes], width_px=20, n_looks=5)
    assert eyes.n_looks == 3


def test_five_looks_are_nearer_to_the_person_than_one(tmp_path: Path) -> None:
    write_folder(tmp_path, people(20, 1), spread=30.0)

    def nearness(n_looks: int) -> float:
        templates = stacked(gathered(tmp_path, [DrawnEyes()], width_px=6, n_looks=n_looks))
        return float((templates.portraits * templates.probes).sum(axis=1).mean())

    assert nearness(5) > nearness(1)


def test_a_photo_without_a_face_and_a_broken_one_are_told_apart(tmp_path: Path) -> None:
    write_folder(tmp_path, {"Ann": 1})
    write(tmp_path / "Ann" / "b.png", empty_photo())
    (tmp_path / "Ann" / "c.jpg").write_bytes(b"\xff\xd8\xff and no more")
    (tmp_path / "Ann" / "d.jpg").write_bytes(b"")
    whole, dark, broken, empty = gathered(tmp_path, [DrawnEyes()])
    assert (whole.problem, dark.problem, broken.problem, empty.problem) == (None, None, "truncated", "empty_file")
    assert dark.portrait is None
    assert dark.probe is None
    templates = stacked([whole, dark, broken, empty])
    assert templates.has_portrait.tolist() == [True, False, False, False]


def test_a_broken_photo_is_looked_at_again_when_it_was_mended(tmp_path: Path) -> None:
    (tmp_path / "Ann").mkdir()
    (tmp_path / "Ann" / "Ann_0000.png").write_bytes(b"")
    gathered(tmp_path, [DrawnEyes()])
    (tmp_path / "Ann" / "Ann_0000.png").unlink()
    (tmp_path / "Ann").rmdir()
    write_folder(tmp_path, {"Ann": 1})
    assert gathered(tmp_path, [DrawnEyes()])[0].portrait is not None


def test_progress_counts_every_photo(tmp_path: Path) -> None:
    write_folder(tmp_path, people(7, 1))
    told: list[int] = []
    cache = Cache(tmp_path / "cache.db", "recipe", EMBEDDER)
    gather(read_folder(tmp_path).photos, CLEAN, [DrawnEyes()], cache, told.append)
    assert sum(told) == 7
