"""Params of a program as params of a DAG: typed, with their defaults."""

from collections.abc import Iterator
from typing import Any

from oftra.datatypes import Boolean, DataType, Date, Double, Float, Integer, Timestamp
from oftra.ir.expr import Cast, Expr, Literal, Runtime
from oftra.ir.program import Param, Program
from oftra.ir.rel import Rel
from oftra.ir.walk import every_rel, expressions
from oftra.ir.walk_expr import children
from oftra.targets.python import tree as py


def used(program: Program) -> tuple[Param, ...]:
    """The params that a program reads when it runs, in the order in which they are declared."""
    rels = [relation.rel for relation in program.relations]
    rels += [gate.rel for pipeline in program.pipelines for gate in pipeline.gates]
    names = {name for rel in rels for name in _in_rel(rel)}
    places: list[Any] = [relation.options for relation in program.relations]
    places += [sink.options for sink in program.sinks] + [one.options for one in program.connections.values()]
    names.update(_in_option(places))
    return tuple([param for param in program.params if param.name in names])


def _in_rel(rel: Rel) -> Iterator[str]:
    for part in every_rel(rel):
        waiting = list(expressions(part))
        while waiting:
            expr = waiting.pop()
            if isinstance(expr, Runtime) and expr.kind == "param":
                yield expr.name
            waiting += children(expr)


def _in_option(option: Any) -> Iterator[str]:
    if isinstance(option, Runtime):
        if option.kind == "param":
            yield option.name
    elif isinstance(option, list | tuple):
        for item in option:
            yield from _in_option(item)
    elif hasattr(option, "values"):
        for item in option.values():
            yield from _in_option(item)


def param(declared: Param) -> py.Expr:
    """What a DAG declares of it. A default that is no constant is left to the program: null stands for it."""
    type_, format_ = _schema(declared.type)
    constant = _constant(declared.default)
    default: py.Expr | None = None if declared.default is None else py.NONE
    types: py.Expr = py.ListOf((py.String("null"), py.String(type_)))
    if constant is not None and constant.value is not None:
        default, types = _value(constant.value, declared.type), py.String(type_)
    elif default is None:
        types = py.String(type_)
    arguments: list[py.Expr | py.Keyword] = [] if default is None else [default]
    arguments.append(py.Keyword("type", types))
    if format_ is not None:
        arguments.append(py.Keyword("format", py.String(format_)))
    if declared.description:
        arguments.append(py.Keyword("description", py.String(declared.description)))
    return py.call("Param", *arguments)


def _schema(type_: DataType) -> tuple[str, str | None]:
    match type_:
        case Boolean():
            return "boolean", None
        case Integer():
            return "integer", None
        case Float() | Double():
            return "number", None
        case Date():
            return "string", "date"
        case Timestamp():
            return "string", "date-time"
        case _:
            return "string", None


def _constant(expr: Expr | None) -> Literal | None:
    while isinstance(expr, Cast):
        expr = expr.operand
    return expr if isinstance(expr, Literal) else None


def _value(value: Any, type_: DataType) -> py.Expr:
    match type_:
        case Boolean():
            return py.TRUE if value else py.FALSE
        case Integer():
            return py.number(int(value))
        case Float() | Double():
            return py.number(float(value))
        case _:
            return py.String(value.isoformat() if hasattr(value, "isoformat") else str(value))
