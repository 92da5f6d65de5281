"""What DuckDB scripts can't do yet."""

from collections.abc import Iterator

from oftra.connectors import text_format
from oftra.ir.program import Connection, Relation
from oftra.targets.limits import Limits, metadata
from oftra.targets.options import word


def _undone(relation: Relation, connection: Connection) -> Iterator[tuple[str, str]]:
    if text_format(relation.options, connection) is None:
        if word(relation.options.get("extra")) == "keep":
            yield "extra", "keep"
        yield from metadata(relation)


LIMITS = Limits("duckdb", frozenset({"files", "duckdb", "catalog"}), _undone)
