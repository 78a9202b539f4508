"""Where the chat platforms call us. Who calls is known by the call's own signature, and by nothing else."""

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from patrol.dispatch.callbacks import CallbackRefused
from patrol.web.parts import PartsHere

router = APIRouter(prefix="/chats", include_in_schema=False)


@router.api_route("/{kind}/{secret_name}", methods=["GET", "POST"])
async def take_call(kind: str, secret_name: str, request: Request, parts: PartsHere) -> Response:
    """Refused without a word of why: who has no business here learns nothing."""
    body = await request.body()
    return await run_in_threadpool(_answer, kind, secret_name, request, body, parts)


def _answer(kind: str, secret_name: str, request: Request, body: bytes, parts: PartsHere) -> Response:
    if parts.callbacks is None:
        return Response(status_code=404)
    try:
        answered = parts.callbacks.receive(
            kind,
            secret_name,
            method=request.method,
            query=dict(request.query_params),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )
    except CallbackRefused:
        return Response(status_code=403)
    later = BackgroundTask(answered.later)  # runs in a thread when the answer has left
    return Response(answered.body, headers={"content-type": answered.content_type}, background=later)
