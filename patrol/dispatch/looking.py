"""Whether a saved group's chats are there: what the platforms tell without a message, and whether secrets are set."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

from patrol import words
from patrol.chats.chat import Secrets, SendError
from patrol.chats.table import LIMITS, Chats
from patrol.dispatch.drafts import ChatDraft, GroupDraft, Mistake, Said, without_query
from patrol.values import PatrolError

LOOK_S = 3.0  # who saves a group waits no longer; a platform that is slower is said to be unknown
AT_ONCE = 8  # looks wait for the network, not for the processor
NOT_THERE = ("not_found", "bad_address", "forbidden")  # servers that tell no stranger what there is forbid it


@dataclass(frozen=True, slots=True)
class Looker:
    """What looks at chats; `secrets` finds a secret by its name and raises where it is not set."""

    secrets: Secrets
    chats: Chats

    def warnings_of(self, drafts: Sequence[GroupDraft], limit_s: float = LOOK_S) -> dict[str, list[Mistake]]:
        """What is doubtful about the chats of each of these groups, by its id."""
        wanted = [(draft.id, index, chat) for draft in drafts for index, chat in enumerate(draft.chats)]
        found: dict[str, list[Mistake]] = {draft.id: [] for draft in drafts}
        seen = self._look_at({chat for _, _, chat in wanted if self._may_look(chat)}, limit_s)
        for id, index, chat in wanted:
            found[id] += [it.at("chats", index) for it in (*self._of_secret(chat), *_of_look(chat, seen))]
        return found

    def _has_secret(self, chat: ChatDraft) -> bool:
        try:
            return not chat.secret or bool(self.secrets(chat.secret))
        except PatrolError:
            return False

    def _of_secret(self, chat: ChatDraft) -> Iterable[Mistake]:
        if not self._has_secret(chat):
            yield Mistake(("secret",), "secret_not_set", chat.secret, {"variable": variable_of(chat.secret or "")})

    def _may_look(self, chat: ChatDraft) -> bool:
        """A bot whose one connection is the sender's is left alone: a look of ours would throw it out."""
        return chat.kind != "page" and not LIMITS[chat.kind].has_one_connection and self._has_secret(chat)

    def _look_at(self, chats: Iterable[ChatDraft], limit_s: float) -> Mapping[ChatDraft, SendError | None]:
        """What came of looking at each, by then; TIMED_OUT where nothing has come."""
        waiting: SimpleQueue[ChatDraft] = SimpleQueue()
        seen: dict[ChatDraft, SendError | None] = {}
        for chat in chats:
            seen[chat] = TIMED_OUT
            waiting.put(chat)
        deadline = time.monotonic() + limit_s
        threads = [
            Thread(target=self._work, args=(waiting, seen), daemon=True) for _ in range(min(AT_ONCE, len(seen)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return dict(seen)

    def _work(self, waiting: "SimpleQueue[ChatDraft]", seen: dict[ChatDraft, SendError | None]) -> None:
        try:
            while True:
                chat = waiting.get_nowait()
                seen[chat] = self._look(chat)
        except Empty:
            return

    def _look(self, chat: ChatDraft) -> SendError | None:
        try:
            self.chats.open(chat.kind, chat.address, chat.secret).look()
        except SendError as error:
            return error
        return None


TIMED_OUT = SendError("no_answer", "the platform did not answer in time", is_unknown=True)


def variable_of(secret: str) -> str:
    """Where a chat's secret is read from; settings.read_chat_secret reads it there."""
    return "PATROL_SECRET_CHAT_" + secret.upper().replace("-", "_")


def _of_look(chat: ChatDraft, seen: Mapping[ChatDraft, SendError | None]) -> Iterable[Mistake]:
    error = seen.get(chat)
    if error is None:
        return
    where = ("address",) if chat.address else ("secret",)
    shown = without_query(chat.address) or chat.secret
    if error.code in NOT_THERE:
        yield Mistake(where, "chat_not_found", shown)
    else:
        code = "chat_not_usable" if error.is_permanent else "chat_not_looked_at"
        yield Mistake(where, code, shown, {"reason": _reason(error)})


def _reason(error: SendError) -> Said:
    code = f"error_{error.code}"
    return Said(code if code in words.catalogue("dispatch") else "error_other")
