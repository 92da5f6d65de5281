"""The shape of a diagnostic: facts in fields, words in properties, its page in the docstring."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import ClassVar, Literal, NamedTuple

from oftra.source import NOWHERE, Span

Severity = Literal["error", "warning"]


class Label(NamedTuple):
    """A span and the few words that stand under it."""

    span: Span
    text: str


class Edit(NamedTuple):
    """An exact change of the source that would mend the mistake."""

    span: Span
    replacement: str


CODES: dict[str, type["Diagnostic"]] = {}
"""Every code there is and its class. Codes are never used again for something else."""


@dataclass(frozen=True)
class Diagnostic:
    """Something that is wrong (or doubtful) at one place.

    A subclass is a frozen dataclass and declared with its code: `class UnknownColumn(Diagnostic, code="OF0203")`.
    Its fields are the facts (types, names, spans), never sentences. Its docstring is its page in the docs:
    one sentence of meaning, a blank line, more words if needed, then a `Wrong:` and a `Right:` block, each an
    indented program that the tests compile.
    """

    code: ClassVar[str] = ""
    severity: ClassVar[Severity] = "error"

    # A keyword, so that a subclass may list its facts first. NOWHERE stands for the program as a whole.
    span: Span = field(default=NOWHERE, kw_only=True)

    def __init_subclass__(cls, *, code: str = "", severity: Severity = "error") -> None:
        super().__init_subclass__()
        if code:
            assert code not in CODES, f"{code} is both {CODES[code].__name__} and {cls.__name__}"
            cls.code = code
            cls.severity = severity
            CODES[code] = cls

    @property
    def title(self) -> str:
        """What is wrong, in lower case, names in backticks, no full stop."""
        raise NotImplementedError

    @property
    def labels(self) -> tuple[Label, ...]:
        """The primary label first, then others where another fact stands. Default: the span, without words."""
        return (Label(self.span, ""),)

    @property
    def help(self) -> str | None:
        """What to do, as an action; None if there is nothing to advise."""
        return None

    @property
    def edit(self) -> Edit | None:
        """The exact mend, where there is one."""
        return None


def nearest(name: str, available: tuple[str, ...] | list[str]) -> str | None:
    """The one of `available` that somebody who wrote `name` most likely meant; None if none is near."""
    lower = {candidate.lower(): candidate for candidate in available}
    if name.lower() in lower:
        return lower[name.lower()]
    match get_close_matches(name.lower(), lower, n=1, cutoff=0.67):
        case [near]:
            return lower[near]
        case _:
            return None
