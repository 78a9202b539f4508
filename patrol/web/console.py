"""Serves the built console: its files, and its one page for every other address a browser opens."""

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from patrol.web.refusals import Problem, not_found


def add_to(app: FastAPI, console_dir: Path) -> None:
    pass
