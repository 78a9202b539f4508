"""What `patrol bench cameras` says: a row for each number of cameras, and the figures that follow from them."""

from dataclasses import dataclass

from patrol.bench.cameras_hits import percentile
from patrol.bench.cameras_run import Cost
from patrol.bench.cameras_truth import Expected
from patrol.bench.cameras_usual import Usual

FAIR_SHARE = 0.02  # looks left out, up to which decoding every frame is a fair comparison
TWO_CORES = 1.8  # of two cores: what is left when the system itself has had a tenth
HEAD = (
    "cameras",
    "live",
    "passages",
    "found",
    "recall",
    "wrong",
    "p50 s",
    "p95 s",
    "cores",
    "server",
    "MB",
    "dropped",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One number of cameras."""

    n_cameras: int
    cost: Cost
    n_passages: int  #: of listed people
    n_found: int
    n_found_too: int  #: of those found, so many that decoding every frame finds as well
    n_to_find: int  #: of all passages, so many that decoding every frame finds
    n_wrong: int
    capture_to_hit_s: tuple[float, ...]
    large_to_hit_s: tuple[float, ...]
    n_dropped: int
    n_live: int  #: cameras watched at the beginning and at the end of the time, the smallest number of all runs
    missed: tuple[Expected, ...] = ()

    @property
    def recall(self) -> float:
        """Share found of the passages that decoding every frame finds, 0..1; 1 where there was nothing.

        What is found beyond those does not make up for what is missed of them.
        """
        return self.n_found_too / self.n_to_find if self.n_to_find else 1.0

    def holds(self, keep: float) -> bool:
        """Whether every camera was watched, and enough was found. keep: 0..1, least recall."""
        return self.n_live == self.n_cameras and self.recall >= keep

    @property
    def cameras_two_cores(self) -> float:
        """How many cameras two cores would carry that have nothing else to do, at the cost measured here."""
        return self.n_cameras * TWO_CORES / max(self.cost.patrol_cores, 1e-9)

    def told(self) -> dict[str, float]:
        """The figures worth saying while it goes on."""
        return {"n": self.n_cameras, "recall": round(self.recall, 3), "cores": round(self.cost.patrol_cores, 2)}

    def figures(self) -> dict[str, object]:
        return {
            "cameras": self.n_cameras,
            "cameras_live": self.n_live,
            "passages": self.n_passages,
            "passages_found": self.n_found,
            "passages_found_by_every_frame": self.n_to_find,
            "passages_found_by_both": self.n_found_too,
            "share_found": round(self.n_found / max(1, self.n_passages), 3),
            "recall": round(self.recall, 3),
            "wrong_hits": self.n_wrong,
            "capture_to_hit_p50_s": _rounded(percentile(self.capture_to_hit_s, 0.5)),
            "capture_to_hit_p95_s": _rounded(percentile(self.capture_to_hit_s, 0.95)),
            "large_face_to_hit_p50_s": _rounded(percentile(self.large_to_hit_s, 0.5)),
            "large_face_to_hit_p95_s": _rounded(percentile(self.large_to_hit_s, 0.95)),
            "patrol_cores": round(self.cost.patrol_cores, 2),
            "server_cores": round(self.cost.server_cores, 2),
            "pss_mb_per_camera": round(self.cost.memory_mb / self.n_cameras, 1),
            "rss_mb_per_camera": round(self.cost.rss_mb / self.n_cameras, 1),
            "processes": self.cost.n_processes,
            "dropped_looks": self.n_dropped,
            "missed": [_told(passage) for passage in self.missed],
        }

    def line(self) -> str:
        said = self.figures()
        cells = [
            *(self.n_cameras, self.n_live, self.n_passages, self.n_found, said["recall"], self.n_wrong),
            *(said["capture_to_hit_p50_s"], said["capture_to_hit_p95_s"], said["patrol_cores"], said["server_cores"]),
            *(round(self.cost.memory_mb), self.n_dropped),
        ]
        return "".join(f"{'-' if cell is None else cell:>10}" for cell in cells)


@dataclass(frozen=True, slots=True)
class Alone:
    """What decoding every frame of a few cameras found: what recall is held against."""

    n_found: int
    n_passages: int
    n_dropped: int  #: looks left out; more than a few say that the machine was too busy for a fair comparison
    n_looks: int  #: looks made

    @property
    def share_dropped(self) -> float:
        """Of the looks that were due, 0..1."""
        return self.n_dropped / max(1, self.n_dropped + self.n_looks)

    def lines(self) -> list[str]:
        """What was found, and a warning where the comparison was none."""
        said = (
            f"every frame decoded: {self.n_found} of {self.n_passages} passages of listed people found"
            f" ({self.n_dropped} looks left out, {self.share_dropped:.1%})"
        )
        warning = "WARNING: more than 2 % of its looks were left out: the machine was too busy, recall is flattered"
        return [said, warning] if self.share_dropped > FAIR_SHARE else [said]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured in one run of the command."""

    rows: tuple[Row, ...]  #: by number of cameras
    usual: Usual
    usual_small: Usual
    alone: Alone
    keep: float
    measured_on: tuple[str, ...]  #: processor, load before it began, software, command

    @property
    def best(self) -> Row | None:
        """The largest number of cameras that keeps enough; None where none of those tried does."""
        return max((row for row in self.rows if row.holds(self.keep)), key=lambda row: row.n_cameras, default=None)

    def figures(self) -> dict[str, object]:
        """What `--json` prints."""
        best = self.best
        said: dict[str, object] = {"cameras_here": best.n_cameras if best else 0}
        two_cores = best.cameras_two_cores if best else 0.0
        at_best = best.figures() if best else {}
        return {
            **said,
            "cameras_two_cores": round(two_cores, 1),
            "reference_cameras": round(self.usual.cameras, 2),
            "ratio": round(two_cores / max(self.usual.cameras, 1e-9), 1),
            "recall": at_best.get("recall"),
            "capture_to_hit_p95_s": at_best.get("capture_to_hit_p95_s"),
            "capture_to_hit_p50_s": at_best.get("capture_to_hit_p50_s"),
            "pss_mb_per_camera": at_best.get("pss_mb_per_camera"),
            "rss_mb_per_camera": at_best.get("rss_mb_per_camera"),
            "reference_cameras_small": round(self.usual_small.cameras, 2),
            "ratio_small": round(two_cores / max(self.usual_small.cameras, 1e-9), 1),
            "every_frame_passages": self.alone.n_passages,
            "every_frame_found": self.alone.n_found,
            "every_frame_dropped_looks": self.alone.n_dropped,
            "every_frame_dropped_share": round(self.alone.share_dropped, 4),
            "rows": [row.figures() for row in self.rows],
            "measured_on": list(self.measured_on),
        }

    def lines(self) -> list[str]:
        """The same for a person."""
        table = ["".join(f"{name:>10}" for name in HEAD), *(row.line() for row in self.rows)]
        return ["cameras: 1080p25 H.264 at 2 Mbit/s over RTSP", *self.measured_on, "", *table, "", *self._sums()]

    def _sums(self) -> list[str]:
        said = self.figures()
        return [
            *self.alone.lines(),
            f"cameras here: {said['cameras_here']}, with the server on the same cores, recall >= {self.keep:.0%}",
            f"cameras on two cores: {said['cameras_two_cores']}",
            f"the usual loop keeps up with {said['reference_cameras']}: patrol with {said['ratio']} times as many",
            f"the same on frames of half the size: {said['reference_cameras_small']}, {said['ratio_small']} times",
        ]


def _told(passage: Expected) -> str:
    """Which passage, so that somebody can look for it in the film."""
    place = f"{passage.camera_id}, {passage.film}.mp4, passage {passage.passage}"
    return f"{passage.person}, {passage.ended_at - passage.began_at:.1f} s in view, {place}"


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)
