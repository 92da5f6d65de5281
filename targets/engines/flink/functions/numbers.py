"""Numbers: rounding, signs, what is none; and what chooses between values."""

from oftra.datatypes import Decimal, Double, Float, Integer
from oftra.ir.expr import Call
from oftra.targets.engines.flink.casts import by_text
from oftra.targets.engines.flink.datatypes import type_name
from oftra.targets.engines.flink.wording import Refused, Scalar, constant, is_nan, is_number, named, only_if
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said


def _round(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    value = arguments[0]
    known = constant(call.arguments[1]) if len(call.arguments) > 1 else 0
    assert isinstance(known, int)
    if isinstance(call.type, Integer):
        if known >= 0:
            return value
        # What is rounded up may be past the range.
        room = sql.Cast(value, "decimal(20, 0)")
        return by_text(sql.call("round", room, sql.integer(known)), type_name(call.type))
    made = sql.call("round", value, *([sql.integer(known)] if known else []))
    if isinstance(call.type, Double):
        # Flink fails at what has no digits.
        return sql.Case(((_is_finite(value), made),), value)
    return Said(made, None)


def _whole(name: str) -> Scalar:
    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
        if isinstance(call.type, Integer):
            return arguments[0]
        if name == "truncate" and isinstance(call.type, Double):
            made = sql.call("truncate", arguments[0])
            return sql.Case(((_is_finite(arguments[0]), made),), arguments[0])
        return Said(sql.call(name, arguments[0]), call.type if isinstance(call.type, Double) else None)

    return say


def _abs(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """The least integer has no opposite of its type, and stays below zero in Flink."""
    if not isinstance(call.type, Integer):
        return sql.call("abs", arguments[0])
    room = "bigint" if call.type.bits < 64 else "decimal(19, 0)"
    return by_text(sql.call("abs", sql.Cast(arguments[0], room)), type_name(call.type))


def _sign(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    (value,) = arguments
    above: sql.Expr = sql.Binary(">", value, sql.integer(0))
    if isinstance(call.arguments[0].type, Double):
        above = sql.Chain("or", (above, is_nan(value)))
    below, zero = sql.Binary("<", value, sql.integer(0)), sql.Binary("=", value, sql.integer(0))
    return sql.Case(((above, sql.integer(1)), (below, sql.integer(-1)), (zero, sql.integer(0))))


def _is_inf(value: sql.Expr) -> sql.Expr:
    return sql.In(sql.Cast(value, "string"), (sql.Text("Infinity"), sql.Text("-Infinity")))


def _is_finite(value: sql.Expr) -> sql.Expr:
    ends = (sql.Text("NaN"), sql.Text("Infinity"), sql.Text("-Infinity"))
    return sql.In(sql.Cast(value, "string"), ends, True)


def _test(of: object) -> Scalar:
    return lambda call, arguments: of(arguments[0])  # type: ignore[operator]


def _pmod(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    divisor = sql.Case(((sql.Binary("<>", arguments[1], sql.integer(0)), arguments[1]),))
    first = sql.call("mod", arguments[0], divisor)
    below = sql.Chain("and", (sql.Binary("<", first, sql.integer(0)), sql.Binary(">", arguments[1], sql.integer(0))))
    moved = sql.Binary("+", first, arguments[1])
    return sql.Cast(sql.Case(((below, moved),), first), type_name(call.type))


def _coalesce(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.Function("coalesce", arguments)


def _if(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    condition, then, *otherwise = arguments
    return sql.Case(((condition, then),), otherwise[0] if otherwise else None)


def _extreme(name: str) -> Scalar:
    """Flink's own is null if any argument is, and knows no place for NaN."""

    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
        nullable = any(argument.nullable for argument in call.arguments)
        if not isinstance(call.type, Double | Float):
            return _of_those(name, arguments, nullable)
        if name == "greatest":
            nans = tuple([(is_nan(argument), argument) for argument in arguments])
            return sql.Case(nans, _of_those(name, arguments, nullable))
        numbers = tuple([only_if(is_number(argument), argument) for argument in arguments])
        return sql.call("coalesce", _of_those(name, numbers, True), *arguments)

    return say


def _of_those(name: str, arguments: tuple[sql.Expr, ...], nullable: bool) -> sql.Expr:
    """The greatest or least of those that are not null."""
    if not nullable:
        return sql.Function(name, arguments)
    others: list[sql.Expr] = []
    for argument in arguments:
        instead = sql.call("coalesce", *[argument, *[other for other in arguments if other is not argument]])
        others.append(instead)
    return sql.Function(name, tuple(others))


def _bin(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.call("bin", arguments[0])


def _format(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    value, _ = arguments
    digits = constant(call.arguments[1])
    assert isinstance(digits, int)
    type_ = call.arguments[0].type
    if isinstance(type_, Integer | Decimal) and 0 <= digits <= 18:
        whole = 20 if isinstance(type_, Integer) else type_.precision - type_.scale + 1
        if whole + digits <= 38:
            return sql.Cast(sql.Cast(value, f"decimal({whole + digits}, {digits})"), "string")
    if not 0 <= digits <= 18:
        raise Refused("format with so many digits")
    # By its digits, as they are shown.
    return sql.Cast(sql.Cast(sql.Cast(value, "string"), f"decimal(38, {digits})"), "string")


def _width_bucket(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """By a formula: Flink has none. Beyond the ends it would grow for ever."""
    value, low, high, count = arguments
    part = sql.Binary("/", sql.Binary("*", count, sql.Binary("-", value, low)), sql.Binary("-", high, low))
    inner = sql.Binary("+", sql.Cast(sql.call("floor", part), "bigint"), sql.integer(1))
    over = sql.Binary("+", sql.Cast(count, "bigint"), sql.integer(1))
    up, down = sql.Binary("<", low, high), sql.Binary(">", low, high)
    none = sql.Chain("or", (is_nan(value), *[sql.Unary("not", _is_finite(end)) for end in (low, high)]))
    nothing = sql.Cast(sql.integer(0), "bigint")
    return sql.Case(
        (
            (none, sql.Cast(sql.NULL, "bigint")),
            (sql.all_of((up, sql.Binary("<", value, low))), nothing),
            (sql.all_of((up, sql.Binary(">=", value, high))), over),
            (sql.all_of((down, sql.Binary(">", value, low))), nothing),
            (sql.all_of((down, sql.Binary("<=", value, high))), over),
            (sql.Binary("<>", low, high), inner),
        )
    )


def _bit_not(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr | Said:
    """Flink has no bits: the complement of a number is one less than its opposite."""
    return Said(sql.Binary("-", sql.Unary("-", sql.integer(1)), arguments[0]), None)


def _shift_left(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Flink has no bits: each place doubles."""
    value, count = arguments
    places = constant(call.arguments[1])
    if isinstance(places, int) and 0 <= places < 63:
        factor: sql.Expr = sql.integer(2**places)
    else:
        powers = tuple([(sql.integer(at), sql.Cast(sql.integer(2**at), "decimal(19, 0)")) for at in range(63)])
        factor = sql.Case(powers, operand=count)
    made = sql.Binary("*", sql.Cast(value, "decimal(19, 0)"), factor)
    return by_text(made, type_name(call.type))


SCALARS: dict[str, Scalar] = {
    "round": _round,
    "floor": _whole("floor"),
    "ceil": _whole("ceil"),
    "trunc": _whole("truncate"),
    "format": _format,
    "abs": _abs,
    "sign": _sign,
    "is_nan": _test(is_nan),
    "is_inf": _test(_is_inf),
    "is_finite": _test(_is_finite),
    "pmod": _pmod,
    "bin": _bin,
    "width_bucket": _width_bucket,
    "bit_not": _bit_not,
    "shift_left": _shift_left,
    "coalesce": _coalesce,
    "if": _if,
    "nullif": named("nullif"),
    "greatest": _extreme("greatest"),
    "least": _extreme("least"),
}
