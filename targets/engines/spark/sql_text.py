"""Constants and columns in the text of Spark's SQL: nothing that they hold can end them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal as Number
from math import isfinite

from oftra.ir.expr import Duration, Expr, Literal
from oftra.targets.engines.spark.literals import duration
from oftra.targets.engines.spark.wording import Said

_HOLE = re.compile(r"\{\{|\}\}|\{(\w+)\}")


def of(said: Said, expr: Expr) -> str | None:
    """A column or a constant as Spark's SQL writes it; None for anything else."""
    if said.name is not None:
        return said.name
    return constant(expr) if isinstance(expr, Literal) else None


def constant(literal: Literal) -> str:
    """A constant."""
    value = literal.value
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case int():
            return str(value)
        case float():
            return f"{value!r}d" if isfinite(value) else f"double({quoted(str(value))})"
        case Number():
            return f"{value:f}bd"
        case bytes():
            return f"x'{value.hex()}'"
        case datetime():
            if value.tzinfo is None:
                return f"timestamp_ntz'{value.isoformat(' ')}'"
            return f"timestamp'{value.astimezone(UTC).replace(tzinfo=None).isoformat(' ')}Z'"
        case date():
            return f"date'{value.isoformat()}'"
        case Duration():
            return f"interval {duration(value)}"


def quoted(value: str) -> str:
    """A string as a literal of Spark's SQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def filled(text: str, holes: dict[str, str]) -> str:
    """A text of the program with its holes `{name}` filled; `{{` and `}}` are braces."""

    def fill(hole: re.Match[str]) -> str:
        name = hole.group(1)
        return hole.group()[0] if name is None else holes.get(name, hole.group())

    return _HOLE.sub(fill, text)
