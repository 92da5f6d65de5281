"""From declarations with their names bound to the typed program: types, nullability, contracts, options, tests."""

from collections.abc import Mapping
from dataclasses import replace

from oftra import connectors
from oftra.check.case import check_test
from oftra.check.context import Context
from oftra.check.contract import Contract, read_contract
from oftra.check.endless import check_streams
from oftra.check.expression import type_of
from oftra.check.frame import settle
from oftra.check.option import Override, read_options
from oftra.check.own_function import check_function
from oftra.check.pipeline import check_param, check_pipeline
from oftra.check.query import query_of
from oftra.check.references import check_references
from oftra.check.relation import check_relation
from oftra.check.schedule import check_pipelines
from oftra.check.streaming import Outputs, streams_of
from oftra.check.surroundings import Surroundings
from oftra.check.task import check_task, with_steps
from oftra.check.topic import check_connection
from oftra.diagnostics import Report
from oftra.diagnostics.model import nearest
from oftra.diagnostics.names import UnknownDeclaration, UnknownOverride
from oftra.diagnostics.project import UnknownConnector
from oftra.ir.counts import counted_params
from oftra.ir.gates import Graph
from oftra.ir.program import Connection, Mode, Program, Relation
from oftra.ir.rel import Rel
from oftra.resolve import bind_query
from oftra.resolve.model import Category, Declared, Resolved
from oftra.syntax import nodes

__all__ = ["check", "check_query"]


def check(resolved: Resolved, report: Report, mode: Mode | None = None) -> Program:
    """The typed program. What is wrong is reported; the program is then good for nothing but more reports.

    With a `mode` all outputs are made so, whatever pipelines say.
    """
    names, settings = resolved.names, resolved.settings
    relations: dict[str, Relation] = {}

    def context_of(namespace: str) -> Context:
        return Context(report, names, namespace, relations, type_of, query_of)

    _check_overrides(resolved, report)
    store = settings.overrides.get("store", settings.store)
    around = Surroundings({}, {}, settings.overrides, store if isinstance(store, str) else None, relations)
    around.connections = {
        name: connection
        for name, declared in names.declared["connection"].items()
        if (connection := _connection(declared, around, context_of(declared.namespace))) is not None
    }
    if around.store is not None and names.find("connection", around.store, "") is None:
        near = nearest(around.store, names.visible("connection", ""))
        report.add(UnknownDeclaration("connection", around.store, near))
    for name, declared in names.declared["contract"].items():
        around.contracts[name] = _contract(declared, context_of(declared.namespace))
    params = tuple([check_param(d, around, context_of(d.namespace)) for d in names.declared["param"].values()])
    for declared in resolved.order:
        check_relation(declared, around, context_of(declared.namespace))
    check_references(relations, resolved.order, report)
    for declared in names.declared["function"].values():
        check_function(declared, context_of(declared.namespace))
    tests = [check_test(test, around, context_of(namespace)) for namespace, test in resolved.tests]
    declared_tasks = [one for one in resolved.order if isinstance(one.declaration, nodes.Task)]
    tasks = tuple([check_task(one, context_of(one.namespace)) for one in declared_tasks])
    program = Program(
        settings.name,
        settings.version,
        tuple(relations.values()),
        around.connections,
        tuple(around.sinks),
        (*params, *counted_params(tasks)),
        (),
        tuple(tests),
        settings.env,
        settings.targets,
        resolved.files,
        mode,
        tasks=tasks,
    )
    outputs = Outputs(program)
    declared_pipelines = names.declared["pipeline"].values()
    graph = Graph(program)
    pipelines = [check_pipeline(d, outputs, graph, around, context_of(d.namespace)) for d in declared_pipelines]
    with_names = {**names.declared["relation"], **names.declared["pipeline"]}
    program = with_steps(replace(program, pipelines=tuple(pipelines)), with_names, context_of)
    program = replace(program, streams=streams_of(program, outputs, mode, report))
    check_streams(program, outputs, report)
    check_pipelines(program, report)
    return program


def check_query(resolved: Resolved, program: Program, query: nodes.Query, report: Report) -> Rel:
    """The rows of an ad hoc query over the program's relations. Its columns may lack a name, and two may share one."""
    context = Context(report, resolved.names, "", program.by_name, type_of, query_of)
    return settle(query_of(bind_query(query, resolved.names, report), context, None, {}), context)


def _connection(declared: Declared, around: Surroundings, context: Context) -> Connection | None:
    node = declared.declaration
    assert isinstance(node, nodes.Connection)
    override = around.override("connection", declared.name)
    values = dict(override.values)
    kind = values.pop("kind", node.kind.text)
    connector = connectors.lookup(kind) if isinstance(kind, str) else None
    if connector is None:
        context.report.add(UnknownConnector(str(kind), connectors.names(), span=node.kind.span))
        return None
    moved = Override(values, moved=kind != node.kind.text)
    owner = f"connection `{declared.name}`"
    options = dict(read_options(node.properties, connector.connection, owner, node.name.span, context, moved))
    for place in ("catalog", "schema"):
        if isinstance(value := around.overrides.get(place), str):
            options[place] = value
    check_connection(connector.name, options, owner, node.name.span, context.report)
    return Connection(declared.name, connector.name, options, span=node.name.span)


def _contract(declared: Declared, context: Context) -> Contract:
    return read_contract(declared, context)


_OVERRIDDEN: Mapping[str, tuple[Category, type | None]] = {
    "connection": ("connection", None),
    "source": ("relation", nodes.Source),
    "table": ("relation", nodes.Table),
    "sink": ("relation", nodes.Sink),
    "param": ("param", None),
}


def _check_overrides(resolved: Resolved, report: Report) -> None:
    """Report what the environment overrides and the program does not declare."""
    overrides = resolved.settings.overrides
    for word, (category, kind) in _OVERRIDDEN.items():
        table = overrides.get(word)
        declared = resolved.names.declared[category]
        known = tuple([n for n, d in declared.items() if kind is None or isinstance(d.declaration, kind)])
        for name in table if isinstance(table, dict) else ():
            if name not in known:
                report.add(UnknownOverride(word, name, resolved.settings.env or "", known))
