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
from typing import Any

from pyspark.sql import Column, DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

log = logging.getLogger("program")
PROGRAM = "program"
PARAMS = ()
OUTPUTS = ("revenue", "rejected", "refused")
PLACES = {
    "shops": "program.oftra:17",
    "sales": "program.oftra:19",
    "revenue": "program.oftra:22",
    "rejected": "program.oftra:17",
    "refused": "program.oftra:28",
}
SHOPS = "id string, opened date"
SALES = "id int, shop string, amount decimal(10, 2), paid string"
SHOPS_RULES = {
    "readable": "quarantine",
    "id not null": "quarantine",
    "primary key (id)": "quarantine",
}
SALES_RULES = {
    "readable": "quarantine",
    "id not null": "quarantine",
    "shop not null": "quarantine",
    "shop references shops (id)": "quarantine",
    "amount not null": "quarantine",
    "amount > 0": "quarantine",
    "plausible": "warn",
    "primary key (id)": "quarantine",
    "real": "drop",
}


def read_shops(spark: SparkSession, root: str) -> DataFrame:
    records = csv_fields(numbered(spark.read.text(f"{root}/shops.csv"), root))
    return decoded(records, SHOPS, exact_text).select(
        "row.*", "readable", F.col("value").alias("record"), "file", "position"
    )


def judged_shops(shops_records: DataFrame) -> DataFrame:
    """The rows of shops, each with the rules that it breaks."""
    return shops_records.withColumn(
        "broken",
        F.array_compact(
            F.array(
                F.when(~F.col("readable"), "readable"),
                F.when(F.col("readable") & F.col("id").isNull(), "id not null"),
                F.when(
                    F.col("id").isNotNull()
                    & (F.count("*").over(Window.partitionBy("id")) > 1),
                    "primary key (id)",
                ),
            )
        ),
    ).withColumn(
        "outcome", F.when(F.size("broken") > 0, "quarantined").otherwise("passed")
    )


def shops(shops_judged: DataFrame) -> DataFrame:
    return shops_judged.where(F.col("outcome") == "passed").select("id", "opened")


def read_sales(spark: SparkSession, root: str) -> DataFrame:
    """A sale as a till reports it."""
    records = json_fields(numbered(spark.read.text(f"{root}/sales/*.jsonl"), root))
    return decoded(records, SALES, exact_scalar).select(
        "row.*", "readable", F.col("value").alias("record"), "file", "position"
    )


def judged_sales(sales_records: DataFrame, shops: DataFrame) -> DataFrame:
    """The rows of sales, each with the rules that it breaks."""
    return (
        sales_records.alias("sales_records")
        .join(shops.alias("shops"), F.col("shop") == F.col("shops.id"), "left")
        .select(
            "sales_records.id",
            "shop",
            "amount",
            "paid",
            "readable",
            "record",
            "file",
            "position",
            F.array_compact(
                F.array(
                    F.when(~F.col("readable"), "readable"),
                    F.when(
                        F.col("readable") & F.col("sales_records.id").isNull(),
                        "id not null",
                    ),
                    F.when(F.col("readable") & F.col("shop").isNull(), "shop not null"),
                    F.when(
                        F.col("shop").isNotNull() & F.col("shops.id").isNull(),
                        "shop references shops (id)",
                    ),
                    F.when(
                        F.col("readable") & F.col("amount").isNull(), "amount not null"
                    ),
                    F.when(~(F.col("amount") > 0), "amount > 0"),
                    F.when(~(F.col("amount") < 1000), "plausible"),
                    F.when(
                        F.col("sales_records.id").isNotNull()
                        & (
                            F.count("*").over(Window.partitionBy("sales_records.id"))
                            > 1
                        ),
                        "primary key (id)",
                    ),
                    F.when(~(F.col("paid") != "training"), "real"),
                )
            ).alias("broken"),
        )
        .withColumn(
            "outcome",
            F.when(
                F.exists("broken", lambda rule: ~rule.isin("plausible", "real")),
                "quarantined",
            )
            .when(F.array_contains("broken", "real"), "dropped")
            .otherwise("passed"),
        )
    )


def sales(sales_judged: DataFrame) -> DataFrame:
    """A sale as a till reports it."""
    return sales_judged.where(F.col("outcome") == "passed").select(
        "id", "shop", "amount", "paid"
    )


def revenue(sales: DataFrame) -> DataFrame:
    """What each shop sold."""
    return sales.groupBy("shop").agg(F.sum("amount").alias("revenue"))


def write_revenue(rows: DataFrame, root: str) -> None:
    replaced(f"{root}/revenue.parquet", rows.write.mode("overwrite").parquet)


