"""Decisions become deliveries, once, and a decision that takes the yes back becomes withdrawals."""

from patrol.dispatch.sender import Sender
from tests.dispatch.scene import Scene


def test_a_confirmed_hit_goes_to_the_group_page(scene: Scene, sender: Sender) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    while sender.run_once():
        pass
    assert scene.states(hit_id) == [("gate", "hit", "sent")]
