"""Drawn people, tracks and matches for the tests of hits: no network, no weights, nobody real."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import cv2
import numpy as np
from sqlalchemy.orm import Session

from patrol.store.tables import Person, Portrait, User, Watchlist
from patrol.values import BgrPicture, Face, Float32, Frame, Match, Quality, Site, Stream, Template, Track

SITE = Site("mall", "East Mall", 31.23, 121.47, "Asia/Shanghai")
STREAM = Stream("gate-b", SITE, "Gate B", "3F escalator, towards exit B", "rtsp://127.0.0.1/gate-b")
FRAME_WH = (640, 360)
EMBEDDER = "sface-2021dec"


@dataclass(frozen=True)
class Cast:
    """Who the stories are about. Wanda is on the list, Rita reviews, Vera only looks, Max has been shut out."""

    watchlist: Watchlist
    wanda: Person
    portrait: Portrait
    rita: User
    vera: User
    max: User


def cast(session: Session, now: datetime, *, is_exercise: bool = False) -> Cast:
    """Write the cast down, in the caller's transaction."""
    watchlist = Watchlist(
        name="Wanted",
        category="wanted",
        reason="case 12",
        owner="Inspector Li",
        is_exercise=is_exercise,
        created_at=now,
        created_by="ada",
        ends_at=now + timedelta(days=30),
    )
    wanda = entry(watchlist, "Wanda", now)
    portrait = portrait_of(wanda, now)
    rita, vera, max = (
        account("rita", "reviewer", now),
        account("vera", "viewer", now),
        account("max", "reviewer", now),
    )
    max.disabled_at = now
    session.add_all([watchlist, wanda, portrait, rita, vera, max])
    session.flush()
    return Cast(watchlist, wanda, portrait, rita, vera, max)


def entry(watchlist: Watchlist, name: str, now: datetime) -> Person:
    return Person(
        watchlist=watchlist,
        name=name,
        reason="warrant",
        source="police",
        created_at=now,
        created_by="ada",
        ends_at=now + timedelta(days=30),
    )


def portrait_of(person: Person, now: datetime, picture_key: str | None = None) -> Portrait:
    return Portrait(
        person=person,
        picture_key=picture_key,
        sha256="0" * 64,
        box_xyxy=[0, 0, 9, 9],
        landmarks_xy=[[1, 1]] * 5,
        quality=0.9,
        created_at=now,
        created_by="ada",
    )


def account(name: str, role: str, now: datetime) -> User:
    return User(name=name, password_hash="$argon2id$", role=role, sees_all_sites=True, created_at=now)


def template(seed: int) -> Template:
    vector = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
    return Template(EMBEDDER, vector / np.float32(np.linalg.norm(vector)))


def drawn_frame(now: datetime, number: int = 1, brightness: int = 90) -> Frame:
    """A frame of soft noise, with a lighter square where the face would be."""
    noise = np.random.default_rng(number).integers(0, brightness, (FRAME_WH[1], FRAME_WH[0], 3), np.uint8)
    pixels = np.asarray(cv2.GaussianBlur(noise, (9, 9), 0), np.uint8)
    pixels[100:180, 200:260] += 100
    return Frame(STREAM.id, number, now, BgrPicture(pixels))


def face(quality: float = 0.7, box_xyxy: tuple[float, ...] = (200, 100, 260, 180), seed: int = 1) -> Face:
    x0, y0, x1, _ = box_xyxy
    rights, downs = [15, x1 - x0 - 15, 30, 18, x1 - x0 - 18], [30, 30, 45, 60, 60]
    landmarks_xy = np.array([[x0 + right, y0 + down] for right, down in zip(rights, downs, strict=True)])
    measured = Quality(quality, eye_distance_px=30.0, sharpness=200.0, yaw=0.0)
    return Face(np.array(box_xyxy, np.float32), landmarks_xy.astype(np.float32), 0.9, measured, template(seed))


def track(
    now: datetime,
    *,
    passage_id: uuid.UUID | None = None,
    quality: float = 0.7,
    length_s: float = 2.0,
    n_looks: int = 3,
    others_xyxy: Float32 | None = None,
    is_over: bool = False,
) -> Track:
    """A person seen for `length_s` up to `now`, the best look the newest."""
    best = face(quality)
    others = np.zeros((0, 4), np.float32) if others_xyxy is None else others_xyxy
    return Track(
        passage_id=passage_id or uuid.uuid4(),
        stream_id=STREAM.id,
        first_seen_at=now - timedelta(seconds=length_s),
        last_seen_at=now,
        n_faces=n_looks,
        looks=tuple(face(quality, seed=seed) for seed in range(n_looks)),
        best=best,
        best_frame=drawn_frame(now),
        best_frame_boxes_xyxy=np.vstack([best.box_xyxy[None], others]),
        template=template(99),
        is_over=is_over,
    )


def match(cast: Cast, similarity: float = 0.6, grade: str = "sure") -> Match:
    return Match(cast.wanda.id, cast.portrait.id, similarity, similarity, 0.45, 0.2, None, EMBEDDER, grade)  # type: ignore[arg-type]


def elsewhere(stream_id: str) -> Stream:
    return replace(STREAM, id=stream_id)
