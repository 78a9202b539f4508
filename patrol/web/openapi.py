"""Prints the description of the API (OpenAPI), which the console's types are made from.

python -m patrol.web.openapi > console/openapi.json
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from patrol.settings import Settings
from patrol.store.blobs import Blobs
from patrol.store.engine import open_database
from patrol.web.app import build_app
from patrol.web.parts import Parts


def describe() -> dict[str, Any]:
    """The description, from an app that is built for it and never served."""
    with TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/empty.db")
        parts = Parts(Settings(), database, Blobs(Path(folder)), lambda: datetime.now(UTC))
        return build_app(parts).openapi()


if __name__ == "__main__":
    json.dump(describe(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