def rejected(
    shops_judged: DataFrame, sales_judged: DataFrame, run_at: datetime.datetime
) -> DataFrame:
    return (
        shops_judged.where(F.col("outcome") == "quarantined")
        .select(
            "record",
            F.col("broken").alias("rules"),
            F.lit("shops").alias("source"),
            "file",
            "position",
            F.lit(run_at).alias("read_at"),
        )
        .union(
            sales_judged.where(F.col("outcome") == "quarantined").select(
                "record",
                F.col("broken").alias("rules"),
                F.lit("sales").alias("source"),
                "file",
                "position",
                F.lit(run_at).alias("read_at"),
            )
        )
    )


def write_rejected(rows: DataFrame, root: str) -> None:
    replaced(f"{root}/rejected.parquet", rows.write.mode("overwrite").parquet)


def refused(rejected: DataFrame) -> DataFrame:
    """How many records of each source are kept apart."""
    return rejected.groupBy("source").agg(F.count("*").alias("records"))


def write_refused(rows: DataFrame, root: str) -> None:
    replaced(f"{root}/refused.parquet", rows.write.mode("overwrite").parquet)


def main(spark: SparkSession, args: argparse.Namespace, report: dict[str, Any]) -> None:
    """Build what is asked for."""
    run_at = now()
    lake = os.path.join(args.root, "data")
    out = os.path.join(args.root, "out")
    shops_records = reading("shops", read_shops, spark, lake)
    shops_judged = judged_shops(shops_records).cache()
    judge(report, "shops", tally(shops_judged, SHOPS_RULES), SHOPS_RULES)
    shops_df = shops(shops_judged)
    sales_records = reading("sales", read_sales, spark, lake)
    sales_judged = judged_sales(sales_records, shops_df).cache()
    judge(report, "sales", tally(sales_judged, SALES_RULES), SALES_RULES)
    sales_df = sales(sales_judged)
    if "revenue" in args.only:
        store(report, "revenue", revenue(sales_df), write_revenue, out)
    rows = rejected(shops_judged, sales_judged, run_at)
    store(report, "rejected", rows, write_rejected, out)
    if "refused" in args.only:
        rows = refused(spark.read.parquet(f"{out}/rejected.parquet"))
        store(report, "refused", rows, write_refused, out)


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


def csv_fields(
    lines: DataFrame,
    names: list[str] | None = None,
    sep: str = ",",
    quote: str = '"',
    escape: str = '"',
    null: str = "",
) -> DataFrame:
    """Lines with their `fields` by name: null of a line that is no row.

    Without `names` the first line of each file has them.
    """
    s, q, e = re.escape(sep), re.escape(quote), re.escape(escape)
    # A cell in quotes, with what is escaped in it, or one without.
    more = rf"{e}.[^{q}{e}]*+" if escape != quote else rf"{q}{q}[^{q}]*+"
    cell = rf"{q}[^{q}{e}]*+(?:{more})*+{q}|[^{q}{s}]*+"

    def unquoted(one: Column) -> Column:
        inside = F.substr(one, F.lit(2), F.length(one) - 2)
        plain = F.replace(inside, F.lit(escape + quote), F.lit(quote))
        return F.when(F.startswith(one, F.lit(quote)), plain).otherwise(one)

    line = F.concat(F.lit(sep), "value")
    found = F.regexp_extract_all(line, F.lit(f"{s}({cell})"), F.lit(1))
    cells = F.when(
        ~F.contains("value", F.lit(quote)), F.split("value", rf"\Q{sep}\E", -1)
    ).when(line.rlike(rf"^(?:{s}(?:{cell}))+\z"), F.transform(found, unquoted))
    rows = lines.withColumn("cells", cells)
    if names is None:
        order = Window.partitionBy("file").orderBy("position")
        rows = rows.withColumn("names", F.first("cells").over(order))
        rows = rows.withColumn("position", F.col("position") - 1).where("position > 0")
    else:
        rows = rows.withColumn("names", F.array(*map(F.lit, names)))
    is_row = (
        (F.col("value") != "")
        & (F.size("cells") == F.size("names"))
        & (F.size(F.array_distinct("names")) == F.size("names"))
    )
    values = F.transform("cells", lambda one: F.nullif(one, F.lit(null)))
    return rows.withColumn("fields", F.when(is_row, F.map_from_arrays("names", values)))


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


def reading(
    name: str, read: Callable[..., DataFrame], *given: Any, **how: bool
) -> DataFrame:
    """What `read` gives; if it fails, that is about `name`."""
    try:
        return read(*given, **how)
    except Exception as error:
        raise Failed(name, short(error)) from error


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
