"""Which frames of one stream are looked at: the decode policy.

    quiet      the packets tell of movements and tell of none now: a key frame every few seconds
    patrol     each key frame
    attending  somebody is in view of whom more is to be known: frame after frame, as the packets come

What was not decoded in time is still in the ring: where somebody has left before enough was seen of them, the group
of pictures they left in is decoded afterwards, newest first. A stream whose key frames come too rarely is followed
frame by frame always. Nothing is queued: what was not looked at when its successor has come is counted and left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import av
import numpy as np
import numpy.typing as npt

from patrol.streams.gop_decoder import GopDecoder, Shot
from patrol.streams.motion import AUDIT_EVERY, STIRRED_FROM, Gate, LumaMotion, mask_of
from patrol.streams.picture import DecodedPicture, luma_of
from patrol.streams.ring import Codec, Gop, Ring
from patrol.streams.vitals import Attending, Policy
from patrol.values import Frame, Part, Stream

LONG_GOP_S = 4.0  # cameras leave the factory with 1 to 2 s; above 4 s it is a "smart codec" or a wrong setting
PATROL_EVERY = timedelta(seconds=0.9)  # key frames that come more often are passed over while nobody is in view
FOLLOW_EVERY = timedelta(seconds=0.5)  # looks at a stream that is followed always: the least the tracker can do with
LINGER = timedelta(seconds=1.0)  # after the last usable face: a head that turned away turns back
NEWCOMERS_EVERY = timedelta(seconds=2)  # while somebody is followed, others are looked for
REST_AFTER = 2.0  # times the length of a group that was recalled: nothing else is for so long
REST_AFTER_HINT = 5.0  # the same where nobody is known to have been in it
CROSSED_WITHIN = timedelta(seconds=2.5)  # who crosses a view slantwise is in it for 3 s and more
AT_ONCE = 25  # packets decoded in one turn: one second, 70 to 140 ms of a core at 1080p
LATE = timedelta(seconds=3)  # behind by more than this, what was missed is left out
LUMA_STEP_PX = 8
HALF_A_FRAME = timedelta(seconds=0.02)  # packets come a little early or late
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Camera(Protocol):
    """What reads the stream; `reconnect.Reader` is one."""

    @property
    def ring(self) -> Ring: ...
    @property
    def is_live(self) -> bool:
        """Whether this connection has given a picture yet."""
        ...

    def saw(self, picture: av.VideoFrame, arrived_at: datetime, codec: Codec) -> bool:
        """A whole picture was decoded; False where it is the same old one. codec: of its group, by identity."""
        ...

    def garbled(self, arrived_at: datetime, codec: Codec) -> None:
        """Nothing could be made of a key frame's packets."""
        ...


