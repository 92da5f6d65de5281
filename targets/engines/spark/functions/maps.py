"""More functions of maps."""

from oftra.targets.engines.spark.functions.entries import named, with_value
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, Scalar
from oftra.targets.python import tree as py


def _map_concat(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark fails where both have a key."""
    left, right = arguments
    known = with_value(asked, "map_contains_key", right, Said(py.Name("key"), None))
    others = py.call("F.map_filter", left.argument, py.Lambda(("key", "value"), py.Unary("~", known)))
    return py.call("F.map_concat", others, right.argument)


def _with_function(name: str) -> Scalar:
    return lambda asked, arguments: py.call(f"F.{name}", arguments[0].argument, arguments[1].expr)


SCALARS: dict[str, Scalar] = {
    "map_entries": named("map_entries"),
    "map_from_entries": named("map_from_entries"),
    "map_from_arrays": named("map_from_arrays"),
    "map_concat": _map_concat,
    "map_filter": _with_function("map_filter"),
    "transform_values": _with_function("transform_values"),
    "transform_keys": _with_function("transform_keys"),
}
