"""Every operator gives the same rows, of the same types, on every engine.

`operators.txt` holds the cases: a name, a query over the views of `operators.oftra`, the types of its columns, and its
rows, which are sorted unless the query ends with an order. What an engine refuses is marked with the code.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest
from blessed import Golden
from stages import after_passes

from oftra.check import check_query
from oftra.diagnostics import Report
from oftra.diagnostics.render import render_text
from oftra.driver import QUERY, Checked, check_all, parse_all
from oftra.ir.rel import Rel
from oftra.optimize.assertions_apart import assertions_apart
from oftra.project import installed
from oftra.project.find import Project, ProjectFile
from oftra.source import SourceFile
from oftra.syntax.parser import parse_query
from oftra.target import RunError, Session

CASES = Path(__file__).with_name("operators.txt")
PROGRAM = Path(__file__).with_name("operators.oftra")
WAYS = {
    "duckdb, as written": ("duckdb", assertions_apart),
    "duckdb, after the passes": ("duckdb", after_passes),
    "spark, after the passes": ("spark", after_passes),
    "flink, after the passes": ("flink", after_passes),
}
CORRELATED = "unexpected correlate variable in the plan"
"""Flink takes some queries about the rows around them apart not even over tables, as the views here are made then."""

_CANT = "flink can't compute `{}` yet"
RECURSIVE = (
    "with recursive: rounds until nothing is new, read twice",
    "with recursive: types and nulls of all rounds, one recursion over another",
)
REFUSED_BY_FLINK = {
    **dict.fromkeys(RECURSIVE, "flink can't do `with recursive` yet"),
    "aggregate: filtered, distinct, ordered": "; ".join(
        [_CANT.format(f"{name} in an order") for name in ("array_agg", "string_agg")]
    ),
    "join: lateral, correlated, cut": CORRELATED,
    "join: left lateral": CORRELATED,
    "join: lateral, left, with rows missing": CORRELATED,
    "from: lateral behind a comma sees the columns before it": CORRELATED,
    "join: an alias that two relations have, a sample of all rows, set over windows": _CANT.format("tablesample"),
    "join: only rows with a valid version": CORRELATED,
    "pivot: of an expression, over a filter and an order": _CANT.format("string_agg in an order"),
    "subqueries: exists, in, scalar, correlated": CORRELATED,
    "tablesample: all of it": _CANT.format("tablesample"),
    "tablesample: no more than asked for": _CANT.format("tablesample"),
    "tablesample: nothing": _CANT.format("tablesample"),
    "window: a range of time": _CANT.format("a frame of a range of moments"),
    "window: groups frames": _CANT.format("a frame of groups"),
    "window: what a frame leaves out": _CANT.format("a frame with exclude current row"),
    "window: a frame without peers": "; ".join(
        [_CANT.format(f"a frame with exclude {what}") for what in ("group", "ties")]
    ),
    "window: ignoring nulls": "; ".join(
        [
            _CANT.format(what)
            for what in (
                "lag that ignores nulls",
                "lead that ignores nulls",
                "first_value of what may be null",
                "nth_value",
            )
        ]
    ),
}

REFUSED = {
    **{("spark", name): "refused: spark can't do `with recursive` yet" for name in RECURSIVE},
    ("spark", "window: what a frame leaves out"): "refused: Spark has no window frame with `exclude current row`",
    ("spark", "window: a frame without peers"): "refused: Spark has no window frame with `exclude group`; "
    "Spark has no window frame with `groups`",
    **{("flink", name): f"refused: {said}" for name, said in REFUSED_BY_FLINK.items()},
}
"""What an engine can't do, and says so."""

Opened = Callable[[str], Session]


def parts() -> dict[str, tuple[str, str]]:
    """By the name of each case its query, and what comes of it."""
    found: dict[str, tuple[str, str]] = {}
    for case in f"\n{CASES.read_text(encoding='utf-8')}".split("\n=== ")[1:]:
        name, _, rest = case.partition("\n")
        query, _, rows = rest.partition("\n---")
        found[name] = query.strip(), rows.strip()
    return found


@cache
def program() -> Checked:
    """The views that all cases are over."""
    report = Report()
    file = ProjectFile(PROGRAM.name, "", PROGRAM.read_bytes())
    parsed = parse_all(Project(".", None, (file,)), None, report)
    checked = check_all(parsed, report)
    assert checked is not None, render_text(report, parsed.sources)
    return checked


def typed(text: str) -> Rel:
    """A query over them, checked."""
    report = Report()
    source = SourceFile(QUERY, text)
    query = parse_query(source, report)
    assert query is not None and not report.has_errors, render_text(report, {QUERY: source})
    rel = check_query(program().resolved, program().program, query, report)
    assert not report.has_errors, render_text(report, {QUERY: source})
    return rel


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Engines that are up, by name."""
    sessions: dict[str, Session] = {}

    def session(name: str) -> Session:
        if name not in sessions:
            engine = installed.find_engine(name, Report())
            assert engine is not None
            sessions[name] = engine.open(str(tmp_path_factory.mktemp(name)))
        return sessions[name]

    yield session
    for one in sessions.values():
        one.close()


def shown(table: pa.Table, ordered: bool) -> str:
    """Types and rows as the file has them."""
    rows = [" | ".join("null" if cell is None else str(cell) for cell in row.values()) for row in table.to_pylist()]
    head = ", ".join(f"{field.name} {field.type}" for field in table.schema)
    return "\n".join([head, *(rows if ordered else sorted(rows))])


def answer(session: Session, query: str, change: str) -> str:
    """What an engine says to a query, as the file has it."""
    ordered = query.splitlines()[-1].lstrip(" |>").startswith(("order by", "limit"))
    try:
        return shown(session.query(*WAYS[change][1](program().program, typed(query)), {}), ordered)
    except RunError as error:
        return f"refused: {str(error).partition(' (')[0]}"  # an engine adds what differs from run to run


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", parts())
def test_same_rows(name: str, way: str, opened: Opened, golden: Golden) -> None:
    query, expected = parts()[name]
    engine = WAYS[way][0]
    said = answer(opened(engine), query, way)
    if golden.bless and way == next(iter(WAYS)):
        told = {**parts(), name: (query, said)}
        text = "\n".join([f"=== {one}\n{asked}\n---\n{rows}\n" for one, (asked, rows) in told.items()])
        CASES.write_text(text, encoding="utf-8")
        return
    assert said == REFUSED.get((engine, name), expected)
