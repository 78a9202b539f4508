"""Only Feishu can make an event that is taken."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patrol.chats.chat import Call, CallRefused
from patrol.chats.feishu_crypto import decrypt, open_event, signature
from tests.chats.fakes.feishu import ENCRYPT_KEY, VERIFICATION_TOKEN, encrypted, signed

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
EVENT: dict[str, Any] = {"schema": "2.0", "header": {"token": VERIFICATION_TOKEN}, "event": {}}
CHALLENGE = {"type": "url_verification", "token": VERIFICATION_TOKEN, "challenge": "ajls384kdj"}


def test_the_documents_own_sample_is_decrypted() -> None:
    """From "Receive events", open.feishu.cn: key "test key"."""
    assert decrypt("test key", "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=") == b"hello world"


def test_a_signature_is_of_time_nonce_key_and_body() -> None:
    by_coreutils = "fbd3ecb62fa42b9df3d6535b48b10c06baffa1d019f207aa63dc69364da02a05"  # printf '1nk{}' | sha256sum
    assert signature("k", "1", "n", b"{}") == by_coreutils
    assert (
        len({signature(*parts) for parts in (("k", "1", "n", b"{}"), ("k", "2", "n", b"{}"), ("j", "1", "n", b"{}"))})
        == 3
    )


def test_what_feishu_signed_is_opened() -> None:
    assert open_event(signed(EVENT), ENCRYPT_KEY, VERIFICATION_TOKEN, NOW) == EVENT


def test_the_challenge_needs_no_signature_but_the_key() -> None:
    unsigned = replace(signed(CHALLENGE), headers={})
    assert open_event(unsigned, ENCRYPT_KEY, VERIFICATION_TOKEN, NOW) == CHALLENGE
    with pytest.raises(CallRefused):
        open_event(unsigned, "another key", VERIFICATION_TOKEN, NOW)


def in_clear(event: object) -> Call:
    return Call("POST", {}, {}, json.dumps(event).encode())


REFUSED = {
    "a wrong signature": replace(signed(EVENT), headers=signed(EVENT).headers | {"x-lark-signature": "0" * 64}),
    "a signature of another time": replace(
        signed(EVENT), headers=signed(EVENT).headers | {"x-lark-request-timestamp": "1772415001"}
    ),
    "no headers": replace(signed(EVENT), headers={}),
    "another key": signed(EVENT, "another key"),
    "another token": signed({"header": {"token": "guessed"}}),
    "an event in clear": in_clear(EVENT),
    "a challenge in clear": in_clear(CHALLENGE),
    "no JSON": Call("POST", {}, {}, b"\xff{"),
    "a list": in_clear([EVENT]),
    "half a block": in_clear({"encrypt": "AAAA"}),
    "no base64": in_clear({"encrypt": "密"}),
    "a list inside": replace(signed(EVENT), body=json.dumps({"encrypt": encrypted("[]")}).encode()),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused(call: Call) -> None:
    with pytest.raises(CallRefused):
        open_event(call, ENCRYPT_KEY, VERIFICATION_TOKEN, NOW)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_call_of_another_time_is_refused(minutes: int) -> None:
    with pytest.raises(CallRefused, match="old"):
        open_event(signed(EVENT), ENCRYPT_KEY, VERIFICATION_TOKEN, NOW + timedelta(minutes=minutes))


def test_without_an_encrypt_key_the_token_decides() -> None:
    assert open_event(in_clear(EVENT), "", VERIFICATION_TOKEN, NOW) == EVENT
    with pytest.raises(CallRefused):
        open_event(in_clear(EVENT), "", "another", NOW)


def test_without_either_nothing_is_trusted() -> None:
    with pytest.raises(CallRefused, match="neither"):
        open_event(in_clear({"header": {"token": ""}}), "", "", NOW)
