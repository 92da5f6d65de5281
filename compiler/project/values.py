"""Values that are given at run time, from text or Python to the program's own types."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Context, Inexact, InvalidOperation
from decimal import Decimal as Number
from typing import NoReturn, TypeAlias

from oftra.datatypes import (
    Boolean,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Float,
    Integer,
    Json,
    String,
    Timestamp,
    show,
)
from oftra.datatypes.model import TIMESTAMP
from oftra.diagnostics import Report
from oftra.diagnostics.project import BackwardWindow, MistypedValue, UnknownParam
from oftra.ir.expr import Expr, Literal, Value
from oftra.ir.program import Program
from oftra.ir.refresh import BEGAN

Values: TypeAlias = Mapping[str, Expr]


@dataclass(frozen=True)
class Given:
    """What somebody gives a run: params by name, and the run's window. A value is text, or Python's own."""

    params: Mapping[str, object] = field(default_factory=dict)
    start: datetime | str | None = None
    end: datetime | str | None = None


def read_values(program: Program, given: Given, report: Report) -> Values:
    """What was given, as constants of the types that the program asks for: by param, and `run.start`, `run.end`."""
    types = {param.name: param.type for param in program.params}
    values: dict[str, Expr] = {}
    for name, value in given.params.items():
        if name not in types:
            report.add(UnknownParam(name, tuple(types)))
        else:
            keep(values, name, value, types[name], report)
    for name, moment in (("run.start", given.start), ("run.end", given.end)):
        if moment is not None:
            keep(values, name, moment, TIMESTAMP, report)
    match values.get("run.start"), values.get("run.end"):
        case Literal(datetime() as start), Literal(datetime() as end) if end < start:
            report.add(BackwardWindow(str(given.start), str(given.end)))
    return values


def for_run(values: Values, full: bool) -> Values:
    """`values`, and when the run begins: now. If it is `full`, tables are made whole, whatever was made before."""
    began: Values = {BEGAN: Literal(datetime.now(UTC), TIMESTAMP)}
    start: Values = {"run.start": Literal(datetime.min.replace(tzinfo=UTC), TIMESTAMP)} if full else {}
    return {**values, **began, **start}


def keep(values: dict[str, Expr], name: str, value: object, type_: DataType, report: Report) -> None:
    """Put `value` among `values` as a constant of `type_`, or report that it is none."""
    try:
        values[name] = Literal(None if value is None else constant(str(value), type_), type_)
    except (ValueError, InvalidOperation):
        report.add(MistypedValue(name, str(value), show(type_)))


def constant(text: str, type_: DataType) -> Value:
    """The value of `type_` that `text` says; a ValueError if it says none."""
    match type_:
        case String() | Json():
            return text
        case Boolean():
            return {"true": True, "false": False}[text.lower()] if text.lower() in ("true", "false") else refuse(text)
        case Integer(bits):
            number = int(text) if re.fullmatch(r"[+-]?\d+", text) else refuse(text)
            return number if -(2 ** (bits - 1)) <= number < 2 ** (bits - 1) else refuse(text)
        case Float() | Double():
            return float(text)
        case Decimal(precision, scale):
            return exactly(Number(text), precision, scale)
        case Date():
            return date.fromisoformat(text)
        case Timestamp():
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        case Datetime():
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo is None else refuse(text)
        case _:
            return refuse(text)


def refuse(text: str) -> NoReturn:
    """Say that `text` is none."""
    raise ValueError(text)


def exactly(number: Number, precision: int, scale: int) -> Number:
    """`number` with `scale` digits behind the point, if that loses nothing and it fits."""
    try:
        fitted = _EXACT.quantize(number, Number(1).scaleb(-scale))
    except (Inexact, InvalidOperation) as error:
        raise ValueError(str(number)) from error
    if not fitted.is_finite() or fitted.copy_abs() >= Number(10) ** (precision - scale):
        raise ValueError(str(number))
    return fitted


_EXACT = Context(prec=80, traps=[Inexact, InvalidOperation])
"""Digits enough for any decimal: Python's own context rounds to 28."""
