"""The description of the API that the console's types are made from."""

import json
from pathlib import Path

from patrol.web.openapi import describe

KEPT = Path(__file__).parents[2] / "console" / "openapi.json"


def test_the_kept_description_is_the_apis_own() -> None:
    """Where it is not: python -m patrol.web.openapi > console/openapi.json"""
    assert json.loads(KEPT.read_text(encoding="utf-8")) == describe()


def test_every_operation_has_a_name_of_its_own_and_says_how_it_fails() -> None:
    operations = [operation for methods in describe()["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all("default" in operation["responses"] for operation in operations)
