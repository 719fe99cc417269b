"""A list that cannot be read, told so that its keeper can mend it."""


class UnreadableList(ValueError):  # noqa: N818  It names what happened.
    """What is wrong with the text of a list; ``line`` counts from one, and is 0 where there is none to name."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.line = line
