# Made by oftra from program.oftra: edits belong there.

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F


def expected(*rules: str, broken: str = "broken") -> dict[str, str]:
    """What is expected of rows: that no rule is among those that they break."""
    return {rule: f"not array_contains({broken}, {literal(rule)})" for rule in rules}


def literal(text: str) -> str:
    """A text in SQL, in which nothing is put in place of anything."""
    for sign, code in (("\\", "\\\\"), ("'", "\\'"), ("$", "\\u0024")):
        text = text.replace(sign, code)
    return f"'{text}'"


spark = SparkSession.active()


@dp.materialized_view
@dp.expect_all_or_fail(
    expected("share not null", "at_most_all", "primary key (country)")
)
def shares_judged() -> DataFrame:
    """The rows of shares, each with the rules that it breaks."""
    revenue = spark.read.table("sales.revenue")
    return revenue.select(
        "*",
        F.try_divide(
            "amount", F.sum("amount").over(Window.partitionBy()).cast("double")
        ).alias("share"),
    ).select(
        "country",
        "share",
        F.array_compact(
            F.array(
                F.when(F.col("share").isNull(), "share not null"),
                F.when(~(F.col("share") <= 1.0), "at_most_all"),
                F.when(
                    F.count("*").over(Window.partitionBy("country")) > 1,
                    "primary key (country)",
                ),
            )
        ).alias("broken"),
    )


@dp.materialized_view(comment="Which part of the whole each country brings.")
def shares() -> DataFrame:
    shares_judged = spark.read.table("shares_judged")
    return shares_judged.selectExpr("* except (broken)")
