"""Jars that Spark doesn't bring: what reads topics, and Postgres' driver; tried, pinned, checked."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from oftra.target import RunError
from oftra.targets.maven import NotFetched, cache, jars
from oftra.targets.postgres import DRIVER

if TYPE_CHECKING:  # heavy, and only a run needs it
    from pyspark.sql import SparkSession

KAFKA = {
    "org/apache/spark/spark-sql-kafka-0-10_2.13/4.1.3": (
        "cb31ffd9c8f5527dba061db8af671d295562092e4f3f5ff42fc249fab8a8fde6"
    ),
    "org/apache/spark/spark-token-provider-kafka-0-10_2.13/4.0.0": (
        "f2be3b76f9e6cbe63379d4e4e0dc14f59dbf056ae2ad16ff15ac108004c86767"
    ),
    "org/apache/kafka/kafka-clients/3.9.2": "014b4ef36884478a932641818b080c36a8f8e2e92dc771e800c9d2694f4f83d8",
    "org/apache/commons/commons-pool2/2.13.1": "f77a5060d6936a9144023584232f9de3f2248f1abfe156e9d31795f18770674f",
}
"""What Spark 4.1 takes: an artifact's folder and version, and the SHA-256 of its jar."""

OF_KINDS: Mapping[str, tuple[Path, Mapping[str, str], str]] = {
    "kafka": (cache("oftra") / "spark", KAFKA, "what Spark reads topics with"),
    "jdbc": (cache("oftra") / "jdbc", DRIVER, "the driver of Postgres"),
}
"""By the kind of a connection: the folder that jars are kept in, what they are, and what they are for."""


def kafka_jars(folder: Path | None = None) -> list[Path]:
    """The jars for topics, all there and whole: in the user's cache unless a folder is given."""
    return jars(folder or OF_KINDS["kafka"][0], KAFKA)


def driver_jars() -> list[Path]:
    """The driver of Postgres, there and whole."""
    return jars(OF_KINDS["jdbc"][0], DRIVER)


def fetched(kinds: Iterable[str]) -> None:
    """Have the jars for connections of these kinds there before a session starts."""
    for kind in kinds:
        folder, artifacts, what = OF_KINDS[kind]
        try:
            jars(folder, artifacts)
        except NotFetched as error:
            raise RunError(f"{what} could not be fetched: {error}") from error


def present() -> list[Path]:
    """The jars that were fetched before."""
    return [path for kind in OF_KINDS for path in _paths(kind) if path.exists()]


def add(spark: "SparkSession", kinds: Collection[str]) -> None:
    """Let a session reach connections of these kinds, which may have started before their jars were there."""
    for kind in kinds:
        for path in _paths(kind):
            place = str(path).replace("\\", "\\\\").replace("'", "\\'")
            spark.sql(f"add jar '{place}'")


def _paths(kind: str) -> list[Path]:
    folder, artifacts, _ = OF_KINDS[kind]
    named = [artifact.rsplit("/", 2) for artifact in artifacts]
    return [folder / f"{name}-{version}.jar" for _, name, version in named]