@dataclass(frozen=True, slots=True)
class Interest:
    """What the passages in view ask for, after a look."""

    anybody: bool = False  #: somebody is being followed
    more: bool = False  #: of somebody who may be in view more is to be known
    near: bool = False  #: and now is the time: the face is well seen
    gone: bool = False  #: somebody has left before enough was seen of them
    where: Part | None = None  #: of the picture: in it they will be a moment later; None is anywhere


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A frame to look at."""

    frame: Frame
    is_still: bool = False  #: nothing moves and nobody is followed: it need not be searched
    is_small: bool = False  #: of the sub-stream: to find out whether there is a face at all


class Attention:
    """One stream's decode policy. For the one thread that looks; the camera's own thread only fills the ring.

    camera: whose frames faces are matched in. sub: the smaller stream of the same camera, to look for them in.
    """

    def __init__(self, stream: Stream, camera: Camera, sub: Camera | None = None) -> None:
        self._stream, self._camera, self._sub = stream, camera, sub
        self._gates = {False: Gate(), True: Gate()}  # by whether it is the sub-stream
        self._lumas = {False: LumaMotion(), True: LumaMotion()}
        self._noted = {False: 0, True: 0}  # the newest group that was looked at, or passed over
        self._fresh: GopDecoder | None = None  # stands behind the key frame that was looked at last
        self._following: GopDecoder | None = None
        self._recall: GopDecoder | None = None
        self._done = 0  # up to this group nothing is left to recall
        self._rests_until = LONG_AGO  # nothing is recalled before
        self._is_hinted = False  # something moved since the last key frame that neither shows
        self._before_at = LONG_AGO  # the key frame before the one at `_key_at`
        self._is_key_asked = False  # the sub-stream shows a face: a key frame of the stream is worth a look
        self._is_fruitless = False  # the last time it was followed nobody was to be known better
        self._is_anybody = False
        self._near_at = self._last_at = self._key_at = self._searched_at = self._followed_at = LONG_AGO
        self._where: Part | None = None
        self._hidden: npt.NDArray[np.bool_] | None = None
        self._n_frames = 0
        self.n_dropped = 0  #: looks that were due and were left out
        self.state: Attending = "patrol"

    def relabel(self, stream: Stream) -> None:
        """The stream's entry says something else; its feed is the same."""
        self._stream = stream

    def hide(self, masks: Sequence[Sequence[tuple[float, float]]]) -> None:
        """What moves under these polygons, x and y 0..1 of the picture, is nothing that moves."""
        self._hidden = mask_of(masks)

    @property
    def is_live(self) -> bool:
        """Whether the camera has given a picture since it was opened."""
        return self._camera.is_live

    @property
    def policy(self) -> tuple[Policy, str | None]:
        """Which frames are decoded while nobody is in view, and why not key frames alone."""
        if self._stream.decode != "auto":
            return self._stream.decode, "as_set"
        if self._is_small:
            return "sub_stream", None
        if _has_long_gops(self._camera):
            return "reference_frames", "long_gop"
        return "key_frames", self._why_not_small

    @property
    def _is_small(self) -> bool:
        """Whether the sub-stream is looked at: it is there and goes on, and so does the main one, as was seen.

        Its key frames must not be rare: smart codec is mostly set for both.
        """
        if self._sub is None or not self._camera.is_live or _has_long_gops(self._sub):
            return False
        mine, main = self._sub.ring.newest(), self._camera.ring.newest()
        return mine is not None and (main is None or main.ended_at - mine.ended_at < LATE)

    @property
    def _why_not_small(self) -> str | None:
        if self._sub is None:
            return None
        return "sub_long_gop" if _has_long_gops(self._sub) else "sub_silent"

    @property
    def _is_followed(self) -> bool:
        """Whether frames are decoded one after the other though nobody is in view."""
        return self.policy[0] in ("reference_frames", "every_frame")

    def is_due(self) -> bool:
        """Whether there is something to take."""
        newest = self._camera.ring.newest()
        if newest is not None and newest.ended_at < self._last_at - LATE:
            self._start_over()  # somebody has set the clock back
        if self._recall is not None:
            return True
        if self._following is not None or self._is_followed:
            return newest is not None and self._is_more(newest)
        eye = self._sub if self._is_small and self._sub and not self._is_key_asked else self._camera
        gop = eye.ring.newest()
        return gop is not None and gop.number != self._noted[eye is self._sub]

    def _is_more(self, newest: Gop) -> bool:
        """Whether a stream that is followed has something that is due and was not decoded yet."""
        decoder = self._following
        is_new = decoder is None or decoder.gop is not newest or decoder.n_left > 0
        return is_new and newest.ended_at - self._last_at >= self._interval

    def _start_over(self) -> None:
        """Forget when anything was: by the clock as it is now, that has not been yet."""
        self._near_at = self._last_at = self._key_at = self._searched_at = self._rests_until = LONG_AGO
        self._following = self._recall = self._fresh = None

    @property
    def _interval(self) -> timedelta:
        is_idle = self._is_followed and self._stream.decode == "auto" and not self._is_anybody
        return FOLLOW_EVERY if is_idle else timedelta(seconds=1 / self._stream.looks_per_s) - HALF_A_FRAME

    def take(self, now: datetime, *, is_wanted: bool = False) -> list[Sight]:
        """Decode what is to be looked at next, in the order it was taken. is_wanted: somebody watches the stream."""
        if self._recall is not None:
            return self._take_recalled()
        if self._following is None and self._is_followed:
            self._follow_newest()
        if self._following is not None:
            self.state = "attending" if self._is_anybody or not self._is_followed else "patrol"
            return self._take_followed(self._following)
        return self._take_key_frame(now, is_wanted=is_wanted)

    def tell(self, interest: Interest, sight: Sight) -> None:
        """What the look at a frame that was taken asks for."""
        at = sight.frame.taken_at
        self._is_anybody, self._where = interest.anybody, interest.where
        if interest.near:
            self._near_at = max(at, self._near_at)
            if self._following is None and at >= self._last_at:  # not who was in view before, out of the ring
                self._follow(self._camera.ring.newest())
        elif self._following is not None and not self._is_followed and self._is_enough(interest, at):
            self._noted[False], self._key_at = self._following.gop.number, self._following.gop.began_at
            self._following, self._is_fruitless = None, not interest.more
        elif self._following is None and self._recall is None:
            if interest.gone:
                self._recall = self._left_out(at, REST_AFTER)
            elif self._is_hinted and not interest.anybody:
                self._recall = self._left_out(at, REST_AFTER_HINT)
        self._fresh, self._is_hinted = None, False

    def _is_enough(self, interest: Interest, at: datetime) -> bool:
        return not interest.more or at - self._near_at > LINGER

    def spotted(self, sight: Sight, interest: Interest, *, has_face: bool) -> None:
        """What a frame of the sub-stream shows: with a face in it, the frames of the stream itself are worth it.

        Where everybody there was known well enough the last time, a key frame tells whether somebody else has come.
        """
        self._is_anybody = interest.anybody
        if not has_face or self._following is not None:
            self._is_fruitless = self._is_fruitless and has_face
            return
        if self._is_fruitless and not interest.near:
            self._is_key_asked = True
            return
        self._near_at = sight.frame.taken_at
        self._follow(self._camera.ring.newest())

    def _follow_newest(self) -> None:
        """Follow a stream whose key frames are rare; one whose beginning is gone is to be opened anew."""
        newest = self._camera.ring.newest()
        if newest is not None and newest.is_headless:
            self._last_at = newest.ended_at
            self._camera.garbled(newest.ended_at, newest.codec)
        else:
            self._follow(newest)

    def _follow(self, gop: Gop | None) -> None:
        """From now on frame after frame, beginning where the last look has left off."""
        fresh, self._fresh = self._fresh, None
        if fresh is not None and fresh.gop is gop:
            self._following = fresh
        elif gop is not None and not gop.is_headless:
            self._following = self._decoder(gop)

    def _decoder(self, gop: Gop) -> GopDecoder:
        return GopDecoder(gop, every_frame=self._stream.decode == "every_frame")

    def _left_out(self, now: datetime, rest_after: float) -> GopDecoder | None:
        """The group before the newest one looked at, where its pictures have not been looked at, as far as they have.

        After that nothing is recalled for some time: what flickers must not have every frame decoded.
        """
        gops = [gop for gop in self._camera.ring.gops() if self._done < gop.number < self._noted[False]]
        if not gops or gops[-1].is_headless or now < self._rests_until:
            return None
        gop = gops[-1]
        self._done, self._rests_until = gop.number, now + rest_after * timedelta(seconds=gop.seconds)
        decoder = GopDecoder(gop)
        decoder.last_shown_at = max(gop.began_at, self._followed_at)
        return decoder

    def _take_key_frame(self, now: datetime, *, is_wanted: bool) -> list[Sight]:
        is_asked, self._is_key_asked = self._is_key_asked, False
        is_small = self._is_small and not is_asked
        eye = self._sub if is_small and self._sub is not None else self._camera
        is_needed = self._is_anybody or is_wanted or is_asked or not eye.is_live
        gop = eye.ring.newest()
        if gop is None or gop.is_headless:
            return []
        since = abs(gop.began_at - self._key_at)
        self._pass_over(gop, is_small, since)
        if not is_asked and since < (self._interval if self._is_anybody else PATROL_EVERY):
            return []
        if not (self._gates[is_small].lets_pass(gop.stir, now) or is_needed):
            self.state = "quiet"
            return []
        self.state = "patrol"
        return self._look_at_key(eye, gop, now, is_needed=is_needed)

    def _pass_over(self, gop: Gop, is_small: bool, since: timedelta) -> None:
        """Count what came since the last look and is not looked at any more."""
        n_missed, self._noted[is_small] = gop.number - self._noted[is_small] - 1, gop.number
        if self._key_at != LONG_AGO and self.state != "quiet":
            self.n_dropped += max(0, min(n_missed, int(since / PATROL_EVERY) - 1))

    def _look_at_key(self, eye: Camera, gop: Gop, now: datetime, *, is_needed: bool) -> list[Sight]:
        is_small = eye is self._sub
        self._before_at, self._last_at, self._key_at = self._key_at, gop.began_at, gop.began_at
        decoder = self._decoder(gop)
        shot = decoder.key_frame()
        if shot is None:
            eye.garbled(gop.began_at, gop.codec)
            return []
        if not eye.saw(shot.picture, shot.arrived_at, gop.codec):
            return []
        part = self._lumas[is_small].look(luma_of(shot.picture, LUMA_STEP_PX), self._hidden)
        self._gates[is_small].audit(gop.stir, now, moved=part is not None)
        self._fresh = None if is_small else decoder
        self._is_hinted = not is_small and self._is_hint(gop, is_moving=part is not None)
        is_due = is_needed or abs(now - self._searched_at) >= AUDIT_EVERY
        if is_due:
            self._searched_at = now
        return [self._sight(shot, None if is_due else part, is_still=not is_due and part is None, is_small=is_small)]

    def _is_hint(self, gop: Gop, *, is_moving: bool) -> bool:
        """Whether somebody may have crossed the view since the last key frame, unseen by both."""
        has_stirred = self._gates[False].is_trusted and gop.stir >= STIRRED_FROM
        is_rare = abs(gop.began_at - self._before_at) > CROSSED_WITHIN
        return has_stirred or (is_moving and is_rare)

    def _take_followed(self, decoder: GopDecoder) -> list[Sight]:
        newest = self._camera.ring.newest()
        if newest is None:
            return []
        is_late = decoder.gop is not newest and newest.ended_at - decoder.reached_at > LATE
        if decoder.is_broken or is_late:
            if newest.is_headless:
                self._following = None
                self._follow_newest()
                return []
            decoder = self._catch_up(newest)
        seen = self._due_of(decoder, newest.ended_at - LATE)
        self._followed_at = max(self._followed_at, self._last_at)
        if decoder.is_at_end:
            self._end_gop(decoder)
        return seen

    def _catch_up(self, newest: Gop) -> GopDecoder:
        """Leave out what was missed: the newest pictures count."""
        kept = next(gop for gop in self._camera.ring.gops() if gop.codec is newest.codec)  # of this connection
        missed = newest.began_at - max(self._last_at, kept.began_at)
        self.n_dropped += max(0, int(missed / self._interval))
        self._last_at = max(self._last_at, newest.began_at - self._interval)
        self._following = self._decoder(newest)
        return self._following

    def _end_gop(self, decoder: GopDecoder) -> None:
        """Go on with the group that comes next; those that hold nothing that is due are skipped."""
        if decoder.n_bad and not decoder.n_shown:
            self._camera.garbled(decoder.gop.began_at, decoder.gop.codec)
        self._done = decoder.gop.number
        coming = [gop for gop in self._camera.ring.gops() if gop.number > decoder.gop.number]
        due = [gop for gop in coming if not gop.is_whole or gop.ended_at - self._last_at >= self._interval]
        if due and not due[0].is_headless:
            self._following = self._decoder(due[0])

    def _take_recalled(self) -> list[Sight]:
        """The next stretch of the group that was left out."""
        assert self._recall is not None
        decoder, before = self._recall, self._last_at
        self._last_at = decoder.last_shown_at or decoder.gop.began_at
        seen = self._due_of(decoder, LONG_AGO)
        decoder.last_shown_at, self._last_at = self._last_at, before
        if decoder.is_at_end or decoder.is_broken:
            self._recall = None
        return seen

    def _due_of(self, decoder: GopDecoder, not_before: datetime) -> list[Sight]:
        """Decode the next stretch; of its pictures those that are due, and not too old to be looked at."""
        seen = []
        for shot in decoder.onward(AT_ONCE):
            if shot.arrived_at - self._last_at < self._interval:
                continue
            self._last_at = shot.arrived_at
            if shot.arrived_at < not_before:
                self.n_dropped += 1
            elif self._camera.saw(shot.picture, shot.arrived_at, decoder.gop.codec):
                seen.append(self._sight(shot, self._part_at(shot.arrived_at)))
        return seen

    def _part_at(self, at: datetime) -> Part | None:
        """Where to look in a frame that follows another one: now and then everywhere, for newcomers."""
        if self._is_followed or abs(at - self._searched_at) >= NEWCOMERS_EVERY:
            self._searched_at = at
            return None
        return self._where

    def _sight(
        self, shot: Shot, part: Part | None = None, *, is_still: bool = False, is_small: bool = False
    ) -> Sight:
        self._n_frames += 1
        frame = Frame(self._stream.id, self._n_frames, shot.arrived_at, DecodedPicture(shot.picture), part)
        return Sight(frame, is_still, is_small)


def _has_long_gops(camera: Camera) -> bool:
    return any(gop.seconds > LONG_GOP_S for gop in camera.ring.gops()[-2:])
