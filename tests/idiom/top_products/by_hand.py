"""How products sell, which of them sell best, and which don't."""

import argparse
from datetime import date

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F


def read_orders(spark: SparkSession, lake: str) -> DataFrame:
    """Orders; one that breaks a rule fails the run."""
    orders = spark.read.parquet(f"{lake}/orders.parquet")
    rules = {
        "order_id not null": F.col("order_id").isNotNull(),
        "product_id not null": F.col("product_id").isNotNull(),
        "quantity not null": F.col("quantity").isNotNull(),
        "quantity > 0": F.col("quantity") > 0,
        "price not null": F.col("price").isNotNull(),
        "ordered_on not null": F.col("ordered_on").isNotNull(),
    }
    counts = orders.agg(
        *[F.count_if(~holds).alias(name) for name, holds in rules.items()]
    ).collect()[0]
    broken = {name: counts[name] for name in rules if counts[name]}
    if broken:
        raise ValueError(f"orders break rules: {broken}")
    return orders


def kept_orders(
    orders: DataFrame, refunds: DataFrame, customers: DataFrame, since: date
) -> DataFrame:
    """Orders by customers other than staff that were not sent back."""
    return (
        orders.where(F.col("ordered_on") >= since)
        .join(refunds, "order_id", "left_anti")
        .join(customers.where("not is_staff"), "customer_id", "left_semi")
    )


def product_sales(kept_orders: DataFrame, products: DataFrame) -> DataFrame:
    """How each product sells, and where."""
    amount = F.col("quantity") * F.col("price")
    on_web = F.col("channel") == "web"
    return (
        kept_orders.join(products, "product_id")
        .groupBy("category", "product_id", "name")
        .agg(
            F.sum("quantity").alias("units"),
            F.sum(amount).alias("revenue"),
            F.countDistinct("customer_id").alias("buyers"),
            F.count_if(on_web).alias("web_orders"),
            F.sum(F.when(on_web, amount)).alias("web_revenue"),
        )
    )


def top_products(product_sales: DataFrame) -> DataFrame:
    """The three products of each category that bring in most."""
    by_category = Window.partitionBy("category")
    dearest_first = by_category.orderBy(F.desc("revenue"), "product_id")
    return (
        product_sales.withColumn("place", F.rank().over(dearest_first))
        .withColumn("category_revenue", F.sum("revenue").over(by_category))
        .where("place <= 3")
        .select(
            "category",
            "place",
            "name",
            "revenue",
            F.round(
                100 * F.col("revenue").cast("double") / F.col("category_revenue"), 1
            ).alias("percent"),
        )
    )


def unsold_products(products: DataFrame, kept_orders: DataFrame) -> DataFrame:
    """Products that nobody keeps."""
    return products.join(kept_orders, "product_id", "left_anti").select(
        "product_id", "name", F.coalesce("category", F.lit("none")).alias("category")
    )


def run(spark: SparkSession, lake: str, since: date) -> None:
    orders = read_orders(spark, lake)
    products = spark.read.parquet(f"{lake}/products.parquet")
    customers = spark.read.parquet(f"{lake}/customers.parquet")
    refunds = spark.read.parquet(f"{lake}/refunds.parquet")

    kept = kept_orders(orders, refunds, customers, since).cache()
    sales = product_sales(kept, products).cache()
    sales.write.mode("overwrite").parquet(f"{lake}/product_sales")
    top_products(sales).write.mode("overwrite").parquet(f"{lake}/top_products")
    unsold_products(products, kept).write.mode("overwrite").parquet(
        f"{lake}/unsold_products"
    )
    sales.unpersist()
    kept.unpersist()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("lake")
    parser.add_argument("--since", type=date.fromisoformat, default=date(2026, 1, 1))
    args = parser.parse_args()
    run(
        SparkSession.builder.appName("top_products").getOrCreate(),
        args.lake,
        args.since,
    )
