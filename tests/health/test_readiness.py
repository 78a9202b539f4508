"""What is missing of a database that is not there, or not of this version."""

from datetime import datetime
from pathlib import Path

from patrol.health.readiness import missing
from patrol.store.engine import Database, open_database


def test_a_database_of_another_version_is_not_ready(tmp_path: Path, now: datetime) -> None:
    empty = open_database(f"sqlite:///{tmp_path}/empty.db")
    assert missing(empty, is_watching_wanted=False, now=now) == ("not_migrated",)


def test_a_database_that_cannot_be_reached_is_said_to_be(now: datetime) -> None:
    away = open_database("postgresql+psycopg://nobody@127.0.0.1:1/patrol?connect_timeout=1")
    assert missing(away, is_watching_wanted=False, now=now) == ("database",)


def test_a_database_that_is_there_lacks_only_who_works(database: Database, now: datetime) -> None:
    assert missing(database, is_watching_wanted=True, now=now) == ("no_worker", "no_sender")
