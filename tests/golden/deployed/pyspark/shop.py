# Made by oftra from program.oftra: edits belong there.

from __future__ import annotations

import argparse
import datetime
import json
import logging
import os
import re
import shutil
import sys
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pyspark.sql import Column, DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

log = logging.getLogger("shop")
PROGRAM = "shop"
PARAMS = ("least",)
OUTPUTS = ("countries", "rejected", "report")
PLACES = {
    "orders": "program.oftra:26",
    "customers": "program.oftra:29",
    "countries": "program.oftra:35",
    "rejected": "program.oftra:27",
    "report": "program.oftra:49",
}
ORDERS = "order_id string, ordered timestamp, country string, amount decimal(10, 2)"
CUSTOMERS = "customer_id int, country string"
ORDERS_RULES = {
    "readable": "quarantine",
    "order_id not null": "quarantine",
    "ordered not null": "quarantine",
    "country not null": "quarantine",
    "amount not null": "quarantine",
    "no_gifts": "quarantine",
    "plausible": "warn",
}


def read_orders(spark: SparkSession, root: str) -> DataFrame:
    """An order, as the shop tells of it."""
    records = json_fields(numbered(spark.read.text(f"{root}/orders/*.jsonl"), root))
    return decoded(records, ORDERS, exact_scalar).select(
        "row.*", "readable", F.col("value").alias("record"), "file", "position"
    )


def judged_orders(orders_records: DataFrame) -> DataFrame:
    """The rows of orders, each with the rules that it breaks."""
    return orders_records.withColumn(
        "broken",
        F.array_compact(
            F.array(
                F.when(~F.col("readable"), "readable"),
                F.when(
                    F.col("readable") & F.col("order_id").isNull(), "order_id not null"
                ),
                F.when(
                    F.col("readable") & F.col("ordered").isNull(), "ordered not null"
                ),
                F.when(
                    F.col("readable") & F.col("country").isNull(), "country not null"
                ),
                F.when(F.col("readable") & F.col("amount").isNull(), "amount not null"),
                F.when(~(F.col("amount") >= 0), "no_gifts"),
                F.when(~(F.col("amount") < 10000), "plausible"),
            )
        ),
    ).withColumn(
        "outcome",
        F.when(
            F.exists("broken", lambda rule: ~rule.isin("plausible")), "quarantined"
        ).otherwise("passed"),
    )


def orders(orders_judged: DataFrame) -> DataFrame:
    """An order, as the shop tells of it."""
    return orders_judged.where(F.col("outcome") == "passed").select(
        "order_id", "ordered", "country", "amount"
    )


def read_customers(spark: SparkSession, database: dict[str, str]) -> DataFrame:
    """Who bought, from the customers' own database."""
    return conformed(
        from_database(
            spark,
            database,
            "(select customer_id, cast(country as text) as country from customers) as customers",
        ),
        CUSTOMERS,
        all_there=True,
    )


def broken_customers(customers: DataFrame) -> DataFrame:
    """How many rows of customers break each rule."""
    return customers.agg(
        F.count("*").alias("read"),
        F.count_if(F.col("customer_id").isNull()).alias("customer_id not null"),
        F.count_if(F.col("country").isNull()).alias("country not null"),
    ).crossJoin(
        customers.where(F.col("customer_id").isNotNull())
        .groupBy("customer_id")
        .agg(F.count("*").alias("rows"))
        .where(F.col("rows") > 1)
        .agg(F.coalesce(F.sum("rows"), F.lit(0)).alias("primary key (customer_id)"))
    )


def countries(
    orders: DataFrame, least: Decimal, run_end: datetime.datetime
) -> DataFrame:
    """What each country bought, in the time that a run is about."""
    return (
        orders.where(F.col("ordered") < run_end)
        .groupBy("country")
        .agg(F.count("*").alias("orders"), F.sum("amount").alias("amount"))
        .where(F.col("amount") >= least)
    )


def write_countries(rows: DataFrame) -> int:
    rows.write.mode("overwrite").saveAsTable("sales.countries")
    return rows.sparkSession.read.table("sales.countries").count()


