# Made by oftra from program.oftra: edits belong there.

from __future__ import annotations

import argparse
import datetime
import json
import logging
import os
import re
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

log = logging.getLogger("program")
PROGRAM = "program"
PARAMS = ()
OUTPUTS = ("customers", "seen")
PLACES = {
    "orders": "program.oftra:19",
    "customers": "program.oftra:33",
    "seen": "program.oftra:34",
}
ORDERS = """
    id bigint, customer string, amount decimal(12, 2), paid_at timestamp, notes string,
    Size smallint
"""


def read_orders(spark: SparkSession, database: dict[str, str]) -> DataFrame:
    """What was ordered."""
    return conformed(
        from_database(
            spark,
            database,
            '(select id, cast(customer as text) as customer, cast(case when amount <> trunc(amount, 2) then cast(concat(amount, \' is no decimal of 2 digits behind the point\') as numeric) else amount end as numeric(12, 2)) as amount, paid_at, cast(notes as text) as notes, "Size" from sales."all orders") as orders',
            partitionColumn="id",
            lowerBound=1,
            upperBound=1000000,
            numPartitions=4,
        ),
        ORDERS,
        all_there=True,
    )


def broken_orders(orders: DataFrame) -> DataFrame:
    """How many rows of orders break each rule."""
    return orders.agg(
        F.count("*").alias("read"),
        F.count_if(F.col("id").isNull()).alias("id not null"),
        F.count_if(F.col("customer").isNull()).alias("customer not null"),
        F.count_if(F.col("amount").isNull()).alias("amount not null"),
    ).crossJoin(
        orders.where(F.col("id").isNotNull())
        .groupBy("id")
        .agg(F.count("*").alias("rows"))
        .where(F.col("rows") > 1)
        .agg(F.coalesce(F.sum("rows"), F.lit(0)).alias("primary key (id)"))
    )


def by_customer(orders: DataFrame) -> DataFrame:
    return orders.groupBy("customer").agg(
        F.count("*").alias("orders"), F.max("paid_at").alias("last_paid")
    )


def write_customers(rows: DataFrame, database: dict[str, str]) -> int:
    return into_database(
        rows,
        database,
        "sales.customers__new",
        (
            "create table if not exists sales.customers (customer text, orders bigint, last_paid timestamptz, primary key (customer))",
            "drop table if exists sales.customers__new",
            "create unlogged table sales.customers__new as select customer, orders, last_paid from sales.customers with no data",
        ),
        (
            "insert into sales.customers (customer, orders, last_paid) select customer, orders, last_paid from sales.customers__new on conflict (customer) do update set orders = excluded.orders, last_paid = excluded.last_paid",
            "drop table sales.customers__new",
        ),
    )


def write_seen(rows: DataFrame, database: dict[str, str]) -> int:
    return into_database(
        rows,
        database,
        "audit.seen__new",
        (
            "create table if not exists audit.seen (customer text, orders bigint, last_paid timestamptz)",
            "drop table if exists audit.seen__new",
            "create unlogged table audit.seen__new as select customer, orders, last_paid from audit.seen with no data",
        ),
        (
            "insert into audit.seen (customer, orders, last_paid) select customer, orders, last_paid from audit.seen__new",
            "drop table audit.seen__new",
        ),
    )


def main(spark: SparkSession, args: argparse.Namespace, report: dict[str, Any]) -> None:
    """Build what is asked for."""
    shop = {
        "url": "jdbc:postgresql://localhost/shop?sslmode=require",
        "user": "reports",
        "password": os.environ["SHOP_REPORTS"],
        "driver": "org.postgresql.Driver",
        "stringtype": "unspecified",
    }
    orders = reading("orders", read_orders, spark, shop).cache()
    judge(report, "orders", broken_orders(orders))
    by_customer_df = by_customer(orders).cache()
    if "customers" in args.only:
        store(report, "customers", by_customer_df, write_customers, shop)
    if "seen" in args.only:
        store(report, "seen", by_customer_df, write_seen, shop)


