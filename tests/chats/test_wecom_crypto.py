"""WeCom's encryption, held against the samples of its official documents."""

import base64

import pytest

from patrol.chats.wecom_crypto import (
    NotDecrypted,
    decrypt,
    encrypt,
    is_signed,
    key_of,
    open_envelope,
    seal_envelope,
    signature,
)

# published with path 90968 and in the sample of the official library, with the message they are of
CORP, TOKEN, AES_KEY = "wx5823bf96d3bd56c7", "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ECHO_SIGNED = "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780"
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
CALL_SIGNED = "477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149"
CALL = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)
KEY = key_of(AES_KEY)


def test_the_documents_sample_of_a_call_is_read() -> None:
    given, *signed = CALL_SIGNED
    assert is_signed(given, TOKEN, *signed, CALL)
    message = open_envelope(KEY, CALL, CORP).decode()
    assert message.startswith("<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>")
    assert "<Content><![CDATA[hello]]></Content>" in message


def test_the_documents_sample_of_a_trial_of_the_address_is_read() -> None:
    given, *signed = ECHO_SIGNED
    assert is_signed(given, TOKEN, *signed, ECHO)
    assert open_envelope(KEY, ECHO, CORP) == b"1616140317555161061"


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 31, 32, 33, 500])
def test_what_is_sealed_is_opened(length: int) -> None:
    message = bytes(range(256)) * 2
    assert open_envelope(KEY, seal_envelope(KEY, message[:length], CORP, b"s" * 16), CORP) == message[:length]


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33])
def test_padding_fills_blocks_of_32(length: int) -> None:
    encrypted = encrypt(KEY, b"x" * length)
    assert len(encrypted) == (length // 32 + 1) * 32
    assert decrypt(KEY, encrypted) == b"x" * length


def test_an_envelope_for_another_company_is_refused() -> None:
    with pytest.raises(NotDecrypted, match="somebody else"):
        open_envelope(KEY, seal_envelope(KEY, b"<xml/>", "another", b"s" * 16), CORP)


def test_an_envelope_that_lies_about_its_length_is_refused() -> None:
    plain = b"s" * 16 + (10_000).to_bytes(4, "big") + b"<xml/>" + CORP.encode()
    with pytest.raises(NotDecrypted):
        open_envelope(KEY, base64.b64encode(encrypt(KEY, plain)).decode(), CORP)


@pytest.mark.parametrize(
    "encrypted", ["", "!", "AAAA", "é", base64.b64encode(bytes(64)).decode(), ECHO[:-8], ECHO[4:]]
)
def test_what_is_not_encrypted_with_our_key_is_refused(encrypted: str) -> None:
    with pytest.raises(NotDecrypted):
        open_envelope(KEY, encrypted, CORP)


@pytest.mark.parametrize("encoded", ["", "short", AES_KEY[:-1] + "!", AES_KEY + AES_KEY, "é" * 43])
def test_a_key_that_is_none_is_refused(encoded: str) -> None:
    with pytest.raises(NotDecrypted):
        key_of(encoded)


def test_a_signature_is_of_the_token_the_time_the_nonce_and_the_ciphertext() -> None:
    signatures = {
        signature(*parts)
        for parts in (("t", "1", "n", "x"), ("u", "1", "n", "x"), ("t", "2", "n", "x"), ("t", "1", "n", "y"))
    }
    assert len(signatures) == 4
    assert not is_signed("", "t", "1", "n", "x")
    assert not is_signed("é", "t", "1", "n", "x")
