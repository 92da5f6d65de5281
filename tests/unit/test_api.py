"""The Python API: load, compile, query, run, test."""

import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest

import oftra

PROGRAM = """
param least int = 2
param since date = date '2026-01-01'
connection here = files { root: 'out' }
view numbers = from values (1), (2), (3) as t (x)
table large in here = from numbers |> where x >= least
test 'large ones' {
  given param least = 3
  expect large
    | x |
    | 3 |
}
"""


@pytest.fixture
def program(tmp_path: Path) -> oftra.Program:
    (tmp_path / "numbers.oftra").write_text(PROGRAM)
    return oftra.load(tmp_path / "numbers.oftra")


def test_a_program_is_loaded(program: oftra.Program, tmp_path: Path) -> None:
    assert program.name == "numbers"
    assert program.root == str(tmp_path)
    assert program.diagnostics == ()
    assert [(relation.kind, relation.name) for relation in program.relations] == [
        ("view", "numbers"),
        ("table", "large"),
    ]


def test_a_wrong_program_raises_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.oftra").write_text("view a = from nowhere |> select x\n")
    with pytest.raises(oftra.ProgramError, match="unknown relation `nowhere`") as caught:
        oftra.load(str(tmp_path))
    assert [found.code for found in caught.value.diagnostics] == ["OF0201"]
    with pytest.raises(oftra.ProgramError, match="there is no file or folder"):
        oftra.load(tmp_path / "b.oftra")


def test_files(program: oftra.Program) -> None:
    files = program.compile("duckdb")
    assert set(files) == {"numbers.sql", "manifest.json"}
    assert program.compile("duckdb", select=["large"])
    for target, select in (("duckbd", []), ("duckdb", ["larg"])):
        with pytest.raises(oftra.ProgramError, match=r"did you mean|there is no relation"):
            program.compile(target, select)


def test_rows(program: oftra.Program) -> None:
    table = program.query("from large |> select x + 1 as y |> order by y")
    assert isinstance(table, pyarrow.Table)
    assert table.to_pydict() == {"y": [3, 4]}
    assert program.query("from large", least=3).to_pydict() == {"x": [3]}
    with pytest.raises(oftra.ProgramError, match="unknown column `z`"):
        program.query("from large |> select z")
    with pytest.raises(oftra.ProgramError, match="there is no param `lest`"):
        program.query("from large", lest=3)
    with pytest.raises(oftra.ProgramError, match="`soon` is no date"):
        program.query("from large", since="soon")
    with pytest.raises(oftra.RunError):
        program.query("from values ('x') as t (x) |> select cast(x as int) as y")


def test_a_run(program: oftra.Program, tmp_path: Path) -> None:
    outcome = program.run("large", least=1, start=datetime(2026, 1, 1, tzinfo=UTC), end="2026-01-02")
    assert [(one.name, one.rows) for one in outcome.relations if one.rows] == [("large", 3)]
    assert (tmp_path / "out" / "large.parquet").exists()


def test_tests(program: oftra.Program) -> None:
    assert [(verdict.test.title, verdict.passed) for verdict in program.test()] == [("large ones", True)]


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("int", "-7", -7),
        ("bigint", "9223372036854775807", 2**63 - 1),
        ("decimal(6, 2)", "1.5", Decimal("1.50")),
        ("double", "1e3", 1000.0),
        ("boolean", "TRUE", True),
        ("string", "it's", "it's"),
        ("timestamp", "2026-01-31T10:00:00+02:00", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("datetime", "2026-01-31 10:00:00", datetime(2026, 1, 31, 10)),
        ("int", "1.5", None),
        ("int", "2147483648", None),
        ("decimal(6, 2)", "1.555", None),
        ("decimal(6, 2)", "12345", None),
        ("decimal(6, 2)", "NaN", None),
        ("boolean", "yes", None),
        ("datetime", "2026-01-31 10:00:00Z", None),
    ],
)
def test_a_params_text_is_read_as_its_type(tmp_path: Path, type_: str, text: str, value: object) -> None:
    (tmp_path / "a.oftra").write_text(f"param p {type_}\nview v = from values (1) as t (x) |> select p\n")
    program = oftra.load(tmp_path)
    if value is None:
        with pytest.raises(oftra.ProgramError, match="is no"):
            program.query("from v", p=text)
    else:
        assert program.query("from v", p=text).to_pylist() == [{"p": value}]


def test_the_version_is_one() -> None:
    manifest = tomllib.loads((Path(__file__).parent.parent.parent / "pyproject.toml").read_text())
    assert manifest["project"]["version"] == oftra.__version__
    assert {"load", "Program"} <= set(dir(oftra))
    with pytest.raises(AttributeError):
        _ = oftra.lod  # type: ignore[attr-defined]
