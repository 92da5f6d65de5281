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

log = logging.getLogger("program")
PROGRAM = "program"
PARAMS = ()
OUTPUTS = ("takings", "paid", "refused", "takings_by_shop", "amounts")
PLACES = {
    "payments": "program.oftra:18",
    "orders": "program.oftra:19",
    "takings": "program.oftra:22",
    "paid": "program.oftra:29",
    "refused": "program.oftra:5",
    "takings_by_shop": "program.oftra:39",
    "amounts": "program.oftra:40",
}
PAYMENTS = "order_id int, shop string, amount decimal(10, 2), at timestamp"
ORDERS = "order_id int, ordered_at timestamp"
PAYMENTS_RULES = {
    "readable": "fail",
    "order_id not null": "fail",
    "shop not null": "fail",
    "amount not null": "fail",
    "amount > 0": "quarantine",
    "at not null": "fail",
}


def stream_payments(spark: SparkSession, servers: str) -> DataFrame:
    """What a shop was paid for an order."""
    records = json_fields(
        messages(
            spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", servers)
            .option("subscribe", "payments")
            .option("startingOffsets", "earliest")
            .load()
        )
    )
    return decoded(records, PAYMENTS, exact_scalar).select(
        "row.*",
        "partition",
        "offset",
        "readable",
        F.col("value").alias("record"),
        "file",
        "position",
    )


def judged_payments(payments_records: DataFrame) -> DataFrame:
    """The rows of payments, each with the rules that it breaks."""
    return payments_records.withColumn(
        "broken",
        F.array_compact(
            F.array(
                F.when(~F.col("readable"), "readable"),
                F.when(
                    F.col("readable") & F.col("order_id").isNull(), "order_id not null"
                ),
                F.when(F.col("readable") & F.col("shop").isNull(), "shop not null"),
                F.when(F.col("readable") & F.col("amount").isNull(), "amount not null"),
                F.when(~(F.col("amount") > 0), "amount > 0"),
                F.when(F.col("readable") & F.col("at").isNull(), "at not null"),
            )
        ),
    ).withColumn(
        "outcome",
        F.when(F.array_contains("broken", "amount > 0"), "quarantined").otherwise(
            "passed"
        ),
    )


def payments(payments_judged: DataFrame) -> DataFrame:
    """What a shop was paid for an order."""
    return payments_judged.where(F.col("outcome") == "passed").select(
        "order_id", "shop", "amount", "at", "partition", "offset"
    )


def stream_orders(spark: SparkSession, servers: str) -> DataFrame:
    """An order as it was given."""
    records = json_fields(
        messages(
            spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", servers)
            .option("subscribe", "orders")
            .option("startingOffsets", "earliest")
            .load()
        )
    )
    return decoded(records, ORDERS, exact_scalar).select("row.*", "readable")


def broken_orders(orders_records: DataFrame) -> DataFrame:
    """How many rows of orders break each rule."""
    return orders_records.agg(
        F.count("*").alias("read"),
        F.count_if(~F.col("readable")).alias("readable"),
        F.count_if(F.col("readable") & F.col("order_id").isNull()).alias(
            "order_id not null"
        ),
        F.count_if(F.col("readable") & F.col("ordered_at").isNull()).alias(
            "ordered_at not null"
        ),
    )


def takings(payments: DataFrame) -> DataFrame:
    """What each shop took in an hour, as far as it is known."""
    return (
        payments.withColumn("window", F.window("at", "1 hour"))
        .groupBy("shop", "window")
        .agg(F.sum("amount").alias("amount"))
        .select(
            "shop",
            F.col("window.start").alias("window_start"),
            F.col("window.end").alias("window_end"),
            "amount",
        )
    )


def write_takings(rows: DataFrame, root: str, batch: str) -> int:
    rows.limit(0).write.format("delta").mode("ignore").save(f"{root}/takings")
    return merge(rows, in_folder(f"{root}/takings"), ["shop", "window_start"])


def paid(orders: DataFrame, payments: DataFrame) -> DataFrame:
    """Orders that were paid within ten minutes."""
    return (
        orders.alias("orders")
        .join(
            payments.alias("p"),
            (F.col("p.order_id") == F.col("orders.order_id"))
            & F.col("at").between(
                F.col("ordered_at"), F.col("ordered_at") + F.expr("interval 10 minutes")
            ),
        )
        .select("orders.order_id", "ordered_at", F.col("at").alias("paid_at"), "amount")
    )


def write_paid(rows: DataFrame, root: str, batch: str) -> int:
    (
        rows.write.format("delta")
        .mode("append")
        .option("txnAppId", query_id(rows))
        .option("txnVersion", batch)
        .save(f"{root}/paid")
    )
    return rows.count()


def shop_amounts(payments: DataFrame) -> DataFrame:
    return payments.drop("order_id", "partition", "offset")


def refused(payments_judged: DataFrame, run_at: datetime.datetime) -> DataFrame:
    return payments_judged.where(F.col("outcome") == "quarantined").select(
        "record",
        F.col("broken").alias("rules"),
        F.lit("payments").alias("source"),
        "file",
        "position",
        F.lit(run_at).alias("read_at"),
    )


def write_refused(rows: DataFrame, root: str, batch: str) -> int:
    (
        rows.write.format("delta")
        .mode("append")
        .option("txnAppId", query_id(rows))
        .option("txnVersion", batch)
        .save(f"{root}/refused")
    )
    return rows.count()


def write_takings_by_shop(rows: DataFrame, servers: str, batch: str) -> int:
    (
        rows.withColumns(
            {
                "window_start": F.concat(
                    F.col("window_start").cast("string"), F.lit("Z")
                ),
                "window_end": F.concat(F.col("window_end").cast("string"), F.lit("Z")),
            }
        )
        .select(
            F.to_json(F.struct("shop", "window_start")).alias("key"),
            F.to_json(F.struct("shop", "window_start", "window_end", "amount")).alias(
                "value"
            ),
        )
        .write.format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "takings")
        .save()
    )
    return rows.count()


