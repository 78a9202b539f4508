"""A group that was told is called off by whichever of its chats still works; where none does, a person is told."""

import pytest

from patrol.chats.chat import SendError
from patrol.dispatch.recalls import WITHDRAWAL_NOT_DELIVERED
from patrol.store.tables import Delivery
from tests.dispatch.cascade import NEAR, Cascade, room

REFUSED = SendError("forbidden", "not in the room any more", is_permanent=True)


def breaks(cascade: Cascade, *group_ids: str) -> None:
    """From now on these rooms take nothing."""
    for group_id in group_ids:
        cascade.chats.open("matrix", room(group_id).address, "m").script = [REFUSED] * 9


def calls_off(cascade: Cascade, hit_id: object, how: str) -> None:
    if how == "rejected":
        cascade.decide(hit_id, "rejected")  # type: ignore[arg-type]
    else:
        cascade.close("handed_over", hit_id)  # type: ignore[arg-type]
    cascade.run()


@pytest.mark.parametrize(("how", "said"), [("rejected", "withdrawn"), ("closed", "has ended")])
def test_what_a_chat_refuses_for_good_is_said_by_the_groups_next_one(cascade: Cascade, how: str, said: str) -> None:
    cascade.scene.group("gate-a", room("gate-a"), room("spare"), position=NEAR)
    hit_id = cascade.told()
    breaks(cascade, "gate-a")
    calls_off(cascade, hit_id, how)
    [text] = cascade.texts("spare")
    assert said in text.lower()
    assert WITHDRAWAL_NOT_DELIVERED not in cascade.alarms()


@pytest.mark.parametrize("how", ["rejected", "closed"])
def test_where_no_chat_takes_it_an_alarm_asks_to_call_the_guards(cascade: Cascade, how: str) -> None:
    cascade.scene.group("gate-a", room("gate-a"), room("spare"), position=NEAR)
    hit_id = cascade.told()
    breaks(cascade, "gate-a", "spare")
    calls_off(cascade, hit_id, how)
    assert cascade.texts("spare") == []
    assert WITHDRAWAL_NOT_DELIVERED in cascade.alarms()


def test_a_withdrawal_that_arrives_after_all_ends_the_alarm(cascade: Cascade) -> None:
    cascade.group("gate-a")
    hit_id = cascade.told()
    breaks(cascade, "gate-a")
    calls_off(cascade, hit_id, "rejected")
    assert WITHDRAWAL_NOT_DELIVERED in cascade.alarms()
    cascade.chats.open("matrix", room("gate-a").address, "m").script = []
    with cascade.scene.database.write() as session:
        for row in cascade.scene.deliveries(hit_id):
            if row.state == "failed":
                again = session.get_one(Delivery, row.id)
                again.state, again.ended_at, again.next_try_at = "queued", None, cascade.clock()
    cascade.run()
    assert WITHDRAWAL_NOT_DELIVERED not in cascade.alarms()


def test_a_group_whose_other_chat_was_told_too_hears_it_there_once(cascade: Cascade) -> None:
    cascade.scene.group("gate-a", room("gate-a"), room("spare"), position=NEAR)
    silent = SendError("no_answer", "nothing came back", is_unknown=True)
    first = cascade.chats.open("matrix", room("gate-a").address, "m")
    first.script = [silent] * 9
    hit_id = cascade.told()
    cascade.wait(61)
    assert len(cascade.texts("spare")) == 1
    breaks(cascade, "gate-a")
    cascade.decide(hit_id, "rejected")
    cascade.run()
    spare = cascade.chats.open("matrix", room("spare").address, "m")
    assert len(spare.withdrawn) == 1
    assert [text for text in cascade.texts("spare") if "withdrawn" in text.lower()] == []
