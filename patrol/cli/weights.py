"""`patrol weights`: bring the networks into models/, list them with their licences, and add one's own."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from patrol.cli import parts
from patrol.faces import adding, weights
from patrol.faces.inspection import Understood, inspect
from patrol.faces.manifest import LANDMARKS, Landmark, NetworkInput, Weights

app = typer.Typer(help="The networks: source, licence, and whether they are here.", no_args_is_help=True)

Colour = Literal["bgr", "rgb"]
COLOURS: dict[str, Colour] = {"bgr": "bgr", "rgb": "rgb"}

Licence = Annotated[str, typer.Option(help="The licence of the network, e.g. Apache-2.0.")]
CommercialUse = Annotated[
    bool, typer.Option("--commercial-use/--no-commercial-use", help="Whether its licence allows commercial use.")
]
Points = Annotated[
    str | None, typer.Option(help="A detector's five landmarks in its order, e.g. right_eye,left_eye,nose,...")
]


@app.command()
def pull(
    names: Annotated[list[str] | None, typer.Argument(help="Which ones; all default ones where left out.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to the licences that are shown.")] = False,
    non_commercial: Annotated[
        bool, typer.Option("--non-commercial", help="Fetch networks that may not be used commercially too.")
    ] = False,
) -> None:
    """Fetch weights by pinned hash; what is there and whole is left alone."""
    chosen = parts.settings()

    def agree(name: str, about: Weights) -> bool:
        _show_licence(name, about)
        return (
            yes or about.is_default or (sys.stdin.isatty() and typer.confirm(parts.said("weights_agree"), err=True))
        )

    pulled = weights.pull(
        chosen.models_dir, names or None, report=_tell, agree=agree, is_noncommercial_wanted=non_commercial
    )
    for path in pulled:
        parts.say("weights_here", path=path)


@app.command("list")
def list_weights() -> None:
    """List the manifest: name, licence, source, and the state of the file."""
    for listed in weights.listing(parts.settings().models_dir):
        about = listed.weights
        parts.say(
            "weights_listed", name=listed.name, state=listed.state, licence=_licence(about), source=_origin(about)
        )


@app.command()
def add(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An ONNX file.")],
    name: Annotated[str, typer.Option("--as", help="What it is called from now on.")],
    licence: Licence,
    commercial_use: CommercialUse,
    rights: Annotated[str, typer.Option(help="Whose it is.")] = "",
    trained_on: Annotated[str, typer.Option(help="On what it was trained, as far as known.")] = "",
    mean: Annotated[float | None, typer.Option(help="Taken off each pixel; guessed where left out.")] = None,
    scale: Annotated[float | None, typer.Option(help="Times each pixel, after that; guessed where left out.")] = None,
    colour: Annotated[str | None, typer.Option(help="rgb or bgr; guessed where left out.")] = None,
    landmarks: Points = None,
) -> None:
    """Look at a network of your own, say what it is, and let PATROL_EMBEDDER or PATROL_DETECTOR name it."""
    understood = inspect(file)
    takes = _overruled(understood.input, mean, scale, _colour(colour))
    understood = Understood(understood.format, takes, understood.is_normalising)
    origin = adding.Origin(licence, commercial_use, rights, trained_on)
    models_dir = parts.settings().models_dir
    added = adding.add(models_dir, file, name, understood, origin, _landmarks(landmarks))
    parts.say(f"weights_added_{added.role}", name=name, **_described(added))
    if added.role == "embedder":
        parts.say("weights_not_measured", name=name, calibration=models_dir / added.calibration)
    if not commercial_use:
        parts.say("weights_non_commercial", name=name, licence=licence)


def _overruled(takes: NetworkInput, mean: float | None, scale: float | None, colour: Colour | None) -> NetworkInput:
    return replace(
        takes,
        mean=takes.mean if mean is None else (mean, mean, mean),
        scale=takes.scale if scale is None else scale,
        colour=colour or takes.colour,
    )


def _colour(given: str | None) -> Colour | None:
    if given is None:
        return None
    if given in COLOURS:
        return COLOURS[given]
    raise adding.NotAdded(parts.said("weights_no_colour", given=given))


def _landmarks(given: str | None) -> tuple[Landmark, ...]:
    if given is None:
        return LANDMARKS
    known = {str(landmark): landmark for landmark in LANDMARKS}
    wanted = [part.strip() for part in given.split(",")]
    if sorted(wanted) != sorted(known):
        raise adding.NotAdded(parts.said("weights_no_landmarks", given=given, known=", ".join(known)))
    return tuple(known[part] for part in wanted)


def _described(about: Weights) -> dict[str, object]:
    takes = about.input
    size = f"{takes.wh[0]} x {takes.wh[1]}" if takes.wh else "*"
    return {
        "format": about.format,
        "size": size,
        "colour": takes.colour.upper(),
        "mean": f"{takes.mean[0]:g}",
        "scale": f"{takes.scale:.6g}",
        "length": takes.length,
    }


def _show_licence(name: str, about: Weights) -> None:
    shown = {"name": name, "licence": _licence(about), "rights": about.rights, "trained_on": about.trained_on}
    typer.echo(parts.said("weights_licence", **shown, source=_origin(about)), err=True)


def _licence(about: Weights) -> str:
    return about.licence if about.allows_commercial_use else parts.said("weights_not_for_sale", licence=about.licence)


def _origin(about: Weights) -> str:
    return (
        f"{about.source.package} {about.source.package_version}".strip() or ", ".join(about.source.addresses) or "-"
    )


def _tell(name: str, step: str) -> None:
    typer.echo(f"{name}: {step}", err=True)
