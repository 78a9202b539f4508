"""The whole benchmark once, small: that it runs and counts, not how fast anything is."""

from pathlib import Path

import pytest

from patrol.bench import faces, frames, pipeline
from patrol.bench.frames import Source

pytestmark = [pytest.mark.weights, pytest.mark.data]
MODELS = Path(__file__).parent.parent.parent / "models"


@pytest.fixture(scope="module")
def street(shared_data: Path) -> Source:
    pytest.importorskip("face_recognition", reason="face_recognition is not installed: see the Makefile")
    if not list(MODELS.glob("*.onnx")):
        pytest.skip("no weights in models/: run `patrol weights pull`")
    return frames.read_frames(shared_data / "clips" / "street.mp4", at_most=1)


@pytest.mark.parametrize("bench", [faces, pipeline], ids=["faces", "pipeline"])
def test_patrol_finds_more_faces_in_less_time(street: Source, bench: object) -> None:
    comparison = bench.measure(MODELS, street, threads=2, rounds=1)  # type: ignore[attr-defined]
    assert comparison.faces_ratio >= 1.7
    assert comparison.speedup > 1.0
    assert comparison.shipped in comparison.contenders
    assert all("f32" in name or "bf16" in name for name in comparison.contenders)
