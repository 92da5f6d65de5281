"""The shape of a diagnostic: facts in fields, words in properties, its page in the docstring."""

from dataclasses import field
from inspect import get_annotations
from typing import ClassVar, Literal, NamedTuple, dataclass_transform

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


_NAMES: dict[type["Facts"], tuple[str, ...]] = {}


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Facts:
    """What makes a class a record of its annotated fields, equal by them, without a line of code generated for it.

    `@dataclass` writes and compiles several methods a class: for a hundred kinds of diagnostic, most of the time that
    the compiler takes to start. mypy sees dataclasses all the same.
    """

    def __init__(self, *facts: object, **named: object) -> None:
        values = self.__dict__
        values["span"] = named.pop("span", NOWHERE)
        values.update(zip(self._names(), facts))
        values.update(named)

    @classmethod
    def _names(cls) -> tuple[str, ...]:
        """The fields, those of base classes first; `span` is apart."""
        names = _NAMES.get(cls)
        if names is None:
            names = _NAMES[cls] = tuple(
                name
                for base in reversed(cls.__mro__)
                for name in get_annotations(base)
                if name not in ("code", "severity", "span")
            )
        return names

    def _key(self) -> tuple[object, ...]:
        return (self.__dict__["span"], *[getattr(self, name) for name in self._names()])

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._key() == self._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in (*self._names(), "span"))
        return f"{type(self).__name__}({shown})"


class Diagnostic(Facts):
    """Something that is wrong (or doubtful) at one place.

    A subclass is declared with its code, `class UnknownColumn(Diagnostic, code="OF0203")`, and is a frozen dataclass in
    all but the decorator. Its fields are the facts (types, names, spans), never sentences. Its docstring is its page in
    the docs: one sentence of meaning, a blank line, more words if needed, then a `Wrong:` and a `Right:` block, each an
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
    from difflib import get_close_matches  # only a program with a mistake needs it

    match get_close_matches(name.lower(), lower, n=1, cutoff=0.67):
        case [near]:
            return lower[near]
        case _:
            return None
