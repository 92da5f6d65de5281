# Databricks notebook source
# MAGIC %md
# MAGIC # customers_report
# MAGIC
# MAGIC Made by oftra from program.oftra: edits belong there.
# MAGIC
# MAGIC ```mermaid
# MAGIC flowchart LR
# MAGIC   n0[("customers")]
# MAGIC   n1[("countries")]
# MAGIC   n2("listed")
# MAGIC   n3[/"report"/]
# MAGIC   n0 --> n2
# MAGIC   n1 --> n2
# MAGIC   n2 --> n3
# MAGIC ```

# COMMAND ----------

import logging
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from shop_support import (
    below,
    conformed,
    from_database,
    judge,
    log,
    reading,
    replaced,
    store,
    told,
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
    "start", "", "Where the run's window begins; if empty, at the beginning of time"
)
dbutils.widgets.text("end", "", "Where the run's window ends; if empty, now")
dbutils.widgets.text("LAKE", "data", "What the environment's LAKE is elsewhere")
dbutils.widgets.text("catalog", "main", "The catalog of tables that name none")
dbutils.widgets.text("root", "/Volumes/main/sales/files", "Where relative paths start")
dbutils.widgets.text("report", "", "File for the run report; none if empty")
dbutils.widgets.dropdown("show", "yes", ["yes", "no"], "Whether rows are shown")

# COMMAND ----------

root = dbutils.widgets.get("root")
spark.catalog.setCurrentCatalog(dbutils.widgets.get("catalog"))
show = dbutils.widgets.get("show") == "yes"
crm = {
    "url": "jdbc:postgresql://crm.example.com/crm",
    "user": dbutils.secrets.get(scope="crm", key="user"),
    "password": dbutils.secrets.get(scope="crm", key="password"),
    "driver": "org.postgresql.Driver",
    "stringtype": "unspecified",
}
lake = below(root, dbutils.widgets.get("LAKE"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## customers
# MAGIC
# MAGIC Who bought, from the customers' own database.
# MAGIC
# MAGIC A source in `crm` of 2 columns.
# MAGIC
# MAGIC A record that breaks
# MAGIC
# MAGIC - `customer_id not null` stops the run
# MAGIC - `country not null` stops the run
# MAGIC - `primary key (customer_id)` stops the run

# COMMAND ----------

CUSTOMERS = "customer_id int, country string"


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


customers = reading("customers", read_customers, spark, crm).cache()
judge(report, "customers", broken_customers(customers))
if show:
    display(customers.limit(100))

# COMMAND ----------

# MAGIC %md
# MAGIC ## countries
# MAGIC
# MAGIC What each country bought, in the time that a run is about.
# MAGIC
# MAGIC A source in `shop` of 3 columns.

# COMMAND ----------

countries = spark.read.table("sales.countries")
if show:
    display(countries.limit(100))

# COMMAND ----------

# MAGIC %md
# MAGIC ## listed
# MAGIC
# MAGIC Customers of each country that is listed.
# MAGIC
# MAGIC A view of 2 columns.

# COMMAND ----------

def listed(customers: DataFrame, countries: DataFrame) -> DataFrame:
    """Customers of each country that is listed."""
    return (
        customers.join(countries, "country")
        .groupBy("country")
        .agg(F.count("*").alias("customers"))
    )


listed_df = listed(customers, countries)
if show:
    display(listed_df.limit(100))

# COMMAND ----------

# MAGIC %md
# MAGIC ## report
# MAGIC
# MAGIC Rows of `listed` into `lake`.

# COMMAND ----------

def write_report_(rows: DataFrame, root: str) -> None:
    replaced(f"{root}/report.jsonl", rows.write.mode("overwrite").json)


store(report, "report", listed_df, write_report_, lake)

# COMMAND ----------

dbutils.notebook.exit(told("customers_report", report, dbutils.widgets.get("report")))
