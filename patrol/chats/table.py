"""Every chat platform patrol speaks to, in one table."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import eq
from threading import Lock

import httpx

from patrol.chats import (
    dingtalk_app,
    dingtalk_calls,
    dingtalk_webhook,
    feishu,
    feishu_events,
    matrix,
    page,
    telegram,
    telegram_updates,
    webhook,
    webhook_calls,
    wecom_aibot,
    wecom_app,
    wecom_app_calls,
    wecom_robot,
)
from patrol.chats.chat import AddressError, Bot, Call, CallAnswer, Chat, Clock, Limits, Secrets, SendError
from patrol.chats.exchange import Access, open_client
from patrol.chats.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Platform:
    """One row: how a platform's chats are opened, what they can do, and how their answers come in."""

    limits: Limits
    open: Callable[[Access], Chat]
    is_address: Callable[[str], bool]
    needs_secret: bool = True
    listen: Callable[[Access], Bot] | None = None  #: where `limits.hears` is "bot"; shared by all chats of the bot
    answer: Callable[[Access, Call], CallAnswer] | None = None  #: where it is "callback"; raises CallRefused
    is_said_in: Callable[[str, str], bool] = eq  #: whether a Reply.chat_address means the chat with a group's address


PLATFORMS: dict[str, Platform] = {
    "page": Platform(page.Page.limits, page.Page, page.is_address, needs_secret=False),
    "matrix": Platform(matrix.Matrix.limits, matrix.Matrix, matrix.is_address),
    "wecom_robot": Platform(wecom_robot.WecomRobot.limits, wecom_robot.WecomRobot, wecom_robot.is_address),
    "wecom_aibot": Platform(
        wecom_aibot.WecomAibot.limits, wecom_aibot.WecomAibot, wecom_aibot.is_address, listen=wecom_aibot.Aibot
    ),
    "wecom_app": Platform(
        wecom_app.WecomApp.limits,
        wecom_app.WecomApp,
        wecom_app.is_address,
        answer=wecom_app_calls.answer,
        is_said_in=wecom_app.is_said_in,
    ),
    "feishu": Platform(feishu.Feishu.limits, feishu.Feishu, feishu.is_address, answer=feishu_events.answer),
    "telegram": Platform(
        telegram.Telegram.limits, telegram.Telegram, telegram.is_address, listen=telegram_updates.TelegramBot
    ),
    "dingtalk_app": Platform(
        dingtalk_app.DingtalkApp.limits,
        dingtalk_app.DingtalkApp,
        dingtalk_app.is_address,
        answer=dingtalk_calls.answer,
    ),
    "dingtalk_webhook": Platform(
        dingtalk_webhook.DingtalkWebhook.limits, dingtalk_webhook.DingtalkWebhook, dingtalk_webhook.is_address
    ),
    "webhook": Platform(webhook.Webhook.limits, webhook.Webhook, webhook.is_address, answer=webhook_calls.answer),
}
LIMITS: dict[str, Limits] = {kind: platform.limits for kind, platform in PLATFORMS.items()}
KINDS = tuple(PLATFORMS)


class Chats:
    """Opens chats by what a group's row says; all share one HTTP client, the platforms' tokens and the bots."""

    def __init__(self, secrets: Secrets, clock: Clock, client: httpx.Client | None = None) -> None:
        self._secrets = secrets
        self._clock = clock
        self._client = client or open_client()
        self._tokens = Tokens(clock)
        self._bots: dict[tuple[str, str, str | None], Bot] = {}
        self._lock = Lock()

    def open(self, kind: str, address: str, secret: str | None) -> Chat:
        """The chat of one group; `secret` is the name of a secret."""
        access = self._access(kind, address, secret)
        try:
            return PLATFORMS[kind].open(access)
        except AddressError as error:
            raise SendError("bad_address", str(error), is_permanent=True) from None

    def bot(self, kind: str, address: str, secret: str | None) -> Bot:
        """The one connection or inbox of a bot, opened once; `address` may be that of any of its chats."""
        listen = PLATFORMS[kind].listen
        if listen is None:
            raise SendError("no_bot", f"{kind} has no inbox of its own", is_permanent=True)
        key = (kind, base_of(address), secret)
        with self._lock:
            if key not in self._bots:
                self._bots[key] = listen(self._access(kind, address, secret))
            return self._bots[key]

    def drop_bot(self, kind: str, address: str, secret: str | None) -> None:
        """Close a bot's connection: another process speaks for it now, or it has to be opened anew."""
        with self._lock:
            bot = self._bots.pop((kind, base_of(address), secret), None)
        if bot is not None:
            bot.close()

    def answer(self, kind: str, secret: str, call: Call, address: str = "") -> CallAnswer:
        """Read a platform's call to us; CallRefused where it is not the platform's.

        address: of any of the bot's chats, where they are not on the platform's own server.
        """
        answer = PLATFORMS[kind].answer
        assert answer is not None
        return answer(self._access(kind, address, secret), call)

    def close(self) -> None:
        for bot in self._bots.values():
            bot.close()
        self._client.close()

    def _access(self, kind: str, address: str, secret: str | None) -> Access:
        find_bot = (lambda: self.bot(kind, address, secret)) if PLATFORMS[kind].listen else None
        return Access(address, secret, self._secrets, self._client, self._clock, self._tokens, find_bot)


def open_chats(secrets: Secrets, clock: Clock) -> Chats:
    """The chats of this process; `secrets` finds a secret by its name and raises PatrolError where it is not set."""
    return Chats(secrets, clock)


def check(kind: str, address: str, secret: str | None) -> str | None:
    """What is wrong with a chat as written, as a code: kind, address or secret; None where nothing is."""
    platform = PLATFORMS.get(kind)
    if platform is None:
        return "kind"
    if not platform.is_address(address):
        return "address"
    return "secret" if platform.needs_secret and not secret else None


def base_of(address: str) -> str:
    """The server part of "https://SERVER/CHAT"; empty where the address is the platform's id of the chat alone."""
    return address.rpartition("/")[0] if "://" in address else ""
