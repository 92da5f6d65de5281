"""Params and pipelines: values given at run time, and what is deployed and scheduled as one."""

from datetime import date, datetime
from decimal import Decimal as Number
from typing import Literal as OneOf

from oftra.check.again import check_apart
from oftra.check.context import Context
from oftra.check.convert import convert, fits_cell
from oftra.check.declared import declared_type
from oftra.check.gate import check_gate
from oftra.check.option import read_options, word, words
from oftra.check.schedule import check_times
from oftra.check.scope import Scope
from oftra.check.streaming import Outputs
from oftra.check.surroundings import Surroundings
from oftra.connectors import PIPELINE
from oftra.datatypes import BIGINT, BOOLEAN, DATE, DATETIME, DOUBLE, STRING, TIMESTAMP, DataType, Unknown, show
from oftra.diagnostics.contracts import NotBuilt
from oftra.diagnostics.runs import WaitsForNothing
from oftra.diagnostics.typecheck import Mismatch
from oftra.ir.expr import Expr, Literal
from oftra.ir.gates import Graph
from oftra.ir.program import Param, Pipeline, Word
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


def check_pipeline(
    declared: Declared, outputs: Outputs, graph: Graph, around: Surroundings, context: Context
) -> Pipeline:
    """A pipeline: what it builds, found; its gates, with the relations that they speak of."""
    node = declared.declaration
    assert isinstance(node, nodes.Pipeline)
    properties = tuple([item for item in node.items if isinstance(item, nodes.Property)])
    owner = f"pipeline `{declared.name}`"
    options = read_options(properties, PIPELINE, owner, node.name.span, context)
    spans = {item.name.text: item.value.span for item in properties}
    check_times(options, spans, declared.name, context.report)
    if "wait_for" in options and "on_update_of" not in options:
        context.report.add(WaitsForNothing(declared.name, span=spans.get("wait_for", node.name.span)))
    build: list[str] = []
    for built in words(options, "build"):
        found = context.relation_named(built.text, built.span)
        if found is None:
            continue
        if not isinstance(found.declaration, nodes.Table | nodes.Sink | nodes.Task):
            kind = type(found.declaration).__name__.lower()
            context.report.add(NotBuilt(built.text, kind, span=built.span))
        else:
            build.append(found.name)
    if waits := words(options, "on_update_of"):
        named = [(context.relation_named(one.text, one.span), one.span) for one in waits]
        updated = tuple([Word(found.name, span=span) for found, span in named if found is not None])
        options = {**options, "on_update_of": updated}
    required = [item for item in node.items if isinstance(item, nodes.Require)]
    involved = {*build, *outputs.made_of(build), *graph.closure(build)} if required else ()
    gates = tuple([check_gate(item, declared.name, involved, graph, around, context) for item in required])
    check_apart(gates, graph, context)
    mode: OneOf["batch", "streaming"] = "streaming" if word(options, "mode") == "streaming" else "batch"
    return Pipeline(declared.name, tuple(build), mode, options, gates, node.description, span=node.name.span)
