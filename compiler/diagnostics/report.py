"""Where the stages of a compile put what they find."""

from collections.abc import Iterable, Iterator

from oftra.diagnostics.model import Diagnostic


class Report:
    """The diagnostics of one compile, in the order in which they were found; the same one is kept once."""

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}

    def add(self, diagnostic: Diagnostic) -> None:
        """Record `diagnostic`; the stage then goes on as well as it can."""
        self._found.setdefault(diagnostic)

    @property
    def has_errors(self) -> bool:
        """Whether anything found is an error (a warning is none)."""
        return self.errors > 0

    @property
    def errors(self) -> int:
        """How many of those found are errors."""
        return sum(found.severity == "error" for found in self._found)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file, then place, then code; what is about the program as a whole comes first."""
    return sorted(diagnostics, key=lambda found: (found.span.file, found.span.start, found.span.end, found.code))
