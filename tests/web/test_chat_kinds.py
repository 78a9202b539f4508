"""The kinds of chat that the API names, which may not import them."""

from typing import get_args

from patrol.chats.table import KINDS
from patrol.web.hit_views import ChatKind


def test_the_api_takes_every_kind_of_chat_that_there_is() -> None:
    assert {*KINDS} <= {*get_args(ChatKind)}
