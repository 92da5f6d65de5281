"""Functions of text and bytes."""

from oftra.datatypes import Array, String
from oftra.ir.expr import Call
from oftra.targets.engines.flink.casts import fits
from oftra.targets.engines.flink.wording import (
    Refused,
    Scalar,
    clamped,
    constant,
    fail,
    named,
    not_null,
    only_if,
    refused,
)
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said

_NOTHING = sql.Text("")


def _concat(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    if isinstance(call.type, Array):
        return sql.Function("array_concat", arguments)
    if not isinstance(call.type, String):
        raise Refused("concat of binary")
    return sql.Chain("||", arguments)


def _substring(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """In Flink a negative start counts from the end, and what begins before the first character is moved."""
    text, start, *count = arguments
    first = clamped(1, start, call.arguments[1])
    if not count:
        return sql.call("substring", text, first)
    at, length = constant(call.arguments[1]), constant(call.arguments[2])
    if isinstance(at, int) and at >= 1:
        return sql.call("substring", text, first, clamped(0, count[0], call.arguments[2]))
    if isinstance(at, int) and isinstance(length, int):
        return sql.call("substring", text, first, sql.integer(max(0, at + length - 1)))
    end = sql.Binary("-", sql.Binary("+", sql.Cast(start, "bigint"), count[0]), first)
    size = sql.Cast(sql.call("greatest", end, sql.integer(0)), "int")
    return sql.call("substring", text, first, size)


def _end(name: str) -> Scalar:
    return lambda call, arguments: sql.call(name, arguments[0], clamped(0, arguments[1], call.arguments[1]))


def _trim(where: str) -> Scalar:
    names = {"both": "btrim", "leading": "ltrim", "trailing": "rtrim"}

    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
        if len(arguments) == 1 and where == "both":
            return sql.call("trim", arguments[0])
        return sql.call(names[where], *arguments)

    return say


def _pad(name: str) -> Scalar:
    """Flink wants to be told what to fill with, and gives null of a length below zero or of nothing to fill with."""

    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
        text, length, *fill = arguments
        size = clamped(0, length, call.arguments[1])
        if fill and constant(call.arguments[2]) == "":
            return sql.call("left", text, size)
        return sql.call(name, text, size, *(fill or (sql.Text(" "),)))

    return say


def _strpos(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    text, part = arguments
    return sql.call("locate", part, text)


def _contains(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    text, part = arguments
    return sql.Binary(">", sql.call("locate", part, text), sql.integer(0))


def _replace(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Flink puts what comes instead of nothing everywhere."""
    text, part, by = arguments
    known = constant(call.arguments[1])
    if isinstance(known, str) and known:
        return sql.call("replace", *arguments)
    there = [not_null(by)] if call.arguments[2].nullable else []
    nothing = sql.all_of((*there, sql.Binary("=", part, _NOTHING)))
    return sql.Case(((nothing, text),), sql.call("replace", text, part, by))


def _translate(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Flink takes null for no characters."""
    made = sql.call("translate", *arguments)
    there = [not_null(a) for a, given in zip(arguments[1:], call.arguments[1:]) if given.nullable]
    return only_if(sql.all_of(tuple(there)), made) if there else made


def _split(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Of '' Flink makes no piece."""
    text, separator = arguments
    empty = sql.Chain("and", (sql.Binary("=", text, _NOTHING), sql.Binary("<>", separator, _NOTHING)))
    one = sql.ListOf((_NOTHING,))
    made = sql.call("split", text, separator)
    return sql.Case(((empty, sql.Cast(one, "array<string>")),), made)


def _split_part(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Flink counts from 0, and gives null where there is no such piece."""
    text, separator, place = arguments
    pieces = sql.call("split", text, separator)
    has = sql.Between(place, sql.integer(1), sql.call("cardinality", pieces))
    there = sql.all_of(tuple([not_null(a) for a, b in zip(arguments, call.arguments) if b.nullable]))
    made = sql.Case(((has, sql.Index(pieces, sql.call("greatest", place, sql.integer(1)))),), _NOTHING)
    return made if there == sql.TRUE else only_if(there, made)


def _like(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    text, pattern = arguments
    return sql.call("regexp", text, _pattern(call, pattern))


def _pattern(call: Call, pattern: sql.Expr) -> sql.Expr:
    """A pattern as it is written, without a cast: Flink then compiles it once."""
    known = constant(call.arguments[1])
    return sql.Text(known) if isinstance(known, str) else pattern


def _extract(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    group = constant(call.arguments[2]) if len(call.arguments) > 2 else 0
    assert isinstance(group, int)
    text, pattern = arguments[0], _pattern(call, arguments[1])
    found = sql.call("regexp_extract", text, pattern, sql.integer(group))
    known = constant(call.arguments[1])
    if group == 0 or (isinstance(known, str) and not set(known) & set("?|*{")):
        return found
    # What a group that took no part found is null to Flink.
    return only_if(sql.call("regexp", text, pattern), sql.call("coalesce", found, _NOTHING))


def _instr(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """One more than the shortest text before a match: Flink counts some characters twice."""
    text, pattern = arguments
    known = constant(call.arguments[1])
    before: sql.Expr
    if isinstance(known, str):
        before = sql.Text(f"^(?s:(.*?))(?:{known})")
    else:
        before = sql.Chain("||", (sql.Text("^(?s:(.*?))(?:"), pattern, sql.Text(")")))
    length = sql.call("char_length", sql.call("regexp_extract", text, before, sql.integer(1)))
    matches = sql.call("regexp", text, _pattern(call, pattern))
    there = sql.all_of(
        (*[not_null(a) for a, b in zip(arguments, call.arguments) if b.nullable], sql.Unary("not", matches))
    )
    return sql.Case(((matches, sql.Binary("+", length, sql.integer(1))), (there, sql.integer(0))))


def _regexp_replace(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Flink puts in what is given as it is: it knows no groups there."""
    by = constant(call.arguments[2])
    if not isinstance(by, str) or "\\" in by:
        raise Refused("regexp_replace by what a group found")
    return sql.call("regexp_replace", arguments[0], _pattern(call, arguments[1]), sql.Text(by))


def _counted(name: str) -> Scalar:
    return lambda call, arguments: sql.call(name, arguments[0], _pattern(call, arguments[1]))


def _overlay(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    text, by, start, *count = arguments
    first = clamped(1, start, call.arguments[2])
    size = clamped(0, count[0], call.arguments[3]) if count else sql.call("char_length", by)
    before = sql.call("left", text, sql.Binary("-", first, sql.integer(1)))
    rest = sql.call("substring", text, sql.Binary("+", first, size))
    return sql.Chain("||", (before, by, rest))


def _octet_length(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    if isinstance(call.arguments[0].type, String):
        # Two digits of each byte.
        digits = sql.call("char_length", sql.call("hex", arguments[0]))
        return sql.Binary("/", digits, sql.integer(2))
    raise Refused("octet_length of binary")


def _hash(name: str) -> Scalar:
    return lambda call, arguments: Said(sql.call(name, arguments[0]), None)


def _hex(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    if isinstance(call.arguments[0].type, String) or not fits(call.arguments[0].type, call.arguments[0].type):
        raise Refused("hex of binary")
    return sql.call("hex", arguments[0])


def _unhex(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Flink makes null of what it can't read."""
    (digits,) = arguments
    right = sql.call("regexp", digits, sql.Text("^([0-9a-fA-F]{2})*$"))
    failing = sql.Cast(fail("no hexadecimal digits", "int"), "string")
    none = sql.all_of((not_null(digits), sql.Unary("not", right)))
    return sql.call("unhex", sql.Case(((none, failing),), digits))


def _url_encode(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Flink writes a form's values: a space as `+`, `~` as an escape, `*` as it is."""
    made = sql.call("url_encode", arguments[0])
    for given, wanted in (("+", "%20"), ("*", "%2A"), ("%7E", "~")):
        made = sql.call("replace", made, sql.Text(given), sql.Text(wanted))
    return made


def _substring_index(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    text, separator, _ = arguments
    count, known = constant(call.arguments[2]), constant(call.arguments[1])
    assert isinstance(count, int)
    if count == 0 or known == "":
        return sql.call("left", text, sql.integer(0))
    pieces = sql.call("split", text, separator)
    if count > 0:
        kept = sql.call("array_slice", pieces, sql.integer(1), sql.integer(count))
    else:
        kept = sql.call(
            "array_slice",
            pieces,
            sql.call(
                "greatest", sql.Binary("+", sql.call("cardinality", pieces), sql.integer(count + 1)), sql.integer(1)
            ),
        )
    return sql.call("array_join", kept, separator)


SCALARS: dict[str, Scalar] = {
    "concat": _concat,
    "lower": named("lower"),
    "upper": named("upper"),
    "length": named("char_length"),
    "reverse": named("reverse"),
    "repeat": lambda call, arguments: sql.call("repeat", arguments[0], clamped(0, arguments[1], call.arguments[1])),
    "translate": _translate,
    "substring": _substring,
    "left": _end("left"),
    "right": _end("right"),
    "trim": _trim("both"),
    "ltrim": _trim("leading"),
    "rtrim": _trim("trailing"),
    "lpad": _pad("lpad"),
    "rpad": _pad("rpad"),
    "strpos": _strpos,
    "contains": _contains,
    "starts_with": named("startswith"),
    "ends_with": named("endswith"),
    "replace": _replace,
    "concat_ws": named("concat_ws"),
    "split": _split,
    "split_part": _split_part,
    "regexp_like": _like,
    "regexp_extract": _extract,
    "regexp_extract_all": lambda call, arguments: sql.call(
        "regexp_extract_all",
        arguments[0],
        _pattern(call, arguments[1]),
        arguments[2] if len(arguments) > 2 else sql.integer(0),
    ),
    "regexp_replace": _regexp_replace,
    "regexp_count": _counted("regexp_count"),
    "regexp_instr": _instr,
    "initcap": refused("initcap"),
    "overlay": _overlay,
    "substring_index": _substring_index,
    "md5": _hash("md5"),
    "sha1": _hash("sha1"),
    "sha256": _hash("sha256"),
    "hex": _hex,
    "unhex": _unhex,
    "octet_length": _octet_length,
    "url_encode": _url_encode,
}
