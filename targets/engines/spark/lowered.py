"""How Spark says the functions that no program calls: those that `lower` and the enforcement of rules make."""

from oftra.ir.enforce import ROW_JSON
from oftra.targets.engines.spark.lower import STEPS
from oftra.targets.engines.spark.scalars import ONLY_VALUE
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, Scalar, text, when
from oftra.targets.python import tree as py

AMONG = "among"
"""`among(names, name)`: whether an array that holds no null holds a value."""

THERE = "there"
"""`there(items)`: those that are not null."""


def _steps(asked: Asked, arguments: Arguments) -> py.Expr:
    first, last, step = arguments
    return py.call("F.sequence", first.argument, last.argument, step.argument)


def _only_value(asked: Asked, arguments: Arguments) -> Said:
    rows, value = arguments
    several = py.call("F.raise_error", text("a query that stands for one value gives several rows"))
    return Said(when(py.Compare(">", rows.expr, py.number(1)), several, value.expr), value.type)


def _row_json(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark would leave out fields that are null."""
    return py.call("F.to_json", arguments[0].expr, py.DictOf(((py.String("ignoreNullFields"), py.String("false")),)))


def _among(asked: Asked, arguments: Arguments) -> py.Expr:
    names, name = arguments
    return py.call("F.array_contains", names.argument, name.beside)


def _there(asked: Asked, arguments: Arguments) -> py.Expr:
    return py.call("F.array_compact", arguments[0].argument)


SCALARS: dict[str, Scalar] = {
    STEPS: _steps,
    ONLY_VALUE: _only_value,
    ROW_JSON: _row_json,
    AMONG: _among,
    THERE: _there,
}
