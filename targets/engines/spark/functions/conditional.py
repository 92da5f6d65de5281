"""Functions that choose among their arguments."""

from oftra.targets.engines.spark.functions.entries import named
from oftra.targets.engines.spark.wording import Arguments, Asked, Scalar, when
from oftra.targets.python import tree as py


def _if(asked: Asked, arguments: Arguments) -> py.Expr:
    condition, then, *otherwise = arguments
    return when(condition.expr, then.beside, otherwise[0].beside if otherwise else None)


SCALARS: dict[str, Scalar] = {
    "coalesce": named("coalesce"),
    "nullif": named("nullif"),
    "greatest": named("greatest"),
    "least": named("least"),
    "if": _if,
}
