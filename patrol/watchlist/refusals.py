"""What is refused carries a code and what it says: an entry of words/enrolment.json and its fields."""

from patrol.values import PatrolError


class Refused(PatrolError):
    """Something handed in was refused."""

    def __init__(self, code: str, **fields: object) -> None:
        said = ", ".join(f"{name}={value}" for name, value in fields.items())
        super().__init__(f"{code} ({said})" if said else code)
        self.code = code
        self.fields = fields


class EntryRefused(Refused):
    """A watchlist or an entry lacks what it may not be without."""


class PhotoRefused(Refused):
    """A photo cannot be enrolled."""


class PoorPhotoRefused(PhotoRefused):
    """The face in a photo is too poor for a portrait, yet good enough to be let in as weak, for a written reason."""

    def __init__(self, code: str, quality: float, **fields: object) -> None:
        super().__init__(code, **fields)
        self.quality = quality  #: 0..1, the value of patrol.values.Quality


class ImportRefused(Refused):
    """A folder, a ZIP or its table cannot be read, so nothing of it was imported."""
