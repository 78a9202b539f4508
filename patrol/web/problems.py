"""Every error leaves as application/problem+json (RFC 9457), in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import Scope

from patrol import words
from patrol.values import Language, PatrolError
from patrol.web.refusals import InvalidField, Problem, problem_of

MEDIA_TYPE = "application/problem+json"
BY_STATUS = {
    400: "bad_request",
    401: "not_logged_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}
MOST_SAID = 5  # mistakes in the sentence; all of them are in `errors`

log = structlog.get_logger()


class ProblemBody(BaseModel):
    """What went wrong, in the reader's language; `code` is for programs."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[InvalidField] | None = None


class ProblemResponse(JSONResponse):
    media_type = MEDIA_TYPE


def language_of(scope: Scope) -> Language:
    """The language of whoever is logged in, else the browser's."""
    chosen: Language | None = scope.get("state", {}).get("language")
    return chosen or words.reading_language(_header(scope, b"accept-language"))


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def respond(problem: Problem, language: Language) -> ProblemResponse:
    errors = problem.errors(language) if problem.errors else []
    what = "; ".join(_sentence(error) for error in errors[:MOST_SAID])
    body = {
        "type": f"urn:patrol:problem:{problem.code}",
        "title": words.say(f"problems.{problem.code}", language),
        "status": problem.status,
        "detail": words.say(problem.detail, language, what=what, **problem.fields),
        "code": problem.code,
        **({"errors": [error.model_dump() for error in errors]} if errors else {}),
        **problem.extra,
    }
    return ProblemResponse(body, problem.status, headers=dict(problem.headers))


def _sentence(error: InvalidField) -> str:
    return error.message if error.where in error.message else f"{error.where}: {error.message}"


def add_to(app: FastAPI) -> None:
    app.add_exception_handler(PatrolError, on_patrol_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(OperationalError, on_busy)


def on_patrol_error(request: Request, error: Exception) -> ProblemResponse:
    problem = problem_of(error)
    if problem.status >= 500:
        log.error("request failed", code=problem.code, detail=str(error))
    return respond(problem, language_of(request.scope))


def on_http_error(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    code = BY_STATUS.get(error.status_code, "bad_request" if error.status_code < 500 else "internal")
    return respond(Problem(error.status_code, code, headers=error.headers), language_of(request.scope))


def on_busy(request: Request, error: Exception) -> ProblemResponse:
    """The database is locked for longer than we wait, or away."""
    log.error("database is busy or away", detail=str(getattr(error, "orig", "")))
    return respond(Problem(503, "busy", headers={"Retry-After": "2"}), language_of(request.scope))


def on_invalid(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    problem = Problem(422, "invalid", errors=lambda language: [explain(each, language) for each in found])
    return respond(problem, language_of(request.scope))


def explain(problem: Mapping[str, Any], language: Language) -> InvalidField:
    """Say one of pydantic's findings in words. The value itself is never repeated: it may be a password."""
    kind = str(problem["type"])
    known = words.catalogue("problems")
    code = kind if f"field.{kind}" in known else "other"
    context = problem.get("ctx") or {}
    message = words.say(f"problems.field.{code}", language, **context)
    return InvalidField(where=_where(problem["loc"]), code=kind, message=message)


def _where(location: Sequence[object]) -> str:
    return ".".join(str(part) for part in location)
