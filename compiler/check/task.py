"""Tasks: work that is no query, what it reads and writes, and what it is a step of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal as Number
from typing import NamedTuple, TypeVar

from oftra.check.context import Context
from oftra.check.option import read_options, words
from oftra.check.work import said
from oftra.connectors import TASK
from oftra.diagnostics.project import MistypedOption
from oftra.diagnostics.tasks import (
    NoTask,
    SecretAsText,
    StepAlone,
    TaskData,
)
from oftra.ir.expr import Literal, Runtime
from oftra.ir.program import Option, Options, Pipeline, Program, Relation, Sink, Task, Word
from oftra.resolve.model import Declared
from oftra.source import Span
from oftra.syntax import nodes

STEPS = ("before", "after", "on_success", "on_failure")
"""The properties that name steps."""

_SECRET = re.compile(r"passw(or)?d|secret|token|api_?key|access_?key|private_?key|credential", re.IGNORECASE)


def check_task(declared: Declared, context: Context) -> Task:
    """A task, its work and its data, with full names."""
    node = declared.declaration
    assert isinstance(node, nodes.Task)
    owner = f"task `{declared.name}`"
    options: dict[str, Option] = dict(read_options(node.properties, TASK, owner, node.name.span, context))
    reads = tuple(_data(declared, "read", words(options, "reads"), context))
    writes = tuple(_data(declared, "write", words(options, "writes"), context))
    for name in ("reads", "writes"):
        options.pop(name, None)
    _check_variables(declared, node, options, context)
    variables = given if isinstance(given := options.get("env"), Mapping) else {}
    counted = next((item.span for item in node.properties.items if item.name.text == "counts"), node.name.span)
    work = said(declared.name, node.work, counts_written(node), counted, variables, context)
    if work.variables:
        options["env"] = {**variables, **work.variables}
    return Task(
        declared.name,
        work.kind,
        work.text,
        node.work.engine.text if node.work.engine is not None else None,
        reads,
        writes,
        {**options, **work.options},
        description=node.description,
        span=node.name.span,
    )


def counts_written(task: nodes.Task) -> tuple[str, ...]:
    """What a task says that it counts, as it is written."""
    given = next((item.value for item in task.properties.items if item.name.text == "counts"), None)
    listed = given.items if isinstance(given, nodes.Array) else (given,)
    return tuple([one.name.text for one in listed if isinstance(one, nodes.Column)])


def _data(declared: Declared, does: str, named: Iterable[Word], context: Context) -> Iterator[str]:
    """The relations that a task names, each of a kind that it can do that with."""
    for one in named:
        found = context.relation_named(one.text, one.span)
        if found is None:
            continue
        is_source = isinstance(found.declaration, nodes.Source) and found.made_by is None
        if is_source or (does == "read" and isinstance(found.declaration, nodes.Table | nodes.Sink | nodes.Source)):
            yield found.name
        else:
            kind = "table" if found.made_by is not None else type(found.declaration).__name__.lower()
            context.report.add(TaskData(declared.name, found.name, kind, does, span=one.span))


def _check_variables(declared: Declared, node: nodes.Task, options: Options, context: Context) -> None:
    """Report what can't be the value of an environment variable, and secrets that are written down."""
    variables = options.get("env")
    if not isinstance(variables, Mapping):
        return
    given = next(item.value for item in node.properties.items if item.name.text == "env")
    assert isinstance(given, nodes.Properties)
    spans = {item.name.text: item.value.span for item in given.items}
    for name, value in variables.items():
        if isinstance(value, str) and _SECRET.search(name):
            context.report.add(SecretAsText(name, declared.name, span=spans[name]))
        elif not isinstance(value, Runtime | Literal | str | bool | int | Number):
            owner, wanted = f"task `{declared.name}`", "a constant, a param, `run.start`, `env(...)` or `secret(...)`"
            context.report.add(MistypedOption(f"env.{name}", owner, wanted, (), span=spans[name]))


# ------------------------------------------------------------------------------------------------------------- steps


Stepped = TypeVar("Stepped", Relation, Sink, Pipeline)


class _Step(NamedTuple):
    """Where a task is named as a step."""

    task: str
    span: Span


def with_steps(program: Program, declared: Mapping[str, Declared], context_of: Callable[[str], Context]) -> Program:
    """The program in which whatever has steps knows them by their full names, and tasks know that they are steps.

    `declared` are its relations and pipelines.
    """
    steps: list[_Step] = []
    tasks = {task.name: task for task in program.tasks}

    def named(name: str, options: Options) -> Options:
        if options.keys().isdisjoint(STEPS):
            return options
        changed: dict[str, Option] = dict(options)
        if name not in declared:  # the records of a source, beside the source itself
            return {word: value for word, value in options.items() if word not in STEPS}
        context = context_of(declared[name].namespace)
        for word in STEPS:
            if word in options:
                found = list(_steps(word, words(options, word), tasks, context))
                steps.extend(found)
                changed[word] = tuple([Word(one.task, span=one.span) for one in found])
        return changed

    relations = tuple([_known(one, named(one.name, one.options)) for one in program.relations])
    sinks = tuple([_known(one, named(one.name, one.options)) for one in program.sinks])
    pipelines = tuple([_known(one, named(one.name, one.options)) for one in program.pipelines])
    for step in steps:
        for says in _said_by_itself(tasks[step.task], program.pipelines):
            span = tasks[step.task].span
            context_of("").report.add(StepAlone(step.task, says, span, span=step.span))
    are_steps = {step.task for step in steps}
    known = tuple([replace(task, is_step=True) if task.name in are_steps else task for task in program.tasks])
    return replace(program, relations=relations, sinks=sinks, pipelines=pipelines, tasks=known)


def _known(one: Stepped, options: Options) -> Stepped:
    return one if options is one.options else replace(one, options=options)


def _steps(place: str, named: Iterable[Word], tasks: Mapping[str, Task], context: Context) -> Iterator[_Step]:
    for one in named:
        found = context.relation_named(one.text, one.span)
        if found is not None and found.name in tasks:
            yield _Step(found.name, one.span)
        elif found is not None:
            context.report.add(NoTask(one.text, place, span=one.span))


def _said_by_itself(task: Task, pipelines: Iterable[Pipeline]) -> Iterator[str]:
    """What says when a task runs, but for the place where it is a step."""
    if task.reads:
        yield "`reads`"
    if task.writes:
        yield "`writes`"
    if "counts" in task.options:
        yield "`counts`"
    yield from [f"a place in `build` of pipeline `{one.name}`" for one in pipelines if task.name in one.build]


__all__ = ["check_task", "with_steps"]
