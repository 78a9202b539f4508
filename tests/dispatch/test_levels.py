"""How long a level may take is set, shown and taken back."""

import pytest
from sqlalchemy import select

from patrol.dispatch.clocks import DEFAULTS, Times, times_of
from patrol.dispatch.levels import TimesRefused, forget_times, set_times, times_by_level
from patrol.store.tables import Event
from tests.dispatch.scene import Scene


def test_every_level_has_times_known_in_use_or_set(scene: Scene) -> None:
    scene.group("cleaners", level="cleaners")
    with scene.database.write() as session:
        set_times(session, "drivers", Times(5, None, None), "ada", scene.now)
        found = times_by_level(session)
    assert dict(list(found.items())[: len(DEFAULTS)]) == DEFAULTS
    assert found["drivers"] == Times(5)
    assert found["cleaners"] == DEFAULTS["guards"]


def test_set_times_hold_until_they_are_taken_back(scene: Scene) -> None:
    with scene.database.write() as session:
        set_times(session, "guards", Times(30, 90, 600), "ada", scene.now)
        set_times(session, "guards", Times(30, None, 600), "bob", scene.now)
        assert times_of(session, "guards") == Times(30, None, 600)
        forget_times(session, "guards", "ada", scene.now)
        forget_times(session, "guards", "ada", scene.now)
        assert times_of(session, "guards") == DEFAULTS["guards"]
        events = session.scalars(select(Event).where(Event.kind == "level.changed").order_by(Event.seq)).all()
    assert [event.actor for event in events] == ["user:ada", "user:bob", "user:ada"]


@pytest.mark.parametrize("times", [Times(0), Times(-1), Times(86_401), Times(60, 30), Times(60, None, 59)])
def test_times_that_cannot_be_are_refused(scene: Scene, times: Times) -> None:
    with scene.database.write() as session, pytest.raises(TimesRefused):
        set_times(session, "guards", times, "ada", scene.now)
