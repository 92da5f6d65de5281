# Databricks notebook source
# MAGIC %md
# MAGIC # daily
# MAGIC
# MAGIC Made by oftra from program.oftra: edits belong there.
# MAGIC
# MAGIC ```mermaid
# MAGIC flowchart LR
# MAGIC   n0[("rides")]
# MAGIC   n1["hours"]
# MAGIC   n2["latest"]
# MAGIC   n3["days"]
# MAGIC   n0 --> n1
# MAGIC   n0 --> n2
# MAGIC   n1 --> n3
# MAGIC ```

# COMMAND ----------

import datetime
import logging
import os
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from program_support import (
    InFolder,
    InTable,
    conformed,
    described,
    instant,
    judge,
    log,
    merge_last,
    now,
    reading,
    replace_slice,
    replaced,
    rows_at,
    store,
    told,
    where_tables_end,
    with_mark,
)

logging.basicConfig(format="%(message)s")
log.setLevel(logging.INFO)
report: dict[str, Any] = {}
spark.conf.set("spark.sql.ansi.enabled", True)
spark.conf.set("spark.sql.session.timeZone", "UTC")
spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")

# COMMAND ----------

# MAGIC %md
# MAGIC ## What it is given

# COMMAND ----------

dbutils.widgets.text(
    "start", "", "Where the run's window begins; if empty, where tables end"
)
dbutils.widgets.text("end", "", "Where the run's window ends; if empty, now")
dbutils.widgets.text("root", ".", "Where relative paths start")
dbutils.widgets.text("report", "", "File for the run report; none if empty")
dbutils.widgets.dropdown("show", "yes", ["yes", "no"], "Whether rows are shown")

# COMMAND ----------

root = dbutils.widgets.get("root")
show = dbutils.widgets.get("show") == "yes"
run_end = instant(dbutils.widgets.get("end") or now().isoformat())
run_start = instant(dbutils.widgets.get("start") or "0001-01-01")
run_until = run_end
if run_start == instant("0001-01-01"):
    run_until = instant("9999-12-31")
raw = os.path.join(root, "raw")
folders = "/Volumes/main/rides/files"
marks = {
    "hours": InTable(spark, "rides.hours", "4a726e08ede0f793", F.col("window_start")),
    "latest": InTable(spark, "rides.latest", "79ec01b6796fb16a", F.col("at")),
    "days": InFolder(
        spark,
        f"{folders}/days.parquet",
        "c99edab1e6dde5b9",
        F.col("day").cast("timestamp"),
    ),
}
if not dbutils.widgets.get("start"):
    run_start = where_tables_end(marks.values())

# COMMAND ----------

# MAGIC %md
# MAGIC ## rides
# MAGIC
# MAGIC One ride of a shared bicycle.
# MAGIC
# MAGIC A source in `raw` of 5 columns.
# MAGIC
# MAGIC A record that breaks
# MAGIC
# MAGIC - `id not null` stops the run
# MAGIC - `zone not null` stops the run
# MAGIC - `at not null` stops the run
# MAGIC - `voided not null` stops the run

# COMMAND ----------

RIDES = "id int, zone string, at timestamp, fare decimal(10, 2), voided boolean"


def read_rides(spark: SparkSession, root: str) -> DataFrame:
    """One ride of a shared bicycle."""
    return conformed(spark.read.parquet(f"{root}/rides.parquet"), RIDES)


def broken_rides(rides: DataFrame) -> DataFrame:
    """How many rows of rides break each rule."""
    return rides.agg(
        F.count("*").alias("read"),
        F.count_if(F.col("id").isNull()).alias("id not null"),
        F.count_if(F.col("zone").isNull()).alias("zone not null"),
        F.count_if(F.col("at").isNull()).alias("at not null"),
        F.count_if(F.col("voided").isNull()).alias("voided not null"),
    )


rides = reading("rides", read_rides, spark, raw)
judge(report, "rides", broken_rides(rides))
if show:
    display(rides.limit(100))

# COMMAND ----------

# MAGIC %md
# MAGIC ## hours
# MAGIC
# MAGIC Rides of each hour.
# MAGIC
# MAGIC A table in `main` of 4 columns.

# COMMAND ----------

