"""What a registry entry says of a function: everything but how an engine computes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from oftra.datatypes import DataType
from oftra.ir.expr import Expr, Value

Kind = Literal["scalar", "aggregate", "window"]

Area = Literal["operators", "numbers", "text", "time", "conditional", "nested", "json", "aggregates", "windows"]
"""The page of the docs that a function stands on."""

Nulls = Literal["strict", "any", "never", "always", "all", "empty"]
"""When the result is null: if any argument is; only if any is, but not always then; never; perhaps always, whatever the
arguments are; only if all are.

`empty` is for what looks at many rows: null where there is no row, else as `strict`.
"""

Constants: TypeAlias = tuple[Value, ...]
"""The values of a call's arguments where they are literals; None where they are not."""


class Example(NamedTuple):
    """A call and its result, both as constant expressions of the language; each is a conformance case on every engine.

    For an aggregate or a window function `rows` is a `values` list that the call is made over: `Example("sum(x)",
    "cast(6 as bigint)", rows="(1), (2), (3)", columns="x int")`. Of a window function `result` is the array of its
    values, row by row, in the order of the first column. The result `error` says that the run fails.
    """

    call: str
    result: str
    rows: str = ""
    columns: str = ""


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the language.

    `signatures` are tried in order; each is text like `(text string, count int) -> string`, where a type of one
    capital (perhaps with a digit) is a variable: `N` any number, `I` any integer, `D` any decimal (an integer fits
    too), `O` what can be compared, any other letter anything. `...` after the last parameter repeats it, `(a T, b
    U)...` repeats a group, `= 1` makes a parameter optional and says what it then is, `constant` before a type asks
    for a literal: `constant word` for one of `words`, `constant format` for a format of date and time. `T -> U` is
    the type of a lambda.

    `returns`, if given, computes the result's type from the arguments' types after widening and from their constants
    (for decimals' widths); `may_be_null`, if given, is asked instead of `nulls`. `also` are names of it elsewhere.
    """

    name: str
    kind: Kind
    area: Area
    doc: str
    signatures: tuple[str, ...]
    nulls: Nulls = "strict"
    examples: tuple[Example, ...] = ()
    returns: Callable[[tuple[DataType, ...], Constants], DataType] | None = None
    may_be_null: Callable[[tuple[Expr, ...]], bool] | None = None
    words: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    operator: str | None = None
    deterministic: bool = True


class Match(NamedTuple):
    """How a call's arguments fit a function: the type that each argument must be cast to, and the result's."""

    function: Function
    parameters: tuple[DataType, ...]
    returns: DataType


class BadConstant(NamedTuple):
    """An argument that had to be a literal, and is none or a wrong one. `allowed` is empty if any literal would do."""

    position: int
    parameter: str
    allowed: tuple[str, ...]
