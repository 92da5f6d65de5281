"""Aggregates."""

from oftra.datatypes import BIGINT, Array, DataType, Decimal, Double, Float, Integer, Map, Struct
from oftra.diagnostics.spark import UnsupportedOrder
from oftra.ir.expr import AggregateCall, SortKey, WindowCall
from oftra.targets.engines.bare_numbers import decide_type
from oftra.targets.engines.spark.functions.definitions import MEAN
from oftra.targets.engines.spark.functions.entries import constant, known
from oftra.targets.engines.spark.wording import Aggregate, Arguments, Asked, Said, cast, when
from oftra.targets.python import tree as py


def _named(name: str) -> Aggregate:
    return lambda asked, arguments: py.call(f"F.{name}", *[argument.argument for argument in arguments])


def _count(asked: Asked, arguments: Arguments) -> py.Expr:
    if not arguments:
        return py.call("F.count", py.String("*"))
    return py.call("F.count", *[argument.argument for argument in arguments])


def _count_distinct(asked: Asked, arguments: Arguments) -> py.Expr:
    """Over a window, and in a stream, Spark counts nothing but all rows: different values are collected there."""
    from_window = not hasattr(asked.call, "order_by") or hasattr(asked.call, "partition_by")
    if len(arguments) > 1:
        # Different combinations of values, null among them too.
        whole: py.Expr = py.call("F.struct", *[argument.argument for argument in arguments])
    else:
        whole = arguments[0].argument
    if from_window or asked.around.streaming:
        return cast(py.call("F.size", _different(whole, *[one.type for one in asked.call.arguments])), "bigint")
    return py.call("F.count_distinct", whole)


def _sum(asked: Asked, arguments: Arguments) -> Said:
    made = py.call("F.sum", arguments[0].argument)
    match asked.call.arguments[0].type, arguments[0].type:
        case Integer(), _:
            return Said(made, BIGINT)
        case Decimal(), Decimal(precision, scale):
            return Said(made, Decimal(min(38, precision + 10), scale))
        case Decimal(), _:
            return Said(made, None)
        case _:
            return Said(made, asked.call.type)


def _different(value: py.Expr, *types: DataType) -> py.Expr:
    """The different values, each once. In a set of Spark's NaN is different from itself, and a zero from one below."""
    if any(_holds_doubles(type_) for type_ in types):
        return py.call("F.array_distinct", py.call("F.collect_list", value))
    return py.call("F.collect_set", value)


def _holds_doubles(type_: DataType) -> bool:
    match type_:
        case Array(element):
            return _holds_doubles(element)
        case Struct(fields):
            return any(_holds_doubles(field.type) for field in fields)
        case _:
            return isinstance(type_, Double | Float)


def _array_agg_distinct(asked: Asked, arguments: Arguments) -> py.Expr:
    return _different(arguments[0].argument, asked.call.arguments[0].type)


def _count_if_distinct(asked: Asked, arguments: Arguments) -> py.Expr:
    return py.call("F.count_distinct", when(arguments[0].expr, py.TRUE))


def _sum_distinct(asked: Asked, arguments: Arguments) -> Said:
    said = _sum(asked, arguments)
    return Said(py.call("F.sum_distinct", arguments[0].argument), said.type)


def _avg(asked: Asked, arguments: Arguments) -> py.Expr:
    """Of decimals Spark keeps four more digits: their exact sum is divided instead, which is null of nothing."""
    if not isinstance(asked.call.arguments[0].type, Decimal):
        return py.call("F.avg", arguments[0].argument)
    if isinstance(asked.call, AggregateCall):
        return py.call(MEAN, arguments[0].argument)
    total = cast(py.call("F.sum", arguments[0].argument), "double")
    return py.Binary("/", total, py.call("F.count", arguments[0].argument))


def _avg_distinct(asked: Asked, arguments: Arguments) -> py.Expr:
    total = cast(py.call("F.sum_distinct", arguments[0].argument), "double")
    return py.Binary("/", total, py.call("F.count_distinct", arguments[0].argument))


