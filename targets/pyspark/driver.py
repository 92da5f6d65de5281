"""The driver of Postgres that Spark doesn't bring, for runs on this machine: fetched once and checked."""

from typing import TYPE_CHECKING

from oftra.target import RunError
from oftra.targets.maven import NotFetched, cache, jars
from oftra.targets.postgres import DRIVER

if TYPE_CHECKING:  # heavy, and only a run needs it
    from pyspark.sql import SparkSession


def add_driver(spark: "SparkSession") -> None:
    """Let a session reach databases."""
    try:
        (jar,) = jars(cache("oftra") / "jdbc", DRIVER)
    except NotFetched as error:
        raise RunError(f"the driver of Postgres could not be fetched: {error}") from error
    place = str(jar).replace("\\", "\\\\").replace("'", "\\'")
    spark.sql(f"add jar '{place}'")