def listed(customers: DataFrame, countries: DataFrame) -> DataFrame:
    """Customers of each country that is listed."""
    return (
        customers.join(countries, "country")
        .groupBy("country")
        .agg(F.count("*").alias("customers"))
    )


def rejected(orders_judged: DataFrame, run_at: datetime.datetime) -> DataFrame:
    return orders_judged.where(F.col("outcome") == "quarantined").select(
        "record",
        F.col("broken").alias("rules"),
        F.lit("orders").alias("source"),
        "file",
        "position",
        F.lit(run_at).alias("read_at"),
    )


def write_rejected(rows: DataFrame, root: str) -> None:
    replaced(
        f"{root}/rejected.jsonl",
        rows.write.mode("overwrite")
        .options(
            ignoreNullFields=False, timestampFormat="yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"
        )
        .json,
    )


def required(countries: DataFrame) -> DataFrame:
    """Whether `rows(countries) < 250` holds, and what was measured for that."""
    return countries.agg(F.count("*").alias("rows_of_countries")).select(
        (F.col("rows_of_countries") < 250).alias("holds"), "rows_of_countries"
    )


def write_report_(rows: DataFrame, root: str) -> None:
    replaced(f"{root}/report.jsonl", rows.write.mode("overwrite").json)


def main(spark: SparkSession, args: argparse.Namespace, report: dict[str, Any]) -> None:
    """Build what is asked for."""
    least = Decimal(args.param.get("least", "10"))
    run_at = now()
    lake = below(args.root, os.environ.get("LAKE", "data"))
    crm = {
        "url": "jdbc:postgresql://crm.example.com/crm",
        "user": os.environ["CRM_USER"],
        "password": os.environ["CRM_PASSWORD"],
        "driver": "org.postgresql.Driver",
        "stringtype": "unspecified",
    }
    orders_records = reading("orders", read_orders, spark, lake)
    orders_judged = judged_orders(orders_records).cache()
    judge(report, "orders", tally(orders_judged, ORDERS_RULES), ORDERS_RULES)
    orders_df = orders(orders_judged)
    customers = reading("customers", read_customers, spark, crm).cache()
    if "report" in args.only:
        judge(report, "customers", broken_customers(customers))
    if set(args.only) & {"countries", "report"}:
        rows = countries(orders_df, least, args.end)
        store(report, "countries", rows, write_countries)
        countries_df = spark.read.table("sales.countries")
    if "report" in args.only:
        listed_df = listed(customers, countries_df)
    store(report, "rejected", rejected(orders_judged, run_at), write_rejected, lake)
    if set(args.only) & {"countries", "report"}:
        require(
            required(countries_df),
            "rows(countries) < 250",
            "alert",
            "daily",
            "program.oftra:63",
            ["rows(countries)"],
        )
    if "report" in args.only:
        store(report, "report", listed_df, write_report_, lake)


def session() -> SparkSession:
    """The session, with the settings that this code relies on."""
    return (
        SparkSession.builder.appName(PROGRAM)
        .config("spark.sql.ansi.enabled", True)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .getOrCreate()
    )


def numbered(lines: DataFrame, root: str) -> DataFrame:
    """Lines, each with its `file` below `root` and its `position` there, from 1."""
    # The path is written as a URL, in which a plus is no blank.
    path = F.url_decode(F.replace("_metadata.file_path", F.lit("+"), F.lit("%2B")))
    start = root if ":/" in root else os.path.abspath(root)
    order = Window.partitionBy("file").orderBy("start", "at")
    return lines.select(
        "value",
        F.regexp_replace(path, rf"^.*?\Q{start}\E/", "").alias("file"),
        F.col("_metadata.file_block_start").alias("start"),
        F.monotonically_increasing_id().alias("at"),
    ).withColumn("position", F.row_number().over(order).cast("bigint"))


