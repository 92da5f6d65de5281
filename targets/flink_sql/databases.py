"""Tables of Postgres, by Flink's JDBC connector: what they are read by, asked by for single rows, and written to.

The connector doesn't quote names, and takes times through the time zone of its machine: names come to it in quotes
where they need them, and times as text, in UTC.
"""

from collections.abc import Collection, Iterable

from oftra.datatypes import Array, Datetime, Timestamp, show
from oftra.diagnostics import Report
from oftra.diagnostics.databases import UnwrittenColumn
from oftra.diagnostics.targets import UnsupportedSinkMode
from oftra.ir.expr import Column, Duration, Runtime
from oftra.ir.options import word, words
from oftra.ir.program import Connection, Program, Relation, Sink
from oftra.targets import postgres
from oftra.targets.engines.flink.datatypes import type_name
from oftra.targets.flink_sql.records import NEVER
from oftra.targets.flink_sql.runtimes import Runtimes
from oftra.targets.flink_sql.statements import ColumnOf, Table, Watermark
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.catalog import Reading
from oftra.targets.sql.tree import column

Pairs = tuple[tuple[str, str], ...]

TARGET = "flink_sql"

_LOCAL = "timestamp(6)"


def is_lookup(relation: Relation) -> bool:
    """Whether a stream asks for a row of it when it needs one."""
    return relation.kind == "source" and relation.options.get("lookup") is True


def looked_up(relations: Iterable[Relation]) -> frozenset[str]:
    """The names of those of which a stream asks for a row when it needs one."""
    return frozenset([one.name for one in relations if is_lookup(one)])


def source(
    relation: Relation, connection: Connection, name: str, since: str | None, runtimes: Runtimes
) -> tuple[Table, Reading]:
    """The table that a source is read by, and what each of its columns is made of."""
    own = [one for one in relation.columns if one.name != since]
    made = [ColumnOf(postgres.name(one.name), "string" if is_time(one) else type_name(one.type)) for one in own]
    values: dict[str, sql.Expr] = {}
    for one in own:
        value: sql.Expr = sql.Name((name, postgres.name(one.name)))
        if is_time(one):
            value = sql.Cast(value, _LOCAL)
            value = sql.Cast(value, type_name(one.type)) if isinstance(one.type, Timestamp) else value
        values[one.name] = value
    if since is not None:
        made.append(ColumnOf(since, computed=NEVER))
        values[since] = sql.Name((name, since))
    options = [*_login(connection, runtimes), ("table-name", _table(relation, connection, since))]
    size = relation.options.get("fetch_size")
    if isinstance(size, int):
        options.append(("scan.fetch-size", str(size)))
    match relation.options.get("cache"):
        case Duration(micros=micros) if is_lookup(relation):
            options.append(("lookup.cache", "PARTIAL"))
            options.append(("lookup.partial-cache.max-rows", "100000"))
            options.append(("lookup.partial-cache.expire-after-write", f"{micros // 1000} ms"))
    table = Table(
        name,
        tuple(made),
        tuple(options),
        watermark=None if since is None else Watermark(since),
        description=relation.description,
        span=relation.span,
    )
    return table, Reading(q.Table(column(name)), name, tuple([one.name for one in made]), values)


def _table(relation: Relation, connection: Connection, since: str | None) -> str:
    return postgres.rows(
        relation, connection, as_text=(Timestamp, Datetime), besides=(since,) if since is not None else ()
    )


def output(
    name: str,
    output_: Relation | Sink,
    columns: Iterable[Column],
    connection: Connection,
    runtimes: Runtimes,
) -> Table:
    """The table that rows are written to: with the names of Postgres, and times as text."""
    made = [ColumnOf(postgres.name(one.name), "string" if is_time(one) else type_name(one.type)) for one in columns]
    # A table of the program's own is by key, too: else it is refused.
    upserts = word(output_.options.get("mode"), "upsert") == "upsert"
    key = words(output_.options.get("key")) if upserts else ()
    return Table(
        name,
        tuple(made),
        (*_login(connection, runtimes), ("table-name", postgres.table_of_output(output_, connection))),
        key=tuple([postgres.name(one) for one in key]),
        description=output_.description,
        span=output_.span,
    )


def settles(relation: Relation, key: Collection[str]) -> bool:
    """Whether Flink has to be told that the last row of a key counts.

    It sees that itself of what is counted by that key alone; but not that times as text are one.
    """
    known = relation.interface
    moving = {*(known.window or ()), *[one.name for one in relation.columns if is_time(one)]}
    is_own = known.changes == "upsert" and any(set(one) == set(key) for one in known.keys)
    return bool(key) and not (is_own and moving.isdisjoint(key))


def rows(query: q.Query, columns: Iterable[Column]) -> q.Query:
    """The rows of a query, its times as text."""
    items = []
    for one in columns:
        value: sql.Expr = column(one.name)
        if isinstance(one.type, Timestamp):
            value = sql.Chain("||", (sql.Cast(sql.Cast(value, _LOCAL), "string"), sql.Text("Z")))
        elif isinstance(one.type, Datetime):
            value = sql.Cast(value, "string")
        items.append(q.SelectItem(value, None if value == column(one.name) else one.name))
    if not any(item.alias for item in items):
        return query
    source = query.source if isinstance(query, q.Select) else None
    if isinstance(source, q.Table) and query == q.Select((q.SelectItem(sql.STAR),), source):
        return q.Select(tuple(items), source)
    return q.Select(tuple(items), q.Derived(query))


def _login(connection: Connection, runtimes: Runtimes) -> Pairs:
    """Where a database is and who logs in. Texts are values of whatever type a column has: of times, of documents."""
    url = connection.options["url"]
    known = url.default if isinstance(url, Runtime) else url
    more = "&" if "?" in str(known) else "?"
    options = connection.options
    found = [("connector", "jdbc"), ("url", f"{runtimes.text(url)}{more}stringtype=unspecified")]
    if "user" in options:
        found += [("username", runtimes.text(options["user"])), ("password", runtimes.text(options.get("password")))]
    return tuple(found)


def is_time(one: Column) -> bool:
    """Whether values of a column go through text."""
    return isinstance(one.type, Timestamp | Datetime)


def refuse(program: Program, names: Iterable[str], report: Report) -> None:
    """Report the columns of outputs among `names` that the connector can't write."""
    wanted = set(names)
    outputs: list[tuple[Relation | Sink, tuple[Column, ...]]] = [
        (one, one.columns) for one in program.relations if one.kind == "table"
    ]
    outputs += [(one, program.by_name[one.relation].columns) for one in program.sinks]
    for output_, columns in outputs:
        connection = program.connections.get(output_.connection or "")
        if output_.name not in wanted or connection is None or connection.kind != "jdbc":
            continue
        if isinstance(output_, Relation) or output_.name in program.streams:
            _refuse_mode(output_, report)
        for one in columns:
            if isinstance(one.type, Array):
                report.add(UnwrittenColumn(output_.name, one.name, show(one.type), span=output_.span))
            elif postgres.name(one.name) != one.name:
                report.add(UnwrittenColumn(output_.name, one.name, "", span=output_.span))


def _refuse_mode(output_: Relation | Sink, report: Report) -> None:
    """The connector can't do away with what was in a table."""
    is_table = isinstance(output_, Relation)
    how = word(output_.options.get("refresh"), "full") if is_table else word(output_.options.get("mode"))
    if how == "overwrite" or (is_table and how != "merge"):
        report.add(UnsupportedSinkMode(output_.name, "overwrite", TARGET, span=output_.span))
