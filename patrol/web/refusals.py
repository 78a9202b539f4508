"""What the rooms' errors mean in HTTP: one table from exception to status and code."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from patrol.accounts.attempts import TooManyAttempts
from patrol.accounts.login import LoginRefused
from patrol.accounts.passwords import PasswordRefused
from patrol.accounts.users import LastAdmin, NameRefused, NameTaken, UserUnknown, WrongPassword
from patrol.clips.viewing import ClipNotReady
from patrol.dispatch.backlog import DeliveryUnknown
from patrol.dispatch.drafts import GroupRefused
from patrol.dispatch.drills import DrillRefused
from patrol.dispatch.exercises import ExerciseUnknown
from patrol.dispatch.forwarding import ForwardRefused
from patrol.dispatch.groups import GroupUnknown
from patrol.dispatch.levels import TimesRefused
from patrol.dispatch.pauses import PauseRefused, PauseUnknown
from patrol.dispatch.phones import InviteRefused, MemberUnknown, PhoneUnknown
from patrol.dispatch.policies import PolicyRefused, PolicyUnknown
from patrol.dispatch.replies import ReplyRefused, TooManyReplies
from patrol.dispatch.self_tests import SelfTestImpossible
from patrol.faces.manifest import ManifestError
from patrol.faces.weights import WeightsCorrupt, WeightsMissing, WeightsUnknown
from patrol.hits.episodes import EpisodeClosed, EpisodeUnknown, OtherSitesToo
from patrol.hits.masks import MasksRefused, StillFaceUnknown
from patrol.hits.policies import WrittenPolicyRefused
from patrol.hits.review import (
    AlreadyDecided,
    EntryEnded,
    HitUnknown,
    MayNotDecide,
    NotDecided,
    ReasonUnknown,
    RoundUnknown,
    SameVerdict,
)
from patrol.hits.site_policies import SitePolicyUnknown
from patrol.matching.prior import PriorBroken
from patrol.settings import SettingsError
from patrol.store.blobs import NoRoom, PictureGone
from patrol.streams.rtsp import StreamLost
from patrol.streams.transcode import ClipUnreadable
from patrol.values import Language, PatrolError
from patrol.watchlist.changeover import EmbedderRefused
from patrol.watchlist.people import PersonUnknown, PortraitUnknown, WatchlistUnknown
from patrol.watchlist.refusals import EntryRefused, ImportRefused
from patrol.watchlist.volunteers import VolunteerUnknown


class InvalidField(BaseModel):
    """One thing that is wrong with what was sent."""

    where: str  #: e.g. body.ends_at
    code: str
    message: str


class Problem(PatrolError):
    """A request that is refused, and why: a code of words/problems.json with the fields its sentence needs."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
        detail: str | None = None,
        errors: Callable[[Language], Sequence[InvalidField]] | None = None,
        fields: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.errors = errors  #: what is wrong field by field, said when the reader's language is known
        self.detail = detail or f"problems.{code}.detail"  #: the sentence's entry in the words
        self.headers = headers or {}
        self.extra = extra or {}
        self.fields = fields or {}  #: what the sentence names


def not_found() -> Problem:
    """Also the answer for what exists but is not the asker's to see."""
    return Problem(404, "not_found")


def _too_many_attempts(error: TooManyAttempts) -> Problem:
    headers = {"Retry-After": str(error.retry_after_s)}
    return Problem(429, "too_many_attempts", headers=headers, fields={"seconds": error.retry_after_s})


def _already_decided(error: AlreadyDecided) -> Problem:
    extra = {"by": error.by, "at": f"{error.at:%Y-%m-%dT%H:%M:%SZ}", "verdict": error.verdict}
    return Problem(409, "already_decided", extra=extra, fields={"by": error.by})


def _entry_refused(error: EntryRefused) -> Problem:
    sentence = f"enrolment.{error.code}"
    return Problem(422, "entry_refused", extra={"reason": error.code}, detail=sentence, fields=error.fields)


def _embedder_refused(error: EmbedderRefused) -> Problem:
    sentence = f"enrolment.{error.code}"
    return Problem(409, "embedder_refused", extra={"reason": error.code}, detail=sentence, fields=error.fields)


def _import_refused(error: ImportRefused) -> Problem:
    sentence = f"enrolment.{error.code}"
    return Problem(422, "import_refused", extra={"reason": error.code}, detail=sentence, fields=error.fields)


def _group_refused(error: GroupRefused) -> Problem:
    def said(language: Language) -> list[InvalidField]:
        return [InvalidField(where=it.field, code=it.code, message=it.say(language)) for it in error.mistakes]

    return Problem(422, "group_refused", errors=said)


