"""Constants and columns in the text of Spark's SQL: nothing that they hold can end them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal as Number
from math import isfinite

from oftra.datatypes import Decimal, Float, Integer, Null
from oftra.ir.expr import Duration, Expr, Literal
from oftra.targets.engines.spark.datatypes import sort_of, type_name
from oftra.targets.engines.spark.literals import duration
from oftra.targets.engines.spark.wording import Said

_ENDINGS = {8: "Y", 16: "S", 64: "L"}
_HOLE = re.compile(r"\{\{|\}\}|\{(\w+)\}")


def of(said: Said, expr: Expr) -> str | None:
    """A column or a constant as Spark's SQL writes it, of exactly its type; None for anything else.

    A name with `${` in it is nothing that can be written: Spark puts a setting there.
    """
    if said.name is not None and "${" not in said.name:
        is_exact = said.type is not None and sort_of(said.type) == sort_of(expr.type)
        return said.name if is_exact else f"cast({said.name} as {type_name(expr.type)})"
    return constant(expr) if isinstance(expr, Literal) else None


def constant(literal: Literal) -> str:
    """A constant of its own type, which nothing beside it can take apart."""
    value, type_ = literal.value, literal.type
    match value:
        case None:
            return "null" if isinstance(type_, Null) else f"cast(null as {type_name(type_)})"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case int():
            ending = _ENDINGS.get(type_.bits, "") if isinstance(type_, Integer) else ""
            return _apart(f"{value}{ending}", value < 0)
        case float():
            name = "float" if isinstance(type_, Float) else "double"
            return _apart(f"{value!r}{name[0]}", value < 0) if isfinite(value) else f"{name}({quoted(str(value))})"
        case Number():
            written = _apart(f"{value:f}bd", value < 0)
            scale, digits = abs(int(value.as_tuple().exponent)), len(value.as_tuple().digits)
            is_exact = type_ == Decimal(max(digits, scale), scale)
            return written if is_exact else f"cast({written} as {type_name(type_)})"
        case bytes():
            return f"x'{value.hex()}'"
        case datetime():
            if value.tzinfo is None:
                return f"timestamp_ntz'{value.isoformat(' ')}'"
            return f"timestamp'{value.astimezone(UTC).replace(tzinfo=None).isoformat(' ')}Z'"
        case date():
            return f"date'{value.isoformat()}'"
        case Duration():
            return f"(interval {duration(value)})"


def _apart(written: str, is_negative: bool) -> str:
    """A number; two hyphens in a row would begin a comment."""
    return f"({written})" if is_negative else written


def quoted(value: str) -> str:
    """A string as a literal of Spark's SQL."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    # Spark puts settings and variables in place of `${name}`, even here.
    return "'" + escaped.replace("${", "\\u0024{") + "'"


def filled(text: str, holes: dict[str, str]) -> str:
    """A text of the program with its holes `{name}` filled; `{{` and `}}` are braces."""

    def fill(hole: re.Match[str]) -> str:
        name = hole.group(1)
        return hole.group()[0] if name is None else holes.get(name, hole.group())

    return _HOLE.sub(fill, text)


def with_inputs(text: str, names: dict[str, str]) -> str:
    """A query with other names in its holes, as `str.format` reads it: what is no hole has its braces twice."""
    pieces: list[str] = []
    at = 0
    for hole in _HOLE.finditer(text):
        pieces.append(_doubled(text[at : hole.start()]))
        name = hole.group(1)
        pieces.append(hole.group() if name is None else "{" + names.get(name, name) + "}")
        at = hole.end()
    return "".join([*pieces, _doubled(text[at:])])


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
