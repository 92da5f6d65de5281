"""How two numbers go together, from the sums of them and of their products: Flink has no function for it.

Only rows that have both count. What does not change is told by its least and greatest value: a difference of sums may
miss zero by a little.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from oftra.datatypes import Double
from oftra.targets.engines.flink.functions.aggregates import OverRows
from oftra.targets.engines.flink.wording import Aggregate, Make, Refused, not_null, only_if
from oftra.targets.sql import tree as sql


@dataclass
class _Sums:
    """What is known of the pairs of a call; `x` and `y` as SQL names them: `y` is the first argument."""

    make: Make
    y: sql.Expr
    x: sql.Expr
    pair: sql.Expr

    def of(self, name: str, value: sql.Expr) -> sql.Expr:
        """An aggregate of the rows that have both."""
        return self.make(sql.Function(name, (value,), filter=self.pair))

    @cached_property
    def count(self) -> sql.Expr:
        return self.of("count", self.x)

    def around(self, left: sql.Expr, right: sql.Expr) -> sql.Expr:
        """The sum of the products of what both are away from their means."""
        products = self.of("sum", sql.Binary("*", left, right))
        means = sql.Binary("/", sql.Binary("*", self.of("sum", left), self.of("sum", right)), self.count)
        return sql.Binary("-", products, means)

    def width(self, value: sql.Expr) -> sql.Expr:
        """How far the values are apart; of what is infinite it is no number, as all that is computed from it."""
        return sql.Binary("-", self.of("max", value), self.of("min", value))

    def varies(self, value: sql.Expr) -> sql.Expr:
        return sql.Binary("<>", self.width(value), sql.Number("0e0"))

    def square(self, value: sql.Expr) -> sql.Expr:
        """The sum of squares around the mean; of what does not change exactly zero."""
        same = sql.Binary("=", self.width(value), sql.Number("0e0"))
        return sql.Case(((same, sql.Number("0e0")),), self.around(value, value))


def _said(of: Callable[[_Sums], sql.Expr]) -> Aggregate:
    def say(call: OverRows, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
        if call.distinct:
            raise Refused(f"{call.function} of distinct pairs")
        y, x = [
            value if isinstance(given.type, Double) else sql.Cast(value, "double")
            for value, given in zip(arguments, call.arguments)
        ]
        return of(_Sums(make, y, x, sql.all_of(tuple([not_null(value) for value in arguments]))))

    return say


def _slope(sums: _Sums) -> sql.Expr:
    made = sql.Binary("/", sums.around(sums.x, sums.y), sums.around(sums.x, sums.x))
    return only_if(sums.varies(sums.x), made)


def _intercept(sums: _Sums) -> sql.Expr:
    slope = sql.Binary("/", sums.around(sums.x, sums.y), sums.around(sums.x, sums.x))
    rest = sql.Binary("-", sums.of("sum", sums.y), sql.Binary("*", slope, sums.of("sum", sums.x)))
    return only_if(sums.varies(sums.x), sql.Binary("/", rest, sums.count))


def _r2(sums: _Sums) -> sql.Expr:
    both = sums.around(sums.x, sums.y)
    of_each = sql.Binary("*", sums.around(sums.x, sums.x), sums.around(sums.y, sums.y))
    made = sql.Case(((sums.varies(sums.y), sql.Binary("/", sql.Binary("*", both, both), of_each)),), sql.Number("1e0"))
    return only_if(sums.varies(sums.x), made)


def _corr(sums: _Sums) -> sql.Expr:
    squares = sql.Binary("*", sums.around(sums.x, sums.x), sums.around(sums.y, sums.y))
    made = sql.Binary("/", sums.around(sums.x, sums.y), sql.call("sqrt", squares))
    return only_if(sql.Chain("and", (sums.varies(sums.x), sums.varies(sums.y))), made)


def _covar_samp(sums: _Sums) -> sql.Expr:
    fewer = sql.Binary("-", sums.count, sql.integer(1))
    several = sql.Binary(">", sums.count, sql.integer(1))
    return only_if(several, sql.Binary("/", sums.around(sums.x, sums.y), fewer))


AGGREGATES: dict[str, Aggregate] = {
    "covar_samp": _said(_covar_samp),
    "covar_pop": _said(lambda sums: sql.Binary("/", sums.around(sums.x, sums.y), sums.count)),
    "corr": _said(_corr),
    "regr_slope": _said(_slope),
    "regr_intercept": _said(_intercept),
    "regr_r2": _said(_r2),
    "regr_count": _said(lambda sums: sums.count),
    "regr_avgx": _said(lambda sums: sums.of("avg", sums.x)),
    "regr_avgy": _said(lambda sums: sums.of("avg", sums.y)),
    "regr_sxx": _said(lambda sums: sums.square(sums.x)),
    "regr_syy": _said(lambda sums: sums.square(sums.y)),
    "regr_sxy": _said(lambda sums: sums.around(sums.x, sums.y)),
}
