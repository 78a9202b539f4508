"""The cascade down the tree: a named person's click, a written policy, and nothing that does not stand."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from patrol.dispatch.forwarding import ForwardRefused, children_of, forward
from patrol.store.tables import Delivery, ForwardPolicy
from tests.dispatch.cascade import FAR, NEAR, Cascade

NIGHT_OFF = {"weekly": [{"days": ["sun"], "from": "03:00", "to": "03:30"}]}


@pytest.fixture
def tree(cascade: Cascade) -> Cascade:
    """Only the station covers the mall; what is below it hears of a hit when it is forwarded."""
    cascade.tell_at_once(1)
    cascade.group("station", NEAR, level="station")
    cascade.group("lead", FAR, level="managers", site_id=None, parent_id="station")
    cascade.group("gate-a", FAR, site_id=None, parent_id="lead")
    cascade.group("gate-b", FAR, site_id=None, parent_id="lead", shifts=NIGHT_OFF, time_zone="Asia/Shanghai")
    cascade.group("stalls", FAR, site_id=None, parent_id="lead", level="shopkeepers")
    return cascade


def told_in(tree: Cascade, group_id: str) -> Delivery:
    return next(row for row in tree.scene.deliveries() if row.group_id == group_id and row.chat.kind == "matrix")


def pass_down(tree: Cascade, from_group: str, to: Sequence[str], by: str = "user:rita") -> list[Delivery]:
    with tree.scene.database.write() as session:
        delivery = session.get_one(Delivery, told_in(tree, from_group).id)
        return forward(session, delivery, to, by, tree.clock())


def policy(tree: Cascade, group_id: str, **more: object) -> None:
    with tree.scene.database.write() as session:
        now = tree.clock()
        row = ForwardPolicy(group_id=group_id, text="All to the leads", written_by="ada", created_at=now)
        row.ends_at = now + timedelta(days=1)
        for name, value in more.items():
            setattr(row, name, value)
        session.add(row)


def test_a_person_forwards_to_a_child_and_it_is_a_delivery_with_its_parent(tree: Cascade) -> None:
    tree.told()
    made = pass_down(tree, "station", ["lead"], "member:Captain Li")
    tree.run()
    assert {row.parent_id for row in made} == {told_in(tree, "station").id}
    assert {row.forwarded_by for row in made} == {"member:Captain Li"}
    assert told_in(tree, "lead").state == "sent"
    assert ("forwarded", "lead", "station", "by_person") in tree.steps()
    assert [row["group_id"] for row in tree.events("delivery.queued")][-2:] == ["lead", "lead"]


def test_what_was_forwarded_has_its_own_clocks(tree: Cascade) -> None:
    tree.told()
    pass_down(tree, "station", ["lead"])
    tree.run()
    assert set(tree.clocks("lead")) == {"seen", "on_my_way", "outcome"}


def test_a_child_that_the_hit_did_not_reach_is_told_anew(tree: Cascade) -> None:
    tree.told()
    pass_down(tree, "station", ["lead"])
    with tree.scene.database.write() as session:
        of_lead = update(Delivery).where(Delivery.group_id == "lead")
        session.execute(of_lead.values(state="expired", ended_at=tree.clock()))
    assert {row.revision for row in pass_down(tree, "station", ["lead"])} == {1}
    tree.run()
    assert len(tree.texts("lead")) == 1


def test_forwarded_twice_it_is_there_once(tree: Cascade) -> None:
    tree.told()
    assert pass_down(tree, "station", ["lead", "lead"])
    assert pass_down(tree, "station", ["lead"]) == []


@pytest.mark.parametrize(
    ("to", "why"), [("gate-a", "no_child"), ("station", "no_child"), ("nobody", "no_child"), ("stalls", "no_child")]
)
def test_only_its_own_children_are_forwarded_to(tree: Cascade, to: str, why: str) -> None:
    tree.told()
    with pytest.raises(ForwardRefused) as refused:
        pass_down(tree, "station", [to])
    assert (refused.value.why, refused.value.group_id) == (why, to)


def test_a_level_the_list_does_not_allow_gets_nothing_by_a_forward_either(tree: Cascade) -> None:
    tree.told()
    pass_down(tree, "station", ["lead"])
    tree.run()
    with pytest.raises(ForwardRefused, match="shopkeepers"):
        pass_down(tree, "lead", ["gate-a", "stalls"])
    assert tree.groups_told() == {"station", "lead"}


def test_a_person_may_ask_somebody_off_shift(tree: Cascade) -> None:
    tree.told()
    pass_down(tree, "station", ["lead"])
    tree.run()
    assert pass_down(tree, "lead", ["gate-b"])


@pytest.mark.parametrize("ending", ["rejected", "doubted", "closed"])
def test_what_does_not_stand_any_more_is_not_forwarded(tree: Cascade, ending: str) -> None:
    hit_id = tree.told()
    if ending == "rejected":
        tree.decide(hit_id, "rejected")
    elif ending == "doubted":
        tree.say("station", "not_him")
    else:
        tree.close("lost", hit_id)
    with pytest.raises(ForwardRefused) as refused:
        pass_down(tree, "station", ["lead"])
    assert refused.value.why in ("not_standing", "ended")
    assert tree.groups_told() == {"station"}


def test_a_policy_forwards_by_itself_and_says_which_policy(tree: Cascade) -> None:
    policy(tree, "station")
    policy(tree, "lead")
    tree.told()
    assert tree.groups_told() == {"station", "lead", "gate-a"}  # gate-b is off shift, stalls may not be told
    assert told_in(tree, "gate-a").parent_id is not None
    assert told_in(tree, "gate-a").forward_policy_id is not None
    assert told_in(tree, "gate-a").forwarded_by is None
    assert ("forwarded", "gate-a", "lead", "by_policy") in tree.steps()


@pytest.mark.parametrize("ended", ["revoked", "past its end"])
def test_a_policy_that_has_ended_forwards_nothing(tree: Cascade, ended: str) -> None:
    now = tree.clock()
    policy(tree, "station", **({"revoked_at": now} if ended == "revoked" else {"ends_at": now}))
    tree.told()
    assert tree.groups_told() == {"station"}


def test_a_policy_forwards_nothing_from_before_it_was_written(tree: Cascade) -> None:
    tree.told()
    tree.clock.forward(1)
    policy(tree, "station")
    tree.run()
    assert tree.groups_told() == {"station"}


def test_a_policy_without_anybody_to_tell_says_so_once_and_rests(tree: Cascade) -> None:
    tree.group("other-lead", FAR, level="managers", site_id=None, parent_id="lead", shifts=NIGHT_OFF, time_zone="UTC")
    policy(tree, "other-lead")
    policy(tree, "station")
    tree.told()
    pass_down(tree, "lead", ["other-lead"])
    tree.run()
    assert tree.steps().count(("forwarded", None, "other-lead", "nobody_on_shift")) == 1
    assert not tree.sender.route_once()


def test_where_everybody_below_holds_it_already_that_is_what_is_said_and_once(cascade: Cascade) -> None:
    cascade.tell_at_once(2)
    cascade.group("lead", NEAR, level="managers")
    cascade.group("gate-a", NEAR, parent_id="lead")
    policy(cascade, "lead")
    cascade.told()
    assert cascade.groups_told() == {"lead", "gate-a"}
    assert [step for step in cascade.steps() if step[0] == "forwarded"] == [
        ("forwarded", None, "lead", "told_already")
    ]
    assert not cascade.sender.route_once()


def test_a_withdrawal_goes_down_the_whole_tree(tree: Cascade) -> None:
    policy(tree, "station")
    policy(tree, "lead")
    hit_id = tree.told()
    pass_down(tree, "lead", ["gate-b"])
    tree.run()
    tree.decide(hit_id, "rejected")
    tree.run()
    states = {row.group_id: row.state for row in tree.scene.deliveries() if row.kind == "hit"}
    assert states == dict.fromkeys(("station", "lead", "gate-a", "gate-b"), "withdrawn")
    assert {row.group_id for row in tree.scene.deliveries() if row.kind == "withdraw" and row.state == "sent"} == set(
        states
    )


def test_the_children_that_may_be_chosen_are_those_in_use(tree: Cascade) -> None:
    with tree.scene.database.read() as session:
        assert [group.id for group in children_of(session, "lead")] == ["gate-a", "gate-b", "stalls"]
        assert children_of(session, "gate-a") == []
        assert session.scalars(select(ForwardPolicy)).all() == []