def hours(
    rides: DataFrame, run_start: datetime.datetime, run_until: datetime.datetime
) -> DataFrame:
    """Rides of each hour."""
    return (
        rides.where(
            F.col("at") > F.lit(run_start) - F.expr("interval 1 hour 10 minutes")
        )
        .where(F.col("at") < F.lit(run_until) + F.expr("interval 1 hour"))
        .withColumn("window", F.window("at", "1 hour"))
        .where(
            F.col("window.start")
            > F.lit(run_start) - F.expr("interval 1 hour 10 minutes")
        )
        .where(F.col("window.start") < run_until)
        .groupBy("zone", F.col("window.start").alias("window_start"))
        .agg(F.count("*").alias("rides"), F.sum("fare").alias("fares"))
    )


def write_hours(
    rows: DataFrame, run_start: datetime.datetime, run_until: datetime.datetime
) -> int:
    rows.limit(0).write.format("delta").mode("ignore").saveAsTable("rides.hours")
    return replace_slice(
        rows,
        "rides.hours",
        (
            F.col("window_start")
            > F.lit(run_start) - F.expr("interval 1 hour 10 minutes")
        )
        & (F.col("window_start") < run_until),
    )


hours_df = hours(rides, run_start, run_until)
store(
    report,
    "hours",
    hours_df,
    marks["hours"].moved(
        partial(write_hours, run_start=run_start, run_until=run_until),
        run_start,
        run_end,
        run_until,
    ),
)
described(spark, "rides.hours", "Rides of each hour.", {})
hours_df_2 = spark.read.table("rides.hours")
if show:
    display(hours_df_2.limit(100))

# COMMAND ----------

# MAGIC %md
# MAGIC ## latest
# MAGIC
# MAGIC The last ride of each zone, unless it was voided.
# MAGIC
# MAGIC A table in `main` of 5 columns.

# COMMAND ----------

def latest(
    rides: DataFrame, run_start: datetime.datetime, run_until: datetime.datetime
) -> DataFrame:
    """The last ride of each zone, unless it was voided."""
    return (
        rides.where(F.col("at") >= F.lit(run_start) - F.expr("interval 10 minutes"))
        .where(F.col("at") < run_until)
        .select("zone", "at", "id", "voided", "fare")
    )


def write_latest(rows: DataFrame) -> int:
    rows.limit(0).write.format("delta").mode("ignore").saveAsTable("rides.latest")
    (
        rows.select("zone", "at", "id")
        .limit(0)
        .write.format("delta")
        .mode("ignore")
        .saveAsTable("rides.latest_gone")
    )
    return merge_last(
        rows.withColumn("is gone", F.col("voided")),
        "rides.latest",
        ["zone"],
        ["at", "id"],
        "rides.latest_gone",
    )


latest_df = latest(rides, run_start, run_until)
store(
    report,
    "latest",
    latest_df,
    marks["latest"].moved(write_latest, run_start, run_end, run_until),
)
described(
    spark, "rides.latest", "The last ride of each zone, unless it was voided.", {}
)
if show:
    display(latest_df.limit(100))

# COMMAND ----------

# MAGIC %md
# MAGIC ## days
# MAGIC
# MAGIC A table in `folders` of 3 columns.

# COMMAND ----------

def days(
    hours: DataFrame, run_start: datetime.datetime, run_until: datetime.datetime
) -> DataFrame:
    return (
        hours.where(
            F.to_date("window_start")
            >= F.to_date(F.lit(run_start) - F.expr("interval 1 hour 10 minutes"))
        )
        .where(
            F.to_date("window_start")
            <= F.to_date(F.lit(run_until) - F.expr("interval 1 microsecond"))
        )
        .groupBy(F.to_date("window_start").alias("day"), "zone")
        .agg(F.sum("fares").alias("fares"))
    )


def write_days(
    rows: DataFrame,
    root: str,
    run_start: datetime.datetime,
    run_until: datetime.datetime,
) -> None:
    stored = rows_at(f"{root}/days.parquet", rows)
    rows = stored.where(
        ~(
            (
                F.col("day")
                >= F.to_date(F.lit(run_start) - F.expr("interval 1 hour 10 minutes"))
            )
            & (
                F.col("day")
                <= F.to_date(F.lit(run_until) - F.expr("interval 1 microsecond"))
            )
        )
    ).union(rows)
    replaced(
        f"{root}/days.parquet",
        with_mark(
            f"{root}/days.parquet",
            rows.write.mode("overwrite").partitionBy("day").parquet,
        ),
    )


days_df = days(hours_df_2, run_start, run_until)
store(
    report,
    "days",
    days_df,
    marks["days"].moved(
        partial(write_days, run_start=run_start, run_until=run_until),
        run_start,
        run_end,
        run_until,
    ),
    folders,
)
if show:
    display(days_df.limit(100))

# COMMAND ----------

dbutils.notebook.exit(told("daily", report, dbutils.widgets.get("report")))
