"""`patrol weights`: bring the networks into models/, and list them with their licences."""

from typing import Annotated

import typer

from patrol.cli import parts
from patrol.faces import weights

app = typer.Typer(help="The networks: source, licence, and whether they are here.", no_args_is_help=True)


@app.command()
def pull(
    names: Annotated[list[str] | None, typer.Argument(help="Which ones; all default ones where left out.")] = None,
) -> None:
    """Fetch weights by pinned hash; what is there and whole is left alone."""
    chosen = parts.settings()
    for path in weights.pull(chosen.models_dir, names or None, report=_tell):
        parts.say("weights_here", path=path)


@app.command("list")
def list_weights() -> None:
    """List the manifest: name, licence, source, and the state of the file."""
    for listed in weights.listing(parts.settings().models_dir):
        about = listed.weights
        origin = f"{about.source.package} {about.source.package_version}".strip() or ", ".join(about.source.addresses)
        parts.say("weights_listed", name=listed.name, state=listed.state, licence=about.licence, source=origin)


def _tell(name: str, step: str) -> None:
    typer.echo(f"{name}: {step}", err=True)
