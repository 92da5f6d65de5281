"""Diagnostics on their way through the cache: what they said is kept, not how they came to say it."""

from typing import Any, ClassVar, TypeAlias

from oftra.diagnostics.model import Diagnostic, Edit, Label, Severity
from oftra.source import Span

Facts: TypeAlias = dict[str, Any]
"""A diagnostic as JSON has it."""


class Recorded(Diagnostic):
    """A diagnostic out of the cache. It says and shows what the one that was kept did."""

    facts: Facts

    def _key(self) -> tuple[object, ...]:
        return (self.span, self.code, self.facts["title"])

    @property
    def title(self) -> str:
        return str(self.facts["title"])

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple([Label(Span(*span), text) for span, text in self.facts["labels"]])

    @property
    def help(self) -> str | None:
        help_: str | None = self.facts["help"]
        return help_

    @property
    def edit(self) -> Edit | None:
        match self.facts["edit"]:
            case [span, replacement]:
                return Edit(Span(*span), replacement)
            case _:
                return None


_KINDS: dict[str, type[Recorded]] = {}


def facts_of(found: Diagnostic) -> Facts:
    """What `found` says, with the page of its class, which SARIF shows."""
    return {
        "code": found.code,
        "severity": found.severity,
        "name": type(found).__name__,
        "page": type(found).__doc__,
        "span": found.span,
        "title": found.title,
        "labels": found.labels,
        "help": found.help,
        "edit": found.edit,
    }


def replayed(facts: Facts) -> Diagnostic:
    """The diagnostic that said `facts`. Its class has the name, code and page of the one that it stands for."""
    kind = _KINDS.get(facts["code"])
    if kind is None:
        kind = make_kind(facts["name"], facts["code"], facts["severity"], facts["page"])
        _KINDS[facts["code"]] = kind
    return kind(facts, span=Span(*facts["span"]))


def make_kind(called: str, of_code: str, of_severity: Severity, page: str | None) -> type[Recorded]:
    """A class of recorded diagnostics. It is not declared by its code: that belongs to the class it stands for."""

    class Kind(Recorded):
        code: ClassVar[str] = of_code
        severity: ClassVar[Severity] = of_severity

    Kind.__name__ = called
    Kind.__doc__ = page
    return Kind
