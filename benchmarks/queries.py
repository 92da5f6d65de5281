"""TPC-H's queries: what Oftra makes of them beside the standard's own SQL, on DuckDB and on Spark.

    python queries.py --scale 1 --engine duckdb --only q01 q17

Both sides read the same parquet files in one process, in turns, and each pair of runs gives one ratio: of CPU seconds,
as the machine may have other work to do (of the whole process, all threads; Spark's, of its Java process). `--written
imported` (as a rule) takes what `oftra import sql` makes of the standard's queries, `--written example` the reports of
examples/tpch, which ask the same in other words. The rules of the sources are judged by themselves, once for a whole
run of a program: they are not among what is measured.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from inspect import signature
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, NamedTuple

import oftra

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

HERE = Path(__file__).parent
OUT = HERE / "out"
OFTRA = Path(sys.executable).with_name("oftra")
EXAMPLE = HERE.parent / "examples" / "tpch"
STANDARD = {path.stem: path for path in sorted((HERE.parent / "tests" / "tpch" / "standard").glob("*.sql"))}
TABLES = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")


class Pair(NamedTuple):
    """A query said in two ways, each of which runs it once."""

    name: str
    ours: Callable[[], None]
    standard: Callable[[], None]
    clock: Callable[[], float]


class Measured(NamedTuple):
    """Seconds of both sides, run by run."""

    name: str
    ours: tuple[float, ...]
    standard: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Ours to the standard, of each pair of runs."""
        return [mine / theirs for mine, theirs in zip(self.ours, self.standard)]

    @property
    def cells(self) -> str:
        """The rest of a row of a table: the medians, and the median, least and most of the ratios."""
        seconds = f"| {median(self.standard):.3f} | {median(self.ours):.3f} "
        return f"{seconds}| {median(self.ratios):.2f} | {min(self.ratios):.2f} | {max(self.ratios):.2f} |"


def data(scale: float) -> Path:
    """The eight tables as parquet files, made once."""
    folder = OUT / f"tpch_{scale:g}"
    if not (folder / "lineitem.parquet").exists():
        subprocess.run([sys.executable, EXAMPLE / "make_data.py", f"{scale:g}", "--out", folder], check=True)
    return folder


def query_of(number: str) -> str:
    """The standard's query, so that it can stand in brackets."""
    return STANDARD[number].read_text().rstrip().rstrip(";") + "\n"


def project(written: str) -> tuple[Path, dict[str, str]]:
    """A project that stores each query as a table, and these tables' names by the query's number."""
    folder = OUT / f"queries_{written}"
    shutil.rmtree(folder, ignore_errors=True)
    if written == "example":
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("build", "data", ".oftra"))
        reports = sorted((folder / "reports").glob("q*.oftra"))
        tables = {path.name[:3]: re.findall(r"(?m)^table (\w+)", path.read_text())[0] for path in reports}
        return folder, {number: f"reports.{table}" for number, table in tables.items()}
    folder.mkdir(parents=True)
    for name in ("oftra.toml", "sources.oftra", "contracts.oftra"):
        shutil.copy(EXAMPLE / name, folder)
    for number, path in STANDARD.items():
        made = folder / f"{number}.oftra"
        subprocess.run([OFTRA, "import", "sql", path, "-o", made], check=True, stdout=subprocess.DEVNULL)
        made.write_text(re.sub(rf"(?m)^view {number}\b", f"table {number}", made.read_text()))
    return folder, {number: number for number in STANDARD}


