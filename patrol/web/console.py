"""Serves the built console: its files, and its one page for every other address a browser opens."""

from pathlib import Path

from fastapi import FastAPI


def add_to(app: FastAPI, console_dir: Path) -> None:
    pass
