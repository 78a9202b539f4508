"""Whether an event is Feishu's, and what stands in it (open.feishu.cn, "Configure encryption policy").

With an encrypt key an event comes encrypted and its headers sign it; without one it comes in clear and holds a token.
"""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from patrol.chats.chat import Call, CallRefused

NOT_OLDER = timedelta(minutes=5)  # ours: Feishu names no age, and its first push again is after 15 s
BLOCK_BITS = 128


def open_event(call: Call, encrypt_key: str, token: str, now: datetime) -> dict[str, Any]:
    """The event that a call carries; CallRefused where it is not Feishu's, or old."""
    event = _object(call.body)
    if encrypt_key:
        event = _object(decrypt(encrypt_key, str(event.get("encrypt", ""))))
        if event.get("type") != "url_verification":  # which nothing signs: that it could be decrypted proves it
            _require_signature(call, encrypt_key, now)
    elif not token:
        raise CallRefused("the secret has neither encrypt key nor verification token, so no call can be trusted")
    if token and not hmac.compare_digest(_token_in(event).encode(), token.encode()):
        raise CallRefused("the verification token is another")
    return event


def signature(encrypt_key: str, timestamp: str, nonce: str, body: bytes) -> str:
    """SHA-256 in hex over time, nonce, key and the raw body."""
    return hashlib.sha256(f"{timestamp}{nonce}{encrypt_key}".encode() + body).hexdigest()


def decrypt(encrypt_key: str, encrypted: str) -> bytes:
    """AES-256-CBC under the key's SHA-256; the first block is the initial vector."""
    try:
        raw = base64.b64decode(encrypted, validate=True)
        key = hashlib.sha256(encrypt_key.encode()).digest()
        opener = Cipher(algorithms.AES(key), modes.CBC(raw[:16])).decryptor()
        unpadder = PKCS7(BLOCK_BITS).unpadder()
        return unpadder.update(opener.update(raw[16:]) + opener.finalize()) + unpadder.finalize()
    except (binascii.Error, ValueError):
        raise CallRefused("the event was not encrypted with our key") from None


def _require_signature(call: Call, encrypt_key: str, now: datetime) -> None:
    timestamp = call.headers.get("x-lark-request-timestamp", "")
    expected = signature(encrypt_key, timestamp, call.headers.get("x-lark-request-nonce", ""), call.body)
    if not hmac.compare_digest(expected.encode(), call.headers.get("x-lark-signature", "").encode()):
        raise CallRefused("the signature is wrong")
    if not timestamp.isdigit() or abs(now.timestamp() - int(timestamp)) > NOT_OLDER.total_seconds():
        raise CallRefused("the call is old, or of another time")


def _token_in(event: dict[str, Any]) -> str:
    """Of the newer form (schema 2.0) in the header, else beside the event."""
    header = event.get("header")
    holder = header if isinstance(header, dict) else event
    return str(holder.get("token", ""))


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        raise CallRefused("the call is not JSON") from None
    if not isinstance(content, dict):
        raise CallRefused("the call is not a JSON object")
    return content
