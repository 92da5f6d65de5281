"""Running `test` blocks on an engine."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oftra.arrow_values import values_of
from oftra.ir.expr import Column, Expr
from oftra.ir.program import ExpectedRows, GivenRows, Program, Relation, TestCase
from oftra.ir.rel import Checked, Item, Project, Rel, Scan, Values
from oftra.optimize import optimize_query
from oftra.project.graph import Graph, graph_of
from oftra.target import RunError, Session, StreamSession
from oftra.testing.compare import Difference, Row, compare
from oftra.testing.streams import fitted, with_arrivals

if TYPE_CHECKING:  # heavy, and only a run needs it
    import pyarrow


@dataclass(frozen=True)
class Verdict:
    """How a test went: the relations that differ, or why it couldn't be run."""

    test: TestCase
    seconds: float
    differences: tuple[Difference, ...] = ()
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not self.differences and self.error is None


def run_tests(program: Program, tests: Sequence[TestCase], session: Session) -> Iterator[Verdict]:
    """The verdict on each of `tests`, which are the typed `program`'s own, as soon as it is known."""
    graph = graph_of(program)
    for test in tests:
        begin = time.perf_counter()
        try:
            differences = tuple(run_test(program, graph, test, session))
            yield Verdict(test, time.perf_counter() - begin, differences)
        except RunError as error:
            about = f"`{error.relation}`: {error}" if error.relation else str(error)
            yield Verdict(test, time.perf_counter() - begin, error=about)


def run_test(program: Program, graph: Graph, test: TestCase, session: Session) -> Iterator[Difference]:
    """What differs from the expectations of `test`."""
    sinks = {sink.name: sink.relation for sink in program.sinks}
    wanted = [(expected, sinks.get(expected.relation, expected.relation)) for expected in test.expected]
    names = [relation for _, relation in wanted]
    as_stream = session if test.arrivals and isinstance(session, StreamSession) else None
    if as_stream is None:
        staged = with_given(program, graph, test.given, names)
    else:
        staged = with_arrivals(program, graph, test, names)
    for expected, relation in wanted:
        asked = ask_for(staged.by_name[relation], expected)
        if as_stream is None:
            came = rows_of(asked, staged, session, test.values)
        else:
            came = rows_come(asked, staged, as_stream, test)
        constants = Values(expected.rows, expected.columns) if expected.rows else None
        rows = rows_of(constants, staged, session, test.values) if constants is not None else []
        difference = compare(expected, rows, came)
        if difference is not None:
            yield difference


def with_given(program: Program, graph: Graph, given: Sequence[GivenRows], wanted: Sequence[str]) -> Program:
    """The part of `program` that makes `wanted` out of the rows `given`. A source without rows is empty, never read."""
    by_name = {rows.relation: rows for rows in given}
    sources = {relation.name for relation in program.relations if relation.kind == "source"}
    # What a source refers to is needed too, whoever gives its rows.
    steps = {name: () if name in by_name and name not in sources else needed for name, needed in graph.reads.items()}
    needed = Graph(steps).above(wanted)
    relations = []
    for relation in program.relations:
        if relation.name not in needed:
            continue
        if relation.name in by_name:
            relations.append(standing_in(relation, by_name[relation.name].rows))
        elif relation.kind == "source":
            relations.append(standing_in(relation, ()))
        else:
            relations.append(relation)
    return replace(program, relations=tuple(relations), sinks=(), pipelines=(), tests=())


def standing_in(relation: Relation, rows: tuple[tuple[Expr, ...], ...]) -> Relation:
    """A view of constant rows under the relation's name. Those of a source are its records: its rules judge them."""
    rel: Rel = Values(rows, relation.columns)
    match relation.rel:
        case Checked(source, rules, columns) if relation.kind == "source":
            # What is given is read already.
            rules = tuple([rule for rule in rules if rule.kind != "readable"])
            rel = Checked(Values(rows, source.columns), rules, columns)
    return replace(relation, kind="view", rel=rel, connection=None, options={})


def ask_for(relation: Relation, expected: ExpectedRows) -> Rel:
    """The columns of `relation` that the test names."""
    names = [column.name for column in expected.columns]
    columns = {column.name: column for column in fresh(relation.columns)}
    scan = Scan(relation.name, tuple(columns.values()))
    return Project(scan, tuple([Item(columns[name], columns[name]) for name in names]))


def fresh(columns: Sequence[Column]) -> list[Column]:
    """`columns` under ids that are this query's own."""
    return [Column(at, column.name, column.type, column.nullable) for at, column in enumerate(columns, 1)]


def rows_of(rel: Rel, staged: Program, session: Session, values: Mapping[str, Expr]) -> list[Row]:
    """The rows of a query as Python's values."""
    return listed(session.query(*optimize_query(staged, rel), values))


def rows_come(rel: Rel, staged: Program, session: StreamSession, test: TestCase) -> list[Row]:
    """The rows that a stream has come to once all of the test came."""
    optimized, asked = optimize_query(staged, rel)
    return listed(session.stream(optimized, asked, tuple(fitted(test.arrivals, staged, optimized)), test.values))


def listed(table: "pyarrow.Table") -> list[Row]:
    """The rows of a table as Python's values."""
    columns = [values_of(column) for column in table.columns]
    return list(zip(*columns))
