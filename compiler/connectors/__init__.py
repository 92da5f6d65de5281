"""Where data comes from and goes to: one module a kind of connection, each with the options that it knows.

`option` is how an option is declared and judged, `shared` holds the options that mean the same everywhere. How an
engine reads and writes a kind is the engine's own matter.
"""

from oftra.connectors.catalog import CATALOG
from oftra.connectors.delta import DELTA
from oftra.connectors.duckdb import DUCKDB
from oftra.connectors.files import FILES
from oftra.connectors.format import ENDINGS, SUFFIX, format_of, text_format
from oftra.connectors.iceberg import ICEBERG
from oftra.connectors.jdbc import JDBC
from oftra.connectors.kafka import KAFKA
from oftra.connectors.model import Connector
from oftra.connectors.option import OptionSpec, validate
from oftra.connectors.shared import AIRBYTE, CONTRACT, DBT, HTTP, NOTEBOOK, PIPELINE, TASK, VIEW, WORK

__all__ = [
    "AIRBYTE", "CONTRACT", "DBT", "ENDINGS", "HTTP", "NOTEBOOK", "PIPELINE", "SUFFIX", "TASK", "VIEW", "WORK",
    "Connector", "OptionSpec", "format_of",
    "lookup", "names", "text_format", "validate",
]  # fmt: skip

_CONNECTORS = {kind.name: kind for kind in (FILES, DUCKDB, KAFKA, JDBC, DELTA, ICEBERG, CATALOG)}


def lookup(kind: str) -> Connector | None:
    """The connector behind the word after `connection NAME =`."""
    return _CONNECTORS.get(kind)


def names() -> tuple[str, ...]:
    """Every kind there is."""
    return tuple(_CONNECTORS)
