"""Values of the work of a task as Python: constants as they stand, the others read from environment variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal as Number
from json import dumps
from typing import NamedTuple

from oftra.datatypes import Boolean, DataType, Double, Float, Integer
from oftra.diagnostics import Diagnostic
from oftra.diagnostics.project import MistypedOption
from oftra.diagnostics.tasks import SecretAsText
from oftra.ir.counts import VARIABLE as COUNTS_IN
from oftra.ir.expr import Call, Cast, Literal, Runtime
from oftra.ir.options import variable_of
from oftra.ir.program import Option, Word
from oftra.source import Span

VALUE = "a constant, a param, `run.start`, `env(...)`, `secret(...)`, or texts of these joined by `||`"

_SECRET = re.compile(r"authorization|cookie|token|secret|api[-_]?key|password", re.IGNORECASE)
_OTHERS = frozenset(["HOME", "LANG", "PATH", "PWD", "PYTHONHOME", "PYTHONPATH", "SHELL", "TMPDIR", "TZ", "USER"])
"""Variables that mean something to whatever runs."""


class Work(NamedTuple):
    """The Python that does the work of a task, and the environment variables that it is to be given."""

    text: str
    variables: Mapping[str, Option]


@dataclass
class Values:
    """The values that the work of a task says, as Python; what can't be said so is `wrong`.

    `taken` are environment variables that the task has anyway, `span` is where the work is written. What is known only
    when it is done is read from the environment `variables`.
    """

    task: str
    taken: Mapping[str, Option]
    span: Span
    variables: dict[str, Option] = field(default_factory=dict)
    wrong: list[Diagnostic] = field(default_factory=list)

    def python(self, value: Option) -> str | None:
        """A value as Python; None if it can be none of a task's work."""
        match value:
            case Literal(constant):
                return self.python(constant)
            case bool():
                return str(value)
            case int() | float() | Number():
                return str(value)
            case str():
                return dumps(value, ensure_ascii=False)
            case Word("null"):
                return "None"
            case Runtime():
                return _typed(f'os.environ["{self._variable(value)}"]', value.type)
            case Call("concat", arguments):
                parts = [self.python(one) for one in arguments]
                known = [part for part in parts if part is not None]
                return " + ".join(known) if len(known) == len(parts) else None
            case Cast(operand, implicit=True):
                return self.python(operand) if isinstance(operand, Literal | Runtime | Call) else None
            case _:
                return None

    def _variable(self, value: Runtime) -> str:
        name = f"run_{value.name}" if value.kind == "run" else value.name
        name = free = variable_of(name)
        number = 1
        while {**self.taken, **self.variables}.get(free, value) != value or (free in _OTHERS and value.kind != "env"):
            number += 1
            free = f"{name}_{number}"
        self.variables[free] = value
        return free

    def said(self, name: str, value: Option, wanted: str = VALUE) -> str:
        """The value of the option `name`; nothing without one, or if it can be none, and that is told."""
        found = self.python(value)
        if found is None and value is not None:
            self.mistyped(name, wanted)
        return found or ""

    def mistyped(self, name: str, wanted: str) -> None:
        """Tell that the option `name` is not what is wanted."""
        self.wrong.append(MistypedOption(name, f"task `{self.task}`", wanted, span=self.span))

    def keep_secret(self, name: str, value: Option) -> None:
        """Tell of a secret that stands in the program."""
        if isinstance(value, str | Literal) and _SECRET.search(name):
            self.wrong.append(SecretAsText(name, self.task, span=self.span))

    def mapping(self, option: Option, path: str) -> str:
        """Options as a dictionary of Python, an entry a line where there are several; nothing where there are none."""
        entries = []
        for name, value in option.items() if isinstance(option, Mapping) else ():
            inner = f"{path}.{name}"
            said = self.mapping(value, inner) or "{}" if isinstance(value, Mapping) else self.said(inner, value)
            entries.append(f"{dumps(name, ensure_ascii=False)}: {said}")
        return listed(entries, "{}")


def counting(entries: list[str]) -> Iterator[str]:
    """Lines that tell what was counted: an object of JSON, in the file that a variable names."""
    yield f"counts = {listed(entries, '{}')}"
    yield f'with open(os.environ["{COUNTS_IN}"], "w", encoding="utf-8") as file:'
    yield "    json.dump(counts, file)"


def listed(entries: list[str], brackets: str) -> str:
    """Entries in brackets, each on a line of its own where there are several; nothing where there are none."""
    first, last = brackets[0], brackets[1]
    if len(entries) < 2:
        return f"{first}{entries[0]}{last}" if entries else ""
    inner = [f"    {entry},".replace("\n", "\n    ") for entry in entries]
    return "\n".join([first, *inner, last])


def _typed(text: str, type_: DataType) -> str:
    match type_:
        case Integer():
            return f"int({text})"
        case Double() | Float():
            return f"float({text})"
        case Boolean():
            return f'({text} == "true")'
        case _:
            return text


__all__ = ["VALUE", "Values", "Work", "counting", "listed"]
