"""Params and pipelines: values given at run time, and what is deployed and scheduled as one."""

from datetime import date, datetime
from decimal import Decimal as Number
from typing import Literal as OneOf

from oftra.check.context import Context
from oftra.check.convert import convert, fits_cell
from oftra.check.declared import declared_type
from oftra.check.naming import text_of
from oftra.check.option import read_options, word, words
from oftra.check.scope import Scope
from oftra.check.surroundings import Surroundings
from oftra.connectors import PIPELINE
from oftra.datatypes import BIGINT, BOOLEAN, DATE, DATETIME, DOUBLE, STRING, TIMESTAMP, DataType, Unknown, show
from oftra.diagnostics.contracts import NotBuilt
from oftra.diagnostics.model import nearest
from oftra.diagnostics.names import UnknownRelation
from oftra.diagnostics.typecheck import Mismatch
from oftra.ir.expr import Expr, Literal
from oftra.ir.program import Gate, Param, Pipeline
from oftra.resolve.model import Declared
from oftra.syntax import nodes


def check_param(declared: Declared, around: Surroundings, context: Context) -> Param:
    """A param with its default, which the environment may have changed."""
    node = declared.declaration
    assert isinstance(node, nodes.Param)
    type_ = declared_type(node.type, context.report)
    default: Expr | None = None
    table = around.overrides.get("param")
    if isinstance(table, dict) and declared.name in table:
        default = _from_toml(table[declared.name], declared)
    elif node.default is not None:
        default = Scope(context, None, "a default").type_of(node.default)
    if default is not None and not isinstance(type_, Unknown):
        if fits_cell(default, type_):
            default = convert(default, type_, context.report)
        else:
            place = f"the default of `{declared.name}`"
            context.report.add(Mismatch(place, show(type_), show(default.type), span=default.span))
            default = None
    return Param(declared.name, type_, default, node.description, span=node.name.span)


def _from_toml(value: object, declared: Declared) -> Expr:
    """A value of `oftra.toml` as a literal: text, numbers, booleans, and TOML's own dates."""
    match value:
        case bool():
            return Literal(value, BOOLEAN, span=declared.span)
        case int():
            return Literal(value, BIGINT, span=declared.span)
        case float() | Number():
            return Literal(float(value), DOUBLE, span=declared.span)
        case datetime():
            type_: DataType = DATETIME if value.tzinfo is None else TIMESTAMP
            return Literal(value, type_, span=declared.span)
        case date():
            return Literal(value, DATE, span=declared.span)
        case _:
            return Literal(str(value), STRING, span=declared.span)


def check_pipeline(declared: Declared, around: Surroundings, context: Context) -> Pipeline:
    """A pipeline: what it builds, found; its gates, with the relations that they speak of."""
    node = declared.declaration
    assert isinstance(node, nodes.Pipeline)
    properties = tuple([item for item in node.items if isinstance(item, nodes.Property)])
    owner = f"pipeline `{declared.name}`"
    options = read_options(properties, PIPELINE, owner, node.name.span, context)
    build: list[str] = []
    for built in words(options, "build"):
        found = context.names.find("relation", built.text, context.namespace)
        if found is None:
            near = nearest(built.text, context.names.visible("relation", context.namespace))
            context.report.add(UnknownRelation(built.text, near, span=built.span))
        elif not isinstance(found.declaration, nodes.Table | nodes.Sink):
            kind = type(found.declaration).__name__.lower()
            context.report.add(NotBuilt(built.text, kind, span=built.span))
        else:
            build.append(found.name)
    gates = tuple([_gate(item, context) for item in node.items if isinstance(item, nodes.Require)])
    mode: OneOf["batch", "streaming"] = "streaming" if word(options, "mode") == "streaming" else "batch"
    return Pipeline(declared.name, tuple(build), mode, options, gates, node.description, span=node.name.span)


def _gate(require: nodes.Require, context: Context) -> Gate:
    _check_names(require.condition, context)
    return Gate(text_of(require.condition), require.action, span=require.span)


def _check_names(node: object, context: Context) -> None:
    """Report relations in `rows(r)` and `fresh(r)` that there are none of."""
    if isinstance(node, nodes.Call) and node.function.text in ("rows", "fresh"):
        for argument in node.arguments:
            if isinstance(argument, nodes.Column | nodes.Member):
                name = text_of(argument)
                if context.names.find("relation", name, context.namespace) is None:
                    near = nearest(name, context.names.visible("relation", context.namespace))
                    context.report.add(UnknownRelation(name, near, span=argument.span))
        return
    if hasattr(node, "__dataclass_fields__"):
        for name in node.__dataclass_fields__:
            child = getattr(node, name)
            if name != "span" and hasattr(child, "__dataclass_fields__"):
                _check_names(child, context)
