"""A watchlist of drawn people, whose templates point anywhere: nobody in a clip is one of them."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from patrol.store.tables import Person, Portrait, PortraitTemplate, Watchlist
from patrol.values import Float32

BY = "bench"


def draw_templates(n_people: int, length: int = 128) -> Float32:
    """float32 (n_people, length), rows of length 1, the same at every call."""
    vectors = np.random.default_rng(0).normal(size=(n_people, length)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def list_everybody(session: Session, templates: Float32, embedder: str, now: datetime) -> None:
    """Write one watchlist with a person for each row of `templates`, float32 (P, D)."""
    until = now + timedelta(days=1)
    watchlist_id = uuid.uuid4()
    made: dict[str, Any] = {"created_at": now, "created_by": BY}
    why = {"reason": BY, "ends_at": until}
    people = [uuid.uuid4() for _ in templates]
    portraits = [uuid.uuid4() for _ in templates]
    about_list = {"id": watchlist_id, "name": BY, "category": "exercise", "owner": BY, "is_exercise": True}
    session.execute(insert(Watchlist), [about_list | why | made])
    session.execute(
        insert(Person),
        [{"id": id, "watchlist_id": watchlist_id, "name": f"{n}", "source": BY} | why | made
         for n, id in enumerate(people)],
    )  # fmt: skip
    face: dict[str, Any] = {"sha256": "", "box_xyxy": [], "landmarks_xy": [], "quality": 1.0}
    session.execute(
        insert(Portrait),
        [{"id": id, "person_id": person} | face | made for id, person in zip(portraits, people, strict=True)],
    )
    session.execute(
        insert(PortraitTemplate),
        [{"portrait_id": id, "embedder": embedder, "vector": vector.tobytes(), "created_at": now}
         for id, vector in zip(portraits, templates, strict=True)],
    )  # fmt: skip
