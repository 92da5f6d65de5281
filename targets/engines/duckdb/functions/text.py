"""Functions of text."""

from oftra.datatypes import BIGINT
from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.functions.entries import at_least, constant, named, only_if
from oftra.targets.engines.duckdb.wording import Scalar
from oftra.targets.sql import tree as sql


def _reverse(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB's own keeps what people see as one character together; here a character is a code point."""
    letters = sql.call("string_split", arguments[0], sql.Text(""))
    return sql.call("array_to_string", sql.call("list_reverse", letters), sql.Text(""))


def _end(name: str) -> Scalar:
    """`left` and `right`: a negative count leaves out so many characters of the other end in DuckDB."""
    return lambda call, arguments: sql.call(name, arguments[0], at_least(0, arguments[1], call.arguments[1]))


def _substring(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """In DuckDB a negative start counts from the end, and a negative count runs backwards."""
    text, start = arguments[:2]
    first = at_least(1, start, call.arguments[1])
    if len(arguments) == 2:
        return sql.call("substring", text, first)
    count = arguments[2]
    at, length = constant(call.arguments[1]), constant(call.arguments[2])
    if isinstance(at, int) and at >= 1:
        return sql.call("substring", text, first, at_least(0, count, call.arguments[2]))
    if isinstance(at, int) and isinstance(length, int):
        return sql.call("substring", text, first, sql.integer(max(0, at + length - 1)))
    end = sql.Binary("-", sql.Binary("+", start, count), first)
    if call.arguments[1].nullable or call.arguments[2].nullable:
        left = sql.Case(((sql.Binary("<", end, sql.integer(0)), sql.integer(0)),), end)
        return sql.call("substring", text, first, left)
    return sql.call("substring", text, first, sql.call("greatest", end, sql.integer(0)))


def _pad(name: str) -> Scalar:
    """DuckDB wants to be told what to fill with, and refuses to fill with nothing."""

    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
        text, length, *fill = arguments
        if fill and constant(call.arguments[2]) == "":
            return sql.call("left", text, at_least(0, length, call.arguments[1]))
        return sql.call(name, text, length, *(fill or (sql.Text(" "),)))

    return say


def _split(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB does not split at a separator that is null."""
    pieces = sql.Function("string_split", arguments)
    if not call.arguments[1].nullable:
        return pieces
    return only_if(sql.Postfix(arguments[1], "is not null"), pieces)


def _split_part(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """A negative place counts from the end in DuckDB."""
    text, separator, place = arguments
    return sql.call("split_part", text, separator, at_least(0, place, call.arguments[2]))


def _regexp_extract(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """DuckDB's own gives '' where nothing matches; the first of all matches is null then."""
    if _group(call) == 0:
        return sql.Index(sql.call("regexp_extract_all", *arguments[:2]), sql.integer(1))
    return only_if(sql.call("regexp_matches", *arguments[:2]), sql.Function("regexp_extract", arguments))


def _regexp_extract_all(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """A group that took no part is null in DuckDB."""
    if _group(call) == 0:
        return sql.call("regexp_extract_all", *arguments[:2])
    held = sql.Lambda(("held",), sql.call("coalesce", sql.column("held"), sql.Text("")))
    return sql.call("list_transform", sql.Function("regexp_extract_all", arguments), held)


def _group(call: Call) -> int:
    """The literal number of the group that a pattern's call asks for."""
    value = constant(call.arguments[2]) if len(call.arguments) > 2 else 0
    return value if isinstance(value, int) else 0


def _regexp_replace(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    return sql.call("regexp_replace", *arguments, sql.Text("g"))


SCALARS: dict[str, Scalar] = {
    "lower": named("lower"),
    "upper": named("upper"),
    "length": named("length", BIGINT),
    "reverse": _reverse,
    "repeat": named("repeat"),
    "translate": named("translate"),
    "substring": _substring,
    "left": _end("left"),
    "right": _end("right"),
    "trim": named("trim"),
    "ltrim": named("ltrim"),
    "rtrim": named("rtrim"),
    "lpad": _pad("lpad"),
    "rpad": _pad("rpad"),
    "strpos": named("strpos", BIGINT),
    "contains": named("contains"),
    "starts_with": named("starts_with"),
    "ends_with": named("ends_with"),
    "replace": named("replace"),
    "concat_ws": named("concat_ws"),
    "split": _split,
    "split_part": _split_part,
    "regexp_like": named("regexp_matches"),
    "regexp_extract": _regexp_extract,
    "regexp_extract_all": _regexp_extract_all,
    "regexp_replace": _regexp_replace,
}
