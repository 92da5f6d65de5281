"""Functions that count, cut and put together pieces of text."""

from oftra.targets.engines.spark.functions.entries import at_least, by_name, known, known_number, named
from oftra.targets.engines.spark.functions.patterns import matches, pattern_column
from oftra.targets.engines.spark.wording import Arguments, Asked, Scalar, text, when
from oftra.targets.python import tree as py


def _overlay(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark counts places below 1 from the end."""
    value, by, *_ = arguments
    places: list[py.Expr] = []
    for at, (least, place) in enumerate(zip((1, 0), arguments[2:])):
        known_place = known_number(asked, 2 + at)
        if known_place is not None:
            places.append(py.number(max(known_place, least)))
        else:
            places.append(at_least(least, place, asked.call.arguments[2 + at]))
    return py.call("F.overlay", value.argument, by.argument, *places)


def _substring_index(asked: Asked, arguments: Arguments) -> py.Expr:
    separator, count = known(asked, 1), known_number(asked, 2)
    assert isinstance(separator, str) and count is not None
    return py.call("F.substring_index", arguments[0].argument, py.String(separator), py.number(count))


def _regexp_count(asked: Asked, arguments: Arguments) -> py.Expr:
    return py.call("F.regexp_count", arguments[0].argument, pattern_column(asked, arguments[1]))


def _regexp_instr(asked: Asked, arguments: Arguments) -> py.Expr:
    """One more than the shortest text before a match: Spark's own counts some characters twice."""
    value, pattern = arguments
    known_pattern = known(asked, 1)
    if isinstance(known_pattern, str):
        whole = py.String(f"^(?s:(.*?))(?:{known_pattern})")
        before: py.Expr = py.call("F.regexp_extract", value.argument, whole, py.number(1))
    else:
        whole_pattern = py.call("F.concat", text("^(?s:(.*?))(?:"), pattern.argument, text(")"))
        before = by_name("regexp_extract", value.argument, whole_pattern, py.call("F.lit", py.number(1)))
    is_found = matches(asked, arguments)
    made = when(is_found, py.Binary("+", py.call("F.length", before), py.number(1)))
    if any(argument.nullable for argument in asked.call.arguments):
        return py.method(made, "when", py.Unary("~", is_found), py.number(0))
    return py.method(made, "otherwise", py.number(0))


SCALARS: dict[str, Scalar] = {
    "initcap": named("initcap"),
    "overlay": _overlay,
    "substring_index": _substring_index,
    "regexp_count": _regexp_count,
    "regexp_instr": _regexp_instr,
    "levenshtein": named("levenshtein"),
}
