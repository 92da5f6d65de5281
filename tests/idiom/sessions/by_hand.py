"""Visits to the site, and how it did day by day."""

import sys

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F


def numbered_views(page_views: DataFrame) -> DataFrame:
    """Page views with the number of the session that they belong to: thirty quiet minutes end one."""
    by_time = Window.partitionBy("user_id").orderBy("viewed_at")
    starts = F.col("viewed_before").isNull() | (
        F.col("viewed_at") > F.col("viewed_before") + F.expr("interval 30 minutes")
    )
    return (
        page_views.where("user_id is not null and viewed_at is not null")
        .withColumn("viewed_before", F.lag("viewed_at").over(by_time))
        .withColumn("starts", F.when(starts, 1).otherwise(0))
        .withColumn("session", F.sum("starts").over(by_time))
    )


def sessions(numbered_views: DataFrame) -> DataFrame:
    """Each user's visits."""
    return (
        numbered_views.groupBy("user_id", "session")
        .agg(
            F.min("viewed_at").alias("started_at"),
            F.max("viewed_at").alias("ended_at"),
            F.count("*").alias("views"),
            F.countDistinct("url").alias("pages"),
        )
        .withColumn("seconds", F.expr("timestampdiff(second, started_at, ended_at)"))
    )


def daily_sessions(sessions: DataFrame) -> DataFrame:
    """How the site did each day, so far, and over the seven days that had visits."""
    by_day = Window.orderBy("day")
    return (
        sessions.groupBy(F.to_date("started_at").alias("day"))
        .agg(
            F.count("*").alias("sessions"),
            F.countDistinct("user_id").alias("users"),
            F.round(F.avg("views"), 2).alias("views_per_session"),
            F.count_if(F.col("views") == 1).alias("bounces"),
        )
        .withColumns(
            {
                "percent_bounced": F.round(
                    100 * F.col("bounces") / F.col("sessions"), 1
                ),
                "sessions_so_far": F.sum("sessions").over(by_day),
                "weekly_mean": F.avg("sessions").over(
                    by_day.rowsBetween(-6, Window.currentRow)
                ),
            }
        )
    )


def run(spark: SparkSession, lake: str) -> None:
    visits = sessions(
        numbered_views(spark.read.parquet(f"{lake}/page_views.parquet"))
    ).cache()
    visits.write.mode("overwrite").parquet(f"{lake}/sessions")
    daily_sessions(visits).write.mode("overwrite").parquet(f"{lake}/daily_sessions")
    visits.unpersist()


if __name__ == "__main__":
    run(SparkSession.builder.appName("sessions").getOrCreate(), sys.argv[1])
