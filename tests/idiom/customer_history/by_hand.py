"""Customers as they are, and as they were (a slowly changing dimension of type 2)."""

import sys

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F


def changes(customer_changes: DataFrame) -> DataFrame:
    """Each change once, as it was loaded last."""
    newest_first = Window.partitionBy("customer_id", "changed_at").orderBy(
        F.desc("loaded_at")
    )
    return (
        customer_changes.where("customer_id is not null and changed_at is not null")
        .withColumn("place", F.row_number().over(newest_first))
        .where("place = 1")
        .drop("place", "loaded_at")
    )


def customer_history(changes: DataFrame) -> DataFrame:
    """What was true of a customer from when to when."""
    by_time = Window.partitionBy("customer_id").orderBy("changed_at")
    return (
        changes.withColumns(
            {
                "changed_before": F.lag("changed_at").over(by_time),
                "country_before": F.lag("country").over(by_time),
                "tier_before": F.lag("tier").over(by_time),
            }
        )
        .where(
            F.col("changed_before").isNull()
            | ~F.col("country").eqNullSafe(F.col("country_before"))
            | ~F.col("tier").eqNullSafe(F.col("tier_before"))
        )
        .withColumn("valid_to", F.lead("changed_at").over(by_time))
        .select(
            "customer_id",
            "country",
            "tier",
            F.col("changed_at").alias("valid_from"),
            "valid_to",
            F.col("valid_to").isNull().alias("is_current"),
        )
    )


def current_customers(changes: DataFrame) -> DataFrame:
    """Customers as they are now."""
    by_customer = Window.partitionBy("customer_id")
    newest_first = by_customer.orderBy(F.desc("changed_at"))
    return (
        changes.withColumn("place", F.row_number().over(newest_first))
        .withColumn("first_seen_at", F.min("changed_at").over(by_customer))
        .where("place = 1")
        .select(
            "customer_id",
            F.lower(F.trim("email")).alias("email"),
            "country",
            "tier",
            "first_seen_at",
            "changed_at",
        )
    )


def run(spark: SparkSession, lake: str) -> None:
    latest = changes(spark.read.parquet(f"{lake}/customer_changes.parquet")).cache()
    customer_history(latest).write.mode("overwrite").parquet(f"{lake}/customer_history")
    current_customers(latest).write.mode("overwrite").parquet(
        f"{lake}/current_customers"
    )
    latest.unpersist()


if __name__ == "__main__":
    run(SparkSession.builder.appName("customer_history").getOrCreate(), sys.argv[1])