def session() -> SparkSession:
    """The session, with the settings that this code relies on."""
    return (
        SparkSession.builder.appName(PROGRAM)
        .config("spark.sql.ansi.enabled", True)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .getOrCreate()
    )


def from_database(
    spark: SparkSession, database: dict[str, str], table: str, **options: Any
) -> DataFrame:
    """The rows of a table, or of a query in brackets."""
    read = spark.read.format("jdbc").options(**database, **options)
    return read.option("dbtable", table).load()


def into_database(
    rows: DataFrame,
    database: dict[str, str],
    new: str,
    before: tuple[str, ...],
    after: tuple[str, ...],
) -> int:
    """Write rows to the table `new`; what comes after puts them in place and removes it."""
    at_once(rows.sparkSession, database, before)
    rows.write.format("jdbc").options(**database, dbtable=new).mode("append").save()
    *_, put, _ = at_once(rows.sparkSession, database, after)
    return put


def at_once(
    spark: SparkSession, database: dict[str, str], statements: tuple[str, ...]
) -> list[int]:
    """Run statements in one transaction: how many rows each was about."""
    jvm: Any = spark.sparkContext._jvm
    properties = jvm.java.util.Properties()
    for name, value in database.items():
        properties.setProperty(name, value)
    driver = jvm.org.postgresql.Driver()
    connection = driver.connect(database["url"], properties)
    try:
        connection.setAutoCommit(False)
        run = connection.createStatement().executeUpdate
        counts = [run(statement) for statement in statements]
        connection.commit()
        return counts
    finally:
        connection.close()


class Failed(Exception):
    """What went wrong, and the relation that it is about."""

    def __str__(self) -> str:
        """That with the place in the program."""
        relation, message = self.args
        place = place_of(relation, self.__cause__)
        words = [f"in {relation}"] if relation else []
        words += [f"({place})"] if place else []
        return f"{' '.join(words)}, {message}" if words else str(message)

    @property
    def told(self) -> dict[str, Any]:
        """The same for the report."""
        relation, message = self.args
        file, _, line = place_of(relation, self.__cause__).rpartition(":")
        place = {"file": file or None, "line": int(line) if file else None}
        return {"relation": relation, **place, "message": message}


class Broken(Failed):
    """Rows of a relation break rules that none may break."""


def place_of(relation: str | None, error: BaseException | None) -> str:
    """Where in the program an error comes from, as `FILE:LINE`.

    Spark may name the line of this file that says what failed; where that comes from stands in
    the manifest beside it. Without these it is where the relation is declared.
    """
    folder, name = os.path.split(os.path.abspath(place_of.__code__.co_filename))
    if found := re.search(rf"{re.escape(name)}:(\d+)", str(error)):
        line = int(found[1])
        for path in (f"{name[:-3]}.manifest.json", "manifest.json"):
            path = os.path.join(folder, path)
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    told = json.load(file)
                around = [one for one in told["lines"] if one[0] <= line <= one[1]]
                if told["script"] == name and around:
                    _, _, at, *_, line = min(around, key=lambda one: one[1] - one[0])
                    return f"{told['inputs'][at]['path']}:{line}"
    return PLACES.get(relation or "", "")


def short(error: Exception) -> str:
    """What an error says, without the plan that Spark shows behind it."""
    return re.split(r"\n\n|\n== DataFrame ==", str(error))[0]


def counted(told: dict[str, Any]) -> dict[str, Any]:
    """How many rows of a relation were read, written and kept out, and how long that took."""
    counts = {"relation": told["name"], "read": told["read"]}
    if told["stored"]:
        counts["written"] = told["rows"]
    more = ("dropped", "quarantined", "late", "seconds")
    return {**counts, **{count: told[count] for count in more}}


def tell(told: dict[str, Any]) -> None:
    """Log what was done with a relation."""
    counts = counted(told)
    words = " ".join(f"{count}={number}" for count, number in counts.items())
    log.info("%s", words, extra={"told": counts})


