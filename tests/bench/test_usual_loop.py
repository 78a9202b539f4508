"""The loop that patrol is compared with does what it says, on a film of people."""

from pathlib import Path

import cv2
import pytest

from patrol.bench.usual_loop import UsualLoop, watch
from tests.rtsp import make_clip

MODELS = Path(__file__).parent.parent.parent / "models"
pytestmark = [pytest.mark.weights, pytest.mark.slow]


@pytest.fixture(scope="module")
def loop() -> UsualLoop:
    if not (MODELS / "sface-2021dec.onnx").is_file():
        pytest.skip("the weights are absent: patrol weights pull")
    return UsualLoop(MODELS, scale=0.5)


def test_it_looks_at_every_frame_and_says_how_many(loop: UsualLoop, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "bar.mp4", width=1920, height=1080, n_frames=25)
    said = watch(str(clip), loop, seconds=0.05)
    assert said["frames"] >= 1
    assert said["seconds"] >= 0.05


def test_a_camera_that_sends_nothing_ends_it_with_its_address(loop: UsualLoop, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="absent"):
        watch(str(tmp_path / "absent.mp4"), loop, seconds=1.0)


def test_it_finds_and_embeds_a_face(loop: UsualLoop) -> None:
    portrait = next((MODELS.parent / "data" / "demo" / "portraits").glob("obama-2012.*"), None)
    if portrait is None:
        pytest.skip("the demo's portraits are absent: patrol demo fetches them")
    frame = cv2.imread(str(portrait))
    assert loop.look(frame) == 0  # somebody, and none of those it knows
    _, faces = loop.detector.detect(cv2.resize(frame, None, fx=0.5, fy=0.5))
    assert len(faces) == 1
