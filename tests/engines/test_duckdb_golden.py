"""The golden scripts in the real DuckDB: each file as a whole, and the same program run in process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import sqlglot

import oftra
from oftra.diagnostics import Report
from oftra.project import installed

GOLDEN = Path(__file__).parent.parent / "golden"
CASES = sorted(path.parent for path in GOLDEN.glob("*/duckdb") if any(path.glob("*.sql")))
Rows = list[tuple[object, ...]]

# case: table: its rows
ROWS: dict[str, dict[str, Rows]] = {
    "first_steps": {"doubled": [(6, "c"), (2, "a")]},
    "hostile_names": {"table": [("it's", '"quoted"', "100%", "-- no comment", "{{ x }}")]},
    "namespaces": {"finance.shares": [(1, "0.385"), (2, "0.615")]},
    "nested": {
        "items": [(1, "fig", None), (1, "pear", 2), (3, "fig", None)],
        "shapes": [(1, "fig", "[FIG]", "{'id': 3, 'size': 1}"), (2, "pear", "[PEAR, FIG]", "{'id': 1, 'size': 2}")],
    },
    "orders": {
        "revenue": [
            ("North", "2026-01-01", 2, "15.50", 7.75),
            ("nowhere", "2026-02-01", 2, "1599.99", 799.995),
        ],
        "dearest": [("Ann", 1, "10.50"), ("Bob", 5, "99.99")],
    },
    "own_words": {"prices": [("0.7920", 0.0), ("8.0000", 1.5)], "pairs": [(3, 2), (4, 5)]},
    "parts_on_duckdb": {
        "hours": [
            ("a", "2026-03-01 11:00:00+00", 2, "9.50"),
            ("b", "2026-03-02 10:00:00+00", 2, "7.25"),
        ],
        "days": [("2026-03-01", 2), ("2026-03-02", 2)],
    },
    "promises": {"summaries": [("a", 70.25), ("b", None)]},
    "quarantine": {
        "revenue": [("a", "10.50"), ("b", "2000.00")],
        "refused": [("shops", 1), ("sales", 5)],
    },
    "raw_views": {"counts": [("a", 1), ("b", 2)]},
    "sets": {
        "every": [(1, "a"), (2, "b"), (2, "b"), (2, "b")],
        "both": [(2, "b")],
        "only_some": [(1, "a")],
        "sizes": [(2, "b", 2), (2, None, 2), (None, None, 3)],
    },
    "shared_views": {"large": [(16,)], "sums": [(6,)]},
    "subqueries": {
        "bosses": [("Cy",)],
        "alone": [("Bob",)],
        "counted": [("Ann", 0, 3), ("Bob", 0, 3), ("Cy", 1, 3)],
    },
    "time_windows": {
        "hourly": [
            ("2026-01-01 10:00:00+00", "2026-01-01 11:00:00+00", 2),
            ("2026-01-01 11:00:00+00", "2026-01-01 12:00:00+00", 1),
        ],
        "weekly": [("2026-01-01 00:00:00+00", 3)],
        "ages": [
            (1, "2026-02-01 10:05:00+00", 115, "2026-01-01 10:05:00Z"),
            (1, "2026-02-01 10:50:00+00", 70, "2026-01-01 10:50:00Z"),
            (2, "2026-02-01 11:00:00+00", 60, "2026-01-01 11:00:00Z"),
            (2, None, None, None),
        ],
    },
    "told": {"regions": [("North", "30.50", 2)]},
    "values_of_the_run": {"recent": [("2026-01-01", 2)]},
    "windows": {
        "smooth": [("a", 1, 10.0, None, 10.0), ("a", 2, 10.0, None, 10.0), ("a", 3, 30.0, None, 40.0),
                   ("b", 1, 5.0, None, 5.0)],
        "best": [("a", 1), ("a", 3)],
        "shares": [("a", 40.0, 40 / 45), ("b", 5.0, 5 / 45)],
    },
}  # fmt: skip


PLAIN = ("INTEGER", "BIGINT", "DOUBLE")


def column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def script(case: Path) -> str:
    (path,) = (case / "duckdb").glob("*.sql")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A copy of the case, without what was generated for it."""
    shutil.copytree(request.param, tmp_path / "case", ignore=shutil.ignore_patterns("duckdb"))
    (tmp_path / "case" / "out").mkdir()
    yield tmp_path / "case"


def text_of(cell: object) -> str | None:
    if cell is None:
        return None
    return format(cell, ".3f") if isinstance(cell, float) else str(cell)


def same(found: Rows, wanted: Rows) -> bool:
    def plain(rows: Rows) -> list[list[str | None]]:
        texts = [[text_of(cell) for cell in row] for row in rows]
        return sorted(texts, key=lambda row: [(cell is None, cell or "") for cell in row])

    return plain(found) == plain(wanted)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_script_is_sql_that_others_read_too(case: Path) -> None:
    # sqlglot knows neither of these yet: a copy to a path that is computed, and a macro that is temporary.
    text = script(case).replace("to (getvariable('env_OUT') || '/recent.jsonl')", "to 'recent.jsonl'")
    statements = sqlglot.parse(text, dialect="duckdb", error_level=sqlglot.ErrorLevel.RAISE)
    assert len([one for one in statements if one is not None]) >= 2


@pytest.mark.parametrize("project", [GOLDEN / name for name in ROWS], ids=list(ROWS), indirect=True)
def test_rows_in_process(project: Path, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.id
    program = oftra.load(str(project))
    outcome = program.run()
    engine = installed.find_engine("duckdb", Report())
    assert engine is not None
    session = engine.open(str(project))
    typed = program._checked.program
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for table, wanted in ROWS[name].items():
            connection.register("stored", session.read(typed, table))
            kinds = connection.execute("describe stored").fetchall()
            cells = [
                column(str(name)) if kind in PLAIN else f"{column(str(name))}::varchar" for name, kind, *_ in kinds
            ]
            found = connection.execute(f"select {', '.join(cells)} from stored").fetchall()
            assert same(found, wanted), f"{table}: {found}"
    built = {run.name: run.rows for run in outcome.relations}
    assert {table: len(rows) for table, rows in ROWS[name].items()}.items() <= built.items()
    session.close()


@pytest.mark.parametrize("project", CASES, ids=lambda case: case.name, indirect=True)
def test_script_runs_as_it_stands(
    project: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    with duckdb.connect() as connection:
        connection.execute(script(GOLDEN / request.node.callspec.id))
    assert any((project / "out").iterdir())
