"""What the registry says of null is so on every engine: the checker, and every pass, builds on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

import pytest
from answers import ONE_ROW, Answers, from_rows, open_engine
from gaps import ENGINES
from stages import as_written
from together import Rows, halving, rows_of, shown

from oftra import functions
from oftra.datatypes import BOOLEAN, NULL
from oftra.functions import Function
from oftra.functions.constants import constant_parameters
from oftra.ir.expr import AggregateCall, Call, Cast, Column, Expr, Lambda, Literal
from oftra.ir.rel import Aggregate, Item, Project, Rel, Values
from oftra.ir.walk import every_rel
from oftra.ir.walk_expr import rewriter
from oftra.target import RunError

SCALARS = [
    function
    for name in functions.names()
    if (function := functions.lookup(name)) is not None and function.kind == "scalar" and name != "map"
]
"""A null key of a map is no question of null: the run fails."""

AGGREGATES = [
    function
    for name in functions.names()
    if (function := functions.lookup(name)) is not None and function.kind == "aggregate"
]


TOGETHER = 60
"""How many calls stand in one question."""


@dataclass
class Nulls:
    """What an engine says of all calls with a null: it is asked once, for many at a time."""

    answers: Answers

    @cached_property
    def of_calls(self) -> dict[str, list[tuple[Call, bool | Exception]]]:
        """By scalar function: its calls with a null in place of an argument, and whether each is null."""
        calls = [(one.name, call) for one in SCALARS for call in _all_with_nulls(one, self.answers)]
        found: dict[str, list[tuple[Call, bool | Exception]]] = {}
        for start in range(0, len(calls), TOGETHER):
            for (name, call), is_null in halving(self._are_null, calls[start : start + TOGETHER]):
                found.setdefault(name, []).append((call, is_null))
        return found

    @cached_property
    def of_rows(self) -> dict[str, list[tuple[AggregateCall, Rows | Exception]]]:
        """By aggregate: what it gives for each row without null of its examples."""
        rels = [(one.name, rel) for one in AGGREGATES for rel in _all_without_null(one, self.answers)]
        program = self.answers.checked.program
        found: dict[str, list[tuple[AggregateCall, Rows | Exception]]] = {}
        for (name, rel), rows in zip(rels, rows_of(self.answers.session, program, [rel for _, rel in rels])):
            (item,) = rel.aggregates
            assert isinstance(item.value, AggregateCall)
            found.setdefault(name, []).append((item.value, rows))
        return found

    def _are_null(self, calls: list[tuple[str, Call]]) -> list[bool]:
        table = self.answers.rows_of(_all_of([call for _, call in calls]))
        return [column[0].as_py() for column in table.columns]


def is_refused(error: Exception) -> bool:
    """Whether an engine has no words for a call, which is no question of null: the examples are marked for it."""
    return isinstance(error, RunError) and "can't compute" in str(error)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Nulls]]:
    opened = {name: open_engine(name, as_written, str(tmp_path_factory.mktemp(name))) for name in ENGINES}
    yield {name: Nulls(answers) for name, answers in opened.items()}
    for answers in opened.values():
        answers.session.close()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("function", SCALARS, ids=lambda function: function.name)
def test_null_in_place_of_each_argument(function: Function, engine: str, engines: dict[str, Nulls]) -> None:
    for call, is_null in engines[engine].of_calls.get(function.name, ()):
        if isinstance(is_null, Exception):
            if is_refused(is_null):
                continue
            raise is_null
        if function.nulls == "strict" and function.may_be_null is None:
            assert is_null, f"{function.name} of a null argument ({call.arguments}) is not null"
        elif not functions.nullable(function, call.arguments):
            assert not is_null, f"{function.name} is null of {call.arguments}"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("function", AGGREGATES, ids=lambda function: function.name)
def test_group_of_one_row_without_null(function: Function, engine: str, engines: dict[str, Nulls]) -> None:
    """Of a group, which has a row, an aggregate is null only as the registry says."""
    for call, found in engines[engine].of_rows.get(function.name, ()):
        if isinstance(found, Exception):
            if is_refused(found):
                continue
            raise found
        if not functions.nullable(function, call.arguments, may_be_empty=False):
            assert found.rows != (shown((None,)),), f"{function.name} of {call.arguments} is null"


def _all_with_nulls(function: Function, answers: Answers) -> list[Call]:
    return [call for written in _calls(function, answers) for call in _with_nulls(function, written)]


def _all_without_null(function: Function, answers: Answers) -> Iterator[Aggregate]:
    """The groups of one row that the examples of an aggregate make."""
    for example in function.examples:
        if example.result != "error" and "filter" not in example.call:
            yield from _rows_without_null(answers.typed(f"{from_rows(example)} |> aggregate {example.call} as actual"))


def _rows_without_null(rel: Rel) -> Iterator[Aggregate]:
    """The aggregate over each row of constants alone, whose columns are then known to hold no null."""
    for node in every_rel(rel):
        match node:
            case Aggregate(Values(rows, columns), (), aggregates):
                sure = tuple([replace(column, nullable=False) for column in columns])
                known = {column.id: column for column in sure}
                certain = rewriter(partial(_known, known))
                items = tuple([Item(item.column, certain(item.value)) for item in aggregates])
                for row in rows:
                    if not any(cell.nullable for cell in row):
                        yield Aggregate(Values((row,), sure), (), items)


def _known(columns: Mapping[int, Column], part: Expr) -> Expr:
    return columns.get(part.id, part) if isinstance(part, Column) else part


def _calls(function: Function, answers: Answers) -> Iterator[Call]:
    """The calls of the function that its examples show, typed."""
    for example in function.examples:
        if example.result == "error":
            continue
        match answers.typed(f"{ONE_ROW} |> select {example.call} as actual"):
            case Project(items=(Item(value=Call(name) as call),)) if name == function.name:
                yield call


def _with_nulls(function: Function, call: Call) -> Iterator[Call]:
    """The call with null instead of each argument that need be no constant, one at a time."""
    fixed = {place for place, _ in constant_parameters(function, len(call.arguments))}
    for at, argument in enumerate(call.arguments):
        if at in fixed or isinstance(argument, Lambda):
            continue
        null = Cast(Literal(None, NULL), argument.type, nullable=True)
        arguments = tuple([null if at == place else other for place, other in enumerate(call.arguments)])
        yield Call(call.function, arguments, call.type, functions.nullable(function, arguments))


def _all_of(calls: list[Call]) -> Rel:
    """One row that says of each call whether it is null; what it is called with comes from columns."""
    cells: list[Expr] = []
    columns: list[Column] = []
    items: list[Item] = []
    for at, call in enumerate(calls):
        function = functions.lookup(call.function)
        assert function is not None
        fixed = {place for place, _ in constant_parameters(function, len(call.arguments))}
        arguments: list[Expr] = []
        for place, argument in enumerate(call.arguments):
            if place in fixed or isinstance(argument, Lambda):
                arguments.append(argument)
                continue
            columns.append(Column(10_000 + len(columns), f"c{len(columns)}", argument.type, argument.nullable))
            cells.append(argument)
            arguments.append(columns[-1])
        value = Call(call.function, tuple(arguments), call.type, call.nullable)
        is_null = Call("is_null", (value,), BOOLEAN, nullable=False)
        items.append(Item(Column(20_000 + at, f"is_null_{at}", BOOLEAN, nullable=False), is_null))
    return Project(Values((tuple(cells),), tuple(columns)), tuple(items))