def json_fields(lines: DataFrame) -> DataFrame:
    """Lines with their `fields` by name: null of a line that is no JSON object."""
    # A parser would stop behind the object: it is alone if the 0 follows.
    pair = F.try_parse_json(F.concat(F.lit("["), "value", F.lit(", 0]")))
    is_alone = F.try_variant_get("pair", "$[1]", "int") == 0
    fields = json_object(F.try_variant_get("pair", "$[0]", "variant"))
    return lines.withColumn("pair", pair).withColumn("fields", F.when(is_alone, fields))


def decoded(
    records: DataFrame,
    schema: str,
    decode: Callable[[Column, T.DataType], Column],
    paths: dict[str, str] | None = None,
    known: list[str] | None = None,
    all_there: bool = False,
    none_else: bool = False,
) -> DataFrame:
    """Records with the `row` that their fields say, and whether all of it is `readable`.

    A column is the field of its name, or that of `paths`; of the `known` fields one is
    there at least.
    """
    wanted = records.sparkSession.createDataFrame([], schema).schema
    paths = {name: name for name in wanted.names} if paths is None else paths
    fields, row = F.col("fields"), F.col("row")
    names = F.map_keys(fields)
    expected = F.array(*map(F.lit, known or paths.values()))
    readable = F.arrays_overlap(names, expected)
    if all_there:
        readable &= F.size(F.array_except(expected, names)) == 0
    if none_else:
        readable &= F.size(F.array_except(names, expected)) == 0
    values = []
    for field in wanted:
        given = fields[paths[field.name]]
        values.append(decode(given, field.dataType).alias(field.name))
        readable &= given.isNull() | row[field.name].isNotNull()
    readable = F.coalesce(readable, F.lit(False))
    return records.withColumn("row", F.struct(*values)).withColumn("readable", readable)


def exact_scalar(value: Column, kind: T.DataType) -> Column:
    """A JSON string, number or boolean as a value of a type; null if it is not exactly one."""
    found, text = F.schema_of_variant(value), F.try_variant_get(value, "$", "string")
    if isinstance(kind, T.VariantType):
        return F.when(~has_long_number(), F.to_json(value))
    if isinstance(kind, T.BooleanType):
        return F.when(found == "BOOLEAN", exact_text(text, kind))
    if not isinstance(kind, T.NumericType):
        return F.when(found == "STRING", exact_text(text, kind))
    number = F.when(found.rlike("^(BIGINT|DECIMAL|DOUBLE)") & ~text.rlike("Inf"), text)
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        special = text.isin("NaN", "Infinity", "-Infinity") & (found == "STRING")
        return exact_text(F.when(special, text).otherwise(number), kind)
    # With an exponent or too many digits it was rounded, unless all numbers there are short.
    is_shortened = F.col("value").rlike(r"([0-9]{16}|[0-9.]{17})[0-9.]*[eE]")
    digits = number.try_cast("decimal(38, 18)")
    is_same = digits.cast("double") == number.try_cast("double")
    is_exact = is_same & ~is_shortened & ~has_long_number()
    plain = F.when(found != "DOUBLE", number).when(is_exact, digits.cast("string"))
    if isinstance(kind, T.IntegralType):
        plain = F.regexp_replace(plain, r"\.0*$", "")
    return exact_text(plain, kind)


def has_long_number() -> Column:
    """Whether a line has a number of more than 38 digits, which would be rounded."""
    return F.col("value").rlike(r"[1-9](\.?[0-9]){38}|\.[0-9]{39}")


def json_object(value: Column) -> Column:
    """The fields of a JSON object by name, null where they say so; null if it is none."""
    fields = F.try_variant_get(value, "$", "map<string, variant>")
    return F.transform_values(fields, lambda _, one: unless_null(one))


def unless_null(value: Column) -> Column:
    """A JSON value, unless it is JSON's null."""
    return F.when(~F.is_variant_null(value), value)


