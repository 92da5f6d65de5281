"""Where a run reads more than it covers: the operators that the condition of a table's slice doesn't pass."""

from collections.abc import Iterator
from typing import NamedTuple

from oftra.ir.columns import substitute
from oftra.ir.expr import Column, Expr, Runtime
from oftra.ir.keys import conjuncts
from oftra.ir.program import Program, Relation
from oftra.ir.refresh import UNTIL, Refreshed, is_partial
from oftra.ir.rel import Checked, Filter, Read, Rel, Scan, TimeWindow, Values, Window
from oftra.ir.walk import children, inputs
from oftra.optimize.bound_windows import bound_windows
from oftra.optimize.pipeline import optimize
from oftra.optimize.push_filters import push_filters
from oftra.optimize.simplify_logic import conjunction
from oftra.source import NOWHERE, Span


class WholeRead(NamedTuple):
    """A table of which a run makes a part, and the operator that for this takes all of its rows."""

    table: Relation
    operator: Rel

    @property
    def called(self) -> str:
        """The operator's name."""
        is_session = isinstance(self.operator, TimeWindow) and self.operator.kind == "session"
        return "Session" if is_session else type(self.operator).__name__

    @property
    def span(self) -> Span:
        """The operator's place, or that of what it computes; where no text stands for it, the table's."""
        places = [self.operator.span]
        if isinstance(self.operator, Window):
            places += [item.value.span for item in self.operator.items]
        return next((place for place in places if place != NOWHERE), self.table.span)


def whole_reads(program: Program) -> Iterator[WholeRead]:
    """What is read whole for a part of a table, a table at most once."""
    names = [one.name for one in program.relations if is_partial(one, program)]
    if not names:
        return
    made = optimize(program, names)
    for relation in made.relations:
        if isinstance(relation, Refreshed):
            operator = next(_stops(relation.rel, made), None)
            if operator is not None:
                yield WholeRead(relation, operator)


def _stops(rel: Rel, program: Program) -> Iterator[Rel]:
    """The operators that have the condition directly above them."""
    if isinstance(rel, Filter):
        bounds = [part for part in conjuncts(rel.condition) if _says(part, UNTIL)]
        if bounds:
            yield from _below(rel.source, bounds, program)
    for source in inputs(rel):
        yield from _stops(source, program)


def _below(rel: Rel, bounds: list[Expr], program: Program) -> Iterator[Rel]:
    match rel:
        case Scan():
            relation = program.by_name.get(rel.relation)
            if relation is not None and relation.kind == "view":
                # Engines look into views as they need them, and what several share no pass put in its place.
                own = {column.name: column for column in relation.columns}
                known: dict[int, Expr] = {column.id: own[column.name] for column in rel.columns}
                asked = conjunction([substitute(bound, known) for bound in bounds])
                yield from _stops(bound_windows(push_filters(Filter(relation.rel, asked))), program)
        case Read() | Values() | Checked():
            pass
        case TimeWindow() if any(_is_cut(source, UNTIL) for source in inputs(rel)):
            pass  # the windows are cut above it, the times below it
        case _:
            # Whoever cuts rows by the run's window below it knows what is read.
            if not any(_is_cut(source, None) for source in inputs(rel)):
                yield rel


def _is_cut(rel: Rel, by: Runtime | None) -> bool:
    """Whether rows are chosen by this value of the run, or by any, somewhere in `rel`."""
    if isinstance(rel, Filter) and _says(rel.condition, by):
        return True
    return any(_is_cut(source, by) for source in inputs(rel))


def _says(expr: Expr, value: Runtime | None) -> bool:
    match expr:
        case Runtime(kind):
            return expr == value if value is not None else kind == "run"
        case Column():
            return False
        case _:
            return any(_says(child, value) for child in children(expr))
