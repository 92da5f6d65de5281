"""Functions of text that take a pattern, or a separator that is a pattern to Spark."""

import re

from oftra.targets.engines import java_patterns
from oftra.targets.engines.spark.functions.entries import by_name, known, known_number
from oftra.targets.engines.spark.wording import Arguments, Asked, Said, Scalar, text, when
from oftra.targets.python import tree as py

_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
_REFERENCE = re.compile(r"\\(.)", re.DOTALL)


def _split(asked: Asked, arguments: Arguments) -> py.Expr:
    """A separator is a pattern in Spark: what has a meaning in one is escaped."""
    separator = known(asked, 1)
    if isinstance(separator, str):
        plain = _SPECIAL.sub(lambda found: "\\" + found.group(), separator)
        return py.call("F.split", arguments[0].argument, py.String(plain))
    parts = text("\\Q"), py.call("F.replace", arguments[1].argument, text("\\E"), text("\\E\\\\E\\Q")), text("\\E")
    # What is quoted needs a character; by '' Spark splits into all of them by itself.
    is_empty = py.Compare("==", arguments[1].expr, py.String(""))
    pattern = when(is_empty, arguments[1].expr, py.call("F.concat", *parts))
    if asked.has((4, 0)):
        return py.call("F.split", arguments[0].argument, pattern)
    return by_name("split", arguments[0].argument, pattern)


def known_pattern(asked: Asked) -> str | None:
    """The pattern of a call, if it is a literal, as Java finds it in characters only."""
    pattern = known(asked, 1)
    return java_patterns.found(pattern) if isinstance(pattern, str) else None


def pattern_column(asked: Asked, given: Said) -> py.Expr:
    """The pattern of a call as a Column."""
    pattern = known_pattern(asked)
    return _within(java_patterns.ANYWHERE, given) if pattern is None else text(pattern)


def _within(around: tuple[str, str], given: Said) -> py.Expr:
    before, after = around
    return py.call("F.concat", text(before), given.argument, text(after))


def matches(asked: Asked, arguments: Arguments) -> py.Expr:
    """Whether the pattern of a call is found."""
    pattern = known_pattern(asked)
    if pattern is not None:
        return py.method(arguments[0].expr, "rlike", py.String(pattern))
    return py.call("F.rlike", arguments[0].argument, pattern_column(asked, arguments[1]))


def _extracted(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark gives '' where nothing matches."""
    value, group = arguments[0], py.number(known_number(asked, 2) or 0)
    pattern = known_pattern(asked)
    found: py.Expr
    if pattern is not None:
        found = py.call("F.regexp_extract", value.argument, py.String(pattern), group)
    else:
        found = by_name("regexp_extract", value.argument, pattern_column(asked, arguments[1]), py.call("F.lit", group))
    return when(matches(asked, arguments), found)


def _extracted_all(asked: Asked, arguments: Arguments) -> py.Expr:
    group = py.call("F.lit", py.number(known_number(asked, 2) or 0))
    return py.call("F.regexp_extract_all", arguments[0].argument, pattern_column(asked, arguments[1]), group)


def _replaced(asked: Asked, arguments: Arguments) -> Said:
    """What a group holds is `$1` to Spark."""
    replacement, pattern = known(asked, 2), known(asked, 1)
    assert isinstance(replacement, str)
    by = _REFERENCE.sub(_reference, replacement.replace("$", "\\$"))
    given: py.Expr
    written: py.Expr
    if isinstance(pattern, str):
        # Where nothing is put, it makes no difference how often.
        given, written = py.String(java_patterns.replaced(pattern) if by else pattern), py.String(by)
    else:
        given, written = _within(java_patterns.REPLACED, arguments[1]) if by else arguments[1].expr, text(by)
    return Said(py.call("F.regexp_replace", arguments[0].argument, given, written), asked.call.type)


def _reference(found: re.Match[str]) -> str:
    """`\\\\1` as `$1`; any other character behind a backslash stays as it is."""
    one = found.group(1)
    if one.isdigit():
        following = found.string[found.end() : found.end() + 1]
        return f"${one}" + ("\\" if following.isdigit() else "")
    return "\\" + one if one in "\\$" else "\\\\" + one


SCALARS: dict[str, Scalar] = {
    "split": _split,
    "regexp_like": matches,
    "regexp_extract": _extracted,
    "regexp_extract_all": _extracted_all,
    "regexp_replace": _replaced,
}
