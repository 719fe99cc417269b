"""What the reader of documents says of the corpus, and how often it is right."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from checks.evidence.base import NotCaptured
from checks.evidence.personal import Document
from checks.parsing.documents.reading import read_document
from checks.rules.personal import Weight, weight_of

HERE = Path(__file__).parent
HALVES = ("tune", "held")


@dataclass
class Figures:
    """Of one half: which files were accused, which were sent to a person, which were passed over."""

    accused: dict[str, bool] = field(default_factory=dict)
    """By file, whether rightly."""
    review: dict[str, bool] = field(default_factory=dict)
    passed: dict[str, bool] = field(default_factory=dict)
    """By file, whether wrongly."""

    @property
    def precision(self) -> float:
        """Which part of the accused files hold pupils' data."""
        return sum(self.accused.values()) / max(1, len(self.accused))

    @property
    def recall(self) -> float:
        """Which part of the files with pupils' data were accused."""
        return sum(self.accused.values()) / max(1, self._personal)

    @property
    def noticed(self) -> float:
        """The same with those that a person is asked to look at."""
        return 1 - sum(self.passed.values()) / max(1, self._personal)

    @property
    def _personal(self) -> int:
        found = (self.accused, self.review, self.passed)
        return sum(sum(part.values()) for part in found)


def files(half: str) -> Iterator[tuple[Path, bool]]:
    """The files of one half with the truth about them."""
    for truth in ("personal", "harmless"):
        for path in sorted((HERE / half / truth).iterdir()):
            yield path, truth == "personal"


def read(path: Path) -> Document:
    """One file, with nothing known of the link to it."""
    return read_document(
        path.read_bytes(),
        url="https://truong.edu.vn/tep",
        linked_from="https://truong.edu.vn/",
        linked_as="",
        title="",
        truncated=False,
    )


def measured(half: str) -> Figures:
    """The figures of one half."""
    figures = Figures()
    for path, personal in files(half):
        tables = read(path).tables
        weights = (
            {Weight.UNCLEAR}
            if isinstance(tables, NotCaptured)
            else {weight_of(table) for table in tables}
        )
        name = f"{half}/{path.parent.name}/{path.name}"
        if Weight.PUPILS in weights:
            figures.accused[name] = personal
        elif weights:
            figures.review[name] = personal
        else:
            figures.passed[name] = personal
    return figures
