"""patrol's command line: builds the parts and starts one of them. One file a subject."""

import sys
from collections.abc import Sequence

import typer

from patrol import words
from patrol.cli import (
    accuracy,
    anchors,
    bench,
    chats,
    deliveries,
    demo,
    drill,
    embedder,
    evaluation,
    evaluation_quality,
    evaluation_videos,
    groups,
    parts,
    pauses,
    phones,
    processes,
    rates,
    replay,
    route,
    self_tests,
    stream_health,
    streams,
    users,
    volunteers,
    watching,
    watchlists,
    weights,
)
from patrol.dispatch.pauses import PauseRefused
from patrol.settings import terminal_language
from patrol.values import PatrolError
from patrol.watchlist.refusals import Refused

app = typer.Typer(
    help="patrol: faces on camera streams against a watchlist, a person's yes, the nearest guards' chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
processes.add_to(app)
watching.add_to(app)
stream_health.add_to(streams.app)
app.add_typer(streams.app, name="streams")
app.add_typer(weights.app, name="weights")
app.add_typer(embedder.app, name="embedder")
app.add_typer(watchlists.app, name="watchlist")
app.add_typer(accuracy.app, name="accuracy")
app.add_typer(volunteers.app, name="volunteers")
app.add_typer(users.app, name="users")
app.add_typer(groups.app, name="groups")
phones.add_to(groups.app)
app.add_typer(chats.app, name="chats")
app.add_typer(route.app, name="route")
app.add_typer(pauses.app, name="pause")
drill.add_to(app)
self_tests.add_to(app)
rates.add_to(app)
replay.add_to(app)
app.add_typer(anchors.app, name="anchors")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(bench.app, name="bench")
app.add_typer(evaluation.app, name="eval")
evaluation_quality.add_to(evaluation.app)
evaluation_videos.add_to(evaluation.app)
demo.add_to(app)


def main() -> None:
    """The `patrol` command."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status; what patrol can explain is said in words on stderr, status 1."""
    parts.log_to_stderr()
    try:
        app(args=list(arguments), prog_name="patrol")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Refused as error:
        typer.echo("patrol: " + words.say(f"enrolment.{error.code}", terminal_language(), **error.fields), err=True)
        return 1
    except PauseRefused as error:
        typer.echo(f"patrol: {error.say(terminal_language())}", err=True)
        return 1
    except PatrolError as error:
        typer.echo(f"patrol: {error}", err=True)
        return 1
    return 0
