"""What cannot be measured carries a code and what it says: an entry of words/eval.json and its fields."""

from patrol.values import PatrolError


class CannotMeasure(PatrolError):
    """What was handed in carries no figure that was asked for."""

    def __init__(self, code: str, **fields: object) -> None:
        said = ", ".join(f"{name}={value}" for name, value in fields.items())
        super().__init__(f"{code} ({said})" if said else code)
        self.code = code
        self.fields = fields
