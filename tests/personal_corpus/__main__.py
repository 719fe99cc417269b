"""``python -m tests.personal_corpus`` prints precision and recall over both halves of the corpus."""

from tests.personal_corpus.measured import HALVES, measured


def main() -> None:
    """A line for each half, and the files that were not judged as they are."""
    for half in HALVES:
        found = measured(half)
        wrong = [name for name, right in found.accused.items() if not right]
        missed = [name for name, personal in found.passed.items() if personal]
        print(  # noqa: T201  It is what the command is for.
            f"{half}: precision {found.precision:.3f}, recall {found.recall:.3f},"
            f" with those sent to a person {found.noticed:.3f};"
            f" accused {len(found.accused)}, to a person {len(found.review)}, passed {len(found.passed)}"
        )
        for what, names in (
            ("wrongly accused", wrong),
            ("missed", missed),
            ("to a person", sorted(found.review)),
        ):
            for name in names:
                print(f"  {what}: {name}")  # noqa: T201


if __name__ == "__main__":
    main()