def exact_text(text: Column, kind: T.DataType) -> Column:
    """The value that a text says; null if it would have to be rounded or guessed."""
    if isinstance(kind, T.StringType):
        return text
    if isinstance(kind, T.BinaryType):
        return F.try_to_binary(text, F.lit("base64"))
    day = r"\d{4}-\d\d-\d\d"
    clock = r"[T ]([01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,6}0*)?)?"
    zone = r"(Z|[+-]\d\d(:?\d\d)?)?"
    number = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:nan|[+-]?inf(inity)?)"
    forms = {
        "boolean": "(?i:true|false)",
        "float": number,
        "double": number,
        "date": day,
        "timestamp": f"{day}({clock}{zone})?",
        "timestamp_ntz": f"{day}({clock})?",
    }
    form = forms.get(kind.simpleString(), r"[+-]?\d+")
    if isinstance(kind, T.DecimalType):
        form = rf"[+-]?\d+(\.\d{{0,{kind.scale}}}0*)?"
    said = F.when(text.rlike(rf"^({form})\z"), text)
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        # What is too large for a type becomes infinite.
        value = said.try_cast("double").cast(kind)
        return F.when(text.rlike("[nN]") | (F.abs(value) < float("inf")), value)
    return said.try_cast(kind)


def from_database(
    spark: SparkSession, database: dict[str, str], table: str, **options: Any
) -> DataFrame:
    """The rows of a table, or of a query in brackets."""
    read = spark.read.format("jdbc").options(**database, **options)
    return read.option("dbtable", table).load()


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


def tally(judged: DataFrame, rules: dict[str, str]) -> DataFrame:
    """How many rows were read, dropped and quarantined, and how many break each rule."""
    *_, broken, outcome = judged.columns
    return judged.agg(
        F.count("*").alias("read"),
        F.count_if(F.col(outcome) == "dropped").alias("dropped"),
        F.count_if(F.col(outcome) == "quarantined").alias("quarantined"),
        *[F.count_if(F.array_contains(broken, rule)).alias(rule) for rule in rules],
    )


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


class Closed(Broken):
    """A gate does not hold, and what comes behind it may not be done."""


class Skipped(Exception):
    """A gate does not hold, and what comes behind it need not be done."""


GATES: list[dict[str, Any]] = []


def require(
    row: DataFrame,
    gate: str,
    action: str,
    pipeline: str,
    place: str,
    measures: list[str],
) -> None:
    """Tell what a gate measured; if it does not hold, the run goes on after an alert alone."""
    try:
        holds, *found = row.collect()[0]
    except Exception as error:
        raise Failed(None, short(error)) from error
    file, _, line = place.rpartition(":")
    told = {"gate": gate, "pipeline": pipeline, "file": file, "line": int(line)}
    measured = dict(zip(measures, found))
    GATES.append({**told, "action": action, "holds": holds, "measured": measured})
    if holds:
        return
    log.warning("%s: `%s` does not hold (%s): %s", action, gate, place, measured)
    if action == "skip":
        raise Skipped(gate)
    if action != "alert":
        raise Closed(None, f"`{gate}` does not hold ({place})")


def replaced(path: str, write: Callable[[str], None]) -> None:
    """Write beside what is at `path`, and put it there once it is complete."""
    if ":/" in path:  # there are no folders to rename in a bucket
        write(path)
        return
    folder, name = os.path.split(path)
    new, old = (os.path.join(folder, f".{name}.{age}") for age in ("new", "old"))
    if os.path.lexists(old) and not os.path.lexists(path):
        os.rename(old, path)  # who put it aside was killed
    removed(old)
    write(new)
    if not os.path.lexists(new):
        raise FileNotFoundError(f"{path} is not on this machine: say where, as file://")
    if os.path.lexists(path):
        os.rename(path, old)
    os.rename(new, path)
    removed(old)


def removed(path: str) -> None:
    """Let nothing be at `path`."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


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


def below(root: str, path: str) -> str:
    """A path, which starts from `root` if it is relative."""
    return path if ":/" in path else os.path.join(root, path)


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
    """Run as the command line says: 0 if all went well, 4 if a rule or gate stopped it, else 3."""
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
    except Skipped:
        log.info("the rest is skipped")
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
        told = {**told, "relations": list(report.values()), "gates": GATES}
        with open(args.report, "w", encoding="utf-8") as file:
            json.dump(told, file, default=str)
    return status


if __name__ == "__main__":
    sys.exit(run())
