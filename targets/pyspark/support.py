"""What PySpark modules can't do yet."""

from collections.abc import Iterator

from oftra.connectors import text_format
from oftra.ir.options import word
from oftra.ir.program import Connection, Relation
from oftra.targets.limits import Limits, metadata
from oftra.targets.pyspark.places import given_properties
from oftra.targets.pyspark.refreshing import is_done


def _undone(relation: Relation, connection: Connection) -> Iterator[tuple[str, str]]:
    options = relation.options
    format_ = text_format(options, connection)
    if connection.kind == "kafka" and format_ not in ("json", "csv", "debezium"):
        yield "format", word(options.get("format"))
        return
    if connection.kind == "kafka" and "end" in options and word(options["end"]) not in ("never", "now"):
        yield "end", "a moment"
    for name, value in given_properties(options).items():
        yield "properties", f"{{ `{name}`: {value.kind} }}"
    if format_ == "debezium" and word(options.get("extra"), "ignore") != "ignore":
        yield "extra", word(options.get("extra"))
    if format_ is None:
        extra = word(options.get("extra"))
        if extra == "keep" or (extra == "fail" and relation.record_paths):
            yield "extra", extra
        yield from metadata(relation)
    elif format_ == "json" and options.get("hive_partitioned") is True:
        yield "hive_partitioned", "true"


LIMITS = Limits(
    "pyspark",
    frozenset({"files", "catalog", "delta", "iceberg", "kafka", "jdbc"}),
    _undone,
    modes={"kafka": ("append", "upsert"), "jdbc": ("append", "upsert", "overwrite")},
    reads_secrets=frozenset({"jdbc", "kafka"}),
    gates=frozenset({"stop", "skip", "alert", "retry"}),
    refreshes=is_done,
)