def _any_value(asked: Asked, arguments: Arguments) -> py.Expr:
    return py.call("F.any_value", arguments[0].argument, py.Keyword("ignoreNulls", py.TRUE))


def _corr(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark's own fails where one side never changes: what it is made of is divided instead."""
    left, right = arguments
    spread: list[py.Expr] = []
    for one, other, given in ((left, right, 1), (right, left, 0)):
        # Of pairs: where the other side is null, neither counts.
        paired = when(py.method(other.expr, "isNotNull"), one.expr)
        spread.append(py.call("F.stddev_pop", paired if asked.call.arguments[given].nullable else one.argument))
    made = py.call("F.covar_pop", left.argument, right.argument)
    return py.call("F.try_divide", made, py.Binary("*", spread[0], spread[1]))


def _percentile(asked: Asked, arguments: Arguments) -> py.Expr:
    fraction = known(asked, 1)
    assert isinstance(fraction, int | float)
    return py.call("F.percentile", arguments[0].argument, py.number(float(fraction)))


def _median(asked: Asked, arguments: Arguments) -> py.Expr:
    """Over a window with an order or a frame Spark has the percentile alone."""
    if isinstance(asked.call, WindowCall) and (asked.call.order_by or asked.call.frame is not None):
        return py.call("F.percentile", arguments[0].argument, py.number(0.5))
    return py.call("F.median", arguments[0].argument)


def _array_agg(asked: Asked, arguments: Arguments) -> py.Expr:
    return py.call("F.collect_list", arguments[0].argument)


def _string_agg(asked: Asked, arguments: Arguments) -> py.Expr:
    separator = _separator(asked)
    if asked.has((4, 0)):
        return py.call("F.listagg", arguments[0].argument, py.String(separator))
    return _joined(arguments[0], py.call("F.collect_list", arguments[0].argument), separator)


def _string_agg_distinct(asked: Asked, arguments: Arguments) -> py.Expr:
    separator = _separator(asked)
    if asked.has((4, 0)):
        return py.call("F.listagg_distinct", arguments[0].argument, py.String(separator))
    return _joined(arguments[0], py.call("F.collect_set", arguments[0].argument), separator)


def _separator(asked: Asked) -> str:
    separator = known(asked, 1)
    return separator if isinstance(separator, str) else ""


def _joined(value: Said, collected: py.Expr, separator: str) -> py.Expr:
    """Null of nothing, where Spark's own gives ''."""
    there = py.Compare(">", py.call("F.count", value.argument), py.number(0))
    return when(there, py.call("F.array_join", collected, py.String(separator)))


# ------------------------------------------------------------------------------------------- collected in an order


def collected(asked: Asked, arguments: Arguments, keys: list[tuple[Said, SortKey]]) -> Said:
    """The values of an aggregate with `order by`: collected together with what they are ordered by, and sorted."""
    value = arguments[0]
    keys = [(said, key) for said, key in keys if constant(key.expr) is None]
    items = _sorted(asked, value, keys)
    if asked.call.function == "string_agg":
        return Said(_joined(value, items, _separator(asked)), asked.call.type)
    return Said(items, None if decide_type(asked.call) else asked.call.type)


def _sorted(asked: Asked, value: Said, keys: list[tuple[Said, SortKey]]) -> py.Expr:
    own = asked.call.arguments[0]
    distinct = getattr(asked.call, "distinct", False)
    if len(keys) == 1 and keys[0][1].expr == own:
        every = _different(value.argument, own.type) if distinct else py.call("F.collect_list", value.argument)
        return _in_order(every, keys[0][1].descending)
    if distinct or _is_unordered(own.type):
        asked.around.report.add(UnsupportedOrder(asked.call.function, span=asked.call.span))
    (*labels, last), fields = _labelled([*[said for said, _ in keys], value])
    pair: py.Expr = py.call("F.struct", *fields)
    if own.nullable or getattr(asked.call, "filter", None) is not None:
        pair = when(py.method(value.expr, "isNotNull"), pair)
    pairs = py.call("F.collect_list", pair)
    ways = {key.descending for _, key in keys}
    usual = all(not key.expr.nullable or key.nulls_first != key.descending for _, key in keys)
    if len(ways) == 1 and usual:
        return py.Subscript(_in_order(pairs, ways.pop()), (py.String(last),))
    comparator = _comparator([(label, key) for label, (_, key) in zip(labels, keys)])
    return py.Subscript(py.call("F.array_sort", pairs, comparator), (py.String(last),))


def _labelled(parts: list[Said]) -> tuple[list[str], list[py.Expr]]:
    """Names for what is collected together, and the fields: a column keeps its own name unless another has it."""
    labels: list[str] = []
    fields: list[py.Expr] = []
    for at, part in enumerate(parts):
        name = part.name
        if name is not None and name.isidentifier() and name.lower() not in [label.lower() for label in labels]:
            labels.append(name)
            fields.append(py.String(name))
        else:
            labels.append(f"part_{at}")
            fields.append(py.method(part.expr, "alias", py.String(labels[-1])))
    return labels, fields


def _in_order(items: py.Expr, descending: bool) -> py.Expr:
    more = (py.Keyword("asc", py.FALSE),) if descending else ()
    return py.call("F.sort_array", items, *more)


def _comparator(keys: list[tuple[str, SortKey]]) -> py.Expr:
    """A function that tells which of two comes first, key by key."""
    made: py.Expr = py.name("F")
    for label, key in keys:
        left, right = [py.Subscript(py.Name(side), (py.String(label),)) for side in ("left", "right")]
        if key.expr.nullable:
            first, last = (left, right) if key.nulls_first else (right, left)
            ahead = py.Binary("&", py.method(first, "isNull"), py.method(last, "isNotNull"))
            behind = py.Binary("&", py.method(first, "isNotNull"), py.method(last, "isNull"))
            made = py.method(made, "when", ahead, py.number(-1))
            made = py.method(made, "when", behind, py.number(1))
        lower, higher = (right, left) if key.descending else (left, right)
        made = py.method(made, "when", py.Compare("<", lower, higher), py.number(-1))
        made = py.method(made, "when", py.Compare(">", lower, higher), py.number(1))
    return py.Lambda(("left", "right"), py.method(made, "otherwise", py.number(0)))


def _is_unordered(type_: object) -> bool:
    match type_:
        case Map():
            return True
        case Struct(fields):
            return any(_is_unordered(field.type) for field in fields)
        case _:
            return False


AGGREGATES: dict[str, Aggregate] = {
    "count": _count,
    "count_if": _named("count_if"),
    "sum": _sum,
    "avg": _avg,
    "min": _named("min"),
    "max": _named("max"),
    "stddev": _named("stddev"),
    "stddev_pop": _named("stddev_pop"),
    "variance": _named("variance"),
    "var_pop": _named("var_pop"),
    "covar_samp": _named("covar_samp"),
    "covar_pop": _named("covar_pop"),
    "corr": _corr,
    "median": _median,
    "percentile": _percentile,
    "bool_and": _named("bool_and"),
    "bool_or": _named("bool_or"),
    "any_value": _any_value,
    "arg_max": _named("max_by"),
    "arg_min": _named("min_by"),
    "array_agg": _array_agg,
    "string_agg": _string_agg,
}

SAME_IF_DISTINCT = frozenset({
    "min", "max", "bool_and", "bool_or", "any_value", "arg_max", "arg_min", "bit_and_agg", "bit_or_agg",
    "approx_count_distinct",
})  # fmt: skip
"""Aggregates to which it makes no difference how often a value is there."""

DISTINCT: dict[str, Aggregate] = {
    "count": _count_distinct,
    "count_if": _count_if_distinct,
    "sum": _sum_distinct,
    "avg": _avg_distinct,
    "array_agg": _array_agg_distinct,
    "string_agg": _string_agg_distinct,
}
"""Aggregates over different values."""
