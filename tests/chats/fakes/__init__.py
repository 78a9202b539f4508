"""The fake platforms, one file each. A new platform is a file beside the others and a line in FAKES: the cases of
tests/contracts/test_chats.py then run on it."""

from tests.chats.fakes.dingtalk_app import DingtalkAppFake
from tests.chats.fakes.dingtalk_webhook import DingtalkWebhookFake
from tests.chats.fakes.feishu import FeishuFake
from tests.chats.fakes.matrix import MatrixFake
from tests.chats.fakes.server import Fake
from tests.chats.fakes.telegram import TelegramFake
from tests.chats.fakes.webhook import WebhookFake
from tests.chats.fakes.wecom_aibot import WecomAibotFake
from tests.chats.fakes.wecom_app import WecomAppFake
from tests.chats.fakes.wecom_robot import WecomRobotFake

FAKES: dict[str, type[Fake]] = {
    fake.kind: fake
    for fake in (
        DingtalkAppFake,
        DingtalkWebhookFake,
        FeishuFake,
        MatrixFake,
        TelegramFake,
        WebhookFake,
        WecomAibotFake,
        WecomAppFake,
        WecomRobotFake,
    )
}
