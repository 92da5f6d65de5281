"""The jars that Spark reads and writes topics with and doesn't bring: those that were tried, pinned and checked."""

from pathlib import Path

from oftra.targets.maven import cache, jars

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


def kafka_jars(folder: Path | None = None) -> list[Path]:
    """The jars, all there and whole: in the user's cache unless a folder is given."""
    return jars(folder or cache("oftra") / "spark", KAFKA)
