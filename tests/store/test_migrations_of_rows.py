"""A database of the version before keeps its rows through a migration, and what points where."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from patrol.store import engine
from patrol.store.engine import Database, migrate, open_database

ROWS = """
INSERT INTO watchlist (id, name, category, reason, owner, is_exercise, created_at, created_by, ends_at)
VALUES ('{id:1}', 'Pickpockets', 'wanted', 'case 12', 'Li', {false}, '{at}', 'ada', '{at}');
INSERT INTO person (id, watchlist_id, name, reason, source, note, created_at, created_by, ends_at)
VALUES ('{id:2}', '{id:1}', 'Wanda', 'case 12', 'camera', '', '{at}', 'ada', '{at}');
INSERT INTO portrait (id, person_id, sha256, file_name, box_xyxy, landmarks_xy, quality, created_at, created_by)
VALUES ('{id:3}', '{id:2}', '0', 'a.jpg', '[]', '[]', 1.0, '{at}', 'ada');
INSERT INTO account (id, name, password_hash, role, sees_all_sites, language, created_at)
VALUES ('{id:4}', 'rita', '-', 'reviewer', {true}, 'en', '{at}');
INSERT INTO hit (id, number, origin, grade, stream_id, stream_name, place, site_id, site_name, time_zone, latitude,
  longitude, watchlist_id, person_id, portrait_id, passage_id, n_passages, first_seen_at, last_seen_at, seen_at,
  n_looks, track_length_s, similarity, threshold, embedder, quality, box_xyxy, landmarks_xy, other_boxes_xyxy,
  frame_wh, crop_xyxy, recorded_at, round, verdict)
VALUES ('{id:5}', 7, 'match', 'sure', 'gate', 'Gate', 'Gate B', 'mall', 'Mall', 'UTC', 1.0, 2.0, '{id:1}', '{id:2}',
  '{id:3}', '{id:9}', 1, '{at}', '{at}', '{at}', 3, 1.0, 0.7, 0.4, 'sface', 0.9, '[]', '[]', '[]', '[1, 1]', '[]',
  '{at}', 1, 'confirmed');
INSERT INTO decision (id, hit_id, round, seat, verdict, note, user_id, user_name, decided_at, release_at)
VALUES ('{id:6}', '{id:5}', 1, 1, 'confirmed', '', '{id:4}', 'rita', '{at}', '{at}');
INSERT INTO guard_group (id, name, latitude, longitude, level, language, is_active, created_at)
VALUES ('gate', 'Gate', 1.0, 2.0, 'guards', 'zh', {true}, '{at}');
INSERT INTO group_chat (id, group_id, kind, address, position) VALUES ('{id:7}', 'gate', 'page', '', 0);
INSERT INTO delivery (id, kind, decision_id, verdict, hit_id, group_id, chat_id, part, revision, lane, state,
  attempts, next_try_at, expires_at, text, is_repeat, may_have_arrived, created_at)
VALUES ('{id:8}', 'hit', '{id:6}', 'confirmed', '{id:5}', 'gate', '{id:7}', 'hit', 0, 1, 'sent', 1, '{at}', '{at}',
  'text', {false}, {false}, '{at}');
INSERT INTO reply (id, delivery_id, hit_id, group_id, chat_id, event_ref, kind, text, member, said_at, received_at)
VALUES ('{id:10}', '{id:8}', '{id:5}', 'gate', '{id:7}', 'e1', 'not_him', '', 'gus', '{at}', '{at}');
INSERT INTO routing (decision_id, routed_at, outcome) VALUES ('{id:6}', '{at}', 'delivered');
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database as version 0001 made it, with one story in it."""
    if request.param == "sqlite":
        database = open_database(f"sqlite:///{tmp_path}/old.db")
        fill(database)
        yield database
        database.engine.dispose()
        return
    with request.getfixturevalue("cluster").database() as database:
        fill(database)
        yield database


def fill(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    is_sqlite = database.engine.dialect.name == "sqlite"
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in filter(str.strip, written(is_sqlite).split(";\n")):
            connection.exec_driver_sql(statement.replace("%", "%%"))


def written(is_sqlite: bool) -> str:
    rows = ROWS.replace("{at}", "2026-03-02 01:30:00.000000" + ("" if is_sqlite else "+00"))
    rows = rows.replace("{true}", "1" if is_sqlite else "true").replace("{false}", "0" if is_sqlite else "false")
    for number in range(10, 0, -1):
        digits = f"{number:032x}"
        rows = rows.replace(f"{{id:{number}}}", digits)
    return rows


COUNTED = (
    *("watchlist", "person", "portrait", "hit", "decision"),
    *("guard_group", "group_chat", "delivery", "reply", "routing"),
)


def test_every_row_is_there_after_the_migration_with_sound_values_in_the_new_columns(old_database: Database) -> None:
    migrate(old_database)
    with old_database.read() as session:
        assert {table: session.scalar(text(f"SELECT count(*) FROM {table}")) for table in COUNTED} == dict.fromkeys(
            COUNTED, 1
        )
        group = session.execute(text("SELECT covers, picture_policy, keep_h, is_default FROM guard_group")).one()
        assert (group.picture_policy, group.keep_h, bool(group.is_default)) == ("upper_body", 12.0, False)
        assert group.covers in ("[]", [])
        assert session.scalar(text("SELECT kind FROM reply")) == "not_him"
        assert session.scalar(text("SELECT update_number FROM hit")) == 0


def test_a_hit_of_before_scores_keeps_its_cosine_and_has_no_score(old_database: Database) -> None:
    migrate(old_database)
    with old_database.read() as session:
        assert session.execute(text("SELECT similarity, score, threshold FROM hit")).one() == (0.7, None, 0.4)


def test_the_new_kinds_are_taken_and_nonsense_is_refused_as_before(old_database: Database) -> None:
    migrate(old_database)
    with old_database.write() as session:
        session.execute(text("UPDATE reply SET kind = 'need_help'"))
    with pytest.raises(Exception, match="ck_reply_kind"), old_database.write() as session:
        session.execute(text("UPDATE reply SET kind = 'nonsense'"))
    with pytest.raises(Exception, match="a_hit_is_confirmed"), old_database.write() as session:
        session.execute(text("UPDATE delivery SET decision_id = NULL, verdict = NULL"))


def test_rows_that_point_nowhere_are_refused_after_the_migration_too(old_database: Database) -> None:
    migrate(old_database)
    with (
        pytest.raises(Exception, match=r"(?i)foreign key"),
        old_database.write() as session,
    ):
        session.execute(text("UPDATE delivery SET group_id = 'nobody'"))


def test_what_was_decided_cannot_be_changed_after_the_migration_either(old_database: Database) -> None:
    migrate(old_database)
    with pytest.raises(Exception, match="append-only"), old_database.write() as session:
        session.execute(text("UPDATE decision SET verdict = 'rejected'"))
