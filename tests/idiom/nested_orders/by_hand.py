"""Orders as nested JSON: sales by product, totals of orders, use of coupons."""

import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

ORDER = """
    order_id string,
    placed_at timestamp,
    customer struct<id: bigint, address: struct<city: string, country: string>>,
    lines array<struct<sku: string, quantity: int, price: decimal(10, 2)>>,
    coupons array<string>
"""


def read_orders(spark: SparkSession, lake: str) -> DataFrame:
    """Orders as the shop's API gives them; one that can't be read fails the run."""
    return spark.read.schema(ORDER).json(f"{lake}/orders.jsonl", mode="FAILFAST")


def order_lines(orders: DataFrame) -> DataFrame:
    """A row for each line of an order."""
    return orders.withColumn("line", F.explode("lines")).select(
        "order_id",
        F.col("customer.id").alias("customer_id"),
        "customer.address.country",
        F.to_date("placed_at").alias("day"),
        "line.sku",
        "line.quantity",
        (F.col("line.quantity") * F.col("line.price")).alias("amount"),
    )


def sales_by_sku(order_lines: DataFrame) -> DataFrame:
    """How each product sells, country by country."""
    return (
        order_lines.where("quantity > 0")
        .groupBy("country", "sku")
        .agg(
            F.sum("quantity").alias("units"),
            F.sum("amount").alias("revenue"),
            F.round(F.avg("quantity"), 2).alias("mean_quantity"),
            F.countDistinct("customer_id").alias("customers"),
        )
    )


def order_totals(order_lines: DataFrame) -> DataFrame:
    """What is in each order, and what it comes to."""
    return (
        order_lines.groupBy("order_id", "country", "day")
        .agg(
            F.count("*").alias("lines"),
            F.sum("amount").alias("total"),
            F.sort_array(F.collect_list("sku")).alias("skus"),
        )
        .withColumn("is_large", F.col("total") >= 100)
    )


def coupons_used(orders: DataFrame) -> DataFrame:
    """How often each coupon was used, however it was typed."""
    return (
        orders.select(F.explode("coupons").alias("coupon"), "placed_at")
        .groupBy(F.upper(F.trim("coupon")).alias("coupon"))
        .agg(F.count("*").alias("uses"), F.min("placed_at").alias("first_used_at"))
    )


def run(spark: SparkSession, lake: str) -> None:
    orders = read_orders(spark, lake).cache()
    lines = order_lines(orders)
    sales_by_sku(lines).write.mode("overwrite").parquet(f"{lake}/sales_by_sku")
    order_totals(lines).write.mode("overwrite").parquet(f"{lake}/order_totals")
    coupons_used(orders).write.mode("overwrite").parquet(f"{lake}/coupons_used")
    orders.unpersist()


if __name__ == "__main__":
    run(SparkSession.builder.appName("nested_orders").getOrCreate(), sys.argv[1])
