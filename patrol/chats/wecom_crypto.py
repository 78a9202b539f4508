"""WeCom's encryption (paths 90968 and 91144): AES-256-CBC, its start the key's first 16 bytes, PKCS#7 to 32."""

import base64
import binascii
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from patrol.values import PatrolError

BLOCK = 32
KEY_BYTES = 32
SALT_BYTES = 16


class NotDecrypted(PatrolError):
    """What came is not encrypted with our key."""


def signature(token: str, *signed: str) -> str:
    """SHA-1 over the token, the time, the nonce and the ciphertext, sorted."""
    return hashlib.sha1("".join(sorted((token, *signed))).encode(), usedforsecurity=False).hexdigest()


def is_signed(given: str, token: str, *signed: str) -> bool:
    return hmac.compare_digest(given.encode(), signature(token, *signed).encode())


def key_of(encoded: str) -> bytes:
    """The key in an EncodingAESKey, which is base64 without its last sign."""
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise NotDecrypted("the AES key is not base64") from None
    if len(key) != KEY_BYTES:
        raise NotDecrypted(f"the AES key has {len(key)} bytes, not {KEY_BYTES}")
    return key


def decrypt(key: bytes, encrypted: bytes) -> bytes:
    """NotDecrypted where length or padding show that it was another key, or nothing encrypted at all."""
    if not encrypted or len(encrypted) % 16:
        raise NotDecrypted
    decryptor = _cipher(key).decryptor()
    padded = decryptor.update(encrypted) + decryptor.finalize()
    n_padding = padded[-1]
    if not 1 <= n_padding <= BLOCK or padded[-n_padding:] != bytes([n_padding]) * n_padding:
        raise NotDecrypted
    return padded[:-n_padding]


def encrypt(key: bytes, plain: bytes) -> bytes:
    n_padding = BLOCK - len(plain) % BLOCK
    encryptor = _cipher(key).encryptor()
    return encryptor.update(plain + bytes([n_padding]) * n_padding) + encryptor.finalize()


def open_envelope(key: bytes, encrypted: str, receiver: str) -> bytes:
    """The message in an envelope; NotDecrypted where it is not for this receiver, a CorpID."""
    try:
        plain = decrypt(key, base64.b64decode(encrypted, validate=True))
    except (binascii.Error, ValueError):
        raise NotDecrypted from None
    if len(plain) < SALT_BYTES + 4:
        raise NotDecrypted
    (length,) = struct.unpack(">I", plain[SALT_BYTES : SALT_BYTES + 4])
    message, meant_for = plain[SALT_BYTES + 4 :][:length], plain[SALT_BYTES + 4 + length :]
    if len(message) != length or meant_for != receiver.encode():
        raise NotDecrypted("the envelope is for somebody else")
    return message


def seal_envelope(key: bytes, message: bytes, receiver: str, salt: bytes) -> str:
    """The other way; `salt` is 16 random bytes."""
    plain = salt + struct.pack(">I", len(message)) + message + receiver.encode()
    return base64.b64encode(encrypt(key, plain)).decode()


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