def summary(report: dict[str, Any], status: str, seconds: float) -> None:
    """Log what was done in all: a line for each relation."""
    done = [counted(told) for told in report.values()]
    head = ("relation", "read", "written", "dropped", "quarantined", "late", "seconds")
    lines = [head, *[tuple(str(told.get(word, "-")) for word in head) for told in done]]
    widths = [max(map(len, column)) for column in zip(*lines)]
    columns = "  ".join(f"%-{width}s" for width in widths)
    text = "\n".join(columns % line for line in lines)
    told = {"status": status, "seconds": round(seconds, 3), "relations": done}
    log.info("%s\n%s in %.1f s", text, status, seconds, extra={"told": told})


class JsonLines(logging.Formatter):
    """A record of the log as a line of JSON, with what is the same for the whole run."""

    def __init__(self, **run: Any) -> None:
        super().__init__()
        self.run = run

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc)
        line = {"time": at, "level": record.levelname, "message": record.getMessage()}
        line.update({**self.run, **getattr(record, "told", {})})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def about(report: dict[str, Any], name: str) -> dict[str, Any]:
    """What is told of a relation."""
    counts = dict.fromkeys(
        ("rows", "read", "passed", "dropped", "quarantined", "late"), 0
    )
    more = {"rules": [], "assertions": [], "seconds": 0.0}
    report.setdefault(name, {"name": name, "stored": False, **counts, **more})
    told: dict[str, Any] = report[name]
    return told


def store(
    report: dict[str, Any],
    name: str,
    rows: DataFrame,
    write: Callable[..., int | None],
    *place: str,
) -> None:
    """Write rows, and tell how many they were and how long it took."""
    log.info("%s begins", name)
    begin = time.monotonic()
    seen = Observation()
    try:
        counted = write(rows.observe(seen, F.count(F.lit(1)).alias("rows")), *place)
    except Exception as error:
        raise Failed(name, short(error)) from error
    told = about(report, name)
    told.update(stored=True, rows=seen.get["rows"] if counted is None else counted)
    if not told["rules"]:
        told.update(read=told["rows"], passed=told["rows"])
    told["seconds"] = round(told["seconds"] + time.monotonic() - begin, 3)
    tell(told)


def judge(
    report: dict[str, Any],
    name: str,
    counts: DataFrame,
    rules: dict[str, str] | None = None,
    assertion: str | None = None,
) -> None:
    """Tell how many rows break each rule; stop if one breaks a rule that fails the run."""
    log.info("%s is judged", name)
    rules = rules or dict.fromkeys(counts.columns[1:], "fail")
    try:
        row = list(counts.collect()[0])
    except Exception as error:
        raise Failed(name, short(error)) from error
    first = len(row) - len(rules)
    read, dropped, quarantined = (*row[:first], 0, 0)[:3]
    records = dict(zip(counts.columns[first:], row[first:]))
    passed = read - dropped - quarantined
    told = about(report, name)
    if assertion is None:
        told.update(rows=passed)
    else:
        told["assertions"].append({"name": assertion, "late": 0})
        told = told["assertions"][-1]
    told.update(read=read, passed=passed, dropped=dropped, quarantined=quarantined)
    told["rules"] = [
        {"rule": rule, "action": action, "records": records[rule]}
        for rule, action in rules.items()
    ]
    broken = [
        f"{records[rule]:,} {'row breaks' if records[rule] == 1 else 'rows break'} `{rule}`"
        for rule, action in rules.items()
        if action == "fail" and records[rule]
    ]
    if assertion is None:
        tell(told)
    if broken:
        raise Broken(name, ", ".join(broken))


def conformed(
    rows: DataFrame, schema: str, all_there: bool = False, none_else: bool = False
) -> DataFrame:
    """The columns of `schema`: null where they are missing, an error where types don't fit."""
    wanted = rows.sparkSession.createDataFrame([], schema).schema
    found = {field.name: field.dataType.simpleString() for field in rows.schema}
    missing = [column for column in wanted.names if column not in found]
    if missing and (all_there or len(missing) == len(wanted)):
        raise ValueError(
            f"there is no column {', '.join(missing)}, but {', '.join(found)}"
        )
    others = [column for column in found if column not in wanted.names]
    if none_else and (others or len(rows.columns) > len(found)):
        more = ", ".join(others or rows.columns)
        raise ValueError(f"there are columns that nobody expects: {more}")
    for field in wanted:
        there, asked = found.get(field.name), field.dataType.simpleString()
        if there and there != asked and not fits(there, asked):
            raise TypeError(f"column {field.name} is {there} in the data, not {asked}")
    return rows.to(wanted)


