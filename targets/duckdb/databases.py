"""Databases: files of DuckDB that a script attaches, and the names of tables in them."""

from collections.abc import Collection, Iterable

from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnknownCatalog
from oftra.ir.expr import Runtime
from oftra.ir.options import text
from oftra.ir.program import Connection, Options
from oftra.targets.duckdb.runtimes import Runtimes
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql


def short(name: str) -> str:
    """The last part of a full name."""
    return name.rpartition(".")[2]


def is_database(connection: Connection) -> bool:
    """Whether tables there are tables of a database."""
    return connection.kind in ("duckdb", "catalog")


def alias_of(connection: Connection) -> str:
    """What a script calls the database."""
    if connection.kind == "catalog":
        return text(connection.options.get("catalog")) or short(connection.name)
    return short(connection.name)


def attachment(connection: Connection, runtimes: Runtimes, read_only: bool = False) -> q.Attach:
    """The statement that opens a database."""
    path = connection.options.get("attach" if connection.kind == "catalog" else "path")
    if isinstance(path, Runtime):
        return q.Attach(runtimes.value(path), alias_of(connection), read_only)
    written = text(path) or f"{connection.name}.duckdb"
    return q.Attach(sql.Text(runtimes.below(written)), alias_of(connection), read_only)


def attachments(
    used: Iterable[Connection], written: Collection[str | None], runtimes: Runtimes, report: Report
) -> tuple[q.Attach, ...]:
    """What opens all databases that are `used`; catalogs that nothing is `written` to have to be there."""
    found: dict[str, q.Attach] = {}
    for connection in used:
        is_catalog = connection.kind == "catalog"
        if is_catalog and connection.options.get("attach") is None:
            report.add(UnknownCatalog(connection.name, span=connection.span))
        made = attachment(connection, runtimes, is_catalog and connection.name not in written)
        known = found.get(alias_of(connection))
        if known is None or known.read_only:
            found[alias_of(connection)] = made
    return tuple(found.values())


def stored_name(connection: Connection, full: str, physical: str, options: Options) -> sql.Name:
    """The name of a table in a database: its schema is its own, the connection's, or the folder that declares it."""
    given = text(options.get("schema")) or text(connection.options.get("schema"))
    schema = given or full.rpartition(".")[0].replace(".", "_")
    table = physical or short(full)
    return sql.Name((alias_of(connection), *((schema,) if schema else ()), table))


def free(name: str, taken: Iterable[sql.Name]) -> str:
    """`name`, or like it if it is taken."""
    known = {one.parts[-1].lower() for one in taken}
    while name.lower() in known:
        name += "_"
    return name
