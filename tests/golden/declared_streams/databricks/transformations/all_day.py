# Made by oftra from program.oftra: edits belong there.

from __future__ import annotations

import os
import re
from collections.abc import Callable

from pyspark import pipelines as dp
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

CLICKS = "id string, user_id int, page string, at timestamp"
PAGES = "page string, section string"
PAYMENTS = "user_id int, paid_at timestamp, amount decimal(10, 2)"


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


def expected(*rules: str, broken: str = "broken") -> dict[str, str]:
    """What is expected of rows: that no rule is among those that they break."""
    return {rule: f"not array_contains({broken}, {literal(rule)})" for rule in rules}


def literal(text: str) -> str:
    """A text in SQL, in which nothing is put in place of anything."""
    for sign, code in (("\\", "\\\\"), ("'", "\\'"), ("$", "\\u0024")):
        text = text.replace(sign, code)
    return f"'{text}'"


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


def read_pages(spark: SparkSession, root: str) -> DataFrame:
    records = csv_fields(numbered(spark.read.text(f"{root}/pages.csv"), root))
    return decoded(records, PAGES, exact_text).select("row.*", "readable")


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


spark = SparkSession.active()
root = spark.conf.get("all_day.root", "/Volumes/main/site/files")
inbox = os.path.join(root, "data")
bus = spark.conf.get("all_day.BROKERS", "localhost:9092")
clicks_records = stream_clicks(spark, inbox)
pages_records = read_pages(spark, inbox)
payments_records = stream_payments(spark, bus)


@dp.table
@dp.expect_all(
    expected(
        "readable",
        "id not null",
        "user_id not null",
        "known_user",
        "page not null",
        "at not null",
        "by_a_person",
    )
)
def clicks_judged() -> DataFrame:
    """The rows of clicks, each with the rules that it breaks."""
    return clicks_records.select(
        "*",
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
        ).alias("broken"),
    ).select(
        "*",
        F.when(
            F.exists("broken", lambda rule: ~rule.isin("by_a_person")), "quarantined"
        )
        .when(F.array_contains("broken", "by_a_person"), "dropped")
        .otherwise("passed")
        .alias("outcome"),
    )


@dp.temporary_view
def clicks() -> DataFrame:
    """A click on a page, as the site reports it."""
    clicks_judged = spark.sql(
        "select * from stream clicks_judged watermark at delay of interval 10 minutes"
    )
    return clicks_judged.where(F.col("outcome") == "passed").select(
        "id", "user_id", "page", "at"
    )


@dp.materialized_view
@dp.expect_all_or_fail(expected("readable", "page not null", "primary key (page)"))
def pages_judged() -> DataFrame:
    """The rows of pages, each with the rules that it breaks."""
    return pages_records.select(
        "*",
        F.array_compact(
            F.array(
                F.when(~F.col("readable"), "readable"),
                F.when(F.col("readable") & F.col("page").isNull(), "page not null"),
                F.when(
                    F.col("page").isNotNull()
                    & (F.count("*").over(Window.partitionBy("page")) > 1),
                    "primary key (page)",
                ),
            )
        ).alias("broken"),
    )


@dp.temporary_view
def pages() -> DataFrame:
    return spark.read.table("pages_judged").selectExpr("* except (readable, broken)")


@dp.table
@dp.expect_all_or_fail(
    expected("readable", "user_id not null", "paid_at not null", "amount not null")
)
def payments_judged() -> DataFrame:
    """The rows of payments, each with the rules that it breaks."""
    return payments_records.select(
        "*",
        F.array_compact(
            F.array(
                F.when(~F.col("readable"), "readable"),
                F.when(
                    F.col("readable") & F.col("user_id").isNull(), "user_id not null"
                ),
                F.when(
                    F.col("readable") & F.col("paid_at").isNull(), "paid_at not null"
                ),
                F.when(F.col("readable") & F.col("amount").isNull(), "amount not null"),
            )
        ).alias("broken"),
    )


@dp.temporary_view
def payments() -> DataFrame:
    return spark.sql(
        "select * from stream payments_judged watermark paid_at delay of interval 5 minutes"
    ).selectExpr("* except (readable, broken)")


@dp.table(
    comment="Clicks with the section of the site that they belong to.",
    cluster_by=["page"],
)
def visits() -> DataFrame:
    clicks = spark.readStream.table("clicks")
    pages = spark.read.table("pages")
    return clicks.join(pages, "page", "left").select(
        "id", "user_id", "page", "section", "at"
    )


@dp.temporary_view
def busy_rows() -> DataFrame:
    """How many clicks each section has, a quarter of an hour at a time."""
    clicks = spark.readStream.table("clicks")
    pages = spark.read.table("pages")
    return (
        clicks.join(pages, "page")
        .select("*", F.window("at", "15 minutes").alias("window"))
        .groupBy("section", "window")
        .agg(F.count("*").alias("clicks"))
        .select(
            "section",
            F.col("window.start").alias("window_start"),
            F.col("window.end").alias("window_end"),
            "clicks",
        )
    )


@dp.table(comment="How many clicks each section has, a quarter of an hour at a time.")
def busy() -> DataFrame:
    return spark.readStream.table("busy_rows")


@dp.table(comment="The same of all sections.")
def busy_times() -> DataFrame:
    busy = spark.readStream.table("busy_rows")
    return (
        busy.select(
            F.expr("* except (window_end)"),
            F.col("window_end").alias(
                "window_end", metadata={"spark.watermarkDelayMs": 0}
            ),
        )
        .groupBy("window_start", "window_end")
        .agg(F.sum("clicks").alias("clicks"))
    )


@dp.table(comment="What was paid within the hour behind a click.")
def bought() -> DataFrame:
    clicks = spark.readStream.table("clicks")
    payments = spark.readStream.table("payments")
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


@dp.table
def rejected() -> DataFrame:
    clicks_judged = spark.readStream.table("clicks_judged")
    return clicks_judged.where(F.col("outcome") == "quarantined").select(
        "record",
        F.col("broken").alias("rules"),
        F.lit("clicks").alias("source"),
        "file",
        "position",
        F.current_timestamp().alias("read_at"),
    )


dp.create_sink(
    "visits_out", "kafka", {"kafka.bootstrap.servers": bus, "topic": "visits"}
)


@dp.append_flow(target="visits_out")
def to_visits_out() -> DataFrame:
    return (
        spark.readStream.table("visits")
        .select(
            "id",
            "user_id",
            "page",
            "section",
            F.concat(F.col("at").cast("string"), F.lit("Z")).alias("at"),
        )
        .select(
            F.to_json(F.struct("id")).alias("key"),
            F.to_json(
                F.struct("id", "user_id", "page", "section", "at"),
                {"ignoreNullFields": "false"},
            ).alias("value"),
        )
    )
