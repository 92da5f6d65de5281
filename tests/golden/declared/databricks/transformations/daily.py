# Made by oftra from program.oftra: edits belong there.

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Callable
from decimal import Decimal

from pyspark import pipelines as dp
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

COUNTRIES = "code string, name string"
ORDERS = "order_id string, ordered timestamp, country string, amount decimal(10, 2)"


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


def instant(text: str) -> datetime.datetime:
    """A point in time, in UTC unless it says otherwise."""
    found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)


def below(root: str, path: str) -> str:
    """A path, which starts from `root` if it is relative."""
    return path if ":/" in path else os.path.join(root, path)


def now() -> datetime.datetime:
    """The start of the run."""
    return datetime.datetime.now(datetime.timezone.utc)


def expected(*rules: str, broken: str = "broken") -> dict[str, str]:
    """What is expected of rows: that no rule is among those that they break."""
    return {rule: f"not array_contains({broken}, {literal(rule)})" for rule in rules}


def literal(text: str) -> str:
    """A text in SQL, in which nothing is put in place of anything."""
    for sign, code in (("\\", "\\\\"), ("'", "\\'"), ("$", "\\u0024")):
        text = text.replace(sign, code)
    return f"'{text}'"


def read_countries(spark: SparkSession, root: str) -> DataFrame:
    records = csv_fields(numbered(spark.read.text(f"{root}/countries.csv"), root))
    return decoded(records, COUNTRIES, exact_text).select("row.*", "readable")


def read_orders(spark: SparkSession, root: str) -> DataFrame:
    """An order, as the shop tells of it."""
    records = json_fields(numbered(spark.read.text(f"{root}/orders/*.jsonl"), root))
    return decoded(records, ORDERS, exact_scalar).select(
        "row.*", "readable", F.col("value").alias("record"), "file", "position"
    )


spark = SparkSession.active()
root = spark.conf.get("daily.root", "/Volumes/main/sales/files")
least = Decimal(spark.conf.get("daily.least", "10"))
run_at = now()
run_end = instant(spark.conf.get("daily.end", "") or now().isoformat())
lake = below(root, spark.conf.get("daily.LAKE", "data"))
countries_records = read_countries(spark, lake)
orders_records = read_orders(spark, lake)


@dp.materialized_view
@dp.expect_all_or_fail(
    expected("readable", "code not null", "name not null", "primary key (code)")
)
def countries_judged() -> DataFrame:
    """The rows of countries, each with the rules that it breaks."""
    return countries_records.select(
        "*",
        F.array_compact(
            F.array(
                F.when(~F.col("readable"), "readable"),
                F.when(F.col("readable") & F.col("code").isNull(), "code not null"),
                F.when(F.col("readable") & F.col("name").isNull(), "name not null"),
                F.when(
                    F.col("code").isNotNull()
                    & (F.count("*").over(Window.partitionBy("code")) > 1),
                    "primary key (code)",
                ),
            )
        ).alias("broken"),
    )


@dp.temporary_view
def countries() -> DataFrame:
    return spark.read.table("countries_judged").selectExpr(
        "* except (readable, broken)"
    )


@dp.materialized_view
@dp.expect_all(
    expected(
        "readable",
        "order_id not null",
        "ordered not null",
        "country not null",
        "country references countries (code)",
        "amount not null",
        "no_gifts",
        "primary key (order_id)",
        "plausible",
        "real",
    )
)
def orders_judged() -> DataFrame:
    """The rows of orders, each with the rules that it breaks."""
    countries = spark.read.table("countries")
    return (
        orders_records.join(countries, F.col("country") == F.col("code"), "left")
        .select(
            "*",
            F.array_compact(
                F.array(
                    F.when(~F.col("readable"), "readable"),
                    F.when(
                        F.col("readable") & F.col("order_id").isNull(),
                        "order_id not null",
                    ),
                    F.when(
                        F.col("readable") & F.col("ordered").isNull(),
                        "ordered not null",
                    ),
                    F.when(
                        F.col("readable") & F.col("country").isNull(),
                        "country not null",
                    ),
                    F.when(
                        F.col("country").isNotNull() & F.col("code").isNull(),
                        "country references countries (code)",
                    ),
                    F.when(
                        F.col("readable") & F.col("amount").isNull(), "amount not null"
                    ),
                    F.when(~(F.col("amount") >= 0), "no_gifts"),
                    F.when(
                        F.col("order_id").isNotNull()
                        & (F.count("*").over(Window.partitionBy("order_id")) > 1),
                        "primary key (order_id)",
                    ),
                    F.when(~(F.col("amount") < 10000), "plausible"),
                    F.when(~(F.col("country") != "XX"), "real"),
                )
            ).alias("broken"),
        )
        .select(
            "order_id",
            "ordered",
            "country",
            "amount",
            "readable",
            "record",
            "file",
            "position",
            "broken",
            F.when(
                F.exists("broken", lambda rule: ~rule.isin("plausible", "real")),
                "quarantined",
            )
            .when(F.array_contains("broken", "real"), "dropped")
            .otherwise("passed")
            .alias("outcome"),
        )
    )


@dp.temporary_view
def orders() -> DataFrame:
    """An order, as the shop tells of it."""
    orders_judged = spark.read.table("orders_judged")
    return orders_judged.where(F.col("outcome") == "passed").select(
        "order_id", "ordered", "country", "amount"
    )


@dp.materialized_view(
    comment="What each country bought, in the time that a run is about.",
    schema="country string comment 'Where it is sent to.', orders bigint, amount decimal(20, 2)",
    cluster_by=["country"],
)
def revenue() -> DataFrame:
    orders = spark.read.table("orders")
    return (
        orders.where(F.col("ordered") < run_end)
        .groupBy("country")
        .agg(F.count("*").alias("orders"), F.sum("amount").alias("amount"))
        .where(F.col("amount") >= least)
    )


@dp.materialized_view(name="audit.unknown")
def unknown() -> DataFrame:
    countries = spark.read.table("countries")
    orders = spark.read.table("orders")
    # Each country that somebody ordered from.
    known = orders
    return countries.join(known, F.col("country") == F.col("code"), "left_anti")


@dp.materialized_view
def rejected() -> DataFrame:
    orders_judged = spark.read.table("orders_judged")
    return orders_judged.where(F.col("outcome") == "quarantined").select(
        "record",
        F.col("broken").alias("rules"),
        F.lit("orders").alias("source"),
        "file",
        "position",
        F.lit(run_at).alias("read_at"),
    )
