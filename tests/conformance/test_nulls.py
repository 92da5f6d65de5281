"""What the registry says of null is so on every engine: the checker, and every pass, builds on it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import pytest
from answers import ONE_ROW, Answers, from_rows, open_engine
from gaps import ENGINES
from stages import as_written

from oftra import functions
from oftra.datatypes import BOOLEAN, NULL
from oftra.functions import Function
from oftra.functions.constants import constant_parameters
from oftra.ir.expr import AggregateCall, Call, Cast, Column, Expr, Lambda, Literal
from oftra.ir.rel import Aggregate, Item, Project, Rel, Values
from oftra.ir.walk import every_rel
from oftra.ir.walk_expr import rewriter

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


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Answers]]:
    opened = {name: open_engine(name, as_written, str(tmp_path_factory.mktemp(name))) for name in ENGINES}
    yield opened
    for answers in opened.values():
        answers.session.close()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("function", SCALARS, ids=lambda function: function.name)
def test_null_in_place_of_each_argument(function: Function, engine: str, engines: dict[str, Answers]) -> None:
    calls = [call for written in _calls(function, engines[engine]) for call in _with_nulls(function, written)]
    if not calls:
        return
    table = engines[engine].rows_of(_all_of(calls))
    for at, call in enumerate(calls):
        is_null = table[f"is_null_{at}"][0].as_py()
        if function.nulls == "strict" and function.may_be_null is None:
            assert is_null, f"{function.name} of a null argument ({call.arguments}) is not null"
        elif not functions.nullable(function, call.arguments):
            assert not is_null, f"{function.name} is null of {call.arguments}"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("function", AGGREGATES, ids=lambda function: function.name)
def test_group_of_one_row_without_null(function: Function, engine: str, engines: dict[str, Answers]) -> None:
    """Of a group, which has a row, an aggregate is null only as the registry says."""
    answers = engines[engine]
    for example in function.examples:
        if example.result == "error" or "filter" in example.call:
            continue
        groups = answers.typed(f"{from_rows(example)} |> aggregate {example.call} as actual")
        for one_row in _rows_without_null(groups):
            (item,) = one_row.aggregates
            assert isinstance(item.value, AggregateCall)
            if not functions.nullable(function, item.value.arguments, may_be_empty=False):
                assert answers.rows_of(one_row)[item.column.name][0].as_py() is not None, f"{example.call} is null"


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
