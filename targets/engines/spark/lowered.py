"""How Spark says the functions that `lower` makes."""

from oftra.targets.engines.spark.lower import STEPS
from oftra.targets.engines.spark.scalars import ONLY_VALUE
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, Scalar, text, when
from oftra.targets.python import tree as py


def _steps(asked: Asked, arguments: Arguments) -> py.Expr:
    first, last, step = arguments
    return py.call("F.sequence", first.argument, last.argument, step.argument)


def _only_value(asked: Asked, arguments: Arguments) -> Said:
    rows, value = arguments
    several = py.call("F.raise_error", text("a query that stands for one value gives several rows"))
    return Said(when(py.Compare(">", rows.expr, py.number(1)), several, value.expr), value.type)


SCALARS: dict[str, Scalar] = {STEPS: _steps, ONLY_VALUE: _only_value}
