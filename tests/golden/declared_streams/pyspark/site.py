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
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T
from pyspark.sql.streaming import StreamingQuery

log = logging.getLogger("site")
PROGRAM = "site"
PARAMS = ()
OUTPUTS = ("visits", "busy", "busy_times", "bought", "rejected", "visits_out")
PLACES = {
    "clicks": "program.oftra:24",
    "pages": "program.oftra:27",
    "payments": "program.oftra:29",
    "visits": "program.oftra:32",
    "busy": "program.oftra:38",
    "busy_times": "program.oftra:46",
    "bought": "program.oftra:52",
    "rejected": "program.oftra:25",
    "visits_out": "program.oftra:58",
}
CLICKS = "id string, user_id int, page string, at timestamp"
PAGES = "page string, section string"
PAYMENTS = "user_id int, paid_at timestamp, amount decimal(10, 2)"
CLICKS_RULES = {
    "readable": "quarantine",
    "id not null": "quarantine",
    "user_id not null": "quarantine",
    "known_user": "quarantine",
    "page not null": "quarantine",
    "at not null": "quarantine",
    "by_a_person": "drop",
}


def stream_clicks(spark: SparkSession, root: str) -> DataFrame:
    """A click on a page, as the site reports it."""
    records = json_fields(
        located(
            spark.readStream.option("maxFilesPerTrigger", 100).text(
                f"{root}/clicks/*.json"
            ),
            root,
        )
    )
    return decoded(records, CLICKS, exact_scalar).select(
        "row.*", "readable", F.col("value").alias("record"), "file", "position"
    )


def judged_clicks(clicks_records: DataFrame) -> DataFrame:
    """The rows of clicks, each with the rules that it breaks."""
    return clicks_records.withColumn(
        "broken",
        F.array_compact(
            F.array(
                F.when(~F.col("readable"), "readable"),
                F.when(F.col("readable") & F.col("id").isNull(), "id not null"),
                F.when(
                    F.col("readable") & F.col("user_id").isNull(), "user_id not null"
                ),
                F.when(~(F.col("user_id") > 0), "known_user"),
                F.when(F.col("readable") & F.col("page").isNull(), "page not null"),
                F.when(F.col("readable") & F.col("at").isNull(), "at not null"),
                F.when(~(F.col("page") != "/health"), "by_a_person"),
            )
        ),
    ).withColumn(
        "outcome",
        F.when(
            F.exists("broken", lambda rule: ~rule.isin("by_a_person")), "quarantined"
        )
        .when(F.array_contains("broken", "by_a_person"), "dropped")
        .otherwise("passed"),
    )


def clicks(clicks_judged: DataFrame) -> DataFrame:
    """A click on a page, as the site reports it."""
    return clicks_judged.where(F.col("outcome") == "passed").select(
        "id", "user_id", "page", "at"
    )


def read_pages(spark: SparkSession, root: str) -> DataFrame:
    records = csv_fields(numbered(spark.read.text(f"{root}/pages.csv"), root))
    return decoded(records, PAGES, exact_text).select("row.*", "readable")


def broken_pages(pages_records: DataFrame) -> DataFrame:
    """How many rows of pages break each rule."""
    return pages_records.agg(
        F.count("*").alias("read"),
        F.count_if(~F.col("readable")).alias("readable"),
        F.count_if(F.col("readable") & F.col("page").isNull()).alias("page not null"),
    ).crossJoin(
        pages_records.where(F.col("page").isNotNull())
        .groupBy("page")
        .agg(F.count("*").alias("rows"))
        .where(F.col("rows") > 1)
        .agg(F.coalesce(F.sum("rows"), F.lit(0)).alias("primary key (page)"))
    )


def stream_payments(spark: SparkSession, servers: str) -> DataFrame:
    records = json_fields(
        messages(
            spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", servers)
            .option("subscribe", "payments")
            .option("startingOffsets", "earliest")
            .load()
        )
    )
    return decoded(records, PAYMENTS, exact_scalar).select("row.*", "readable")


