"""The newest frame, from the thread that decodes to the one that looks. Older ones are dropped, never queued."""

from threading import Condition

from patrol.values import Frame


class LatestFrame:
    """Holds one frame. Putting never waits; taking waits for a frame that was not taken yet."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._frame: Frame | None = None
        self._failure: BaseException | None = None
        self.n_dropped = 0  #: frames that were replaced before anybody took them

    def put(self, frame: Frame) -> None:
        with self._changed:
            self.n_dropped += self._frame is not None
            self._frame = frame
            self._changed.notify()

    def empty(self) -> None:
        """Forget the frame: what it shows is no longer so."""
        with self._changed:
            self._frame = None

    def fail(self, failure: BaseException) -> None:
        """Let whoever takes next know that no frame will come."""
        with self._changed:
            self._failure = failure
            self._changed.notify()

    def take(self, within_s: float) -> Frame | None:
        """The newest frame, None where none came in time; raises what the decoding thread failed with."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame or self._failure, within_s)
            if self._failure:
                raise self._failure
            frame, self._frame = self._frame, None
            return frame
