"""What a command and all the processes it has started use: processor, memory, threads and sockets, out of /proc."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
MEGABYTE = 1_000_000
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """All processes of a tree together, at one moment."""

    n_processes: int = 0
    cpu_s: float = 0.0  #: user and system time since each began; that of processes that have ended is not in it
    memory_mb: float = 0.0  #: proportional set size: memory that is shared counts once
    n_threads: int = 0
    n_sockets: int = 0
    rss_mb: float = 0.0  #: resident set sizes, summed: memory that is shared counts for each
    pids: frozenset[int] = frozenset()

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.n_processes + other.n_processes,
            self.cpu_s + other.cpu_s,
            self.memory_mb + other.memory_mb,
            self.n_threads + other.n_threads,
            self.n_sockets + other.n_sockets,
            self.rss_mb + other.rss_mb,
            self.pids | other.pids,
        )


def usage_of(pid: int, *, is_alone: bool = False) -> Usage:
    """What the process and its descendants use now; whatever ends meanwhile is left out. is_alone: without those."""
    total = Usage()
    for member in [pid] if is_alone else tree_of(pid):
        with suppress(OSError):
            total += _usage_of_one(member)
    return total


def tree_of(pid: int) -> Iterator[int]:
    """The process and its descendants, parents first; nothing where it has ended."""
    if not (PROC / str(pid)).exists():
        return
    yield pid
    for child in _children_of(pid):
        yield from tree_of(child)


def _children_of(pid: int) -> list[int]:
    """Children belong to the thread that started them."""
    found: list[int] = []
    with suppress(OSError):
        for task in (PROC / str(pid) / "task").iterdir():
            with suppress(OSError):
                found += [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
    return found


def _usage_of_one(pid: int) -> Usage:
    folder = PROC / str(pid)
    fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    cpu_s = (int(fields[11]) + int(fields[12])) / TICKS_PER_S  # utime and stime: fields 14 and 15 of proc(5)
    pss_mb, rss_mb = _memory_mb(folder)
    return Usage(1, cpu_s, pss_mb, int(fields[17]), _n_sockets(folder), rss_mb, frozenset({pid}))


def _memory_mb(folder: Path) -> tuple[float, float]:
    """Proportional and resident set size."""
    kilobytes = {"Pss:": 0, "Rss:": 0}
    for line in (folder / "smaps_rollup").read_text(encoding="ascii").splitlines():
        name, *rest = line.split()
        if name in kilobytes:
            kilobytes[name] += int(rest[0])
    return kilobytes["Pss:"] * 1024 / MEGABYTE, kilobytes["Rss:"] * 1024 / MEGABYTE


def _n_sockets(folder: Path) -> int:
    n_sockets = 0
    for descriptor in (folder / "fd").iterdir():
        with suppress(OSError):  # closed since it was listed
            n_sockets += os.readlink(descriptor).startswith("socket:")
    return n_sockets
