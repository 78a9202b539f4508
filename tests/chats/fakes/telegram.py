"""The Bot API with one group: `ok` says how it went, updates wait until they are confirmed by an offset."""

import email
import email.policy
import json
from typing import Any

from tests.chats.fakes.server import CALLED_AT_S, SECRET, Answer, HttpFake, Request, Said

TOKEN, CHAT = f"123456:{SECRET}", -1001234567890
NEW_CHAT = -1009876543210  # what the group becomes as a supergroup
IDS = {"gus": 4711, "max": 666, "rita": 815}


def no(status: int, description: str, **parameters: Any) -> Answer:
    body = {"ok": False, "error_code": status, "description": description}
    return Answer(status, body | ({"parameters": parameters} if parameters else {}))


class TelegramFake(HttpFake):
    kind = "telegram"
    secret = TOKEN
    wrong_secret = "123456:another"
    refused = no(403, f"Forbidden: bot was kicked from the supergroup chat {SECRET}")
    limited = no(429, "Too Many Requests: retry after 7", retry_after=7)
    limited_wait_s = 7
    busy = no(500, "Internal Server Error")
    kicked = no(409, "Conflict: terminated by other getUpdates request; make sure that only one bot is running")
    not_understood = Answer(200, b"<html>log in to the wireless network</html>")

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []  #: the fields of each message
        self.echoes: list[str] = []
        self.files: dict[str, bytes] = {}
        self.n_updates = 100
        self.has_moved = False
        self.is_read_elsewhere = False
        self.is_too_late = False

    @classmethod
    def address_at(cls, url: str) -> str:
        return f"{url}/{CHAT}"

    def id_of(self, member: str) -> str:
        return str(IDS[member])

    def is_message(self, request: Request) -> bool:
        return request.path.endswith(("/sendMessage", "/sendPhoto"))

    def platform(self, request: Request) -> Answer:
        if request.path.startswith(f"/file/bot{TOKEN}/"):
            return Answer(
                200, self.files[request.path.rpartition("/")[2]], {"Content-Type": "application/octet-stream"}
            )
        if not request.path.startswith(f"/bot{TOKEN}/"):
            return no(401, "Unauthorized")
        fields, photo = fields_of(request)
        return getattr(self, f"_{request.path.rpartition('/')[2]}")(fields, photo)

    def _sendMessage(self, fields: dict[str, Any], _photo: bytes | None) -> Answer:
        if units(fields["text"]) > 4096:
            return no(400, "Bad Request: message is too long")
        return self._say(fields, fields["text"], fields.get("entities", []), None)

    def _sendPhoto(self, fields: dict[str, Any], photo: bytes | None) -> Answer:
        assert photo is not None
        if units(fields["caption"]) > 1024:
            return no(400, "Bad Request: message caption is too long")
        if len(photo) > 10 * 1024 * 1024:
            return no(413, "Request Entity Too Large")
        return self._say(fields, fields["caption"], fields.get("caption_entities", []), photo)

    def _say(self, fields: dict[str, Any], text: str, entities: list[dict[str, Any]], photo: bytes | None) -> Answer:
        if self.has_moved and int(fields["chat_id"]) == CHAT:
            description = "Bad Request: group chat was upgraded to a supergroup chat"
            return no(400, description, migrate_to_chat_id=NEW_CHAT)
        if int(fields["chat_id"]) not in (CHAT, NEW_CHAT):
            return no(400, "Bad Request: chat not found")
        self.sent.append(fields)
        keyboard = fields.get("reply_markup", {}).get("inline_keyboard", [])
        labels = tuple(key["text"] for row in keyboard for key in row)
        assert all(len(key["callback_data"].encode()) <= 64 for row in keyboard for key in row)
        mentions = tuple(str(entity["user"]["id"]) for entity in entities)
        ref = str(len(self.said) + 1)
        self.said.append(Said(text, photo, ref=ref, buttons=labels, mentions=mentions))
        return yes({"message_id": int(ref), "chat": {"id": int(fields["chat_id"])}, "date": CALLED_AT_S})

    def _deleteMessage(self, fields: dict[str, Any], _photo: bytes | None) -> Answer:
        found = [said for said in self.said if said.ref == str(fields["message_id"]) and not said.is_gone]
        if self.is_too_late or not found:
            return no(400, "Bad Request: message can't be deleted for everyone")
        found[0].is_gone = True
        return yes(True)

    def _getChat(self, _fields: dict[str, Any], _photo: bytes | None) -> Answer:
        return yes({"id": CHAT, "type": "supergroup", "title": "Gate B guards"})

    def _getChatMemberCount(self, _fields: dict[str, Any], _photo: bytes | None) -> Answer:
        return yes(12)

    def _getFile(self, fields: dict[str, Any], _photo: bytes | None) -> Answer:
        return yes({"file_id": fields["file_id"], "file_path": f"photos/{fields['file_id']}"})

    def _answerCallbackQuery(self, fields: dict[str, Any], _photo: bytes | None) -> Answer:
        if fields["callback_query_id"] == "too-old":
            return no(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.echoes.append(fields["text"])
        return yes(True)

    def _getUpdates(self, fields: dict[str, Any], _photo: bytes | None) -> Answer:
        if self.is_read_elsewhere:
            return self.kicked
        self.updates = [update for update in self.updates if update["update_id"] >= fields.get("offset", 0)]
        return yes(self.updates[: fields["limit"]])

    # --- what members do

    def say(self, member: str, text: str, **more: Any) -> None:
        message = {
            "message_id": 1_000 + self.n_updates,
            "from": user(member),
            "chat": {"id": CHAT, "type": "supergroup"},
            "date": CALLED_AT_S,
            "text": text,
        }
        self.update("message", message | more)

    def reply(self, member: str, said: Said, text: str, **more: Any) -> None:
        bot = {"id": 123456, "is_bot": True, "username": "patrol_bot"}
        self.say(member, text, reply_to_message={"message_id": int(said.ref), "from": bot}, **more)

    def press(self, member: str, label: str, query_id: str = "q-1") -> None:
        said = self.newest_with(label)
        keyboard = self.sent[int(said.ref) - 1]["reply_markup"]
        [data] = [key["callback_data"] for row in keyboard["inline_keyboard"] for key in row if key["text"] == label]
        message = {"message_id": int(said.ref), "chat": {"id": CHAT}, "reply_markup": keyboard}
        self.update("callback_query", {"id": query_id, "from": user(member), "message": message, "data": data})

    def react(self, member: str, said: Said, emoji: list[str], before: list[str]) -> None:
        reactions = {"old_reaction": emojis(before), "new_reaction": emojis(emoji)}
        about = {"chat": {"id": CHAT}, "message_id": int(said.ref), "user": user(member), "date": CALLED_AT_S}
        self.update("message_reaction", about | reactions)

    def update(self, kind: str, content: Any) -> None:
        self.updates.append({"update_id": self.n_updates, kind: content})
        self.n_updates += 1


def yes(result: Any) -> Answer:
    return Answer(200, {"ok": True, "result": result})


def user(member: str) -> dict[str, Any]:
    return {"id": IDS[member], "is_bot": False, "first_name": member.title()}


def emojis(signs: list[str]) -> list[dict[str, str]]:
    return [{"type": "emoji", "emoji": sign} for sign in signs]


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def fields_of(request: Request) -> tuple[dict[str, Any], bytes | None]:
    """The fields of a request, JSON or multipart, and the photo in it."""
    kind = request.headers["content-type"]
    if kind == "application/json":
        return request.json(), None
    raw = b"content-type: " + kind.encode() + b"\r\n\r\n" + request.body
    fields: dict[str, Any] = {}
    for part in email.message_from_bytes(raw, policy=email.policy.HTTP).iter_parts():
        fields[str(part.get_param("name", header="content-disposition"))] = part.get_payload(decode=True)
    photo = fields.pop("photo")
    plain = {name: value.decode() for name, value in fields.items()}
    in_json = ("reply_markup", "caption_entities", "reply_parameters", "protect_content", "message_thread_id")
    return {name: json.loads(text) if name in in_json else text for name, text in plain.items()}, photo
