# Databricks notebook source
# MAGIC %md
# MAGIC # daily
# MAGIC
# MAGIC The shop's days.
# MAGIC
# MAGIC Made by oftra from program.oftra: edits belong there.
# MAGIC
# MAGIC ```mermaid
# MAGIC flowchart LR
# MAGIC   n0[("orders")]
# MAGIC   n1["countries"]
# MAGIC   n2["rejected"]
# MAGIC   n0 --> n1
# MAGIC   n0 --> n2
# MAGIC ```

# COMMAND ----------

import datetime
import json
import logging
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from shop_support import (
    below,
    catalogued,
    constrained,
    decoded,
    described,
    exact_scalar,
    granted,
    instant,
    json_fields,
    judge,
    log,
    measure,
    now,
    numbered,
    reading,
    replaced,
    store,
    tally,
    told,
)

logging.basicConfig(format="%(message)s")
log.setLevel(logging.INFO)
report: dict[str, Any] = {}
gates: dict[str, Any] = {}
spark.conf.set("spark.sql.ansi.enabled", True)
spark.conf.set("spark.sql.session.timeZone", "UTC")
spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")

# COMMAND ----------

# MAGIC %md
# MAGIC ## What it is given

# COMMAND ----------

dbutils.widgets.text(
    "start", "", "Where the run's window begins; if empty, at the beginning of time"
)
dbutils.widgets.text("end", "", "Where the run's window ends; if empty, now")
dbutils.widgets.text(
    "least", "10", "The least that a country has to bring to be listed."
)
dbutils.widgets.text("LAKE", "data", "What the environment's LAKE is elsewhere")
dbutils.widgets.text("catalog", "main", "The catalog of tables that name none")
dbutils.widgets.text("root", "/Volumes/main/sales/files", "Where relative paths start")
dbutils.widgets.text("report", "", "File for the run report; none if empty")
dbutils.widgets.dropdown("show", "yes", ["yes", "no"], "Whether rows are shown")

# COMMAND ----------

root = dbutils.widgets.get("root")
spark.catalog.setCurrentCatalog(dbutils.widgets.get("catalog"))
show = dbutils.widgets.get("show") == "yes"
least = Decimal(dbutils.widgets.get("least"))
run_at = now()
run_end = instant(dbutils.widgets.get("end") or now().isoformat())
lake = below(root, dbutils.widgets.get("LAKE"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## orders
# MAGIC
# MAGIC An order, as the shop tells of it.
# MAGIC
# MAGIC A source in `lake` of 4 columns.
# MAGIC
# MAGIC A record that breaks
# MAGIC
# MAGIC - `readable` is put apart
# MAGIC - `order_id not null` is put apart
# MAGIC - `ordered not null` is put apart
# MAGIC - `country not null` is put apart
# MAGIC - `amount not null` is put apart
# MAGIC - `no_gifts` is put apart
# MAGIC - `plausible` is counted

# COMMAND ----------

ORDERS = "order_id string, ordered timestamp, country string, amount decimal(10, 2)"
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


orders_records = reading("orders", read_orders, spark, lake)
orders_judged = judged_orders(orders_records).cache()
judge(report, "orders", tally(orders_judged, ORDERS_RULES), ORDERS_RULES)
orders_df = orders(orders_judged)
if show:
    display(orders_df.limit(100))

# COMMAND ----------

# MAGIC %md
# MAGIC ## countries
# MAGIC
# MAGIC What each country bought, in the time that a run is about.
# MAGIC
# MAGIC A table in `shop` of 3 columns.

# COMMAND ----------

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


countries_df = countries(orders_df, least, run_end)
store(report, "countries", countries_df, write_countries)
described(
    spark,
    "sales.countries",
    "What each country bought, in the time that a run is about.",
    {"country": "Where it is sent to."},
)
constrained(spark, "sales.countries", not_null=("country", "orders", "amount"))
catalogued(spark, "sales.countries", key=("country",))
granted(spark, "sales.countries", {"SELECT": ("analysts", "ann@example.com")})
countries_df_2 = spark.read.table("sales.countries")
if show:
    display(countries_df_2.limit(100))

# COMMAND ----------

# MAGIC %md
# MAGIC ## rejected
# MAGIC
# MAGIC A table in `lake` of 6 columns.

# COMMAND ----------

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


rejected_df = rejected(orders_judged, run_at)
store(report, "rejected", rejected_df, write_rejected, lake)
if show:
    display(rejected_df.limit(100))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Gate `rows(countries) < 250`
# MAGIC
# MAGIC This has to hold, or somebody is told (program.oftra:63).

# COMMAND ----------

def required(countries: DataFrame) -> DataFrame:
    """Whether `rows(countries) < 250` holds, and what was measured for that."""
    return countries.agg(F.count("*").alias("rows_of_countries")).select(
        (F.col("rows_of_countries") < 250).alias("holds"), "rows_of_countries"
    )


gates["rows_countries_250"] = measure(
    required(countries_df_2),
    "rows(countries) < 250",
    "alert",
    "daily",
    "program.oftra:63",
    ["rows(countries)"],
)

# COMMAND ----------

for name, gate in gates.items():
    dbutils.jobs.taskValues.set(key=name, value=json.dumps(gate))
dbutils.notebook.exit(told("daily", report, dbutils.widgets.get("report"), gates))
