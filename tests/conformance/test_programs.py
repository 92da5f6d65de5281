"""Every relation of the golden programs has the same rows, of the types that it declares, on every engine."""

from pathlib import Path

import pytest
from gaps import WHOLE_ENGINES
from stages import as_written
from together import Rows, rows_of

import oftra
from oftra.diagnostics import Report
from oftra.ir.gates import Graph
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Scan
from oftra.project import installed

GOLDEN = Path(__file__).parent.parent / "golden"
ON_SERVERS = {"databases", "topics"}
"""Programs of which nothing lies in files."""

CASES = sorted(one for one in GOLDEN.iterdir() if any(one.rglob("*.oftra")) and one.name not in ON_SERVERS)

IN_OTHER_WORDS = "is written in the words of duckdb"
"""What Spark says to a query that a program says in DuckDB's own words alone."""


SERVERS = {"kafka", "jdbc"}
"""Kinds of connections that have to be up: engines ask them for minutes where nobody answers. Other tests have some."""


def is_here(program: Program, relation: Relation) -> bool:
    """Whether all that a relation is made of lies in files, or nowhere."""
    made_of = [program.by_name[name] for name in Graph(program).closure([relation.name])]
    return not any(program.connections[one.connection].kind in SERVERS for one in made_of if one.connection)


def ask(folder: Path, program: oftra.Program, relations: list[Relation], engine: str) -> list[Rows | Exception]:
    """What an engine gives for each relation."""
    opener = installed.find_engine(engine, Report())
    assert opener is not None
    session = opener.open(str(folder))
    try:
        return rows_of(session, program.ir, [Scan(one.name, one.columns) for one in relations], as_written)
    finally:
        session.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_same_rows(case: Path) -> None:
    program = oftra.load(str(case))
    relations = [one for one in program.relations if not one.feeds and is_here(program.ir, one)]
    first, *others = [ask(case, program, relations, engine) for engine in WHOLE_ENGINES]
    for one, rows, *found in zip(relations, first, *others):
        if isinstance(rows, Exception):
            # Its files are not there: then nobody may find rows.
            assert all(isinstance(other, Exception) for other in found), f"{one.name}: {rows}"
            continue
        assert rows.types == rows.declared, one.name
        for other in found:
            if isinstance(other, Exception):
                assert IN_OTHER_WORDS in str(other), f"{one.name}: {other}"
            else:
                assert (other.rows, other.types) == (rows.rows, rows.types), one.name
