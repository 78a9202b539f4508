"""Kinds of input that more than one form takes: text and times that can be stored and shown again."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

MAX_NUMBER = 2**31 - 1  # an integer column's, on PostgreSQL


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None


#: One line of text. A pattern also refuses half a character (a lone surrogate), which no database takes.
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
#: Text of several lines, as long as its form says; NUL is what PostgreSQL cannot store.
Words = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")]  #: A password: kept as typed.
Password = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=1000)]
When = Annotated[AwareDatetime, AfterValidator(_to_utc)]
Number = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
