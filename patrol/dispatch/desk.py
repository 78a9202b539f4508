"""What dispatch knows of the house it works for, from the settings; they are read anew as they change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from patrol.values import Site


@dataclass(frozen=True, slots=True)
class Desk:
    """The duty desk: its sites with their buildings and walking times, where its pages are, and its number."""

    sites: Callable[[], Sequence[Site]] = tuple
    public_url: str = "http://127.0.0.1:8000"
    duty_phone: str = ""  #: where a site has none of its own; empty where there is none

    def site(self, site_id: str) -> Site | None:
        return next((site for site in self.sites() if site.id == site_id), None)

    def phone_of(self, site_id: str) -> str:
        site = self.site(site_id)
        return (site.duty_phone if site else None) or self.duty_phone
