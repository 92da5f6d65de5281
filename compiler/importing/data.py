"""A contract drafted from data: what columns there are, which are never null, what tells rows apart."""

import os
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

from oftra.importing.left import Left
from oftra.syntax import nodes

if TYPE_CHECKING:
    import duckdb
    from duckdb.sqltypes import DuckDBPyType

READERS = {
    ".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv", ".json": "read_json", ".jsonl": "read_json",
    ".ndjson": "read_json",
}  # fmt: skip
FORMATS = {"read_parquet": "parquet", "read_csv": "csv", "read_json": "json"}
DATABASES = (".duckdb", ".ddb", ".db")

_SIMPLE = {
    "boolean": "boolean", "tinyint": "tinyint", "smallint": "smallint", "integer": "int", "bigint": "bigint",
    "utinyint": "smallint", "usmallint": "int", "uinteger": "bigint", "float": "float", "double": "double",
    "varchar": "string", "uuid": "string", "enum": "string", "blob": "binary", "date": "date",
    "timestamp": "datetime", "timestamp_s": "datetime", "timestamp_ms": "datetime", "timestamp_ns": "datetime",
    "timestamp with time zone": "timestamp", "json": "json",
}  # fmt: skip
_WIDE = {"hugeint": 38, "ubigint": 20, "uhugeint": 38}
_KEYS = ("boolean", "float", "double", "json")
"""Types that tell no rows apart."""

PAIRS = 45
"""How many pairs of columns are tried as a key."""


def type_of(kind: "DuckDBPyType") -> nodes.Type:
    """The type of the language that holds what DuckDB's does."""
    word = str(kind.id).lower()
    if str(kind).lower() == "json":
        return nodes.SimpleType("json")
    if word in _SIMPLE:
        return nodes.SimpleType(_SIMPLE[word])
    if word in _WIDE:
        return nodes.SimpleType("decimal", (_WIDE[word], 0))
    children: dict[str, Any] = dict(kind.children) if word in ("decimal", "list", "array", "map", "struct") else {}
    match word:
        case "decimal":
            return nodes.SimpleType("decimal", (children["precision"], children["scale"]))
        case "list" | "array":
            return nodes.ArrayType(type_of(children["child"]))
        case "map":
            return nodes.MapType(type_of(children["key"]), type_of(children["value"]))
        case "struct":
            return nodes.StructType(tuple([(nodes.Name(name), type_of(one)) for name, one in children.items()]))
        case _:
            raise Left(f"the type `{str(kind).lower()}`")


def quoted(name: str) -> str:
    """A name as DuckDB reads it."""
    return '"' + name.replace('"', '""') + '"'


class Draft:
    """What the rows of a relation say of themselves. `left` collects the columns that can't be taken over."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", source: str) -> None:
        self.connection = connection
        self.source = source
        self.left: list[str] = []
        relation = connection.sql(f"from {source}")
        self.columns: dict[str, nodes.Type] = {}
        for name, kind in zip(relation.columns, relation.types):
            try:
                self.columns[name] = type_of(kind)
            except Left as left:
                self.left.append(f"the column `{name}`: {left}")

    def contract(self, name: str) -> nodes.Contract:
        """The contract of what is there now."""
        names = list(self.columns)
        asked = ", ".join([f"count({quoted(one)}), count(distinct {quoted(one)})" for one in names])
        rows, *counted = self._row(f"select count(*), {asked} from {self.source}")
        given = dict(zip(names, counted[::2]))
        different = dict(zip(names, counted[1::2]))
        required = [one for one in names if rows and given[one] == rows]
        key = self._key(rows, required, different)
        columns = [
            nodes.ContractColumn(
                nodes.Name(one), kind, not_null=one in required and key != (one,), primary_key=key == (one,)
            )
            for one, kind in self.columns.items()
        ]
        rules = (nodes.KeyRule("primary key", tuple(map(nodes.Name, key))),) if len(key) > 1 else ()
        return nodes.Contract(nodes.Name(name), (*columns, *rules))

    def _key(self, rows: int, required: list[str], different: dict[str, int]) -> tuple[str, ...]:
        """The columns that tell the rows apart: one, else two; none if it takes more, or nothing can be told."""
        able = [one for one in required if _may_be_key(self.columns[one])]
        if rows < 2 or not able:
            return ()
        alone = [one for one in able if different[one] == rows]
        if alone:
            return (min(alone, key=lambda one: (not one.lower().endswith(("id", "key", "code")), able.index(one))),)
        # Together they can't be more than the product of what each has.
        pairs = [(a, b) for a, b in combinations(able, 2) if different[a] * different[b] >= rows]
        for a, b in pairs[:PAIRS]:
            if self._row(f"select count(distinct ({quoted(a)}, {quoted(b)})) from {self.source}") == (rows,):
                return (a, b)
        return ()

    def _row(self, query: str) -> tuple[int, ...]:
        found = self.connection.execute(query).fetchone()
        assert found is not None
        return found


def _may_be_key(kind: nodes.Type) -> bool:
    return isinstance(kind, nodes.SimpleType) and kind.name not in _KEYS


def drafts(path: str, connection: "duckdb.DuckDBPyConnection") -> Iterator[tuple[str, Draft]]:
    """The relations at `path`, a file of rows or a database, each with its name."""
    stem, ending = os.path.splitext(os.path.basename(path))
    if ending.lower() in DATABASES:
        connection.execute(f"attach {literal(path)} as imported (read_only)")
        found = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'imported' order by all"
        ).fetchall()
        for schema, table in found:
            yield table, Draft(connection, f"imported.{quoted(schema)}.{quoted(table)}")
    elif ending.lower() in READERS:
        yield stem, Draft(connection, f"{READERS[ending.lower()]}({literal(path)})")
    else:
        raise Left(f"a file that ends in `{ending}`")


def literal(text: str) -> str:
    """A text as DuckDB reads it."""
    return "'" + text.replace("'", "''") + "'"


def declarations(path: str, found: list[nodes.Contract], root: str) -> tuple[nodes.Declaration, ...]:
    """The connection to what was looked at, the contracts, and sources that read under them."""
    _, ending = os.path.splitext(path)
    folder, name = os.path.split(path)
    if ending.lower() in DATABASES:
        options: dict[str, nodes.Expr] = {"path": nodes.String(path)}
        kind, connection = "duckdb", "database"
        places: dict[str, dict[str, nodes.Expr]] = {
            one.name.text: {"table": nodes.String(one.name.text)} for one in found
        }
    else:
        shape = nodes.Column(nodes.Name(FORMATS[READERS[ending.lower()]]))
        options = {"root": nodes.String(folder or root), "format": shape}
        kind, connection = "files", "data"
        places = {one.name.text: {"path": nodes.String(name)} for one in found}
    made = nodes.Connection(nodes.Name(connection), nodes.Name(kind), _properties(options))
    return (made, *found, *[source(one, connection, places[one.name.text]) for one in found])


def source(contract: nodes.Contract, connection: str, options: dict[str, nodes.Expr]) -> nodes.Source:
    """A source of a contract's name that reads from a connection."""
    place = nodes.Path(tuple([nodes.Name(part) for part in connection.split(".")]))
    return nodes.Source(contract.name, nodes.Path((contract.name,)), place, _properties(options))


def _properties(options: dict[str, nodes.Expr]) -> nodes.Properties:
    return nodes.Properties(tuple([nodes.Property(nodes.Name(name), value) for name, value in options.items()]))
