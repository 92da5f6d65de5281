"""What is said of an expression in Python, and how a function of the language is said: the shape of an entry.

`functions/` offers two mappings by registry name: `SCALARS`, and `AGGREGATES` (which holds the window functions too).
An entry gets what its arguments are said as, each of exactly the Spark type of its Oftra type, and gives a Column of
the Spark type of the call's Oftra type. Where Spark gives another type (`length` is an int, `row_number` too) and
every value is right nevertheless, the entry returns a `Said` with that type: the cast is then written only where the
type is seen.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

from oftra.datatypes import DataType
from oftra.diagnostics import Report
from oftra.ir.expr import AggregateCall, Call, Column, Runtime, WindowCall
from oftra.targets.python import tree as py

Version: TypeAlias = tuple[int, int]


class Said(NamedTuple):
    """A Column, and the type of the language whose Spark type it has; None for any other, or an unknown one.

    `bare` is the plain Python value that may stand for it beside a Column, `name` the column name that may.
    """

    expr: py.Expr
    type: DataType | None
    bare: py.Expr | None = None
    name: str | None = None

    @property
    def column(self) -> py.Expr:
        """It as a Column."""
        return self.expr

    @property
    def beside(self) -> py.Expr:
        """It beside a Column: a plain Python value if it is one."""
        return self.expr if self.bare is None else self.bare

    @property
    def argument(self) -> py.Expr:
        """It as an argument that takes a Column or the name of one."""
        return self.expr if self.name is None else py.String(self.name)


class Scope(Protocol):
    """The columns that expressions may use."""

    def find(self, column: Column) -> Said:
        """What stands for `column` here."""


class Around(NamedTuple):
    """What expressions need besides a scope: who is told what, and the oldest Spark that has to understand them.

    `runtimes` collects the values of the run that are used, by the Python name that holds each. If it is `streaming`,
    the rows may never end.
    """

    report: Report
    runtimes: dict[str, Runtime]
    version: Version = (4, 1)
    streaming: bool = False


class Asked(NamedTuple):
    """What an entry may look at besides its arguments."""

    call: "Call | AggregateCall | WindowCall"
    around: Around

    def has(self, version: Version) -> bool:
        """Whether every Spark that has to understand it is as new as `version`."""
        return self.around.version >= version


Arguments: TypeAlias = tuple[Said, ...]

Scalar: TypeAlias = Callable[[Asked, Arguments], "py.Expr | Said"]
"""An entry of `SCALARS`."""

Aggregate: TypeAlias = Callable[[Asked, Arguments], "py.Expr | Said"]
"""An entry of `AGGREGATES`, of its arguments with a filter already in them."""


def named(name: str, type_: DataType | None) -> Said:
    """A column by the name that Spark finds it by."""
    return Said(py.call("F.col", py.String(name)), type_, None, name)


def constant(value: py.Expr, type_: DataType | None) -> Said:
    """A plain Python value."""
    return Said(py.call("F.lit", value), type_, value)


def short(column: py.Expr) -> py.Expr:
    """A Column as an argument that takes one or its name."""
    match column:
        case py.Call(py.Attribute(py.Name("F"), "col"), (py.String() as name,)):
            return name
        case _:
            return column


def text(value: str) -> py.Expr:
    """A string as a Column."""
    return py.call("F.lit", py.String(value))


def whole(value: int) -> py.Expr:
    """A whole number as a Column."""
    return py.call("F.lit", py.number(value))


def when(condition: py.Expr, value: py.Expr, otherwise: py.Expr | None = None) -> py.Expr:
    """`value` where the condition is true, else `otherwise` (null if there is none)."""
    made: py.Expr = py.call("F.when", condition, value)
    return made if otherwise is None else py.method(made, "otherwise", otherwise)


def cast(operand: py.Expr, type_name: str) -> py.Expr:
    """`operand` with another type."""
    return py.method(operand, "cast", py.String(type_name))