def write_amounts(rows: DataFrame, servers: str, batch: str) -> int:
    (
        rows.withColumn("at", F.concat(F.col("at").cast("string"), F.lit("Z")))
        .select(F.to_json(F.struct("shop", "amount", "at")).alias("value"))
        .write.format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "amounts")
        .save()
    )
    return rows.count()


def main(spark: SparkSession, args: argparse.Namespace, report: dict[str, Any]) -> None:
    """Build what is asked for."""
    bus = os.environ.get("BUS", "localhost:9092")
    out = below(args.root, os.environ.get("OUT", "out"))
    streams = []
    if set(args.only) & {"takings", "refused", "takings_by_shop", "amounts"}:
        payments_records = reading("payments", stream_payments, spark, bus)
        # What is counted here stays in one piece: Spark would decode each field anew for every condition.
        payments_judged = judged_payments(payments_records).observe(
            "payments_judged", F.count("*").alias("read")
        )
        payments_df = payments(payments_judged).withWatermark("at", "5 minutes")
        takings_df = takings(payments_df)

        def write_batch_of_payments(
            rows: dict[str, DataFrame], report: dict[str, Any], batch: str
        ) -> None:
            """Judge and store what came."""
            run_at = now()
            payments_judged = judged_payments(rows["payments"]).cache()
            judge(
                report,
                "payments",
                tally(payments_judged, PAYMENTS_RULES),
                PAYMENTS_RULES,
            )
            payments_df = payments(payments_judged)
            store(report, "takings", rows["takings"], write_takings, out, batch)
            shop_amounts_df = shop_amounts(payments_df)
            refused_df = refused(payments_judged, run_at)
            store(report, "refused", refused_df, write_refused, out, batch)
            store(
                report,
                "takings_by_shop",
                rows["takings"],
                write_takings_by_shop,
                bus,
                batch,
            )
            store(report, "amounts", shop_amounts_df, write_amounts, bus, batch)
            payments_judged.unpersist()

        streams.append(
            stream(
                args,
                report,
                "payments",
                {"payments": payments_records, "takings": takings_df},
                write_batch_of_payments,
                "update",
            )
        )
    if "paid" in args.only:
        payments_records = reading("payments", stream_payments, spark, bus)
        # What is counted here stays in one piece: Spark would decode each field anew for every condition.
        payments_judged = judged_payments(payments_records).observe(
            "payments_judged", F.count("*").alias("read")
        )
        payments_df = payments(payments_judged).withWatermark("at", "5 minutes")
        # What is counted here stays in one piece: Spark would decode each field anew for every condition.
        orders_records = reading("orders", stream_orders, spark, bus).observe(
            "records of orders", F.count("*").alias("read")
        )
        orders = orders_records.drop("readable").withWatermark(
            "ordered_at", "5 minutes"
        )
        paid_df = paid(orders, payments_df)

        def write_batch_of_payments_2(
            rows: dict[str, DataFrame], report: dict[str, Any], batch: str
        ) -> None:
            """Judge and store what came."""
            payments_judged = judged_payments(rows["payments"]).cache()
            judge(
                {}, "payments", tally(payments_judged, PAYMENTS_RULES), PAYMENTS_RULES
            )
            judge(report, "orders", broken_orders(rows["orders"]))
            store(report, "paid", rows["paid"], write_paid, out, batch)
            payments_judged.unpersist()

        streams.append(
            stream(
                args,
                report,
                "payments",
                {
                    "payments": payments_records,
                    "orders": orders_records,
                    "paid": paid_df,
                },
                write_batch_of_payments_2,
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
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config(
            "spark.sql.catalog.spark_catalog",
            "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        )
        .getOrCreate()
    )


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


def messages(topic: DataFrame) -> DataFrame:
    """Messages as lines of text, each with where it stands: `file` is its topic and partition."""
    text = F.col("value").cast("string")
    # What is no text is shown by its bytes, which can't be read as a record.
    shown = F.when(F.is_valid_utf8(text), text).otherwise(F.hex("value"))
    place = F.concat_ws("-", "topic", "partition")
    return topic.withColumns(
        {"value": shown, "file": place, "position": F.col("offset")}
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


def in_folder(path: str) -> str:
    """What SQL calls a table of Delta Lake that lies in a folder."""
    whole = path if ":/" in path else os.path.abspath(path)
    return f"delta.`{whole}`"


def merge(
    rows: DataFrame, table: str, key: list[str], order: list[str] | None = None
) -> int:
    """Let rows take the place of those with their key, or do away with them if that `is gone`.

    Of several rows the last in `order` stays.
    """
    newer, gone, there = "", "", ""
    if order:
        last = Window.partitionBy(*key).orderBy(*[F.desc(name) for name in order])
        rows = rows.withColumn("place of key", F.row_number().over(last))
        rows = rows.where("`place of key` = 1").drop("place of key")
        new, old = (
            ", ".join(f"{side}.`{name}`" for name in order) for side in ("new", "old")
        )
        newer = f" and struct({new}) >= struct({old})"
    if "is gone" in rows.columns:
        gone = " when matched and new.`is gone` then delete"
        there = " and not new.`is gone`"
    same = " and ".join(f"new.`{name}` <=> old.`{name}`" for name in key)
    rows.createOrReplaceTempView("new_rows")
    rows.sparkSession.sql(
        f"merge into {table} as old using new_rows as new on {same}{gone}"
        f" when matched{newer} then update set *"
        f" when not matched{there} then insert *"
    )
    return rows.count()


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