def reading(
    name: str, read: Callable[..., DataFrame], *given: Any, **how: bool
) -> DataFrame:
    """What `read` gives; if it fails, that is about `name`."""
    try:
        return read(*given, **how)
    except Exception as error:
        raise Failed(name, short(error)) from error


def fits(there: str, asked: str) -> bool:
    """Whether each value of one type is one of another; integers are judged as they are read."""
    whole = ("tinyint", "smallint", "int", "bigint")
    if there.startswith("decimal(") and asked.startswith("decimal("):
        (p, s), (q, t) = (map(int, one[8:-1].split(",")) for one in (there, asked))
        return s <= t and p - s <= q - t
    if there in whole:
        return asked in (*whole, "double") or asked.startswith("decimal(")
    if there == "float" or there.startswith("decimal("):
        return asked == "double"
    if there == "date":
        return asked in ("timestamp", "timestamp_ntz")
    return there.startswith(("array<", "map<", "struct<"))


def instant(text: str) -> datetime.datetime:
    """A point in time, in UTC unless it says otherwise."""
    found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)


def assignment(text: str) -> tuple[str, str]:
    """`NAME=VALUE` as its two parts."""
    name, given, value = text.partition("=")
    if not given or name not in PARAMS:
        wanted = f"NAME=VALUE with one of {', '.join(PARAMS)}"
        raise argparse.ArgumentTypeError(f"{text} is not {wanted}")
    return name, value


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=f"Run {PROGRAM}.")
    parser.add_argument(
        "--start", type=instant, metavar="TIME", default=instant("0001-01-01")
    )
    parser.add_argument("--end", type=instant, metavar="TIME", default=now())
    parser.add_argument("--only", nargs="+", choices=OUTPUTS, default=list(OUTPUTS))
    parser.add_argument(
        "--param", type=assignment, action="append", metavar="NAME=VALUE", default=[]
    )
    parser.add_argument(
        "--report", metavar="FILE", help="tell there what was done, as JSON"
    )
    parser.add_argument("--root", default=".", help="where relative paths start")
    parser.add_argument("--run", metavar="ID", default=str(uuid.uuid4()))
    parser.add_argument(
        "--log", choices=("text", "json"), default="text", help="how it is logged"
    )
    args = parser.parse_args()
    args.param = dict(args.param)
    return args


def now() -> datetime.datetime:
    """The start of the run."""
    return datetime.datetime.now(datetime.timezone.utc)


def run() -> int:
    """Run as the command line says: 0 if all went well, 4 if a rule stopped it, else 3."""
    args = arguments()
    begin = time.monotonic()
    logging.basicConfig(format="%(message)s")
    if args.log == "json":
        lines = JsonLines(run=args.run, start=args.start, end=args.end)
        logging.getLogger().handlers[0].setFormatter(lines)
    log.setLevel(logging.INFO)
    log.info("run %s, from %s to %s", args.run, args.start, args.end)
    report: dict[str, Any] = {}
    failure: Failed | None = None
    try:
        main(session(), args, report)
    except Failed as error:
        failure = error
    except Exception as error:
        failure = Failed(None, short(error))
        failure.__cause__ = error
    status = 0 if failure is None else 4 if isinstance(failure, Broken) else 3
    word = {0: "well", 3: "failed", 4: "stopped"}[status]
    summary(report, word, time.monotonic() - begin)
    if failure is not None:
        log.error("%s: %s", word, failure, exc_info=failure if status == 3 else None)
    if args.report:
        told = {"program": PROGRAM, "status": word, "error": failure and failure.told}
        with open(args.report, "w", encoding="utf-8") as file:
            json.dump({**told, "relations": list(report.values()), "gates": []}, file)
    return status


if __name__ == "__main__":
    sys.exit(run())
