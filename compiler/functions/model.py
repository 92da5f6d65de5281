"""What a registry entry says of a function: everything but how an engine computes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from oftra.datatypes import DataType

Kind = Literal["scalar", "aggregate", "window"]

Nulls = Literal["strict", "never", "always", "all"]
"""When the result may be null: if any argument may be, never, always (whatever the arguments), only if all may be."""


@dataclass(frozen=True)
class Example:
    """A call and its result, both as constant expressions of the language; each is a conformance case on every engine.

    For an aggregate or a window function `rows` is a `values` list that the call is made over:
    `Example("sum(x)", "6", rows="(1), (2), (3)", columns="x int")`.
    """

    call: str
    result: str
    rows: str = ""
    columns: str = ""


@dataclass(frozen=True)
class Function:
    """A function of the language.

    `signatures` are tried in order; each is text like `(text string, count int) -> string`, where a type in capitals (`T`,
    `N` for any number, `I` for any integer) is a variable, `...` after a parameter repeats it, `= 1` makes it optional,
    and `returns`, if given, computes the result's type from the arguments' types after widening (for decimals' widths).
    """

    name: str
    kind: Kind
    area: str
    doc: str
    signatures: tuple[str, ...]
    nulls: Nulls = "strict"
    examples: tuple[Example, ...] = ()
    returns: Callable[[tuple[DataType, ...]], DataType] | None = None
    also: tuple[str, ...] = ()
    operator: str | None = None
    deterministic: bool = True


@dataclass(frozen=True)
class Match:
    """How a call's arguments fit a function: the type that each argument must be cast to, and the result's."""

    function: Function
    parameters: tuple[DataType, ...]
    returns: DataType
