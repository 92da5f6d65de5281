"""Functions of text."""

from oftra.datatypes import INT
from oftra.targets.engines.spark.functions.entries import at_least, by_name, known, known_number, named
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, Scalar, text, when, whole
from oftra.targets.python import tree as py

_LONGEST = 2**31 - 1


def _repeat(asked: Asked, arguments: Arguments) -> py.Expr:
    count = known_number(asked, 1)
    if count is not None:
        return py.call("F.repeat", arguments[0].argument, py.number(count))
    return _with_columns(asked, "repeat", arguments)


def _with_columns(asked: Asked, name: str, arguments: Arguments) -> py.Expr:
    """A function that takes columns for all its arguments from 4.0 on only."""
    columns = [argument.expr for argument in arguments[1:]]
    if asked.has((4, 0)):
        return py.call(f"F.{name}", arguments[0].argument, *columns)
    return by_name(name, arguments[0].argument, *columns)


def _translate(asked: Asked, arguments: Arguments) -> py.Expr:
    characters, by = known(asked, 1), known(asked, 2)
    if isinstance(characters, str) and isinstance(by, str):
        return py.call("F.translate", arguments[0].argument, py.String(characters), py.String(by))
    return by_name("translate", *[argument.argument for argument in arguments])


def _substring(asked: Asked, arguments: Arguments) -> py.Expr:
    """In Spark a start of 0 is one of 1, and a negative one counts from the end."""
    value, start = arguments[:2]
    at, length = known_number(asked, 1), known_number(asked, 2)
    if len(arguments) == 2:
        return py.call("F.substr", value.argument, at_least(1, start, asked.call.arguments[1]))
    count = arguments[2]
    if at is not None and length is not None:
        kept = length if at >= 1 else at + length - 1
        return py.call("F.substring", value.argument, py.number(max(at, 1)), py.number(max(kept, 0)))
    if at is not None and at >= 1:
        return py.call("F.substr", value.argument, whole(at), count.expr)
    first = at_least(1, start, asked.call.arguments[1])
    left = py.Binary("-", py.Binary("+", start.expr, count.expr), first)
    return py.call("F.substr", value.argument, first, left)


def _end(name: str) -> Scalar:
    return lambda asked, arguments: py.call(f"F.{name}", arguments[0].argument, arguments[1].expr)


def _trim(name: str) -> Scalar:
    """Of any characters but spaces Spark's methods know from 4.0 on only."""
    older = {"trim": "btrim", "ltrim": "ltrim", "rtrim": "rtrim"}[name]

    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        value, *characters = arguments
        if not characters or known(asked, 1) == " ":
            return py.call(f"F.{name}", value.argument)
        if asked.has((4, 0)):
            return py.call(f"F.{name}", value.argument, characters[0].expr)
        if older == "btrim":
            return py.call("F.btrim", value.argument, characters[0].expr)
        return by_name(older, characters[0].expr, value.argument)

    return say


def _pad(name: str) -> Scalar:
    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        value, length, *fill = arguments
        filling = known(asked, 2) if fill else " "
        count = known_number(asked, 1)
        assert isinstance(filling, str)
        if count is not None:
            return py.call(f"F.{name}", value.argument, py.number(count), py.String(filling))
        if asked.has((4, 0)):
            return py.call(f"F.{name}", value.argument, length.expr, py.String(filling))
        return by_name(name, value.argument, length.argument, text(filling))

    return say


def _strpos(asked: Asked, arguments: Arguments) -> Said:
    part = known(asked, 1)
    if isinstance(part, str):
        return Said(py.call("F.instr", arguments[0].argument, py.String(part)), INT)
    return Said(_with_columns(asked, "instr", arguments), INT)


def _method(name: str) -> Scalar:
    return lambda asked, arguments: py.method(arguments[0].expr, name, arguments[1].beside)


def _replace(asked: Asked, arguments: Arguments) -> py.Expr:
    return py.call("F.replace", arguments[0].argument, *[one.argument for one in arguments[1:]])


def _concat_ws(asked: Asked, arguments: Arguments) -> py.Expr:
    separator = known(asked, 0)
    texts = [argument.argument for argument in arguments[1:]]
    if isinstance(separator, str):
        return py.call("F.concat_ws", py.String(separator), *texts)
    return by_name("concat_ws", arguments[0].argument, *texts)


def _split_part(asked: Asked, arguments: Arguments) -> py.Expr:
    """A negative place counts from the end in Spark, and there is none at 0; by '' it splits nothing."""
    value, separator, place = arguments
    at = known_number(asked, 2)
    if at is not None:
        there = whole(at if at >= 1 else _LONGEST)
    else:
        there = when(py.Compare("<", place.expr, py.number(1)), py.number(_LONGEST), place.expr)
    part = py.call("F.split_part", value.argument, separator.argument, there)
    by = known(asked, 1)
    if isinstance(by, str) and by:
        return part
    letter = py.call("F.substr", value.argument, there, whole(1))
    return letter if by == "" else when(py.Compare("==", separator.expr, py.String("")), letter, part)


SCALARS: dict[str, Scalar] = {
    "lower": named("lower"),
    "upper": named("upper"),
    "length": named("length"),
    "reverse": named("reverse"),
    "repeat": _repeat,
    "translate": _translate,
    "substring": _substring,
    "left": _end("left"),
    "right": _end("right"),
    "trim": _trim("trim"),
    "ltrim": _trim("ltrim"),
    "rtrim": _trim("rtrim"),
    "lpad": _pad("lpad"),
    "rpad": _pad("rpad"),
    "strpos": _strpos,
    "contains": _method("contains"),
    "starts_with": _method("startswith"),
    "ends_with": _method("endswith"),
    "replace": _replace,
    "concat_ws": _concat_ws,
    "split_part": _split_part,
}