def broken_payments(payments_records: DataFrame) -> DataFrame:
    """How many rows of payments break each rule."""
    return payments_records.agg(
        F.count("*").alias("read"),
        F.count_if(~F.col("readable")).alias("readable"),
        F.count_if(F.col("readable") & F.col("user_id").isNull()).alias(
            "user_id not null"
        ),
        F.count_if(F.col("readable") & F.col("paid_at").isNull()).alias(
            "paid_at not null"
        ),
        F.count_if(F.col("readable") & F.col("amount").isNull()).alias(
            "amount not null"
        ),
    )


def visits(clicks: DataFrame, pages: DataFrame) -> DataFrame:
    """Clicks with the section of the site that they belong to."""
    return clicks.join(pages, "page", "left").select(
        "id", "user_id", "page", "section", "at"
    )


def write_visits(rows: DataFrame, batch: str) -> int:
    (
        rows.write.format("delta")
        .mode("append")
        .option("txnAppId", query_id(rows))
        .option("txnVersion", batch)
        .saveAsTable("site.visits")
    )
    return rows.count()


def busy(clicks: DataFrame, pages: DataFrame) -> DataFrame:
    """How many clicks each section has, a quarter of an hour at a time."""
    return (
        clicks.join(pages, "page")
        .withColumn("window", F.window("at", "15 minutes"))
        .groupBy("section", "window")
        .agg(F.count("*").alias("clicks"))
        .select(
            "section",
            F.col("window.start").alias("window_start"),
            F.col("window.end").alias("window_end"),
            "clicks",
        )
    )


def write_busy(rows: DataFrame, batch: str) -> int:
    (
        rows.write.format("delta")
        .mode("append")
        .option("txnAppId", query_id(rows))
        .option("txnVersion", batch)
        .saveAsTable("site.busy")
    )
    return rows.count()


def busy_times(busy: DataFrame) -> DataFrame:
    """The same of all sections."""
    return (
        busy.withMetadata("window_end", {"spark.watermarkDelayMs": 0})
        .groupBy("window_start", "window_end")
        .agg(F.sum("clicks").alias("clicks"))
    )


def write_busy_times(rows: DataFrame, batch: str) -> int:
    (
        rows.write.format("delta")
        .mode("append")
        .option("txnAppId", query_id(rows))
        .option("txnVersion", batch)
        .saveAsTable("site.busy_times")
    )
    return rows.count()


def bought(clicks: DataFrame, payments: DataFrame) -> DataFrame:
    """What was paid within the hour behind a click."""
    return (
        clicks.alias("clicks")
        .join(
            payments.alias("p"),
            (F.col("p.user_id") == F.col("clicks.user_id"))
            & F.col("paid_at").between(
                F.col("at"), F.col("at") + F.expr("interval 1 hour")
            ),
        )
        .select("id", "paid_at", "amount")
    )


def write_bought(rows: DataFrame, batch: str) -> int:
    (
        rows.write.format("delta")
        .mode("append")
        .option("txnAppId", query_id(rows))
        .option("txnVersion", batch)
        .saveAsTable("site.bought")
    )
    return rows.count()


def rejected(clicks_judged: DataFrame, run_at: datetime.datetime) -> DataFrame:
    return clicks_judged.where(F.col("outcome") == "quarantined").select(
        "record",
        F.col("broken").alias("rules"),
        F.lit("clicks").alias("source"),
        "file",
        "position",
        F.lit(run_at).alias("read_at"),
    )


def write_rejected(rows: DataFrame, batch: str) -> int:
    (
        rows.write.format("delta")
        .mode("append")
        .option("txnAppId", query_id(rows))
        .option("txnVersion", batch)
        .saveAsTable("site.rejected")
    )
    return rows.count()


def write_visits_out(rows: DataFrame, servers: str, batch: str) -> int:
    (
        rows.withColumn("at", F.concat(F.col("at").cast("string"), F.lit("Z")))
        .select(
            F.to_json(F.struct("id")).alias("key"),
            F.to_json(
                F.struct("id", "user_id", "page", "section", "at"),
                {"ignoreNullFields": "false"},
            ).alias("value"),
        )
        .write.format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "visits")
        .save()
    )
    return rows.count()


