"""A group's messages as its guards think of them: one running case each, first message first, its updates behind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from patrol.dispatch.page import PageMessage, PageReply


@dataclass(frozen=True, slots=True)
class PageCase:
    """The messages of one case, oldest first; never empty."""

    messages: tuple[PageMessage, ...]

    @property
    def first(self) -> PageMessage:
        return self.messages[0]

    @property
    def newest_at(self) -> datetime:
        return self.messages[-1].sent_at

    @property
    def answerable(self) -> UUID | None:
        """What an answer answers: the newest message that still stands; a call for help where there is no other."""
        standing = [one for one in reversed(self.messages) if one.may_be_answered]
        told = next((one for one in standing if not one.calls_for_help), None)
        return (told or standing[0]).delivery_id if standing else None

    @property
    def is_withdrawn(self) -> bool:
        """Nothing of the case stands any more."""
        about = [one for one in self.messages if one.number is not None and one.kind != "status"]
        return bool(about) and all(one.is_withdrawn for one in about)

    @property
    def outcome(self) -> str | None:
        return next((one.outcome for one in self.messages if one.outcome), None)

    @property
    def replies(self) -> tuple[PageReply, ...]:
        """Every answer once, oldest first."""
        once = {said.id: said for one in self.messages for said in one.replies}
        return tuple(sorted(once.values(), key=lambda said: (said.said_at, str(said.id))))

    @property
    def forwarded_to(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for one in self.messages for name in one.forwarded_to))


def cases_of(messages: Iterable[PageMessage]) -> list[PageCase]:
    """The cases of these messages, the one with the newest message first."""
    found: dict[UUID, list[PageMessage]] = {}
    for message in messages:
        found.setdefault(message.case_id, []).append(message)
    cases = [PageCase(tuple(sorted(each, key=_order))) for each in found.values()]
    return sorted(cases, key=lambda case: case.newest_at, reverse=True)


def _order(message: PageMessage) -> tuple[datetime, int, str]:
    return message.sent_at, message.update_number, str(message.delivery_id)
