"""Two people change groups in the same moment: what one alone may not do they do not do together either."""

from collections.abc import Callable
from datetime import datetime
from threading import Barrier, Thread

import pytest

from patrol.dispatch import groups
from patrol.dispatch.drafts import ChatDraft, GroupDraft, GroupRefused
from patrol.store.engine import Database

ROOM = ChatDraft("matrix", "https://h/!room", "token")


def at_once(database: Database, *changes: Callable[..., object]) -> list[str]:
    """Make the changes in as many threads, each in a transaction of its own, and return what was refused."""
    start, refused = Barrier(len(changes)), []

    def work(change: Callable[..., object]) -> None:
        start.wait(10)
        try:
            with database.write() as session:
                change(session)
        except GroupRefused as error:
            refused.extend(mistake.code for mistake in error.mistakes)

    threads = [Thread(target=work, args=(change,)) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return refused


def draft(id: str, parent_id: str | None = None, *chats: ChatDraft) -> GroupDraft:
    return GroupDraft(id, id.title(), 31.2, 121.4, parent_id=parent_id, chats=chats)


@pytest.mark.slow
def test_one_chat_goes_to_one_of_two(any_database: Database, now: datetime) -> None:
    refused = at_once(
        any_database,
        *(lambda session, id=id: groups.create(session, draft(id, None, ROOM), "ada", now) for id in ("a", "b", "c")),
    )
    assert refused == ["chat_taken"] * 2


@pytest.mark.slow
def test_two_groups_do_not_become_each_others_parent(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        for id in ("a", "b"):
            groups.create(session, draft(id), "ada", now)
    refused = at_once(
        any_database,
        lambda session: groups.change(session, "a", draft("a", "b"), "ada", now),
        lambda session: groups.change(session, "b", draft("b", "a"), "bob", now),
    )
    assert refused == ["own_ancestor"]


@pytest.mark.slow
def test_a_parent_is_not_taken_away_under_a_new_child(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        groups.create(session, draft("a"), "ada", now)
    refused = at_once(
        any_database,
        lambda session: groups.remove(session, "a", "ada", now),
        lambda session: groups.create(session, draft("b", "a"), "bob", now),
    )
    assert refused in (["has_children"], ["unknown_group"])
