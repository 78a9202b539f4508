"""What members attach is kept clean, or not at all."""

import io
import uuid
from datetime import datetime

import pytest
from PIL import Image

from patrol.dispatch.attachments import LONGEST_SIDE_PX, MOST, attach, clean, clean_photo, store
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Hit
from patrol.values import Media
from tests.dispatch.cascade import Cascade

ORIENTATION, GPS = 0x0112, 0x8825


def photo(size_wh: tuple[int, int] = (80, 60), format: str = "JPEG", *, is_turned: bool = False) -> bytes:
    """A photo as a phone takes it: with the place it was taken at, and perhaps lying on its side."""
    picture = Image.new("RGB", size_wh, "red")
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (31.0, 13.0, 49.0)}
    if is_turned:
        exif[ORIENTATION] = 6
    file = io.BytesIO()
    picture.save(file, format, exif=exif)
    return file.getvalue()


def opened(content: bytes | None) -> Image.Image:
    assert content is not None
    return Image.open(io.BytesIO(content))


def test_a_photo_says_nothing_of_the_phone_that_took_it() -> None:
    taken = photo()
    assert dict(opened(taken).getexif())
    assert not dict(opened(clean_photo(taken)).getexif())
    assert "exif" not in opened(clean_photo(taken)).info


def test_a_photo_stands_upright() -> None:
    assert opened(clean_photo(photo(is_turned=True))).size == (60, 80)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_a_photo_of_any_usual_format_becomes_a_jpeg(format: str) -> None:
    assert opened(clean_photo(photo(format=format))).format == "JPEG"


def test_a_large_photo_is_made_smaller() -> None:
    assert opened(clean_photo(photo((6_000, 1_500)))).size == (LONGEST_SIDE_PX, LONGEST_SIDE_PX // 4)


def test_a_photo_larger_than_any_phones_is_left_out() -> None:
    assert clean_photo(photo((10_000, 6_000), "PNG")) is None


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff\xd8\xff", photo()[:200], b"RIFF0000WEBP"])
def test_what_is_no_photo_is_left_out(content: bytes) -> None:
    assert clean_photo(content) is None


def test_what_can_be_read_is_kept(database: Database, blobs: Blobs, now: datetime) -> None:
    media = [Media("photo", b"<html>", "text/html"), Media("voice", b"OggS", "audio/ogg; codecs=opus")]
    with database.write() as session:
        [kept] = store(session, blobs, [*media, Media("voice", b"", "audio/ogg")], now)
    assert (kept["kind"], kept["content_type"]) == ("voice", "audio/ogg")
    assert blobs.get(kept["key"]) == b"OggS"


@pytest.mark.parametrize("stated", ["text/html", "", "audio/ogg\r\nx: y", "audio/密", "AUDIO/OGG"])
def test_nothing_a_member_sent_is_ever_shown_as_a_page(
    database: Database, blobs: Blobs, now: datetime, stated: str
) -> None:
    with database.write() as session:
        [kept] = store(session, blobs, [Media("voice", b"OggS", stated)], now)
    assert kept["content_type"] == "audio/ogg"


def test_an_answer_has_so_many_photos_and_no_more(database: Database, blobs: Blobs, now: datetime) -> None:
    with database.write() as session:
        assert len(store(session, blobs, [Media("photo", photo(), "image/jpeg")] * (MOST + 3), now)) == MOST


def test_what_was_cleaned_before_the_transaction_is_not_cleaned_in_it(
    database: Database, blobs: Blobs, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleaned = clean([Media("photo", photo(), "image/jpeg"), Media("voice", b"OggS", "video/webm")])
    assert [media.content_type for media in cleaned] == ["image/jpeg", "audio/webm"]
    monkeypatch.setattr("patrol.dispatch.attachments.clean_photo", None)
    with database.write() as session:
        assert len(store(session, blobs, cleaned, now)) == 2


def test_what_belongs_to_no_answer_is_not_kept(database: Database, blobs: Blobs, now: datetime) -> None:
    with database.write() as session:
        attach(session, blobs, uuid.uuid4(), "e-1", [Media("photo", photo(), "image/jpeg")], now)
    assert blobs.keys() == []


def test_a_rollback_leaves_no_photo_behind(database: Database, blobs: Blobs, now: datetime) -> None:
    with database.write() as session:
        store(session, blobs, [Media("photo", photo(), "image/jpeg")], now)
        session.rollback()
    assert blobs.keys() == []


@pytest.mark.parametrize("comes", ["with the answer", "after it"])
def test_what_comes_after_the_pictures_of_its_hit_have_gone_is_not_kept(cascade: Cascade, comes: str) -> None:
    cascade.group("gate-a")
    hit_id = cascade.told()
    sent = (Media("photo", photo(), "image/jpeg"),)
    if comes == "after it":
        cascade.say("gate-a", "seen", ref="e-1")
    with cascade.scene.database.write() as session:
        session.get_one(Hit, hit_id).pictures_shed_at = cascade.clock()
    if comes == "after it":
        with cascade.scene.database.write() as session:
            chat_id = cascade.chat(session, "gate-a").id
            attach(session, cascade.scene.blobs, chat_id, "e-1", sent, cascade.clock())
    else:
        received = cascade.say("gate-a", "seen", ref="e-1", media=sent)
        assert received is not None
        assert received.media == []
    assert not any(stored.key.startswith("reply") for stored in cascade.scene.blobs.stored())
