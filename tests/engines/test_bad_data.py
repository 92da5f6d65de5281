"""Data that is not as it should be, and runs that are cut short: a clear message, and nothing half-written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

import oftra

OFTRA = Path(sys.executable).with_name("oftra")
PROGRAM = """\
contract sale { id int primary key, shop string not null, price decimal(10, 2) not null }
connection lake = files { root: 'data' }
source sales: sale from lake { path: 'sales*.parquet' }
table dear in lake = from sales |> where price > 1
"""
GOOD = "select 1::int as id, 'Bonn' as shop, 1.50::decimal(10, 2) as price"
LESS = "select 2::int as id, 'Bonn' as shop"

ENGINES = ["duckdb", "spark"]

# What is wrong: the queries that make the files (bytes: what is in one), what the message names.
DATA: dict[str, tuple[list[str | bytes], str]] = {
    "no file": ([], "sales"),
    "no parquet file": ([b"garbage"], "sales"),
    "a column is missing": (["select 1 as id, 'Bonn' as shop"], "price"),
    "a column has another type": (["select 1 as id, 'Bonn' as shop, 'much' as price"], "price"),
    "a column would have to be rounded": (["select 1 as id, 'Bonn' as shop, 1.555 as price"], "price"),
    "a rule is broken": (["select null::int as id, 'Bonn' as shop, 1.50::decimal(10, 2) as price"], "id not null"),
    "a key is repeated": ([GOOD, GOOD], "primary key (id)"),
    "a file of another schema": ([GOOD, "select 'x' as sensor"], "sensor"),
    "a file with a column of another type": ([GOOD, "select '2' as id, 'Bonn' as shop"], "id"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "shop.oftra").write_text(PROGRAM, encoding="utf-8")
    return tmp_path


def run(folder: Path, *tables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([OFTRA, "run", *tables], cwd=folder, capture_output=True, text=True, check=False)


def names(folder: Path) -> list[str]:
    """The files below a folder, hidden ones too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def write(folder: Path, files: list[str | bytes]) -> None:
    for number, content in enumerate(files):
        file = folder / "data" / f"sales{number}.parquet"
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            duckdb.connect().execute(f"copy ({content}) to '{file}' (format parquet)")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("files, named", DATA.values(), ids=DATA.keys())
def test_the_run_fails_and_writes_nothing(files: list[str | bytes], named: str, engine: str, project: Path) -> None:
    write(project, files)
    before = names(project)
    with pytest.raises(oftra.RunError) as failed:
        oftra.load(project).run(engine=engine)
    assert named in str(failed.value)
    assert names(project) == before


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("files", [(GOOD, LESS), (LESS, GOOD)], ids=["the second", "the first"])
def test_what_one_file_lacks_is_null_there_alone(files: tuple[str, str], engine: str, project: Path) -> None:
    (project / "shop.oftra").write_text(PROGRAM.replace("price decimal(10, 2) not null", "price decimal(10, 2)"))
    write(project, list(files))
    rows = oftra.load(project).query("from sales |> select id, price |> order by id", engine=engine).to_pylist()
    assert [(row["id"], str(row["price"])) for row in rows] == [(1, "1.50"), (2, "None")]


def test_a_failed_run_tells_so(project: Path) -> None:
    write(project, [GOOD, GOOD])
    done = run(project)
    assert done.returncode == 3
    assert "primary key (id)" in done.stderr and "Traceback" not in done.stderr


def test_a_failed_run_leaves_what_the_last_one_wrote(project: Path) -> None:
    file = project / "data" / "sales.parquet"
    duckdb.connect().execute(f"copy ({GOOD}) to '{file}' (format parquet)")
    assert run(project).returncode == 0
    written = (project / "data" / "dear.parquet").read_bytes()
    file.write_bytes(b"garbage")
    assert run(project).returncode == 3
    assert (project / "data" / "dear.parquet").read_bytes() == written


def test_where_nothing_can_be_written(project: Path) -> None:
    """A file stands where the table's folder should be: no rights are needed for that to fail."""
    duckdb.connect().execute(f"copy ({GOOD}) to '{project}/data/sales.parquet' (format parquet)")
    elsewhere = "connection blocked = files { root: 'shop.oftra/out' }\ntable copy in blocked = from sales\n"
    (project / "shop.oftra").write_text(PROGRAM + elsewhere, encoding="utf-8")
    before = names(project)
    done = run(project, "copy")
    assert done.returncode == 3
    assert "shop.oftra" in done.stderr and "Traceback" not in done.stderr
    assert names(project) == before


def test_an_interrupted_run_writes_nothing(project: Path) -> None:
    duckdb.connect().execute(
        "copy (select range::int as id, 'Bonn' as shop, 5::decimal(10, 2) as price from range(200000)) "
        f"to '{project}/data/sales.parquet' (format parquet)"
    )
    slow = "from sales as a |> cross join sales as b |> aggregate sum(a.price * b.id) as s"
    (project / "shop.oftra").write_text(PROGRAM + f"table slow in lake = {slow}\n", encoding="utf-8")
    before = names(project)
    process = subprocess.Popen(
        [OFTRA, "run", "slow"], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(4)
    assert process.poll() is None, "it was not slow enough to be interrupted"
    os.kill(process.pid, signal.SIGINT)
    try:
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode not in (0, None)
    assert "Traceback" not in out + err
    assert names(project) == before
