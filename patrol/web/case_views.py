"""What readers see of a running case: the episode, its clocks and its steps."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from patrol.hits.episodes import Outcome
from patrol.store.tables import Clock, Episode, Step


class GroupRef(BaseModel):
    id: str
    name: str


class EpisodeView(BaseModel):
    id: uuid.UUID
    number: int  #: what the case is called: the number of its first hit
    updates: int
    site_id: str
    place: str  #: in words, where the person was last
    placed_at: datetime
    placed_by: str  #: "hit:NUMBER", or "group:ID" where a member saw the person
    opened_at: datetime
    deadline_at: datetime
    handled_until: datetime | None
    handled_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    outcome: Outcome | None
    note: str


class ClockView(BaseModel):
    kind: Literal["seen", "on_my_way", "outcome"]
    group: GroupRef
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    stopped_why: str | None
    ran_out_at: datetime | None


class StepView(BaseModel):
    at: datetime
    kind: str
    why: str
    group: GroupRef | None  #: who was told
    from_group: GroupRef | None  #: whose clock or answer made it so


def episode_view(episode: Episode) -> EpisodeView:
    made = {"number", "updates"}
    stored = {name: getattr(episode, name) for name in EpisodeView.model_fields if name not in made}
    return EpisodeView.model_validate({**stored, "number": episode.first_hit_number, "updates": episode.n_updates})


def clock_view(clock: Clock, names: Mapping[str, str]) -> ClockView:
    stored = {name: getattr(clock, name) for name in ClockView.model_fields if name != "group"}
    return ClockView.model_validate({**stored, "group": _ref(clock.group_id, names)})


def step_view(step: Step, names: Mapping[str, str]) -> StepView:
    groups = {"group": _ref(step.group_id, names), "from_group": _ref(step.from_group_id, names)}
    return StepView.model_validate({"at": step.at, "kind": step.kind, "why": step.why, **groups})


def _ref(group_id: str | None, names: Mapping[str, str]) -> GroupRef | None:
    return GroupRef(id=group_id, name=names.get(group_id, group_id)) if group_id else None
