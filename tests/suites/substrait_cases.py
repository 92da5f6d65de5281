"""Substrait's cases of functions, as calls of this language.

A case is a line such as `add(120::i8, 5::i8) [overflow:ERROR] = <!ERROR>`, or, of an aggregate, `sum((1, 2)::i8) =
3::i64` and `((1.0), (2.0)) variance(SAMPLE::enum, col0::fp64) = 0.5::fp64`. What asks for a behaviour that the
language does not offer (a sum that stops at the end of its range) is left out with the reason.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_BESIDE = sorted(Path(__file__).parents[3].glob("*/suites/substrait"))
SUITE = Path(os.environ["OFTRA_SUBSTRAIT"]) if "OFTRA_SUBSTRAIT" in os.environ else (_BESIDE or [None])[0]
"""The folder of the cases: they are not part of this project, and run where they are at hand."""

TYPES: Mapping[str, str] = {
    "i8": "tinyint", "i16": "smallint", "i32": "int", "i64": "bigint", "fp32": "float", "fp64": "double",
    "bool": "boolean",
}  # fmt: skip

CALLS: Mapping[str, str] = {
    **{name: f"{name}({{0}})" for name in (
        "abs", "sqrt", "exp", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
        "acosh", "atanh", "is_nan", "is_finite",
    )},
    **{name: f"{name}({{0}}, {{1}})" for name in ("power", "atan2", "shift_right_unsigned", "nullif", "coalesce")},
    "factorial": "factorial(cast({0} as int))",
    "add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} * {1}", "negate": "-({0})",
    "modulus": "mod({0}, {1})",
    "bitwise_and": "{0} & {1}", "bitwise_or": "{0} | {1}", "bitwise_xor": "{0} ^ {1}", "bitwise_not": "~{0}",
    "shift_left": "{0} << {1}", "shift_right": "{0} >> {1}",
    "equal": "{0} = {1}", "not_equal": "{0} <> {1}", "lt": "{0} < {1}", "lte": "{0} <= {1}", "gt": "{0} > {1}",
    "gte": "{0} >= {1}", "between": "{0} between {1} and {2}", "is_not_distinct_from": "{0} is not distinct from {1}",
    "is_null": "{0} is null", "is_not_null": "{0} is not null", "is_true": "{0} is true", "is_false": "{0} is false",
    "is_not_true": "{0} is not true", "is_not_false": "{0} is not false", "is_infinite": "is_inf({0})",
    "not": "not {0}", "and_not": "{0} and not {1}", "xor": "{0} <> {1}",
}  # fmt: skip
"""How each function is said, of its arguments by place."""

AGGREGATES: Mapping[str, str] = {
    "sum": "sum", "min": "min", "max": "max", "bool_and": "bool_and", "bool_or": "bool_or",
    "std_dev SAMPLE": "stddev", "std_dev POPULATION": "stddev_pop", "variance SAMPLE": "variance",
    "variance POPULATION": "var_pop",
}  # fmt: skip

OTHERWISE: Mapping[str, str] = {
    "overflow:SATURATE": "asks for the nearest value in range; here the run fails",
    "overflow:SILENT": "asks for anything past the range; here the run fails",
    "rounding:TRUNCATE": "asks for digits to be cut off; here floating point rounds as IEEE 754 does",
    "division_type:FLOOR": "asks for the remainder of a division downwards; here it goes towards zero",
    "on_division_by_zero:ERROR": "asks for a failure; here division by zero is null",
    "on_domain_error:ERROR": "asks for a failure; here what has no answer is null",
    "on_domain_error:NAN nan": "asks for NaN; here what has no answer is null",
}
"""By option, perhaps with the value that is then expected."""


_MISCOUNTED = "the suite has another number than arithmetic"

DIFFERENT: Mapping[str, str] = {
    "atanh(1.0::fp64) = inf::fp64": "here what has no answer is null",
    "factorial(1000000::i32) [overflow:ERROR] = <!ERROR>": "here what has no answer is null",
    "shift_left(301989888::i64, 8::i32) = 19791209299968::i64": _MISCOUNTED,
    **{
        f"{rows} {name}({kind}::enum, col0::{type_}){options} = {result}::{type_}?": _MISCOUNTED
        for rows, name, kind, type_, options, result in (
            ("((-5.0), (-3.0), (-1.0), (1.0), (3.0), (5.0))", "variance", "SAMPLE", "fp32", "", "15.166667"),
            ("((-5.0), (-3.0), (-1.0), (1.0), (3.0), (5.0))", "variance", "SAMPLE", "fp64", "", "15.166666666666666"),
            ("((-5.0), (-3.0), (-1.0), (1.0), (3.0), (5.0))", "std_dev", "SAMPLE", "fp32", "", "3.8944404"),
            ("((-5.0), (-3.0), (-1.0), (1.0), (3.0), (5.0))", "std_dev", "SAMPLE", "fp64", "", "3.8944404818493075"),
            ("((1.1), (2.2), (3.3), (4.4), (5.5))", "variance", "SAMPLE", "fp32", " [rounding:TIE_TO_EVEN]", "3.03"),
            (
                "((1.1), (2.2), (3.3), (4.4), (5.5))",
                "std_dev",
                "SAMPLE",
                "fp32",
                " [rounding:TIE_TO_EVEN]",
                "1.7406897",
            ),
            ("((0.0), (100.0), (50.0), (25.0), (75.0))", "variance", "SAMPLE", "fp32", "", "1681.25"),
            ("((0.0), (100.0), (50.0), (25.0), (75.0))", "variance", "POPULATION", "fp64", "", "1345.0"),
            ("((0.0), (100.0), (50.0), (25.0), (75.0))", "std_dev", "SAMPLE", "fp32", "", "41.010193"),
            ("((0.0), (100.0), (50.0), (25.0), (75.0))", "std_dev", "POPULATION", "fp64", "", "36.66060555964672"),
        )
    },
}
"""By case: why the language has another result."""


class Case(NamedTuple):
    """A case: a call over a row of `cells`, or an aggregate over rows of one cell each.

    `expected` is a constant expression of the type `type_`; None where the run has to fail.
    """

    line: str
    call: str
    cells: tuple[str, ...]
    types: tuple[str, ...]
    type_: str
    expected: str | None
    over_rows: bool = False


class LeftOut(NamedTuple):
    """A case that is not asked, and why."""

    line: str
    reason: str


_SCALAR = re.compile(r"(\w+)\((.*)\)\s*(?:\[([^]]*)\])?\s*= (.+)")
_COLUMN = re.compile(r"(\w+)\(\((.*)\)::([\w<>, ]+)\??\)\s*(?:\[([^]]*)\])?\s*= (.+)")
_ROWS = re.compile(r"\((.*)\) (\w+)\((\w+)::enum, col0::([\w]+)\??\)\s*(?:\[([^]]*)\])?\s*= (.+)")
_VALUE = re.compile(r"([^:\s]+)::(\w+)\??(?:<(\d+), (\d+)>)?")


def read(folder: Path) -> Iterator[Case | LeftOut]:
    """Every case of the suite."""
    for path in sorted(folder.glob("*/*.test")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                yield _read(line.strip())


def _read(line: str) -> Case | LeftOut:
    shapes: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Case | LeftOut]], ...] = (
        (_ROWS, _of_rows),
        (_COLUMN, _of_column),
        (_SCALAR, _of_row),
    )
    for pattern, make in shapes:
        if (found := pattern.fullmatch(line)) is not None:
            *_, options, expected = found.groups()
            value = expected.split("::")[0]
            reason = DIFFERENT.get(line) or OTHERWISE.get(options or "") or OTHERWISE.get(f"{options} {value}")
            return LeftOut(line, reason) if reason else make(found, line)
    raise AssertionError(f"no case: {line}")


def _of_row(found: re.Match[str], line: str) -> Case | LeftOut:
    name, given, _, expected = found.groups()
    values = [_value(*one.groups()) for one in _VALUE.finditer(given)]
    call = _call(name, tuple([type_ for _, type_ in values]))
    if call is None:
        return LeftOut(line, f"no function `{name}` here")
    return _case(line, call, values, expected)


def _call(name: str, types: tuple[str, ...]) -> str | None:
    if name == "divide":
        return "div({0}, {1})" if types[0].endswith("int") else "{0} / {1}"
    if name in ("and", "or"):
        return f" {name} ".join(f"{{{at}}}" for at in range(len(types)))
    return CALLS.get(name)


def _of_column(found: re.Match[str], line: str) -> Case | LeftOut:
    name, given, type_, _, expected = found.groups()
    if name not in AGGREGATES:
        return _of_row(_SCALAR.fullmatch(line) or found, line)
    values = [_value(one.strip(), type_, None, None) for one in given.split(",") if one.strip()]
    return _case(line, AGGREGATES[name], values or [("null", TYPES[type_])], expected, over_rows=True)


def _of_rows(found: re.Match[str], line: str) -> Case | LeftOut:
    given, name, kind, type_, _, expected = found.groups()
    cells = [one for one in re.findall(r"\(([^()]*)\)", given) if one] or ["null"]
    values = [_value(one, type_, None, None) for one in cells]
    return _case(line, AGGREGATES[f"{name} {kind}"], values, expected, over_rows=True)


def _case(line: str, call: str, values: list[tuple[str, str]], expected: str, over_rows: bool = False) -> Case:
    cells, types = tuple([cell for cell, _ in values]), tuple([type_ for _, type_ in values])
    if (found := _VALUE.fullmatch(expected)) is None:
        assert expected == "<!ERROR>", f"no result: {line}"
        return Case(line, call, cells, types, "", None, over_rows)
    result, type_ = _value(*found.groups())
    return Case(line, call, cells, types, type_, result, over_rows)


def _value(text: str, type_: str, precision: str | None, scale: str | None) -> tuple[str, str]:
    """A constant expression, and its type."""
    name = TYPES.get(type_) or f"decimal({precision}, {scale})"
    if text.lower() == "null":
        return f"cast(null as {name})", name
    return f"cast('{text}' as {name})", name
