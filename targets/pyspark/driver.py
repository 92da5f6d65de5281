"""The driver of Postgres that Spark doesn't bring, for runs on this machine: fetched once and checked."""

from pathlib import Path
from typing import TYPE_CHECKING

from oftra.target import RunError
from oftra.targets.maven import NotFetched, cache, jars
from oftra.targets.postgres import DRIVER

if TYPE_CHECKING:  # heavy, and only a run needs it
    from pyspark.sql import SparkSession


FOLDER = cache("oftra") / "jdbc"


def driver_jar() -> Path:
    """Where the jar is, once it was fetched."""
    (artifact,) = DRIVER
    _, name, version = artifact.rsplit("/", 2)
    return FOLDER / f"{name}-{version}.jar"


def driver_jars() -> list[Path]:
    """The jar, there and whole."""
    return jars(FOLDER, DRIVER)


def fetched() -> None:
    """Have it there before a session starts."""
    try:
        driver_jars()
    except NotFetched as error:
        raise RunError(f"the driver of Postgres could not be fetched: {error}") from error


def add_driver(spark: "SparkSession") -> None:
    """Let a session reach databases that may have started before it was there."""
    jar = driver_jar()
    place = str(jar).replace("\\", "\\\\").replace("'", "\\'")
    spark.sql(f"add jar '{place}'")
