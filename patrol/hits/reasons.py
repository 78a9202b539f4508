"""Why a person decided as they did: codes in the rows, words in words/review.json."""

from typing import Literal

Verdict = Literal["confirmed", "rejected", "unsure"]

NOT_HIM = "not_him"  #: a hit's alarm: a member answered so, and a person has to look again
GUARD_SAYS_NOT_HIM = "guard_says_not_him"

#: What a reviewer picks from, by verdict. A reason is optional but for "other", which needs a note.
REASONS: dict[str, tuple[str, ...]] = {
    "confirmed": ("same_person", "known_marks", "other"),
    "rejected": ("different_person", "poor_picture", "not_listed_now", "not_a_face", "other"),
    "unsure": ("poor_picture", "looks_alike", "needs_second_person", "other"),
}
#: Why a decision is taken back; required, whatever the new verdict is.
AMENDMENTS: tuple[str, ...] = ("mistake", "second_look", GUARD_SAYS_NOT_HIM, "new_information", "other")
