"""A mall with a tree of groups in which hits are decided as the web does it, and guards answer in their chats."""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.replies import receive
from patrol.dispatch.sender import Sender
from patrol.hits import review
from patrol.hits.endings import close
from patrol.store.tables import (
    Alarm,
    Clock,
    Decision,
    Delivery,
    Episode,
    Event,
    GroupChat,
    GroupReply,
    Hit,
    Person,
    Step,
    User,
    Watchlist,
)
from patrol.values import Media, Reply, ReplyKind
from tests.dispatch.scene import FakeChats, Scene

if TYPE_CHECKING:
    from tests.dispatch.conftest import Clock as Watch

GUS = "@gus:example.org"
NEAR, FURTHER, FAR = (31.2305, 121.4738), (31.2320, 121.4750), (31.2450, 121.4900)  # 20, 200, 2200 m from the camera


def room(group_id: str) -> ChatDraft:
    return ChatDraft("matrix", f"https://example.org/!{group_id}", "m")


@dataclass
class Cascade:
    """The steps of the people in these tests, each in a transaction of its own."""

    scene: Scene
    sender: Sender
    chats: FakeChats
    clock: "Watch"

    def group(self, id: str, position: tuple[float, float] = NEAR, **more: Any) -> str:
        return self.scene.group(id, room(id), position=position, **more)

    def tree(self) -> None:
        """A station, a lead under it, and two gates under the lead, the nearer first; told one after the other."""
        self.tell_at_once(1)
        self.group("station", FAR, level="station", site_id=None)
        self.group("lead", FAR, level="managers", site_id=None, parent_id="station")
        self.group("gate-a", NEAR, parent_id="lead")
        self.group("gate-b", FURTHER, parent_id="lead")

    def tell_at_once(self, n: int, levels: list[str] | None = None) -> None:
        with self.scene.database.write() as session:
            watchlist = session.get_one(Watchlist, self.scene.watchlist_id)
            watchlist.tell_at_once, watchlist.levels = n, levels

    def see(self) -> uuid.UUID:
        """A new hit of the same person, now."""
        self.scene.now = self.clock()
        return self.scene.hit()

    def told(self) -> uuid.UUID:
        """A hit that Rita confirms and the sender tells."""
        hit_id = self.see()
        self.decide(hit_id, "confirmed")
        self.run()
        return hit_id

    def decide(self, hit_id: uuid.UUID, verdict: Any, reason: str | None = None) -> Decision:
        with self.scene.database.write() as session:
            asked: dict[str, Any] = {"user": self.rita(session), "now": self.clock(), "verdict": verdict}
            hit = session.get_one(Hit, hit_id)
            if hit.verdict is None:
                return review.decide(session, hit_id, round=hit.round, reason=reason, **asked)
            return review.amend(session, hit_id, round=hit.round, reason=reason or "mistake", **asked)

    def close(self, outcome: Any, hit_id: uuid.UUID) -> None:
        with self.scene.database.write() as session:
            episode_id = session.get_one(Hit, hit_id).episode_id
            assert episode_id is not None
            close(session, episode_id, outcome, "", self.rita(session), self.clock())

    def say(
        self,
        group_id: str,
        kind: ReplyKind,
        *,
        text: str = "",
        member: str = GUS,
        ref: str | None = None,
        to: str | None = None,
        number: int | None = None,
        position: tuple[float, float] | None = None,
        media: tuple[Media, ...] = (),
    ) -> GroupReply | None:
        """Answer in a group's room, by default to the newest hit it was told of."""
        with self.scene.database.write() as session:
            chat_id = self.chat(session, group_id).id
            message = to or (None if number else self._newest_message(session, chat_id))
            reply = Reply(
                kind,
                member,
                ref or uuid.uuid4().hex,
                self.clock(),
                text,
                in_reply_to=message,
                hit_number=number,
                position=position,
                media=media,
            )
            return receive(session, self.scene.blobs, chat_id, reply, self.clock())

    def chat(self, session: Session, group_id: str, kind: str = "matrix") -> GroupChat:
        query = select(GroupChat).where(GroupChat.group_id == group_id, GroupChat.kind == kind)
        return session.scalars(query).one()

    def _newest_message(self, session: Session, chat_id: uuid.UUID) -> str | None:
        told = select(Delivery.message_ref).where(Delivery.chat_id == chat_id, Delivery.kind == "hit")
        return session.scalar(told.order_by(Delivery.created_at.desc()).limit(1))

    def rita(self, session: Session) -> User:
        return session.get_one(User, self.scene.rita_id)

    def wait(self, seconds: float) -> None:
        """Let time pass, and the sender do what is due."""
        self.clock.forward(seconds)
        self.run()

    def run(self) -> None:
        while self.sender.run_once():
            pass

    def steps(self) -> list[tuple[str, str | None, str | None, str]]:
        """(kind, who was told, whose clock or answer, why) of every step, in order."""
        with self.scene.database.read() as session:
            rows = session.scalars(select(Step).order_by(Step.at, Step.kind, Step.group_id))
            return [(row.kind, row.group_id, row.from_group_id, row.why) for row in rows]

    def clocks(self, group_id: str) -> dict[str, Clock]:
        with self.scene.database.read() as session:
            return {row.kind: row for row in session.scalars(select(Clock).where(Clock.group_id == group_id))}

    def groups_told(self, hit_id: uuid.UUID | None = None) -> set[str]:
        return {row.group_id for row in self.scene.deliveries(hit_id) if row.kind == "hit"}

    def statuses(self, part: str) -> set[str]:
        """The groups that got a sentence in their room."""
        with self.scene.database.read() as session:
            rows = session.scalars(select(Delivery).where(Delivery.kind == "status", Delivery.part == part))
            return {row.group_id for row in rows if row.chat.kind == "matrix"}

    def texts(self, group_id: str) -> list[str]:
        """What stands in a group's room, oldest first."""
        opened = self.chats.opened.get(("matrix", room(group_id).address))
        return [message.text for message in opened.sent] if opened else []

    def alarms(self) -> set[str]:
        with self.scene.database.read() as session:
            return set(session.scalars(select(Alarm.code).where(Alarm.cleared_at.is_(None))))

    def hit(self, hit_id: uuid.UUID) -> Hit:
        with self.scene.database.read() as session:
            return session.get_one(Hit, hit_id)

    def episode(self, hit_id: uuid.UUID) -> Episode:
        with self.scene.database.read() as session:
            episode = session.get_one(Hit, hit_id).episode
            assert episode is not None
            return episode

    def person(self) -> Person:
        with self.scene.database.read() as session:
            return session.get_one(Person, self.scene.person_id)

    def events(self, kind: str) -> list[dict[str, Any]]:
        with self.scene.database.read() as session:
            return [row.body for row in session.scalars(select(Event).where(Event.kind == kind).order_by(Event.seq))]
