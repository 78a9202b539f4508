"""Times that a player can follow, for pictures whose camera gave none, gave some twice, or turned its clock.

Cameras do all of it: the first packet of a connection has no time stamp, a looping source gives its seam twice, a
clock that is set jumps, and every connection counts anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from patrol.streams.access_units import AccessUnit

TICKS_PER_S = 90_000  # of RTP video (RFC 6184, 5.1), so that no time is rounded
USUAL_FRAME_S = 1 / 25
LEAST_FRAME_S = 1 / 240
JUMP_S = 1.0  # a step this much longer than the wait for it is a clock that was set, not a picture that is late
RECENT = 32  # pictures: none is shown more than 16 later than it is decoded (H.264, A.3.1: max_dec_frame_buffering)


@dataclass(frozen=True, slots=True)
class Stamps:
    """When each picture is shown and decoded, in ticks from the first one decoded; both lists in decoding order."""

    pts: Sequence[int]
    dts: Sequence[int]
    frame: int  #: how long one picture is shown

    @property
    def ticks(self) -> int:
        """From the first picture's appearance to the last one's end."""
        return max(self.pts) - min(self.pts) + self.frame


def lay_out(units: Sequence[AccessUnit]) -> Stamps:
    """Times for pictures in decoding order; at least one. Distances are the camera's own where they can be true."""
    frame_s = usual_step_s([unit.shown_s for unit in units])
    shown = _apart([round(shown_s * TICKS_PER_S) for shown_s in _continuous(units, frame_s)])
    in_order = sorted(shown)
    delay = max(decoded - pts for decoded, pts in zip(in_order, shown, strict=True))
    first = in_order[0] - delay
    return Stamps(
        pts=[pts - first for pts in shown],
        dts=[decoded - delay - first for decoded in in_order],
        frame=round(frame_s * TICKS_PER_S),
    )


def usual_step_s(shown_s: Sequence[float | None]) -> float:
    """From one picture to the next, as it is most often."""
    known = sorted({shown for shown in shown_s if shown is not None})
    steps = [b - a for a, b in pairwise(known) if LEAST_FRAME_S <= b - a <= JUMP_S]
    return median(steps) if steps else USUAL_FRAME_S


def _continuous(units: Sequence[AccessUnit], frame_s: float) -> list[float]:
    """Seconds on one clock, the first connection's, that never jumps."""
    shown: list[float] = []
    offset_s, may_reorder = 0.0, _reorders(units)
    newest, newest_s = units[0], _first_s(units, frame_s)
    for unit in units:
        if not shown:
            shown.append(newest_s)
            continue
        waited_s = (unit.arrived_at - newest.arrived_at).total_seconds()
        if unit.shown_s is None:
            now_s = newest_s + frame_s
        elif unit.connection != newest.connection or _is_jump(
            unit.shown_s + offset_s - newest_s, waited_s, may_reorder
        ):
            now_s = newest_s + max(frame_s, waited_s)
            offset_s = now_s - unit.shown_s
        elif (now_s := unit.shown_s + offset_s) in shown[-RECENT:]:
            now_s = newest_s + frame_s
            offset_s = now_s - unit.shown_s
        shown.append(now_s)
        if now_s >= newest_s:
            newest, newest_s = unit, now_s
    return shown


def _first_s(units: Sequence[AccessUnit], frame_s: float) -> float:
    """The first picture's time: its own, or as far before the first that has one as there are pictures between."""
    for n_before, unit in enumerate(units):
        if unit.shown_s is not None:
            return unit.shown_s - n_before * frame_s
    return 0.0


def _reorders(units: Sequence[AccessUnit]) -> bool:
    """Whether pictures are shown in another order than decoded, all the time: a clock that is set is so once."""
    known = [unit.shown_s for unit in units if unit.shown_s is not None]
    n_back = sum(b < a for a, b in pairwise(known))
    return n_back > max(2, len(known) / 10)


def _is_jump(step_s: float, waited_s: float, may_reorder: bool) -> bool:
    if step_s < 0:
        return not may_reorder or step_s < -JUMP_S
    return step_s > JUMP_S and abs(step_s - waited_s) > JUMP_S


def _apart(shown: Sequence[int]) -> list[int]:
    """No two at one tick: what a player is given must rise."""
    moved = list(shown)
    last = None
    for index in sorted(range(len(shown)), key=lambda i: shown[i]):
        if last is not None and moved[index] <= last:
            moved[index] = last + 1
        last = moved[index]
    return moved
