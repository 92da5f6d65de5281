"""What a task does: work that is said in one way of its kind, as what runs it takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal as OneOf
from typing import NamedTuple

from oftra.check import airbyte_task, dbt_task
from oftra.check.context import Context
from oftra.check.http_task import request_of
from oftra.check.notebook_task import parameters_of
from oftra.check.option import read_options
from oftra.check.work_values import Values
from oftra.connectors import AIRBYTE, DBT, HTTP, NOTEBOOK, WORK, OptionSpec
from oftra.diagnostics.tasks import CountsNothing, NotCounted, UnknownWork, WorkSaidOtherwise
from oftra.ir.program import Options
from oftra.source import Span
from oftra.syntax import nodes

WAYS: Mapping[str, tuple[str, ...]] = {
    "shell": ("shell $$ ... $$",),
    "python": ("python $$ ... $$", "python { file: ..., function: ... }"),
    "sql": ("sql ENGINE $$ ... $$",),
    "http": ("http { url: ..., json: { ... } }",),
    "notebook": ("notebook { file: ..., params: { ... } }",),
    "dbt": ("dbt { project: ..., select: ... }",),
    "airbyte": ("airbyte { url: ..., connection: ... }",),
}
"""The kinds of work, and how each is said."""

_BY_OPTIONS: Mapping[str, tuple[OptionSpec, ...]] = {"http": HTTP, "notebook": NOTEBOOK, "dbt": DBT, "airbyte": AIRBYTE}
"""The kinds that are said by options alone."""

_COUNTS: Mapping[str, tuple[str, ...]] = {
    "sql": (),
    "http": (),
    "dbt": tuple(dbt_task.COUNTS),
    "airbyte": tuple(airbyte_task.COUNTS),
}
"""What work can count that isn't told what by its own words."""


class Said(NamedTuple):
    """Work as a task has it: in which words it stands, if it does; what else says it; variables that it is given."""

    kind: OneOf["shell", "python", "sql", "notebook"]
    text: str | None
    options: Options
    variables: Options


NOTHING = Said("shell", "", {}, {})


def said(task: str, work: nodes.Work, counts: tuple[str, ...], counted: Span, given: Options, context: Context) -> Said:
    """What the work of a task says; what is wrong with it is reported.

    `counts` is what the task counts, which is said at `counted`; `given` are the environment variables that it has.
    """
    kind, text = work.kind.text, None if work.text is None else work.text.value
    _check_counts(task, kind, counts, counted, context)
    if kind not in WAYS:
        context.report.add(UnknownWork(kind, tuple(WAYS), span=work.kind.span))
        return NOTHING
    if (work.engine is not None) != (kind == "sql") or ((text is None) != (kind in _BY_OPTIONS) and kind != "python"):
        context.report.add(WorkSaidOtherwise(kind, WAYS[kind], span=work.span))
        return NOTHING
    if kind in _BY_OPTIONS:
        asked = read_options(work.options, _BY_OPTIONS[kind], f"task `{task}`", work.span, context)
        values = Values(task, given, work.span)
        made = _made(kind, asked, counts, values)
        for one in values.wrong:
            context.report.add(one)
        return made
    options = {} if text is not None else read_options(work.options, WORK, f"task `{task}`", work.span, context)
    known: dict[str, OneOf["shell", "python", "sql"]] = {"shell": "shell", "python": "python", "sql": "sql"}
    return Said(known[kind], text, options, {})


def _made(kind: str, asked: Options, counts: tuple[str, ...], values: Values) -> Said:
    """Work that is said by options as the Python that does it; of a notebook, that gives it its parameters."""
    if kind == "notebook":
        made = parameters_of(asked, values)
        kept = {name: value for name, value in asked.items() if name in ("file", "output")}
        return Said("notebook", made.text, kept, made.variables)
    match kind:
        case "http":
            made = request_of(asked, values)
        case "dbt":
            made = dbt_task.dbt_of(asked, counts, values)
        case _:
            made = airbyte_task.sync_of(asked, counts, values)
    return Said("python", made.text, {}, made.variables)


def _check_counts(task: str, kind: str, counts: tuple[str, ...], span: Span, context: Context) -> None:
    known = _COUNTS.get(kind)
    if known == () and counts:
        context.report.add(CountsNothing(task, kind, span=span))
    elif known:
        for name in counts:
            if name not in known:
                context.report.add(NotCounted(task, name, kind, known, span=span))


__all__ = ["WAYS", "Said", "said"]
