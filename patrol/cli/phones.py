"""`patrol groups phones`: whose phones have reached us, a code that binds one, and the end of one."""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated
from uuid import UUID

import segno
import typer

from patrol import words
from patrol.cli import parts
from patrol.dispatch import groups, phones
from patrol.dispatch.phones import MemberPhones, MemberUnknown, PhoneUnknown
from patrol.settings import terminal_language
from patrol.store.tables import Phone
from patrol.web.qr_codes import invite as new_invite
from patrol.web.qr_codes import is_inside_only

ACTOR = "user:cli"
GroupId = Annotated[str, typer.Argument(help="The group's id.")]


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """One member's phone, or their lack of one, as a line of the answer."""

    member: str
    role: str
    phone: str | None
    label: str
    bound_at: str | None
    last_seen_at: str | None


def add_to(app: typer.Typer) -> None:
    """Beside the other commands about groups."""
    app.command("phones")(list_phones)
    app.command("invite")(invite)
    app.command("end-phone")(end_phone)


def list_phones(
    group: GroupId, as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False
) -> None:
    """Say how many of a group's members have been reached on their own phones, and list the phones."""
    chosen = parts.settings()
    with parts.database(chosen).read() as session:
        groups.find(session, group)
        people = phones.roster(session, group)
    lines = [line for one in people for line in _lines_of(one)]
    n_reached = sum(one.has_reached_us for one in people)
    if as_json:
        counts = {"group": group, "n_reached": n_reached, "n_members": len(people)}
        typer.echo(json.dumps({**counts, "phones": [asdict(line) for line in lines]}, ensure_ascii=False))
        return
    parts.say("phones_reached", n_reached=n_reached, n_members=len(people))
    if people and is_inside_only(chosen.public_url):
        parts.say("phones_inside_only", url=chosen.public_url)
    _print(lines)


def invite(group: GroupId, member: Annotated[str, typer.Argument(help="The member's name on the roster.")]) -> None:
    """Print a code that binds one phone to a member, good for ten minutes: scan it, or open its address."""
    chosen = parts.settings()
    with parts.database(chosen).write() as session:
        named = [one.member for one in phones.roster(session, groups.find(session, group).id)]
        ids = [one.id for one in named if one.name == member]
        if len(ids) != 1:
            known = ", ".join(one.name for one in named) or "-"
            raise MemberUnknown(f"group {group!r} has {len(ids)} members called {member!r}; its roster: {known}")
        made = new_invite(session, ids[0], ACTOR, parts.clock(), chosen.public_url)
    drawn = io.StringIO()
    segno.make(made.url, error="m", micro=False).terminal(drawn, compact=True)
    typer.echo(drawn.getvalue())
    parts.say("phone_invited", member=member, url=made.url)


def end_phone(
    phone: Annotated[str, typer.Argument(help="The phone's id, as `patrol groups phones` lists it.")],
) -> None:
    """End one phone, as when it is lost; its open page says so at once, and the others go on."""
    try:
        id = UUID(phone)
    except ValueError:
        raise PhoneUnknown(f"{phone!r} is no phone's id; `patrol groups phones GROUP` lists them") from None
    with parts.database(parts.settings()).write() as session:
        phones.revoke(session, id, ACTOR, parts.clock())
    parts.say("phone_ended", id=id)


def _lines_of(one: MemberPhones) -> list[PhoneLine]:
    return [_line(one, phone) for phone in one.phones] or [_line(one, None)]


def _line(one: MemberPhones, phone: Phone | None) -> PhoneLine:
    seen_at = phone.last_seen_at if phone else None
    return PhoneLine(
        member=one.member.name,
        role=one.member.role,
        phone=str(phone.id) if phone else None,
        label=phone.label if phone else "",
        bound_at=phone.bound_at.isoformat() if phone else None,
        last_seen_at=seen_at.isoformat() if seen_at else None,
    )


def _print(lines: Sequence[PhoneLine]) -> None:
    for line in lines:
        state = "phone_seen" if line.last_seen_at else "phone_bound" if line.phone else "phone_none"
        said = words.say(f"cli.{state}", terminal_language(), at=line.last_seen_at)
        parts.say("phone_listed", member=line.member, label=line.label or "-", state=said, id=line.phone or "-")
