"""Work that can wait gives way to the cameras."""

import os
import sys
import threading
from contextlib import suppress

NICENESS = 10  # a tenth of the processor against a thread of the usual niceness, all of it where nobody else wants it


def give_way() -> None:
    """Let every other thread go first from here on; on Linux alone threads have a niceness of their own."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
