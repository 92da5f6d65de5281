"""The values of a run, as texts for the placeholders of a script."""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from oftra.ir.expr import Cast, Expr, Literal, Runtime
from oftra.ir.program import Program
from oftra.target import RunError
from oftra.targets.logins import secret_of


def values_of(program: Program, runtimes: Mapping[str, Runtime], given: Mapping[str, Expr]) -> dict[str, str]:
    """A text for each placeholder: what the caller gives, else what the environment holds, else the default."""
    return {name: _value(program, name, runtime, given) for name, runtime in runtimes.items()}


def _value(program: Program, name: str, runtime: Runtime, given: Mapping[str, Expr]) -> str:
    if name in given:
        return text_of(name, given[name])
    if runtime.kind == "env" and runtime.name in os.environ:
        return os.environ[runtime.name]
    if runtime.kind == "secret":
        return secret_of(runtime.name)
    default = runtime.default
    if runtime.kind == "param" and default is None:
        default = next((param.default for param in program.params if param.name == runtime.name), None)
    if default is not None:
        return text_of(name, default)
    match name:
        case "run.start":
            return "0001-01-01 00:00:00"
        case "run.end":
            return datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
        case _:
            raise RunError(f"{runtime.kind} {runtime.name} has no default: give it a value")


def text_of(name: str, expr: Expr) -> str:
    """The text that stands for a constant, of a value of the run called `name`; raises RunError if it is none."""
    match expr:
        case Cast(operand, implicit=True):
            return text_of(name, operand)
        case Literal(bool() as value):
            return "true" if value else "false"
        case Literal(datetime() as value):
            return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat(" ")
        case Literal(date() as value):
            return value.isoformat()
        case Literal(Decimal() as value):
            return format(value, "f")
        case Literal(str() | int() | float() as value):
            return str(value)
        case _:
            raise RunError(f"Flink is given no value of this kind: {name}")


def filled(script: str, values: Mapping[str, str]) -> str:
    """A statement with its placeholders filled, each of which stands between quotes."""
    for name, value in values.items():
        script = script.replace(f"${{{name}}}", value.replace("'", "''"))
    return script
