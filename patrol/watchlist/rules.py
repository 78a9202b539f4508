"""What a watchlist and an entry may not be without: reason, source, owner and an end. The schema holds it too."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.store.tables import Person, Watchlist
from patrol.values import require_aware
from patrol.watchlist.refusals import EntryRefused

CATEGORIES = ("wanted", "missing", "banned", "vip", "staff", "exercise", "other")
MAX_NAME = 200  # characters; longer ones break every table they stand in
#: What no message to guards says: a match is possible and no more, and a guard is no judge.
CLAIMS = re.compile(
    r"\b(confirmed|wanted|criminal|suspect)\b|通缉|在逃|嫌疑人|嫌犯|罪犯|已确认|确认是|确系", re.IGNORECASE
)
MAX_LEVEL = 64  # characters, as of a group's level
MOST_AT_ONCE = 20  # groups told at once; everybody told is one more who holds the picture
MAX_WORDS = 2_000  # characters of a reason, source, note or instruction: a page


def check_watchlist(session: Session, watchlist: Watchlist) -> None:
    """Refuse a list without name, reason, owner or a known category, and a name that another list has."""
    _require_words(watchlist, "name", "reason", "owner")
    _limit_words(watchlist, "reason", "owner", "instruction")
    _refuse_claims(watchlist.instruction or "")
    if watchlist.category not in CATEGORIES:
        raise EntryRefused("category_unknown", category=watchlist.category, known=", ".join(CATEGORIES))
    _check_told(watchlist)
    same_name = select(Watchlist.id).where(Watchlist.name == watchlist.name, Watchlist.id != watchlist.id)
    if session.scalar(same_name) is not None:
        raise EntryRefused("list_name_taken", watchlist=watchlist.name)


def _check_told(watchlist: Watchlist) -> None:
    """Who may be told of the list's hits, and how many groups at once; nothing said is patrol's own."""
    for level in watchlist.levels or ():
        if not 0 < len(level.strip()) <= MAX_LEVEL or level == "maintenance":
            raise EntryRefused("level_refused", level=level, longest=MAX_LEVEL)
    if watchlist.tell_at_once is not None and not 1 <= watchlist.tell_at_once <= MOST_AT_ONCE:
        raise EntryRefused("at_once_refused", n=watchlist.tell_at_once, most=MOST_AT_ONCE)


def check_person(session: Session, person: Person) -> None:
    """Refuse an entry without name, reason or source, and a key that another entry of its list has."""
    _require_words(person, "name", "reason", "source")
    _limit_words(person, "reason", "source", "note", "external_ref")
    if person.external_ref is None:
        return
    same_ref = select(Person.name).where(
        Person.watchlist_id == person.watchlist_id,
        Person.external_ref == person.external_ref,
        Person.removed_at.is_(None),
        Person.id != person.id,
    )
    other = session.scalar(same_ref)
    if other is not None:
        raise EntryRefused("ref_taken", external_ref=person.external_ref, other=other)


def check_end(ends_at: datetime, now: datetime, watchlist: Watchlist | None = None) -> None:
    """Refuse an end that has passed, or that lies behind the end of the entry's list."""
    require_aware(ends_at, "ends_at")
    if ends_at <= now:
        raise EntryRefused("end_past", ends_at=f"{ends_at:%Y-%m-%d %H:%M %Z}")
    if watchlist is not None and ends_at > watchlist.ends_at:
        list_ends_at = watchlist.ends_at.astimezone(ends_at.tzinfo)
        raise EntryRefused(
            "end_after_list", ends_at=f"{ends_at:%Y-%m-%d %H:%M %Z}", list_ends_at=f"{list_ends_at:%Y-%m-%d %H:%M %Z}"
        )


def weak_reason(text: str | None) -> str | None:
    """Why a poor photo may be let in; None where nobody asks for that. Nobody lets one in without words."""
    if text is None:
        return None
    if not text.strip():
        raise EntryRefused("no_weak_reason")
    if len(text.strip()) > MAX_WORDS:
        raise EntryRefused("text_too_long", limit=MAX_WORDS)
    return text.strip()


def require_not_closed(watchlist: Watchlist) -> None:
    if watchlist.closed_at is not None:
        raise EntryRefused("list_closed", watchlist=watchlist.name)


def require_open(watchlist: Watchlist, now: datetime) -> None:
    """Refuse new entries and new ends in a list that is closed or over."""
    require_not_closed(watchlist)
    if watchlist.ends_at <= now:
        raise EntryRefused("list_ended", watchlist=watchlist.name)


def require_present(person: Person) -> None:
    if person.removed_at is not None:
        raise EntryRefused("person_removed", name=person.name)


def _require_words(row: Watchlist | Person, *columns: str) -> None:
    for column in columns:
        if not getattr(row, column):
            raise EntryRefused(f"no_{column}")
    if len(row.name) > MAX_NAME:
        raise EntryRefused("name_too_long", limit=MAX_NAME)


def _limit_words(row: Watchlist | Person, *columns: str) -> None:
    for column in columns:
        if len(getattr(row, column) or "") > MAX_WORDS:
            raise EntryRefused("text_too_long", limit=MAX_WORDS)


def _refuse_claims(instruction: str) -> None:
    claim = CLAIMS.search(instruction)
    if claim is not None:
        raise EntryRefused("instruction_claims", word=claim[0])
