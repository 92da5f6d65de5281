"""What goes wrong in a run is said plainly, about the relation that it is about, and leaves what was there."""

import os
from pathlib import Path

import duckdb
import pytest

import oftra
from oftra.targets.writing import written_whole

PROGRAM = """
contract row { id int not null, price decimal(10, 2) check (price >= 0), note string }
connection data = files { root: 'data' }
connection out = files { root: 'out' }
source rows: row from data { path: 'rows.FORMAT' OPTIONS }
table kept in out = from rows |> select id, price, note
"""

PARQUET = "copy (select {columns}) to 'data/rows.parquet'"


def program(folder: Path, format_: str = "parquet", options: str = "") -> oftra.Program:
    folder.joinpath("program.oftra").write_text(PROGRAM.replace("FORMAT", format_).replace("OPTIONS", options))
    return oftra.load(str(folder))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def parquet(columns: str) -> None:
    duckdb.sql(PARQUET.format(columns=columns))


def stored() -> list[tuple[object, ...]]:
    return duckdb.sql("from 'out/kept.parquet'").fetchall()


def failure(of: oftra.Program) -> tuple[str | None, str]:
    with pytest.raises(oftra.RunError) as raised:
        of.run()
    assert "LINE 1" not in str(raised.value)
    return raised.value.relation, str(raised.value)


# the columns of the file: what is said
MISTYPED = {
    "1 as id, 'x' as price": "column `price` has type varchar in the data, the contract says decimal(10, 2)",
    "1.5::double as id, 1.0 as price, 'n' as note": "column `id` has type double in the data, the contract says int",
    "1 as id, 1.0 as price, [1] as note": "column `note` has type integer[] in the data, the contract says string",
    "1 as other": "its files have none of the contract's columns, but `other`",
}


@pytest.mark.parametrize("columns", MISTYPED)
def test_mistyped_file(folder: Path, columns: str) -> None:
    parquet(columns)
    assert failure(program(folder)) == ("rows", MISTYPED[columns])


def test_narrower_types_widen(folder: Path) -> None:
    parquet("1::tinyint as id, 7::smallint as price, 'n' as note")
    program(folder).run()
    assert [str(cell) for cell in stored()[0]] == ["1", "7.00", "n"]


def test_a_value_out_of_range_fails(folder: Path) -> None:
    parquet("3000000000 as id, 1.0 as price, 'n' as note")
    relation, message = failure(program(folder))
    assert relation in ("rows", "kept") and "out of range" in message


def test_a_missing_column_is_null_or_an_error(folder: Path) -> None:
    parquet("1 as id, 1.0 as price")
    program(folder).run()
    assert stored()[0][2] is None
    message = "its files have no column `note`"
    assert failure(program(folder, options=", missing: fail")) == ("rows", message)


def test_no_file(folder: Path) -> None:
    relation, message = failure(program(folder))
    assert relation == "rows" and message.startswith("No files found") and "rows.parquet" in message


def test_no_parquet_file(folder: Path) -> None:
    Path("data/rows.parquet").write_text("this is no parquet file, whatever its name says")
    relation, message = failure(program(folder))
    assert relation == "rows" and "rows.parquet" in message


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("csv", "id,price,note\n1,1.255,n\n"),
        ("csv", "id,price,note\n2.7,1,n\n"),
        ("csv", "id,price,note\nx,1,n\n"),
        ("jsonl", '{"id": 1, "price": 1.255, "note": "n"}\n'),
        ("jsonl", '{"id": 2.7, "price": 1, "note": "n"}\n'),
        ("jsonl", '{"id": 2'),
    ],
)
def test_what_would_be_rounded_or_guessed_fails(folder: Path, format_: str, text: str) -> None:
    Path(f"data/rows.{format_}").write_text(text)
    relation, _ = failure(program(folder, format_))
    assert relation in ("rows", "kept")


def test_texts_are_read_exactly(folder: Path) -> None:
    Path("data/rows.csv").write_text("note,price,id,extra\n,1.250,1,x\n")
    program(folder, "csv").run()
    assert [str(cell) for cell in stored()[0]] == ["1", "1.25", "None"]
    Path("data/rows.jsonl").write_text('{"id": 2, "price": 12.5}\n')
    program(folder, "jsonl").run()
    assert [str(cell) for cell in stored()[0]] == ["2", "12.50", "None"]


def test_a_failed_run_leaves_the_old_file(folder: Path) -> None:
    parquet("1 as id, 1.0 as price, 'n' as note")
    program(folder).run()
    before = stored()
    parquet("2 as id, -1.0 as price, 'n' as note")
    assert failure(program(folder)) == ("rows", "1 row breaks `price >= 0`")
    assert stored() == before
    assert os.listdir("out") == ["kept.parquet"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("no space left on device")])
def test_an_interrupt_leaves_the_old_file_and_nothing_else(folder: Path, error: BaseException) -> None:
    Path("kept.csv").write_text("old")

    def write(place: str) -> None:
        Path(place).write_text("half")
        raise error

    with pytest.raises(type(error)):
        written_whole("kept.csv", write)
    assert Path("kept.csv").read_text() == "old"
    assert sorted(os.listdir()) == ["data", "kept.csv"]


def test_a_folder_is_replaced_whole(folder: Path) -> None:
    Path("parts/old").mkdir(parents=True)

    def write(place: str) -> None:
        Path(place).mkdir()
        Path(place, "new").write_text("new")

    written_whole("parts", write)
    assert os.listdir("parts") == ["new"] and sorted(os.listdir()) == ["data", "parts"]


def test_rules_that_only_warn_are_counted(folder: Path) -> None:
    parquet("unnest([1, 2, 3]) as id, unnest([1.0, -1.0, -2.0]) as price, 'n' as note")
    Path("program.oftra").write_text(PROGRAM.replace("FORMAT", "parquet").replace("OPTIONS }", "} on invalid warn"))
    outcome = oftra.load(str(folder)).run()
    warned = {run.name: dict(run.warnings) for run in outcome.relations if run.warnings}
    assert warned == {"rows": {"price >= 0": 2}}
    assert len(stored()) == 3


def test_only_what_is_asked_for_is_built(folder: Path) -> None:
    parquet("1 as id, 1.0 as price, 'n' as note")
    text = PROGRAM.replace("FORMAT", "parquet").replace("OPTIONS", "")
    Path("program.oftra").write_text(text + "table other in out = from kept |> select id\n")
    assert [run.name for run in oftra.load(str(folder)).run("kept").relations] == ["rows", "kept"]
    assert os.listdir("out") == ["kept.parquet"]


def test_a_folder_of_somebody_is_not_replaced(folder: Path) -> None:
    theirs = Path("kept.csv")
    theirs.mkdir()
    (theirs / "letter.txt").write_text("dear")

    def write(place: str) -> None:
        Path(place).write_text("new")

    with pytest.raises(FileExistsError, match="holds other files"):
        written_whole("kept.csv", write)
    assert (theirs / "letter.txt").read_text() == "dear"
    assert sorted(os.listdir()) == ["data", "kept.csv"]


def test_a_folder_that_spark_wrote_is_replaced(folder: Path) -> None:
    theirs = Path("kept.jsonl")
    theirs.mkdir()
    for name in ("_SUCCESS", ".part-00000-c000.json.crc", "part-00000-c000.json", "part-00001-c000.json.gz"):
        (theirs / name).touch()

    def write(place: str) -> None:
        Path(place).write_text("new")

    written_whole("kept.jsonl", write)
    assert Path("kept.jsonl").read_text() == "new"
    assert sorted(os.listdir()) == ["data", "kept.jsonl"]
