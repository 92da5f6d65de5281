"""Which values the rules of a contract leave to a column, as far as its own comparisons with constants say."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from oftra.ir.expr import Call, Cast, Column, Expr, Literal, Value
from oftra.ir.keys import conjuncts
from oftra.ir.program import Relation
from oftra.ir.rel import Checked


@dataclass(frozen=True)
class Allowed:
    """One of some values, or any between two bounds, each of which may be excluded."""

    values: tuple[Value, ...] = ()
    low: Value = None
    high: Value = None
    above_low: bool = False
    below_high: bool = False

    def like(self, value: Value, number: int) -> Value:
        """`value` if it is allowed, else one that is: the `number`th, to be different from row to row."""
        if self.values:
            return self.values[(number - 1) % len(self.values)]
        candidates = [value]
        if self.low is not None:
            candidates += [_after(self.low, number - (not self.above_low)), _after(self.low, int(self.above_low))]
        if self.high is not None:
            candidates += [_after(self.high, -number), _after(self.high, -int(self.below_high))]
        candidates.append(_middle(self.low, self.high))
        return next((one for one in candidates if self._takes(one)), value)

    def _takes(self, value: Value) -> bool:
        low = self.low is None or _less(self.low, value) or (value == self.low and not self.above_low)
        high = self.high is None or _less(value, self.high) or (value == self.high and not self.below_high)
        return low and high


ANY = Allowed()

_BOUNDS = {"greater": "less", "greater_equal": "less_equal", "less": "greater", "less_equal": "greater_equal"}


def allowed_values(relation: Relation) -> dict[int, Allowed]:
    """By id, what the rules leave to columns that they compare with constants."""
    found: dict[int, Allowed] = {}
    for rule in relation.rel.rules if isinstance(relation.rel, Checked) else ():
        for part in () if rule.condition is None else conjuncts(rule.condition):
            match part:
                case Call("in", (operand, *items)) if values := _constants(items):
                    _narrow(found, operand, values=values)
                case Call("between", (operand, low, high)):
                    _bound(found, "greater_equal", operand, low)
                    _bound(found, "less_equal", operand, high)
                case Call("equal", (operand, other)) if values := _constants([other]):
                    _narrow(found, operand, values=values)
                case Call(name, (operand, other)) if name in _BOUNDS:
                    _bound(found, name, operand, other)
                    _bound(found, _BOUNDS[name], other, operand)
                case _:
                    pass
    return found


def _bare(expr: Expr) -> Expr:
    """`expr` without a conversion that nobody wrote."""
    return _bare(expr.operand) if isinstance(expr, Cast) and expr.implicit else expr


def _constants(items: list[Expr]) -> tuple[Value, ...]:
    found = [item.value for item in map(_bare, items) if isinstance(item, Literal) and item.value is not None]
    return tuple(found) if len(found) == len(items) else ()


def _narrow(found: dict[int, Allowed], operand: Expr, **changes: object) -> None:
    column = _bare(operand)
    if isinstance(column, Column):
        found[column.id] = replace(found.get(column.id, ANY), **changes)  # type: ignore[arg-type]


def _bound(found: dict[int, Allowed], name: str, operand: Expr, other: Expr) -> None:
    (bound,) = _constants([other]) or (None,)
    if bound is None:
        return
    if name.startswith("greater"):
        _narrow(found, operand, low=bound, above_low=name == "greater")
    else:
        _narrow(found, operand, high=bound, below_high=name == "less")


def _less(one: Value, other: Value) -> bool:
    match one, other:
        case ((int() | float() | Decimal()), (int() | float() | Decimal())):
            return one < other
        case (str(), str()) | (bytes(), bytes()):
            return one < other  # type: ignore[operator]
        case (date(), date()) if type(one) is type(other):
            return one < other
        case _:
            return False


def _after(value: Value, steps: int) -> Value:
    """A value so many steps further: ones of numbers, days of times."""
    match value:
        case bool():
            return value
        case int() | float() | Decimal():
            return value + steps
        case datetime() | date():
            return value + timedelta(days=steps)
        case str():
            return value + str(steps) if steps > 0 else value
        case _:
            return value


def _middle(low: Value, high: Value) -> Value:
    match low, high:
        case ((int() | float() | Decimal()), (int() | float() | Decimal())):
            return (Decimal(str(low)) + Decimal(str(high))) / 2
        case _:
            return low
