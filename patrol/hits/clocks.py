"""How long what a hit keeps is kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Clocks:
    """Each runs from the newest decision, or from the recording where nobody has decided.

    The defaults follow the strictest published practice for live face matching (UK police): what led to nothing
    goes within a day, what was acted on within 31 days, an ended list's photos within a day. A hit that nobody
    reviewed may wait over a weekend.
    """

    rejected: timedelta = timedelta(hours=24)
    unreviewed: timedelta = timedelta(hours=72)  #: hits marked unsure too: nobody has said that it is the person
    confirmed: timedelta = timedelta(days=31)
    ended: timedelta = timedelta(hours=24)  #: after its entry or list has ended, an unconfirmed hit has no purpose
    rows: timedelta = timedelta(days=180)  #: from the pictures' end: the bare row, its decisions and deliveries
