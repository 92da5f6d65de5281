"""Revenue by day and customer, and by month and country."""

import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F


def paid_lines(orders: DataFrame, order_lines: DataFrame) -> DataFrame:
    """Lines of the orders that were paid, with what each brought in."""
    return (
        orders.where(F.col("status").isin("paid", "shipped"))
        .join(order_lines, "order_id")
        .select(
            "order_id",
            "customer_id",
            F.to_date("ordered_at").alias("day"),
            (F.col("quantity") * F.col("unit_price")).alias("amount"),
        )
    )


def daily_revenue(paid_lines: DataFrame, customers: DataFrame) -> DataFrame:
    """What each customer bought, day by day."""
    return (
        paid_lines.join(customers, "customer_id")
        .where(F.col("country") != "XX")
        .groupBy("day", "customer_id", "name", "country")
        .agg(
            F.countDistinct("order_id").alias("orders"),
            F.sum("amount").alias("revenue"),
        )
    )


def monthly_revenue(paid_lines: DataFrame, customers: DataFrame) -> DataFrame:
    """What customers of each country bought in each month."""
    return (
        paid_lines.join(customers, "customer_id", "left")
        .groupBy(
            F.to_date(F.date_trunc("month", "day")).alias("month"),
            F.coalesce("country", F.lit("unknown")).alias("country"),
        )
        .agg(
            F.countDistinct("customer_id").alias("customers"),
            F.count("*").alias("lines"),
            F.sum("amount").alias("revenue"),
            F.max("amount").alias("dearest_line"),
        )
    )


def run(spark: SparkSession, lake: str) -> None:
    orders = spark.read.parquet(f"{lake}/orders.parquet")
    order_lines = spark.read.parquet(f"{lake}/order_lines.parquet")
    customers = spark.read.parquet(f"{lake}/customers.parquet")

    paid = paid_lines(orders, order_lines).cache()
    daily_revenue(paid, customers).write.mode("overwrite").parquet(
        f"{lake}/daily_revenue"
    )
    monthly_revenue(paid, customers).write.mode("overwrite").parquet(
        f"{lake}/monthly_revenue"
    )
    paid.unpersist()


if __name__ == "__main__":
    run(SparkSession.builder.appName("daily_revenue").getOrCreate(), sys.argv[1])
