"""patrol: a video-patrol assistant with face matching."""

__version__ = "0.1.0"
