# Databricks notebook source
# MAGIC %md
# MAGIC # program
# MAGIC
# MAGIC Made by oftra from program.oftra: edits belong there.
# MAGIC
# MAGIC ```mermaid
# MAGIC flowchart LR
# MAGIC   n0["table"]
# MAGIC ```

# COMMAND ----------

import logging
import os
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from program_support import log, replaced, store, told

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
    "start", "", "Where the run's window begins; if empty, at the beginning of time"
)
dbutils.widgets.text("end", "", "Where the run's window ends; if empty, now")
dbutils.widgets.text("root", ".", "Where relative paths start")
dbutils.widgets.text("report", "", "File for the run report; none if empty")
dbutils.widgets.dropdown("show", "yes", ["yes", "no"], "Whether rows are shown")

# COMMAND ----------

root = dbutils.widgets.get("root")
show = dbutils.widgets.get("show") == "yes"
out = os.path.join(root, "out")

# COMMAND ----------

# MAGIC %md
# MAGIC ## table
# MAGIC
# MAGIC A table in `out` of 5 columns.

# COMMAND ----------

def table(spark: SparkSession) -> DataFrame:
    # A description with
    # '; drop table "x"; -- {{ and }} $$ inside.
    select = spark.createDataFrame(
        [("it's", '"quoted"', "{{ x }}", "100%", "-- no comment")],
        'from string, `a "b"` string, group string, `Order By` string, `x\'y` string',
    ).where(F.col("from") != "\\")
    return select.select(
        "from", F.col('`a "b"`').alias("drop table"), "`Order By`", "`x'y`", "group"
    )


def write_table(rows: DataFrame, root: str) -> None:
    replaced(f"{root}/table.parquet", rows.write.mode("overwrite").parquet)


table_df = table(spark)
store(report, "table", table_df, write_table, out)
if show:
    display(table_df.limit(100))

# COMMAND ----------

dbutils.notebook.exit(told("program", report, dbutils.widgets.get("report")))
