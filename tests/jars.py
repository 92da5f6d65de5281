"""Jars that Spark's own package lacks: Delta Lake and Iceberg, fetched once into the user's cache and checked."""

from pathlib import Path

from sparks import cache

from oftra.targets import maven
from oftra.targets.pyspark import jars as spark_jars

# What they need, but for what Spark brings: an artifact's folder and version, and the SHA-256 of its jar.
LAKE = {
    "io/delta/delta-spark_4.1_2.13/4.4.0": "75a9400986853c061f5109f012547de2545a5759e5e752e5ef633dabe16a4f10",
    "io/delta/delta-storage/4.4.0": "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc",
    "io/delta/delta-kernel-api/4.4.0": "ee9b5a14ac3b7efdff4d61a58478fe8eb0e5a3fbca43889dca7290795fe79a11",
    "io/delta/delta-kernel-defaults/4.4.0": "225c975199e4718b38ee5b7e6da7f19e9585024262b2cec2656b32151a856b0b",
    "io/delta/delta-kernel-unitycatalog/4.4.0": "cea22dfb4ac562b3cd27bf652697750e8336009d73fb06631363aaaad5345ffa",
    "io/unitycatalog/unitycatalog-client/0.6.0": "48257499a86b801a3e2372cec55ac226ca1c1c7eabe5c118e7302f29a1fdbc19",
    "io/unitycatalog/unitycatalog-hadoop/0.6.0": "c47b63c961c87102b9e1d63809a0915ba4c86b7652f57c8d39ca3a05b441a150",
    "org/roaringbitmap/RoaringBitmap/0.9.25": "73f8e24f636a1ba6509decacbb5605c833eb5ead6db3971722ffcc2543b3e393",
    "org/roaringbitmap/shims/0.9.25": "0b82ed6cb1caf0706304b42358d568eb6faf190eadea7f2b2d365cb63156b40d",
    "org/apache/iceberg/iceberg-spark-runtime-4.1_2.13/1.12.0": (
        "3123c3798af642dd537230923548e013ef41cc28b6626e5225808cf5670a0f82"
    ),
}


def lake_jars() -> list[Path]:
    """The jars, all there and whole."""
    return maven.jars(cache() / "jars", LAKE)


def kafka_jars() -> list[Path]:
    """The jars that Spark reads and writes topics with."""
    return spark_jars.kafka_jars(cache() / "jars")
