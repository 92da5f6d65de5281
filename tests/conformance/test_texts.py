"""What tests of passes and of engines hold as text is run: every engine gives the same rows before and after.

DuckDB is asked for both. Spark is asked for what a pass leaves, which is what a compile writes.
"""

from collections.abc import Iterator, Mapping

import pytest
from answers import Answers, open_engine
from stages import as_written
from texts import filled, is_cut, is_left_open, texts
from together import Rows, rows_of

from oftra.ir.rel import Rel
from oftra.ir.show import show_rel

TEXTS = dict(texts())
REFUSED = {"DuckDB plans: runs of equal order": "Spark has no window frame with `exclude ties`"}
"""What Spark can't do, and says so."""

Found = Mapping[str, list[Rows | Exception]]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Found, Found]]:
    """By case, what DuckDB gives for each of its relations, and Spark for the last."""
    duckdb, spark = [open_engine(name, as_written, str(tmp_path_factory.mktemp(name))) for name in ("duckdb", "spark")]
    yield answers(duckdb, TEXTS), answers(spark, {name: rels[-1:] for name, rels in TEXTS.items()})
    duckdb.session.close()
    spark.session.close()


def answers(engine: Answers, cases: Mapping[str, tuple[Rel, ...]]) -> Found:
    """What an engine gives for all relations of each case, over made-up rows."""
    asked = [(name, filled(rel)) for name, rels in cases.items() for rel in rels]
    found: dict[str, list[Rows | Exception]] = {name: [] for name in cases}
    for (name, _), rows in zip(asked, rows_of(engine.session, engine.checked.program, [rel for _, rel in asked])):
        found[name].append(rows)
    return found


@pytest.mark.parametrize("name", TEXTS)
def test_same_rows(name: str, answered: tuple[Found, Found]) -> None:
    (first, *others), (spark,) = [found[name] for found in answered]
    if name in REFUSED:
        assert REFUSED[name] in str(spark)
    else:
        others.append(spark)
    shown = "".join(map(show_rel, TEXTS[name]))
    for rows in others:
        if isinstance(first, Exception):
            assert isinstance(rows, Exception), f"DuckDB: {first}"
            continue
        if isinstance(rows, Exception):
            raise rows
        assert rows.types == rows.declared
        assert is_cut(TEXTS[name][0]) or len(rows.rows) == len(first.rows)
        assert is_left_open(shown) or rows.rows == first.rows
