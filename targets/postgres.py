"""Postgres: what is asked of a database, whatever engine asks. Its own SQL, as text.

Postgres itself gives each column in the form that its contract says, so that all engines read the same; what would have
to be rounded fails.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from oftra.datatypes import (
    Array,
    Binary,
    Boolean,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Float,
    Integer,
    Json,
    String,
    Timestamp,
)
from oftra.ir.expr import Column
from oftra.ir.options import text
from oftra.ir.program import Connection, Options, Relation, Sink

DRIVER = {
    "org/postgresql/postgresql/42.7.14": "73914527305a40cce504b0d3d90b23caf565136912d607ae8ae7c5895512332c",
}
"""The jar that Java reaches it with: its folder and version at Maven, and its SHA-256."""

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")

_RESERVED = frozenset(
    "all analyse analyze and any array as asc asymmetric authorization between binary both case cast check"
    " collate collation column concurrently constraint create cross current_catalog current_date current_role"
    " current_schema current_time current_timestamp current_user default deferrable desc distinct do else end"
    " except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into"
    " is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on"
    " only or order outer overlaps placing primary references returning right select session_user similar some"
    " symmetric table tablesample then to trailing true union unique user using variadic verbose when where window"
    " with".split()
)

_TYPES: dict[type, str] = {
    Boolean: "boolean",
    Float: "real",
    Double: "double precision",
    String: "text",
    Binary: "bytea",
    Date: "date",
    Datetime: "timestamp",
    Timestamp: "timestamptz",
    Json: "json",
}
_INTEGERS = {16: "smallint", 32: "integer", 64: "bigint"}


def name(text_: str) -> str:
    """An identifier, in quotes where it needs them."""
    if _PLAIN.fullmatch(text_) and text_ not in _RESERVED:
        return text_
    return '"' + text_.replace('"', '""') + '"'


def names(columns: Iterable[str]) -> str:
    """Identifiers with commas between them."""
    return ", ".join([name(one) for one in columns])


def table_of(full: str, physical: str, options: Options, connection: Connection) -> str:
    """The name of a table: its schema is its own, the connection's, or the folder that declares it."""
    schema = text(options.get("schema")) or text(connection.options.get("schema"))
    schema = schema or full.rpartition(".")[0].replace(".", "_")
    table = text(options.get("table")) or physical or full.rpartition(".")[2]
    return ".".join([name(part) for part in (schema, table) if part])


def table_of_output(output: Relation | Sink, connection: Connection) -> str:
    """The table that a table or a sink of the program is."""
    return table_of(output.name, output.physical, output.options, connection)


def table_of_source(relation: Relation, connection: Connection) -> str:
    """The table that a source reads."""
    return table_of(relation.name, relation.physical or relation.short, relation.options, connection)


def beside(table: str) -> str:
    """The name of a table that holds new rows until they are put into `table`."""
    *schema, last = re.findall(r'"(?:[^"]|"")*"|[^.]+', table)
    plain = last[1:-1].replace('""', '"') if last.startswith('"') else last
    return ".".join([*schema, name(f"{plain}__new")])


def type_name(type_: DataType) -> str:
    """The type that holds exactly the values of `type_`."""
    match type_:
        case Integer(bits):
            return _INTEGERS[bits]
        case Decimal(precision, scale):
            return f"numeric({precision}, {scale})"
        case Array(element):
            return f"{type_name(element)}[]"
        case _:
            return _TYPES[type(type_)]


def rows(
    relation: Relation, connection: Connection, *, as_text: Collection[type] = (), besides: Collection[str] = ()
) -> str:
    """What stands in FROM to read a source: its table, or a query that gives its columns in their form.

    Times of a type in `as_text` come as text, in UTC: for who would take them through a time zone of his own.
    Columns `besides` are none of the table.
    """
    table = table_of_source(relation, connection)
    columns = [one for one in relation.columns if one.name not in besides]
    items = [_item(one, relation.record_paths.get(one.name, one.name), as_text) for one in columns]
    if all(item == name(one.name) for item, one in zip(items, columns)):
        return table
    return f"(select {', '.join(items)} from {table}) as {name(relation.short)}"


def query(relation: Relation, connection: Connection) -> str:
    """The query that reads a source."""
    return f"select {names([one.name for one in relation.columns])} from {rows(relation, connection)}"


def _item(column: Column, given: str, as_text: Collection[type]) -> str:
    own, called = name(given), name(column.name)
    match column.type:
        case Decimal(precision, scale):
            # Postgres would round; what is no number fails.
            said = f"concat({own}, ' is no decimal of {scale} digits behind the point')"
            exact = f"case when {own} <> trunc({own}, {scale}) then cast({said} as numeric) else {own} end"
            value = f"cast({exact} as numeric({precision}, {scale}))"
        case String() | Json():
            value = f"cast({own} as text)"
        case Array(String()):
            value = f"cast({own} as text[])"
        case Timestamp() if Timestamp in as_text:
            value = f"cast({own} at time zone 'UTC' as text)"
        case Datetime() if Datetime in as_text:
            value = f"cast({own} as text)"
        case _:
            return own if own == called else f"{own} as {called}"
    return f"{value} as {called}"


# ------------------------------------------------------------------------------------------------------------- writing


def created(table: str, columns: Sequence[Column], key: Sequence[str]) -> str:
    """Makes a table that isn't there yet."""
    items = [f"{name(one.name)} {type_name(one.type)}" for one in columns]
    if key:
        items.append(f"primary key ({names(key)})")
    return f"create table if not exists {table} ({', '.join(items)})"


def removed(table: str, new: str, key: Sequence[str], gone: str) -> str:
    """Does away with the rows whose key `new` says is gone."""
    same = " and ".join([f"{table}.{name(one)} = {new}.{name(one)}" for one in key])
    return f"delete from {table} using {new} where {same} and {new}.{name(gone)}"


def added(table: str, new: str, columns: Sequence[str], key: Sequence[str] = (), gone: str = "") -> str:
    """Puts the rows of `new` into a table; with a key in the place of those that have it already.

    Rows whose column `gone` is true stay out.
    """
    listed = names(columns)
    where = f" where not {name(gone)}" if gone else ""
    insert = f"insert into {table} ({listed}) select {listed} from {new}{where}"
    if not key:
        return insert
    sets = [f"{name(one)} = excluded.{name(one)}" for one in columns if one not in key or len(key) == len(columns)]
    return f"{insert} on conflict ({names(key)}) do update set {', '.join(sets)}"
