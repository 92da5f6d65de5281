"""Operators do with values of every type what they do with any other, on every engine, or the checker refuses them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, get_args

import pyarrow as pa
import pytest
from answers import Answers, open_engine, same
from arrow_types import arrow_type
from gaps import WHOLE_ENGINES
from stages import after_passes
from type_operators import (
    COMPARISONS,
    DATA,
    GROUP,
    OF_GROUPS,
    OF_WINDOWS,
    OVER,
    ROW,
    TYPES,
    WHOLE,
    filled,
    filled_whole,
    rows_of,
    takes,
)
from typed_values import VALUES

from oftra.check import check_query
from oftra.datatypes import INT, DataType, Null, Unknown, show
from oftra.diagnostics import Report
from oftra.driver import QUERY
from oftra.source import SourceFile
from oftra.syntax.parser import parse_query
from oftra.targets.pyspark.local import started

COMPARED = {f"v{at}": type_ for at, type_ in enumerate(TYPES) if takes(type_, compares=True)}
SHAPES = {
    "row": ("select id, ", COMPARISONS | ROW),
    "group": ("aggregate max(id) as id, ", OF_GROUPS | GROUP),
    "window": ("select id, ", OF_WINDOWS | OVER),
}
REFUSED_BY_SPARK = {("array_agg", type_) for type_ in TYPES if "map<" in show(type_)}
"""What Spark can't sort along with what it is sorted by: maps."""

REFUSALS = {"OF0301", "OF0305", "OF0313", "OF0315"}
"""No signature, no such cast, no such type, and values that don't compare."""

QUICK = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
}


@contextmanager
def quickly() -> Iterator[None]:
    """Spark answers as it is asked: to compile a query of nine rows takes longer."""
    conf = started().conf
    before = {option: conf.get(option) for option in QUICK}
    try:
        for option, value in QUICK.items():
            conf.set(option, value)
        yield
    finally:
        for option, value in before.items():
            conf.set(option, value)


@pytest.fixture(scope="module", params=WHOLE_ENGINES)
def answers(request: pytest.FixtureRequest) -> Iterator[Answers]:
    """An engine that is up."""
    answers = open_engine(request.param, after_passes, ".")
    with quickly() if request.param == "spark" else nullcontext():
        yield answers
    answers.session.close()


@pytest.fixture(scope="module")
def cells(answers: Answers) -> list[dict[int, Any]]:
    """By type the value at each place, as the engine gives it."""
    table = answers.rows(f"from {DATA}")
    found = []
    for at, type_ in enumerate(TYPES):
        by_id = dict(zip(table["id"].to_pylist(), table[f"v{at}"].to_pylist()))
        found.append({place: by_id[id] for id, place in rows_of(type_) if place is not None})
    return found


def test_every_type_is_asked() -> None:
    assert {type(type_) for type_ in VALUES} == set(get_args(DataType)) - {Null, Unknown}


@pytest.mark.parametrize("operator", WHOLE)
def test_rows(operator: str, answers: Answers) -> None:
    query, expected = WHOLE[operator]
    came = answers.rows(filled_whole(query, COMPARED))["out"].to_pylist()
    # Those that a type with less values would give: no type decides alone.
    assert Counter(came) == Counter(expected(rows_of(INT)))


@pytest.mark.parametrize("shape", SHAPES)
def test_values(shape: str, request: pytest.FixtureRequest, answers: Answers, cells: list[dict[int, Any]]) -> None:
    head, items = SHAPES[shape]
    is_spark = "spark" in request.node.name
    asked = [
        (f"o{len(TYPES) * number + at}", name, item, at)
        for number, (name, item) in enumerate(items.items())
        for at, type_ in enumerate(TYPES)
        if item.is_asked(type_) and not (is_spark and (name, type_) in REFUSED_BY_SPARK)
    ]
    texts = [f"{filled(item.text, TYPES[at], f'v{at}')} as {out}" for out, _, item, at in asked]
    table = answers.rows(f"from {DATA} |> {head}{', '.join(texts)}")
    order = pa.array(sorted(range(table.num_rows), key=lambda row: table["id"][row].as_py()))
    wrong = []
    for out, name, item, at in asked:
        came, wanted = table[out].take(order), item.expected(rows_of(TYPES[at]))
        if item.gives == "a value":
            wanted = [None if place is None else cells[at][place] for place in wanted]
            if came.type != arrow_type(TYPES[at]):
                wrong.append(f"{name} of {show(TYPES[at])} is {came.type}")
        if not same(came.to_pylist(), wanted):
            wrong.append(f"{name} of {show(TYPES[at])}: {came.to_pylist()} is not {wanted}")
    assert not wrong, "\n".join(wrong)


def _refused() -> Iterator[tuple[str, str]]:
    for at, type_ in enumerate(TYPES):
        if not takes(type_, compares=True):
            for name, (query, _) in WHOLE.items():
                yield f"{name} of {show(type_)}", filled_whole(query, {f"v{at}": type_})
        for head, items in SHAPES.values():
            for name, item in items.items():
                if not takes(type_, item.compares, item.casts):
                    text = filled(item.text, type_, f"v{at}")
                    yield f"{name} of {show(type_)}", f"from {DATA} |> {head}{text} as out"


def test_what_does_not_compare_is_refused() -> None:
    """By the checker, before any engine is asked."""
    checked = open_engine("duckdb", after_passes, ".").checked
    for what, text in _refused():
        report = Report()
        query = parse_query(SourceFile(QUERY, text), report)
        if query is not None and not report.has_errors:
            check_query(checked.resolved, checked.program, query, report)
        codes = {one.code for one in report}
        assert codes & REFUSALS or ("interval" in what and "OF0101" in codes), f"{what}: {codes}"


def test_engines_give_the_same(answers: Answers, cells: list[dict[int, Any]]) -> None:
    """What one engine reads of a value is what DuckDB reads of it."""
    table = open_engine("duckdb", after_passes, ".").rows(f"from {DATA} |> order by id")
    for at, type_ in enumerate(TYPES):
        wanted = [None if place is None else cells[at][place] for _, place in rows_of(type_)]
        assert same(table[f"v{at}"].to_pylist(), wanted), show(type_)
