"""`patrol anchors`: whether a site keeps templates of rejected strangers, why and until when. None does by itself."""

from datetime import timedelta
from typing import Annotated

import typer

from patrol import words
from patrol.cli import parts
from patrol.hits import policies, site_policies
from patrol.settings import load_sites, terminal_language
from patrol.values import PatrolError

app = typer.Typer(
    help="A site's leave to keep the templates of rejected strangers as negative anchors.", no_args_is_help=True
)

BY = "cli"


@app.command("list")
def list_policies(site: Annotated[str, typer.Argument(help="The site's id.")]) -> None:
    """List the policies of a site that are in force."""
    now = parts.clock()
    with parts.database(parts.settings()).read() as session:
        rows = [row for row in site_policies.of_site(session, site) if now < row.ends_at]
    for row in rows:
        _say("anchor", id=row.id, ends=f"{row.ends_at:%Y-%m-%d}", by=row.written_by, text=row.text)
    if not rows:
        _say("anchors_none", site=site)


@app.command()
def write(
    site: Annotated[str, typer.Argument(help="The site's id.")],
    text: Annotated[str, typer.Option(help="Why, and on whose word; it is kept with the policy.")],
    days: Annotated[int, typer.Option(min=1, max=policies.LONGEST.days, help="How long it holds.")],
    by: Annotated[str, typer.Option(help="Who says so.")] = BY,
) -> None:
    """Keep the templates of strangers who are rejected at this site from now on, for a while."""
    chosen, now = parts.settings(), parts.clock()
    known = [it.id for it in load_sites(chosen.streams_file)]
    if site not in known:
        raise PatrolError(parts.said("no_such_site", site=site, known=", ".join(known) or "-"))
    with parts.database(chosen).write() as session:
        policy = site_policies.write(session, site, text, by, now, now + timedelta(days=days))
    _say("anchor_written", site=site, ends=f"{policy.ends_at:%Y-%m-%d}")


@app.command()
def end(
    site: Annotated[str, typer.Argument(help="The site's id.")],
    policy: Annotated[str, typer.Argument(help="The policy's id, or as much of it as tells it apart.")],
) -> None:
    """End a policy now; what was kept under it goes within a minute."""
    now = parts.clock()
    with parts.database(parts.settings()).write() as session:
        rows = [row for row in site_policies.of_site(session, site) if now < row.ends_at]
        found = [row for row in rows if str(row.id).startswith(policy.lower())]
        if len(found) != 1:
            fields = {"site": site, "id": policy, "n": len(found)}
            raise PatrolError(words.say("rates.anchor_not_one", terminal_language(), **fields))
        site_policies.end(session, site, found[0].id, BY, now)
    _say("anchor_ended")


def _say(code: str, **fields: object) -> None:
    typer.echo(words.say(f"rates.{code}", terminal_language(), **fields))
