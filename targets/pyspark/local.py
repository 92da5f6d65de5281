"""The session that this process keeps: Spark on two cores, quiet, and set as generated code relies on."""

import logging
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from oftra.target import RunError
from oftra.targets.pyspark.jars import present

if TYPE_CHECKING:  # heavy, and only a run needs it
    from pyspark.sql import SparkSession

LOCAL: dict[str, bool | float | int | str | None] = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.log.level": "OFF",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
"""What is enough for the data of a laptop. Nothing is put beside the program but what it writes."""

JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""What is over in a minute takes half the time if Java doesn't polish its code meanwhile."""

CHATTY = ("DataFrameQueryContextLogger", "SQLQueryContextLogger")
"""Loggers of pyspark that print every error as JSON, with its stack."""


@cache
def started() -> "SparkSession":
    """The session, started when it is first needed."""
    try:
        # Heavy: only what runs a program pays for it.
        from pyspark import SparkConf, SparkContext
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise RunError("Spark is not installed: `pip install 'oftra[spark]'`") from error
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        if SparkContext._active_spark_context is None and "SPARK_REMOTE" not in os.environ:
            # What Java and Spark say while they start is nothing that a query answers.
            launch: Callable[..., Any] = launch_gateway
            conf = SparkConf(loadDefaults=False).set("spark.driver.extraJavaOptions", JAVA)
            if found := present():
                # What is added later can be used, but its exceptions come without what they say.
                conf = conf.set("spark.driver.extraClassPath", os.pathsep.join([str(jar) for jar in found]))
            SparkContext._ensure_initialized(gateway=launch(conf, popen_kwargs={"stderr": subprocess.DEVNULL}))
        return SparkSession.builder.appName("oftra").config(map=LOCAL).getOrCreate()
    except Exception as error:
        raise RunError(f"Spark did not start: {_why(error)}") from error


@contextmanager
def quiet() -> Iterator[None]:
    """Meanwhile pyspark's own loggers say nothing: an error goes to who asked, not to the terminal as well."""
    loggers = [logging.getLogger(name) for name in CHATTY]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, disabled in zip(loggers, before):
            logger.disabled = disabled


def _why(error: Exception) -> str:
    said = str(error).strip().partition("\n")[0]
    if "JAVA_GATEWAY_EXITED" in said or "JAVA_HOME" in said or isinstance(error, FileNotFoundError):
        return "it needs Java 17 or newer, which was not found (is JAVA_HOME set?)"
    return said or type(error).__name__
