"""Functions that count, cut and put together pieces of text."""

from oftra.datatypes import BIGINT
from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.functions.entries import at_least, constant, named
from oftra.targets.engines.duckdb.functions.macros import EDIT_DISTANCE
from oftra.targets.engines.duckdb.functions.names import unused
from oftra.targets.engines.duckdb.wording import Said, Scalar
from oftra.targets.sql import tree as sql


def _initcap(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Word by word: DuckDB has no function for it."""
    (text,) = arguments
    word = unused("word", text)
    first, rest = sql.Index(sql.column(word), sql.integer(1)), sql.call("substring", sql.column(word), sql.integer(2))
    capital = sql.Lambda((word,), sql.Chain("||", (sql.call("upper", first), rest)))
    words = sql.call("string_split", sql.call("lower", text), sql.Text(" "))
    return sql.call("array_to_string", sql.call("list_transform", words, capital), sql.Text(" "))


def _overlay(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    text, by, start, *count = arguments
    first = at_least(1, start, call.arguments[2])
    kept = [at_least(0, one, call.arguments[3]) for one in count]
    return sql.call("overlay", text, by, first, *kept)


def _substring_index(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """The first pieces, or the last ones, put together again."""
    text, separator, _ = arguments
    count = constant(call.arguments[2])
    assert isinstance(count, int)
    if count == 0 or constant(call.arguments[1]) == "":
        return sql.call("left", text, sql.integer(0))
    pieces = sql.call("string_split", text, separator)
    first, last = (1, count) if count > 0 else (count, -1)
    return sql.call("array_to_string", sql.Index(pieces, sql.integer(first), sql.integer(last)), separator)


def _regexp_count(call: Call, arguments: tuple[sql.Expr, ...]) -> Said:
    return Said(sql.call("len", sql.Function("regexp_extract_all", arguments)), BIGINT)


def _regexp_instr(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """One more than the shortest text before a match."""
    text, pattern = arguments
    known = constant(call.arguments[1])
    before: sql.Expr
    if isinstance(known, str):
        before = sql.Text(f"^(?s:(.*?))(?:{known})")
    else:
        before = sql.Chain("||", (sql.Text("^(?s:(.*?))(?:"), pattern, sql.Text(")")))
    found = sql.call("length", sql.call("regexp_extract", text, before, sql.integer(1)))
    place = sql.Binary("+", sql.Cast(found, "integer"), sql.integer(1))
    matches = sql.call("regexp_matches", text, pattern)
    branches = [(matches, place)]
    if any(argument.nullable for argument in call.arguments):
        return sql.Case((*branches, (sql.Unary("not", matches), sql.integer(0))))
    return sql.Case(tuple(branches), sql.integer(0))


SCALARS: dict[str, Scalar] = {
    "initcap": _initcap,
    "overlay": _overlay,
    "substring_index": _substring_index,
    "regexp_count": _regexp_count,
    "regexp_instr": _regexp_instr,
    "levenshtein": named(EDIT_DISTANCE.name, BIGINT),
}