def main(spark: SparkSession, args: argparse.Namespace, report: dict[str, Any]) -> None:
    """Build what is asked for."""
    inbox = os.path.join(args.root, "data")
    bus = os.environ.get("BROKERS", "localhost:9092")
    pages_records = reading("pages", read_pages, spark, inbox).cache()
    judge(report, "pages", broken_pages(pages_records))
    pages = pages_records.drop("readable").localCheckpoint()
    streams = []
    clicks_records = reading("clicks", stream_clicks, spark, inbox)
    # What is counted here stays in one piece: Spark would decode each field anew for every condition.
    clicks_judged = judged_clicks(clicks_records).observe(
        "clicks_judged", F.count("*").alias("read")
    )
    clicks_df = clicks(clicks_judged).withWatermark("at", "10 minutes")
    # What is counted here stays in one piece: Spark would decode each field anew for every condition.
    payments_records = reading("payments", stream_payments, spark, bus).observe(
        "records of payments", F.count("*").alias("read")
    )
    payments = payments_records.drop("readable").withWatermark("paid_at", "5 minutes")
    busy_df = busy(clicks_df, pages)
    busy_times_df = busy_times(busy_df)
    bought_df = bought(clicks_df, payments)

    def write_batch_of_clicks(
        rows: dict[str, DataFrame], report: dict[str, Any], batch: str
    ) -> None:
        """Judge and store what came."""
        run_at = now()
        clicks_judged = judged_clicks(rows["clicks"]).cache()
        judge(report, "clicks", tally(clicks_judged, CLICKS_RULES), CLICKS_RULES)
        clicks_df = clicks(clicks_judged)
        judge(report, "payments", broken_payments(rows["payments"]))
        visits_df = visits(clicks_df, pages)
        store(report, "visits", visits_df, write_visits, batch)
        store(report, "busy", rows["busy"], write_busy, batch)
        store(report, "busy_times", rows["busy_times"], write_busy_times, batch)
        store(report, "bought", rows["bought"], write_bought, batch)
        rejected_df = rejected(clicks_judged, run_at)
        store(report, "rejected", rejected_df, write_rejected, batch)
        store(report, "visits_out", visits_df, write_visits_out, bus, batch)
        clicks_judged.unpersist()

    streams.append(
        stream(
            args,
            report,
            "clicks",
            {
                "clicks": clicks_records,
                "payments": payments_records,
                "busy": busy_df,
                "busy_times": busy_times_df,
                "bought": bought_df,
            },
            write_batch_of_clicks,
        )
    )
    follow(streams, report)


