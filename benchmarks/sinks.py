"""Five sinks over one join: Oftra's program of all five beside five queries that each join for themselves.

    python sinks.py --scale 1 --engine duckdb

Everything that the generated program does is measured, reading and writing included; the contracts of its sources have
no rules, as the five queries judge none. Ratios are of CPU seconds, of runs in turns in one process, as in
`queries.py`. The join is of the orders of a year, and of all: then as many rows as there are line items are kept.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from time import process_time

from queries import OUT, Pair, data, loaded, measure, spark_clock

import oftra

COLUMNS = {
    "lineitem": "l_orderkey bigint, l_suppkey bigint, l_shipmode string, l_extendedprice decimal(15, 2), l_discount "
    "decimal(15, 2), l_shipdate date",
    "orders": "o_orderkey bigint, o_custkey bigint, o_orderdate date, o_orderpriority string",
    "customer": "c_custkey bigint, c_nationkey bigint, c_mktsegment string",
    "nation": "n_nationkey bigint, n_name string",
}
SALES = """\
from lineitem
|> join orders on o_orderkey = l_orderkey
|> join customer on c_custkey = o_custkey
|> join nation on n_nationkey = c_nationkey
|> where o_orderdate >= date '{since}'
|> select n_name, c_mktsegment, o_orderpriority, l_shipmode, l_suppkey, l_extendedprice, l_discount
"""
JOINED = """(
  select n_name, c_mktsegment, o_orderpriority, l_shipmode, l_suppkey, l_extendedprice, l_discount
  from lineitem
  join orders on o_orderkey = l_orderkey
  join customer on c_custkey = o_custkey
  join nation on n_nationkey = c_nationkey
  where o_orderdate >= date '{since}'
) as sales"""
SINCE = {"a year": "1997-08-03", "all": "1992-01-01"}
GROUPS = {
    "by_nation": "n_name",
    "by_segment": "c_mktsegment",
    "by_priority": "o_orderpriority",
    "by_mode": "l_shipmode",
    "by_supplier": "l_suppkey",
}


def program(folder: Path, since: str) -> str:
    """The program of five sinks."""
    lines = [f"connection lake = files {{ root: '{folder}', format: parquet }}"]
    lines.append("connection store = files { root: 'build/ours', format: parquet }")
    for name, columns in COLUMNS.items():
        lines.append(f"contract {name}_row {{ {columns} }}")
        lines.append(f"source {name}: {name}_row from lake {{ path: '{name}.parquet' }}")
    lines.append(f"view sales = {SALES.format(since=since)}")
    for name, key in GROUPS.items():
        query = f"from sales |> aggregate count(*) as lines, max(l_extendedprice) as most group by {key}"
        lines.append(f"view {name} = {query}\nsink {name}_out from {name} into store {{ path: '{name}.parquet' }}")
    return "\n".join(lines)


def queries(since: str) -> dict[str, str]:
    """The five queries, each by itself."""
    say = "select {key}, count(*) as lines, max(l_extendedprice) as most from {joined} group by {key}"
    return {name: say.format(key=key, joined=JOINED.format(since=since)) for name, key in GROUPS.items()}


def written(folder: Path, since: str) -> tuple[Path, oftra.Program]:
    """The program as a file in a folder of its own."""
    made = OUT / "sinks"
    for place in (made / "build" / "ours", made / "build" / "theirs"):
        place.mkdir(parents=True, exist_ok=True)
    (made / "sinks.oftra").write_text(program(folder, since))
    return made, oftra.load(made / "sinks.oftra")


def on_duckdb(folder: Path, since: str) -> Iterator[Pair]:
    """The generated script beside five `copy` statements."""
    import duckdb

    made, checked = written(folder, since)
    (script,) = [text for path, text in checked.compile("duckdb").items() if path.endswith(".sql")]
    script = re.sub(r"'build/ours", f"'{made}/build/ours", script)
    connection = duckdb.connect()
    connection.execute("create schema plain")
    for name in COLUMNS:
        connection.execute(f"create view plain.{name} as from '{folder / name}.parquet'")

    def ours() -> None:
        connection.execute("use memory.main")
        connection.execute(script)

    def theirs() -> None:
        connection.execute("use memory.plain")
        for name, query in queries(since).items():
            connection.execute(f"copy ({query}) to '{made}/build/theirs/{name}.parquet' (format parquet)")

    yield Pair("DuckDB", ours, theirs, process_time)


def on_spark(folder: Path, since: str) -> Iterator[Pair]:
    """What the generated module does in its `main`, beside five queries in `spark.sql`."""
    made, checked = written(folder, since)
    module = loaded(made, checked)
    spark = module.session()
    spark.sparkContext.setLogLevel("ERROR")
    spark.conf.set("spark.sql.shuffle.partitions", "4")

    sys.argv[1:] = ["--root", str(made)]
    arguments = module.arguments()

    def ours() -> None:
        module.main(spark, arguments, {})
        spark.catalog.clearCache()

    def theirs() -> None:
        for name in COLUMNS:
            spark.read.parquet(f"{folder / name}.parquet").createOrReplaceTempView(name)
        for name, query in queries(since).items():
            spark.sql(query).write.mode("overwrite").parquet(f"{made}/build/theirs/{name}.parquet")

    yield Pair("Spark", ours, theirs, spark_clock(spark))


ENGINES = {"duckdb": on_duckdb, "spark": on_spark}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--engine", choices=[*ENGINES, "all"], default="all")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    folder = data(args.scale)
    print(f"\nfive sinks over one join, scale {args.scale:g}, {args.runs} runs\n")
    print(f"| engine | orders of | five queries, s | Oftra, s | ratio | least | most |\n| --- | --- {'| ---: ' * 5}|")
    for engine in ENGINES if args.engine == "all" else [args.engine]:
        for orders, since in SINCE.items():
            (pair,) = ENGINES[engine](folder, since)
            print(f"| {engine} | {orders} {measure(pair, args.runs).cells}", flush=True)


if __name__ == "__main__":
    main()
