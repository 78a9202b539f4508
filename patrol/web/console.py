"""Serves files: the built console with its one page for every address a browser opens, and the groups' page's."""

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from patrol.web.parts import PartsHere
from patrol.web.problems import language_of, respond
from patrol.web.refusals import Problem, not_found
from patrol.web.templates import ASSETS_DIR

router = APIRouter(include_in_schema=False)


class CompressedFiles:
    """Compresses the files of the console and the page. Answers with somebody's data are never compressed: their
    size would give away what is in them to who can add to it (BREACH)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.compressing = GZipMiddleware(app, minimum_size=1000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_file = scope["type"] == "http" and scope["path"].startswith(("/assets/", "/page-assets/"))
        await (self.compressing if is_file else self.app)(scope, receive, send)


#: What the console's own addresses never begin with: a wrong one there is a 404, not the console.
NOT_THE_CONSOLE = ("api/", "g/", "page-assets/", "assets/")


def add_to(app: FastAPI) -> None:
    """Last of all routes: what nothing else answers is a file of the console, or the console itself."""
    app.mount("/page-assets", StaticFiles(directory=ASSETS_DIR), name="page-assets")
    app.include_router(router)


@router.get("/{path:path}", response_class=Response)
def show_console(path: str, request: Request, parts: PartsHere) -> Response:
    index = parts.console_dir / "index.html"
    if path and (file := _file_in(parts.console_dir, path)):
        return FileResponse(file)
    if path.startswith(NOT_THE_CONSOLE) or "." in path.rpartition("/")[2]:
        raise not_found()
    if not index.is_file():
        return respond(Problem(503, "console_missing"), language_of(request.scope))
    return FileResponse(index)


def _file_in(folder: Path, path: str) -> Path | None:
    """The file at `path` inside `folder`; None where there is none, or it lies outside."""
    try:
        file = (folder / path).resolve()
        is_inside = file.is_relative_to(folder.resolve()) and file.is_file()
    except (OSError, ValueError):  # a name too long for the file system, or with NUL
        return None
    return file if is_inside else None