def session() -> SparkSession:
    """The session, with the settings that this code relies on."""
    return (
        SparkSession.builder.appName(PROGRAM)
        .config("spark.sql.ansi.enabled", True)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .config("spark.sql.exchange.reuse", False)
        .config("spark.sql.codegen.hugeMethodLimit", 8000)
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


def messages(topic: DataFrame) -> DataFrame:
    """Messages as lines of text, each with where it stands: `file` is its topic and partition."""
    text = F.col("value").cast("string")
    # What is no text is shown by its bytes, which can't be read as a record.
    shown = F.when(F.is_valid_utf8(text), text).otherwise(F.hex("value"))
    place = F.concat_ws("-", "topic", "partition")
    return topic.withColumns(
        {"value": shown, "file": place, "position": F.col("offset")}
    )


def located(lines: DataFrame, root: str) -> DataFrame:
    """Lines, each with its `file` below `root`; their numbers there are not known."""
    # The path is written as a URL, in which a plus is no blank.
    path = F.url_decode(F.replace("_metadata.file_path", F.lit("+"), F.lit("%2B")))
    start = root if ":/" in root else os.path.abspath(root)
    return lines.select(
        "value",
        F.regexp_replace(path, rf"^.*?\Q{start}\E/", "").alias("file"),
        F.lit(None).cast("bigint").alias("position"),
    )


def stream(
    args: argparse.Namespace,
    report: dict[str, Any],
    name: str,
    frames: dict[str, DataFrame],
    write: Callable[[dict[str, DataFrame], dict[str, Any], str], None],
    mode: str = "append",
    part: str = "",
) -> tuple[str, StreamingQuery, list[Exception]]:
    """Start a query that gives what comes of `frames` to `write`, a batch at a time.

    It is called by a source that it reads. Its checkpoint remembers how far it came; a batch
    that was cut off comes again.
    """
    errors: list[Exception] = []

    def write_batch(rows: DataFrame, batch: int) -> None:
        told: dict[str, Any] = {}
        rows.persist()
        try:
            write(apart(rows, frames), told, str(batch))
        except Exception as error:
            errors.append(error)
            raise
        finally:
            rows.unpersist()
        add(report, told)

    now: dict[str, Any] = {"availableNow": True}
    place = name if mode == "append" else f"{name}-{mode}"
    place = f"{place}-{part}" if part else place
    query = (
        together(frames)
        .writeStream.queryName(place)
        .outputMode(mode)
        .option("checkpointLocation", f"{args.checkpoint}/{place}")
        .trigger(**({"processingTime": args.trigger} if args.trigger else now))
        .foreachBatch(write_batch)
        .start()
    )
    return name, query, errors


def together(frames: dict[str, DataFrame]) -> DataFrame:
    """The rows of all frames, each in the column of its frame's name; of one as they are."""

    def in_columns(name: str, rows: DataFrame) -> DataFrame:
        columns = {other: F.lit(None).cast(one.schema) for other, one in frames.items()}
        columns[name] = F.struct("*")
        return rows.select(*[value.alias(other) for other, value in columns.items()])

    if len(frames) == 1:
        return next(iter(frames.values()))
    return reduce(
        DataFrame.unionAll, [in_columns(name, rows) for name, rows in frames.items()]
    )


def apart(rows: DataFrame, frames: dict[str, DataFrame]) -> dict[str, DataFrame]:
    """The rows of each frame out of those of all together."""
    if len(frames) == 1:
        return dict.fromkeys(frames, rows)
    return {
        name: rows.where(F.col(name).isNotNull()).select(f"{name}.*") for name in frames
    }


def add(report: dict[str, Any], told: dict[str, Any]) -> None:
    """Add what was done with a batch to what was done before."""
    for name, one in told.items():
        total = about(report, name)
        total["stored"] |= one["stored"]
        total["rows"] += one["rows"]
        total["seconds"] = round(total["seconds"] + one["seconds"], 3)
        for judged, more in [
            (total, one),
            *zip(total["assertions"], one["assertions"]),
        ]:
            for count in ("read", "passed", "dropped", "quarantined", "late"):
                judged[count] += more[count]
            for rule, again in zip(judged["rules"], more["rules"]):
                rule["records"] += again["records"]
            judged["rules"] = judged["rules"] or more["rules"]
        total["assertions"] = total["assertions"] or one["assertions"]


def follow(
    streams: list[tuple[str, StreamingQuery, list[Exception]]],
    report: dict[str, Any],
    counted: tuple[str, ...] = (),
) -> None:
    """Wait until all queries have ended; if one fails, all stop.

    What Spark dropped since it was late is counted, but of queries that have `counted` it.
    """
    late: dict[tuple[str, Any, int], int] = {}
    waiting = list(streams)
    try:
        while waiting:
            for one in list(waiting):
                name, query, errors = one
                try:
                    ended = query.awaitTermination(1)
                except Exception as error:
                    raise (errors or [Failed(name, short(error))])[0] from error
                if ended:
                    waiting.remove(one)
                for batch in query.recentProgress:
                    dropped = [
                        one.numRowsDroppedByWatermark for one in batch.stateOperators
                    ]
                    late[name, batch.runId, batch.batchId] = sum(dropped)
                counts = [
                    count for (source, _, _), count in late.items() if source == name
                ]
                if name not in counted:
                    about(report, name)["late"] = sum(counts)
    finally:
        for _, query, _ in waiting:
            query.stop()


def query_id(rows: DataFrame) -> str:
    """What tells the query that these rows are a batch of: the same as long as its checkpoint is."""
    context = rows.sparkSession.sparkContext
    return str(context.getLocalProperty("sql.streaming.queryId"))


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
    parser.add_argument(
        "--trigger", metavar="TIME", help="go on, a batch each so often: '1 minute'"
    )
    parser.add_argument(
        "--checkpoint", metavar="FOLDER", help="where streams remember how far they are"
    )
    args = parser.parse_args()
    if args.checkpoint is None:
        args.checkpoint = os.path.join(args.root, ".checkpoints", PROGRAM)
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
