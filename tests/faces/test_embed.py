"""Chips become templates: one look as it is, a still from several views of it."""

from pathlib import Path

import numpy as np
import pytest

from patrol.faces.embed import MAX_BATCH, VIEW_WEIGHTS, Embedder, unit_rows
from patrol.faces.manifest import read_manifest
from patrol.values import Float32, Uint8


class Halves:
    """A network that sees how bright the left and the right half of each chip are, and counts its runs."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, blob: Float32) -> list[Float32]:
        self.batches.append(len(blob))
        left, right = (half.mean(axis=(1, 2, 3)) for half in np.split(blob, 2, axis=3))
        return [np.stack([left, right, *[np.zeros(len(blob), np.float32)] * 126], axis=1)]


@pytest.fixture
def network() -> Halves:
    return Halves()


@pytest.fixture
def embedder(network: Halves, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return Embedder(network, read_manifest(tmp_path_factory.mktemp("models"))["sface"])


def lit_from(left: int, right: int) -> Uint8:
    chip = np.zeros((112, 112, 3), np.uint8)
    chip[:, :56], chip[:, 56:] = left, right
    return chip


@pytest.mark.parametrize("name", ["sface", "dlib"])
def test_templates_say_of_what_format_their_embedder_is(network: Halves, tmp_path: Path, name: str) -> None:
    entry = read_manifest(tmp_path)[name]
    embedder = Embedder(network, entry)
    chips = [lit_from(30, 40)]
    assert {one.format for one in embedder.embed(chips) + embedder.embed_stills(chips)} == {entry.format}


def test_each_chip_has_a_template_of_unit_length(embedder: Embedder) -> None:
    templates = embedder.embed([lit_from(30, 40), lit_from(200, 0)])
    assert templates[0].vector[:2] == pytest.approx([0.6, 0.8])
    assert templates[1].vector[:2] == pytest.approx([1.0, 0.0])
    assert {template.embedder for template in templates} == {"sface-2021dec"}


def test_many_chips_go_in_batches(embedder: Embedder, network: Halves) -> None:
    assert len(embedder.embed([lit_from(10, 20)] * (MAX_BATCH + 3))) == MAX_BATCH + 3
    assert network.batches == [MAX_BATCH, 3]


def test_a_still_looks_the_same_from_both_sides(embedder: Embedder) -> None:
    (still,) = embedder.embed_stills([lit_from(200, 20)])
    (mirrored,) = embedder.embed_stills([lit_from(20, 200)])
    assert still.vector == pytest.approx(mirrored.vector, abs=1e-5)
    assert still.vector[:2] == pytest.approx([np.sqrt(0.5)] * 2, abs=1e-5)


def test_several_stills_keep_their_order(embedder: Embedder, network: Halves) -> None:
    chips = [lit_from(255, 255), lit_from(0, 255), lit_from(9, 9)]
    alone = [embedder.embed_stills([chip])[0].vector for chip in chips]
    together = embedder.embed_stills(chips)
    assert [template.vector for template in together] == [pytest.approx(vector, abs=1e-6) for vector in alone]
    assert sum(network.batches) == 2 * 3 * len(VIEW_WEIGHTS)


def test_no_stills_have_no_templates(embedder: Embedder) -> None:
    assert embedder.embed_stills([]) == []


def test_rows_are_brought_to_unit_length_and_an_empty_one_stays() -> None:
    assert unit_rows(np.float32([[3, 4], [0, 0]])).tolist() == [pytest.approx([0.6, 0.8]), [0.0, 0.0]]
