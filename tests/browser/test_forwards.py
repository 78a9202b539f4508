"""An admin writes a policy by which a group hands down what it receives, sees it in force, and revokes it."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from patrol.store.tables import ForwardPolicy
from tests.browser.conftest import Enter
from tests.browser.running import RunningServer
from tests.browser.scene import Scene
from tests.waiting import eventually

pytestmark = pytest.mark.browser


def test_a_policy_is_written_and_revoked(enter: Enter, scene: Scene, server: RunningServer) -> None:
    page = enter("Ada")
    page.goto(f"{server.url}/groups")
    page.get_by_role("button", name="Forwarding").click()
    expect(page.get_by_text("No policy")).to_be_visible()
    page.get_by_label("What is forwarded").fill("All to the floors, by order of Li")
    page.get_by_label("Until").fill(f"{scene.now.year + 1}-01-01T00:00")
    page.get_by_role("button", name="Write the policy").click()
    expect(page.get_by_text("In force", exact=True)).to_be_visible()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").last.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Over", exact=True)).to_be_visible()
    eventually(lambda: revoked(scene))


def revoked(scene: Scene) -> bool:
    with scene.database.read() as session:
        [policy] = session.scalars(select(ForwardPolicy)).all()
        return policy.revoked_at is not None
