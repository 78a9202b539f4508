"""`patrol bench`: speed beside the reference, measured here and now."""

import typer

app = typer.Typer(help="Speed beside a plain face_recognition loop, on the same frames.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Speed beside a plain face_recognition loop, on the same frames."""
