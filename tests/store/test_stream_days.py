"""What a stream saw in a day: counts that add up, and nobody's name."""

from datetime import date

from patrol.store.engine import Database
from patrol.store.stream_days import Counts, count
from patrol.store.tables import StreamDay

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def test_counts_add_up_over_a_day_and_begin_anew_on_the_next(database: Database) -> None:
    with database.write() as session:
        count(session, "gate", "mall", MONDAY, Counts(n_looks=4, n_faces=2, n_passages=1))
        count(session, "gate", "mall", MONDAY, Counts(n_looks=4, n_faces=1, n_masked=1, n_unusable=1))
        count(session, "gate", "mall", TUESDAY, Counts(n_looks=1))
    with database.read() as session:
        monday = session.get_one(StreamDay, ("gate", MONDAY))
        tuesday = session.get_one(StreamDay, ("gate", TUESDAY))
    assert (monday.site_id, monday.n_looks, monday.n_faces, monday.n_passages) == ("mall", 8, 3, 1)
    assert (monday.n_masked, monday.n_unusable, monday.n_too_small) == (1, 1, 0)
    assert (tuesday.n_looks, tuesday.n_faces) == (1, 0)


def test_a_day_on_which_nothing_was_seen_has_no_row(database: Database) -> None:
    with database.write() as session:
        count(session, "gate", "mall", MONDAY, Counts())
        assert session.get(StreamDay, ("gate", MONDAY)) is None


def test_what_came_since_is_the_difference() -> None:
    assert Counts(n_looks=9, n_passages=3) - Counts(n_looks=4, n_passages=3) == Counts(n_looks=5)
