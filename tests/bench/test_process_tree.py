"""What a process and its children use, held against processes whose use is known."""

import os
import socket
import subprocess
import sys
import threading

import pytest

from patrol.bench.process_tree import Usage, tree_of, usage_of

GRANDPARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
NOBODY = 2**22  # beyond what Linux gives


@pytest.mark.slow
def test_children_of_children_are_counted_too() -> None:
    with subprocess.Popen([sys.executable, "-c", GRANDPARENT], stdin=subprocess.PIPE) as process:
        try:
            while len(found := list(tree_of(process.pid))) < 2:
                assert process.poll() is None
            assert found[0] == process.pid
            used = usage_of(process.pid)
            assert (used.n_processes, used.pids) == (2, frozenset(found))
            assert used.rss_mb > used.memory_mb > 0  # what both share counts twice
        finally:
            process.communicate(b"\n")
    assert list(tree_of(process.pid)) == []


def test_a_process_that_has_ended_uses_nothing() -> None:
    assert usage_of(NOBODY) == Usage()


def test_memory_is_what_is_held() -> None:
    before = usage_of(os.getpid()).memory_mb
    held = bytearray(os.urandom(1) * 50_000_000)
    assert 40 < usage_of(os.getpid()).memory_mb - before < 70
    assert held


def test_threads_and_sockets_come_and_go() -> None:
    before, done = usage_of(os.getpid()), threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    with socket.socket():
        during = usage_of(os.getpid())
    done.set()
    thread.join()
    assert during.n_threads - before.n_threads == 1
    assert during.n_sockets - before.n_sockets == 1
    assert usage_of(os.getpid()).n_sockets == before.n_sockets


def test_processor_time_grows_with_work() -> None:
    before = usage_of(os.getpid()).cpu_s
    while usage_of(os.getpid()).cpu_s - before < 0.05:
        sum(range(100_000))
    assert usage_of(os.getpid()).cpu_s > before
