"""What a command sends itself where no `patrol send` runs, as while patrol is set up."""

import secrets
import socket
from collections.abc import Sequence
from random import SystemRandom
from uuid import UUID

from patrol.chats.table import Chats
from patrol.cli import parts
from patrol.dispatch.courier import Courier
from patrol.dispatch.handover import Handover
from patrol.settings import Settings
from patrol.store.engine import Database


def send_now(chosen: Settings, database: Database, opened: Chats, ids: Sequence[UUID]) -> None:
    """One try at each of these deliveries, and at no others."""
    courier = Courier(database, parts.blobs(chosen), opened, parts.clock, parts.desk(chosen), SystemRandom())
    owner = f"cli-{socket.gethostname()}-{secrets.token_hex(3)}"
    Handover(database, opened, courier, parts.clock, owner).deliver(ids)
