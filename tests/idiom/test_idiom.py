"""PySpark that is generated beside PySpark that was written by hand, of the same programs.

A folder a program: `program.oftra`, `by_hand.py`, which was written before anything was generated, and the rows that
both read, as `rows.sql` makes them or as files.
"""

import ast
import importlib.util
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest
from generated_python import mypy, parse, reformatted, ruff

import oftra
from oftra.targets.pyspark.fixed import FIXED

HERE = Path(__file__).parent
NAMES = sorted(path.parent.name for path in HERE.glob("*/program.oftra"))
ROOM = 1.3

ARGUMENTS: Mapping[str, tuple[Any, ...]] = {"top_products": (date(2026, 1, 1),)}
"""What a program by hand is given besides a session and a folder."""

CORRECTIONS: Mapping[str, Mapping[str, str]] = {
    "top_products": {
        'F.col("place").cast("bigint")': "a rank is a bigint; Spark's is an int, and a table is stored as declared",
        '(100 * F.col("revenue")).cast("double")': "`/` gives a double; Spark's, of decimals, a decimal",
    },
}
"""Casts that are generated where nobody wrote one by hand, each with its reason."""

STARTING = ("log", "PROGRAM", "PARAMS", "OUTPUTS", "PLACES")
"""Constants for what reads the command line and says how a run ended; by hand that is all below
`if __name__ == "__main__"`."""


@pytest.fixture(scope="module")
def generated() -> Mapping[str, str]:
    return {name: oftra.load(str(HERE / name)).compile("pyspark")["program.py"] for name in NAMES}


def by_hand(name: str) -> str:
    return (HERE / name / "by_hand.py").read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------------------------ measures


@pytest.mark.parametrize("name", NAMES)
def test_length(name: str, generated: Mapping[str, str]) -> None:
    ours, theirs = own_lines(generated[name]), own_lines(by_hand(name))
    assert len(ours) <= ROOM * len(theirs), "\n".join([f"{len(ours)} lines for {len(theirs)}:", *ours])


@pytest.mark.parametrize("name", NAMES)
def test_casts(name: str, generated: Mapping[str, str]) -> None:
    corrections = CORRECTIONS.get(name, {})
    found = Counter(casts_in(generated[name]))
    assert found - Counter(casts_in(by_hand(name))) == Counter(corrections.keys()), "other casts than by hand"


def own_lines(text: str) -> list[str]:
    """The lines that are a program's own: no imports, nothing that starts it, no code that every program has alike."""
    tree = parse(text)
    skipped = set[int]()
    for statement in tree.body:
        source = ast.get_source_segment(text, statement) or ""
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.If():
                skipped |= lines_of(statement)
            case ast.FunctionDef(name) | ast.ClassDef(name) if FIXED.get(name, "").strip() == source:
                skipped |= lines_of(statement)
            case ast.FunctionDef("session"):
                skipped |= lines_of(statement)
            case ast.Assign() if source.partition(" ")[0] in STARTING:
                skipped |= lines_of(statement)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
            skipped |= lines_of(node.body[0])
    lines = [line for number, line in enumerate(text.splitlines(), 1) if number not in skipped]
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def lines_of(statement: ast.stmt) -> set[int]:
    return set(range(statement.lineno, (statement.end_lineno or 0) + 1))


def casts_in(text: str) -> list[str]:
    """The casts of a file's own code, as Python writes each on one line."""
    own = parse("\n".join(own_lines(text)))
    return [
        ast.unparse(node).replace("'", '"')
        for node in ast.walk(own)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and "cast" in node.func.attr
    ]


# --------------------------------------------------------------------------------------------------------------- tools


def test_form(generated: Mapping[str, str], tmp_path: Path) -> None:
    """A team's own tools have nothing to say of what is generated; nor, to be fair, of what is written by hand."""
    files = {f"{name}_generated": text for name, text in generated.items()} | {name: by_hand(name) for name in NAMES}
    for name, text in files.items():
        parse(text)
        assert reformatted(text) == text
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    paths = sorted(tmp_path.glob("*.py"))
    assert ruff(paths) == ""
    assert mypy(paths, tmp_path / "cache") == ""


# ---------------------------------------------------------------------------------------------------------------- rows


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from oftra.targets.pyspark.local import started  # Spark is started for this test alone

    yield started()


@pytest.mark.parametrize("name", NAMES)
def test_rows(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spark: Any) -> None:
    """Both give the same rows, and DuckDB gives them too."""
    folders = {one: tmp_path / one for one in ("duckdb", "spark", "by_hand")}
    for folder in folders.values():
        write_inputs(HERE / name, folder)
    program = oftra.load(str(HERE / name))
    for engine in ("duckdb", "spark"):
        monkeypatch.setenv("LAKE", str(folders[engine]))
        program.run(engine=engine)
    module_of(HERE / name / "by_hand.py").run(spark, str(folders["by_hand"]), *ARGUMENTS.get(name, ()))
    tables = [relation.name for relation in program.relations if relation.kind == "table"]
    for table in tables:
        expected = rows_of(folders["duckdb"] / f"{table}.parquet")
        assert len(expected[1]) > 1, "too few rows to compare"
        assert rows_of(folders["spark"] / f"{table}.parquet") == expected
        assert rows_of(folders["by_hand"] / table) == expected


def write_inputs(source: Path, folder: Path) -> None:
    """The rows that a program reads."""
    folder.mkdir()
    for file in source.glob("*.jsonl"):
        shutil.copy(file, folder)
    script = source / "rows.sql"
    if script.exists():
        with duckdb.connect() as database:
            database.execute("set TimeZone = 'UTC'")
            database.execute(script.read_text(encoding="utf-8"))
            for (table,) in database.execute("select table_name from duckdb_tables()").fetchall():
                database.table(table).write_parquet(str(folder / f"{table}.parquet"))


def module_of(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_by_hand", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Spark's files don't say that an instant is one.
AS_TEXT = r"regexp_replace(cast(columns(*) as varchar), '\+00$', '')"


def rows_of(path: Path) -> tuple[list[str], list[str]]:
    """The columns and the rows of a parquet file, or of a folder of them, as texts and in any order."""
    files = str(path / "*.parquet") if path.is_dir() else str(path)
    with duckdb.connect() as database:
        database.execute("set TimeZone = 'UTC'")
        found = database.sql(f"select {AS_TEXT} from read_parquet(?)", params=[files])
        return found.columns, sorted(map(repr, found.fetchall()))
