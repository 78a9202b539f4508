"""The loop that most scripts run, a process a camera: OpenCV decodes every frame, YuNet finds, SFace embeds, compare.

    python -m patrol.bench.usual_loop URL --models models --seconds 20

It prints one JSON line: how many frames it worked through in that time. The calls and the detection size are those of
OpenCV's own samples (samples/dnn/face_detect.py: `--scale 1.0`, the whole frame); nothing of patrol runs in it.
"""

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

N_KNOWN = 1_003  # as many as patrol's watchlist has in the same run
SCORE, NMS, TOP_K = 0.9, 0.3, 5000  # the sample's own defaults
COSINE = 0.363  # the sample's own threshold


class UsualLoop:
    """One camera's frames, one after the other."""

    def __init__(self, models: Path, scale: float) -> None:
        self.scale = scale
        self.detector = cv2.FaceDetectorYN.create(
            str(_only(models, "yunet-*.onnx")), "", (320, 320), SCORE, NMS, TOP_K
        )
        self.recogniser = cv2.FaceRecognizerSF.create(str(_only(models, "sface-2021dec.onnx")), "")
        known = np.random.default_rng(0).normal(size=(N_KNOWN, 128)).astype(np.float32)
        self.known = known / np.linalg.norm(known, axis=1, keepdims=True)

    def look(self, frame_bgr: Any) -> int:
        """Find, embed and compare every face of one frame, uint8 (H, W, 3), BGR; how many were known."""
        shown = frame_bgr if self.scale == 1 else cv2.resize(frame_bgr, None, fx=self.scale, fy=self.scale)
        self.detector.setInputSize(shown.shape[1::-1])
        _, faces = self.detector.detect(shown)
        embedded = [self.recogniser.feature(self.recogniser.alignCrop(shown, face)) for face in _rows(faces)]
        return sum(bool((self.known @ vector[0] >= COSINE * np.linalg.norm(vector)).any()) for vector in embedded)


def watch(url: str, loop: UsualLoop, seconds: float) -> dict[str, float]:
    """Work through what the camera sends for so long; the first frame starts the clock."""
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
    n_frames, began = -1, time.monotonic()
    try:
        while n_frames < 0 or time.monotonic() - began < seconds:
            is_read, frame = capture.read()
            if not is_read:
                raise SystemExit(f"{url}: OpenCV read no frame")
            loop.look(frame)
            n_frames += 1
            began = time.monotonic() if n_frames == 0 else began
        return {"frames": n_frames, "seconds": time.monotonic() - began}
    finally:
        capture.release()


def _rows(faces: Any) -> Any:
    return () if faces is None else faces


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise SystemExit(f"{folder}: no {pattern}; run: patrol weights pull")
    return found[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--scale", type=float, default=1.0)
    asked = parser.parse_args()
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
    cv2.setNumThreads(1)  # a process a camera: more threads than cores only get into each other's way
    said = watch(asked.url, UsualLoop(asked.models, asked.scale), asked.seconds)
    print(json.dumps(said), flush=True)  # noqa: T201 - a command that says its figures


if __name__ == "__main__":
    main()