def _pause_refused(error: PauseRefused) -> Problem:
    sentence = f"pauses.{error.code}"
    return Problem(422, "pause_refused", extra={"reason": error.code}, detail=sentence, fields=error.fields)


def _self_test_impossible(error: SelfTestImpossible) -> Problem:
    sentence = f"alarms.self_test_impossible.{error.reason}"
    fields = {"site_id": error.site_id}
    return Problem(409, "self_test_impossible", extra={"reason": error.reason}, detail=sentence, fields=fields)


def _stream_lost(error: StreamLost) -> Problem:
    return Problem(503, "stream_lost", extra={"reason": error.code}, detail=f"streams.{error.code}")


def _same(status: int, code: str) -> Callable[[PatrolError], Problem]:
    return lambda _error: Problem(status, code)


KNOWN: dict[type[PatrolError], Callable[[Any], Problem]] = {
    LoginRefused: _same(401, "login_refused"),
    TooManyAttempts: _too_many_attempts,
    PasswordRefused: lambda error: Problem(422, error.code, fields={"limit": error.limit}),
    WrongPassword: _same(422, "wrong_password"),
    NameRefused: _same(422, "name_refused"),
    NameTaken: _same(409, "name_taken"),
    UserUnknown: _same(404, "not_found"),
    LastAdmin: _same(409, "last_admin"),
    HitUnknown: _same(404, "not_found"),
    AlreadyDecided: _already_decided,
    NotDecided: _same(409, "not_decided"),
    SameVerdict: _same(409, "same_verdict"),
    RoundUnknown: _same(409, "round_unknown"),
    EntryEnded: _same(409, "entry_ended"),
    ReasonUnknown: _same(422, "reason_unknown"),
    MayNotDecide: _same(403, "forbidden"),
    WatchlistUnknown: _same(404, "not_found"),
    PersonUnknown: _same(404, "not_found"),
    PortraitUnknown: _same(404, "not_found"),
    VolunteerUnknown: _same(404, "not_found"),
    EntryRefused: _entry_refused,
    EmbedderRefused: _embedder_refused,
    TooManyReplies: lambda _error: Problem(429, "too_many_replies", headers={"Retry-After": "60"}),
    GroupUnknown: _same(404, "not_found"),
    ExerciseUnknown: _same(404, "not_found"),
    DrillRefused: _same(409, "drill_refused"),
    SelfTestImpossible: _self_test_impossible,
    WrittenPolicyRefused: lambda error: Problem(422, f"policy_{error.code}"),
    SitePolicyUnknown: _same(404, "not_found"),
    StillFaceUnknown: _same(404, "not_found"),
    MasksRefused: lambda error: Problem(422, f"masks_{error.code}"),
    StreamLost: _stream_lost,
    DeliveryUnknown: _same(404, "not_found"),
    MemberUnknown: _same(404, "not_found"),
    PhoneUnknown: _same(404, "not_found"),
    PolicyRefused: _same(422, "policy_refused"),
    PolicyUnknown: _same(404, "not_found"),
    EpisodeUnknown: _same(404, "not_found"),
    EpisodeClosed: _same(409, "episode_closed"),
    OtherSitesToo: _same(403, "beyond_your_sites"),
    ForwardRefused: lambda error: Problem(409, "forward_refused", extra={"why": error.why}),
    InviteRefused: _same(410, "invite_refused"),
    GroupRefused: _group_refused,
    TimesRefused: _same(422, "times_refused"),
    ImportRefused: _import_refused,
    PictureGone: _same(410, "picture_gone"),
    NoRoom: _same(507, "no_room"),
    ClipNotReady: lambda _error: Problem(503, "clip_not_ready", headers={"Retry-After": "5"}),
    ClipUnreadable: _same(422, "clip_unreadable"),
    PauseUnknown: _same(404, "not_found"),
    PauseRefused: _pause_refused,
    ReplyRefused: _same(409, "reply_refused"),
    WeightsMissing: _same(503, "weights_missing"),
    WeightsCorrupt: _same(503, "weights_missing"),
    WeightsUnknown: _same(503, "manifest_broken"),
    ManifestError: _same(503, "manifest_broken"),
    PriorBroken: _same(503, "calibration_broken"),
    SettingsError: _same(503, "settings_broken"),
}


def problem_of(error: Exception) -> Problem:
    """The problem an error stands for; an error of the rooms that is not in the table is ours to mend: 500."""
    if isinstance(error, Problem):
        return error
    for kind in type(error).__mro__:
        if kind in KNOWN:
            return KNOWN[kind](error)
    return Problem(500, "internal")