def on_duckdb(folder: Path, numbers: Sequence[str], written: str) -> Iterator[Pair]:
    """The queries in DuckDB's SQL."""
    import duckdb

    made, tables = project(written)
    program = oftra.load(made)
    connection = duckdb.connect()
    for name in TABLES:
        connection.execute(
            f"create schema if not exists standard; create view standard.{name} as from '{folder / name}.parquet'"
        )

    def run(statements: Sequence[str], schema: str) -> None:
        connection.execute(f"use {schema}")
        for statement in statements:
            connection.execute(statement)

    for number in numbers:
        (script,) = [
            text for path, text in program.compile("duckdb", [tables[number]]).items() if path.endswith(".sql")
        ]
        ready, timed = [f"set variable env_TPCH = '{folder}'"], []
        for statement in [one.query.strip() for one in connection.extract_statements(script)]:
            lines = [line for line in statement.splitlines() if not line.startswith("--")]
            first = next((line for line in lines if line), "")
            if first.startswith("copy ("):
                timed.append(re.sub(r"\) to '.*", f") to '{OUT}/ours.parquet' (format parquet)", statement))
            elif created := re.match(r"create or replace (temp table|view) ([\w.]+) as", first):
                (ready if created[2] in TABLES else timed).append(statement)
            elif first.startswith("create schema"):
                ready.append(statement)
        run(ready, "memory.main")
        standard = f"copy ({query_of(number)}) to '{OUT}/standard.parquet' (format parquet)"
        yield Pair(
            number,
            lambda timed=timed: run(timed, "memory.main"),
            lambda text=standard: run([text], "memory.standard"),
            process_time,
        )


def loaded(folder: Path, program: oftra.Program) -> Any:
    """The module that is generated for Spark."""
    (text,) = [text for path, text in program.compile("pyspark").items() if path.endswith(".py")]
    (folder / "generated.py").write_text(text)
    spec = spec_from_file_location("generated", folder / "generated.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def spark_clock(spark: "SparkSession") -> Callable[[], float]:
    """CPU seconds of Spark's Java process, as Linux counts them; elsewhere those that pass."""
    stat = Path(f"/proc/{spark.sparkContext._gateway.proc.pid}/stat")
    if not stat.exists():
        return perf_counter

    def seconds() -> float:
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    return seconds


def on_spark(folder: Path, numbers: Sequence[str], written: str) -> Iterator[Pair]:
    """The queries by Spark's DataFrames, and by `spark.sql`, in one session. Both find their tables opened."""
    made, tables = project(written)
    program = oftra.load(made)
    module = loaded(made, program)
    spark = module.session()
    spark.sparkContext.setLogLevel("ERROR")
    spark.conf.set("spark.sql.shuffle.partitions", "4")
    for name in TABLES:
        spark.read.parquet(f"{folder / name}.parquet").createOrReplaceTempView(name)

    clock = spark_clock(spark)
    read = {name: getattr(module, f"read_{name}")(spark, str(folder)) for name in TABLES}

    def frame(name: str) -> "DataFrame":
        if name in read:
            return read[name]
        function = getattr(module, name)
        return function(*[frame(parameter) for parameter in signature(function).parameters])

    for number in numbers:
        ours, theirs = tables[number].rpartition(".")[2], query_of(number)
        yield Pair(
            number, lambda ours=ours: _rows_of(frame(ours)), lambda text=theirs: _rows_of(spark.sql(text)), clock
        )
    spark.stop()


def _rows_of(frame: "DataFrame") -> None:
    """Compute all rows, and keep none."""
    frame.write.format("noop").mode("overwrite").save()


def measure(pair: Pair, runs: int) -> Measured:
    """Both sides in turns, after one run of each that is not counted."""
    pair.standard()
    pair.ours()
    ours, standard = list[float](), list[float]()
    for at in range(runs):
        sides = [(pair.ours, ours), (pair.standard, standard)]
        for run, found in sides if at % 2 else reversed(sides):
            begin = pair.clock()
            run()
            found.append(pair.clock() - begin)
    return Measured(pair.name, tuple(ours), tuple(standard))


ENGINES = {"duckdb": on_duckdb, "spark": on_spark}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--engine", choices=[*ENGINES, "all"], default="all")
    parser.add_argument("--written", choices=["imported", "example"], default="imported")
    parser.add_argument("--only", nargs="+", metavar="qNN", default=list(STANDARD))
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    folder = data(args.scale)
    for engine in ENGINES if args.engine == "all" else [args.engine]:
        print(f"\n{engine}, scale {args.scale:g}, {args.runs} runs\n")
        print("| query | standard, s | Oftra, s | ratio | least | most |\n| --- | ---: | ---: | ---: | ---: | ---: |")
        found = []
        for pair in ENGINES[engine](folder, args.only, args.written):
            one = measure(pair, args.runs)
            found.append(median(one.ratios))
            print(f"| {one.name} {one.cells}", flush=True)
        print(f"\nmedian of the ratios: {median(found):.2f}; highest: {max(found):.2f}")


if __name__ == "__main__":
    main()
