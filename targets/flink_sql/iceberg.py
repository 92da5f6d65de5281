"""Tables of Iceberg: kept by a catalog that a script names first, and written to by the names of their columns.

The connector keeps what it is told of a table with the table, for all to read, passwords too. Of a catalog nothing is
kept: so scripts name catalogs, and make tables in them.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from oftra.datatypes import INT, Array, Double, Float, Integer, Map, Struct
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOption, UnsupportedRefresh, UnsupportedSinkMode, UnsupportedStreaming
from oftra.ir.deletes import deletes_when
from oftra.ir.expr import Column
from oftra.ir.facts import facts_of
from oftra.ir.options import text, word, words
from oftra.ir.program import Connection, Option, Program, Relation, Sink
from oftra.ir.rel import Aggregate, Project, Rel, Scan, Step
from oftra.targets.engines.flink.casts import cast
from oftra.targets.engines.flink.datatypes import type_name
from oftra.targets.flink_sql.records import NEVER
from oftra.targets.flink_sql.runtimes import Runtimes
from oftra.targets.flink_sql.statements import (
    Alter,
    CatalogOf,
    ColumnOf,
    Database,
    Drop,
    Insert,
    Statement,
    Table,
    Watermark,
)
from oftra.targets.flink_sql.tables import Pairs, columns_of
from oftra.targets.flink_sql.versions import looked_into
from oftra.targets.needs import Survey
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.catalog import Reading
from oftra.targets.stored_types import inside

KIND = "iceberg"
TARGET = "flink_sql"

_CLASSES = {"glue": "org.apache.iceberg.aws.glue.GlueCatalog", "jdbc": "org.apache.iceberg.jdbc.JdbcCatalog"}
"""Catalogs that the connector has no word for."""

_FAILS_OF_NOTHING: Pairs = (("flink.max-continuous-empty-commits", "1"),)
_WHY = "Flink can't put no rows in the place of others: so that they don't just stay, it fails."
_TAKEN = (
    "a row of it may go without another that takes its place",
    "a topic, or a table in Postgres, takes rows that go; Iceberg, rows that are added, and aggregates by their key",
)
_TIMED = (
    "its event time counts for nothing in a stream",
    "a contract without `event time` for this source; or files, whose event time counts",
)


def catalog(connection: Connection, runtimes: Runtimes) -> CatalogOf:
    """The catalog that a connection describes."""
    options = connection.options
    found = [("type", KIND)]
    kind = word(options.get("type"))
    if kind:
        found.append(("catalog-impl", _CLASSES[kind]) if kind in _CLASSES else ("catalog-type", kind))
    if "uri" in options:
        found.append(("uri", runtimes.text(options["uri"])))
    if "warehouse" in options:
        place = runtimes.text(options["warehouse"])
        found.append(("warehouse", runtimes.place(connection, place) if kind == "hadoop" else place))
    return CatalogOf(_name(connection), (*found, *_properties(options.get("properties"), runtimes)))


def place_of(one: Relation | Sink, connection: Connection) -> tuple[str, str, str]:
    """The catalog, the database and the name of a table: its database is the connection's, else its folder."""
    schema = text(one.options.get("schema")) or text(connection.options.get("schema"))
    folder, _, short = one.name.rpartition(".")
    table = text(one.options.get("table")) or one.physical or short
    return _name(connection), schema or folder.replace(".", "_"), table


def places(program: Program, names: Collection[str], afresh: bool, runtimes: Runtimes) -> list[Statement]:
    """The catalogs of those of `names` that are in one, and the databases of what is written if not all is `afresh`."""
    found: dict[Statement, None] = {}
    ones: list[Relation | Sink] = [*program.relations, *program.sinks]
    for one in [one for one in ones if one.name in names]:
        connection = program.connections.get(one.connection or "")
        is_source = isinstance(one, Relation) and one.kind == "source"
        if connection is not None and connection.kind == KIND and (is_source or not afresh):
            found[catalog(connection, runtimes)] = None
            if not is_source:
                found[Database(place_of(one, connection)[:2])] = None
    return list(found)


def source(
    relation: Relation, connection: Connection, name: str, since: str | None, runtimes: Runtimes
) -> tuple[Table, Reading]:
    """The table that rows are read by, and what each column is made of."""
    options = relation.options
    found = dict(_properties(None if relation.is_stored else options.get("properties"), runtimes))
    snapshot = options.get("at_snapshot")
    if isinstance(snapshot, int):
        found["snapshot-id"] = str(snapshot)
    table = Table(
        name,
        () if since is None else (ColumnOf(since, computed=NEVER),),
        tuple(found.items()),
        watermark=None if since is None else Watermark(since),
        like=place_of(relation, connection),
        description=relation.description,
        span=relation.span,
    )
    columns = tuple([relation.record_paths.get(one.name, one.name) for one in relation.columns])
    # The table may have others, in any order.
    own = q.Select(tuple([q.SelectItem(sql.column(one)) for one in columns]), q.Table(sql.column(name)))
    values = {one.name: _value(one, (name, path)) for one, path in zip(relation.columns, columns)}
    return table, Reading(q.Derived(own, name), name, columns, values)


def stored(relation: Relation, connection: Connection, runtimes: Runtimes) -> tuple[CatalogOf, q.Query]:
    """The catalog of a table, and the query of its rows."""
    items = [q.SelectItem(_value(one, (one.name,)), one.name) for one in relation.columns]
    return catalog(connection, runtimes), q.Select(tuple(items), q.Table(sql.Name(place_of(relation, connection))))


def _value(column: Column, name: tuple[str, ...]) -> sql.Expr:
    """A column as the program has it: Iceberg's shortest integer has 32 bits."""
    if isinstance(column.type, Integer):
        return cast(sql.Name(name), INT, column.type) if column.type.bits < INT.bits else sql.Name(name)
    is_short = any(isinstance(one, Integer) and one.bits < INT.bits for one in inside(column.type))
    return sql.Cast(sql.Name(name), type_name(column.type)) if is_short else sql.Name(name)


class Output(NamedTuple):
    """A table, what comes before and after it, and the rows that are written to it."""

    statements: list[Statement]
    table: Table
    insert: Insert


def output(
    to: Relation | Sink, relation: Relation, query: q.Query, connection: Connection, is_stream: bool, runtimes: Runtimes
) -> Output:
    """How the rows of a query are written to the table of a relation or sink."""
    catalog_, database, name = place_of(to, connection)
    key = key_of(to, relation)
    replaces = not is_stream and not _adds(to)
    options = {"format-version": "2"} if key else {}
    for option, value in _properties(to.options.get("properties"), runtimes):
        options[option] = value
    table = Table(
        name,
        columns_of(relation.columns),
        tuple(options.items()),
        key,
        partitioned_by=words(to.options.get("partition_by")),
        place=(catalog_, database),
        description=to.description,
        span=to.span,
    )
    made: list[Statement] = [table]
    if replaces and isinstance(to, Relation) and (to.feeds or to.late_of):
        # That there is nothing to put apart is as it should be.
        made.insert(0, Drop((catalog_, database, name)))
        replaces = False
    elif replaces:
        made.append(Alter((catalog_, database, name), _FAILS_OF_NOTHING, _WHY))
    insert = Insert(
        name,
        query,
        replaces,
        owner=to.name,
        place=table.place,
        columns=tuple([one.name for one in relation.columns]),
        hints=(("upsert-enabled", "true"),) if key else (),
        span=to.span,
    )
    return Output(made, table, insert)


def key_of(to: Relation | Sink, relation: Relation) -> tuple[str, ...]:
    """What rows are found by that others take the place of; nothing if all are added or replaced."""
    if isinstance(to, Relation):
        return words(to.options.get("key")) if word(to.options.get("refresh")) == "merge" else ()
    if word(to.options.get("mode")) != "upsert":
        return ()
    return words(to.options.get("key")) or words(relation.options.get("key")) or relation.interface.keys[0]


def _adds(to: Relation | Sink) -> bool:
    return isinstance(to, Sink) and word(to.options.get("mode"), "append") != "overwrite"


def _name(connection: Connection) -> str:
    return text(connection.options.get("catalog")) or connection.name


def _properties(given: Option, runtimes: Runtimes) -> Iterator[tuple[str, str]]:
    if isinstance(given, Mapping):
        for name, value in given.items():
            yield name, ("true" if value else "false") if isinstance(value, bool) else runtimes.text(value, str(value))


def refuse(survey: Survey, names: Collection[str], report: Report) -> None:
    """Report what among `names` the connector can't do as it is asked for, and catalogs of one name."""
    program = survey.program
    _refuse_twins(program, names, report)
    _refuse_times(survey, names, report)
    outputs: list[tuple[Relation | Sink, Relation]] = [(one, one) for one in program.relations if one.kind == "table"]
    outputs += [(one, program.by_name[one.relation]) for one in program.sinks]
    for to, relation in outputs:
        connection = program.connections.get(to.connection or "")
        if to.name not in names or connection is None or connection.kind != KIND:
            continue
        is_stream = to.name in program.streams
        for option, value in _undone(to, relation, connection, is_stream):
            report.add(UnsupportedOption(to.name, option, value, TARGET, span=to.span))
        if is_stream and isinstance(to, Sink) and not _adds(to):
            report.add(UnsupportedSinkMode(to.name, "overwrite", TARGET, span=to.span))
        elif is_stream and not _is_written(to, relation, program):
            report.add(UnsupportedStreaming(to.name, TARGET, *_TAKEN, span=to.span))
        if is_stream and isinstance(to, Relation):
            refresh = word(to.options.get("refresh"), "full")
            if refresh not in ("full", "append", "merge"):
                report.add(UnsupportedRefresh(to.name, refresh, TARGET, span=to.span))


def _is_written(to: Relation | Sink, relation: Relation, program: Program) -> bool:
    """Whether all that becomes of the rows of a stream gets into a table.

    Where a condition doesn't hold of the row that would take another's place, Flink says that the other is replaced,
    not that it is gone: the connector waits for a row that never comes.
    """
    key = key_of(to, relation)
    is_own = relation.interface.changes == "append" or any(set(one) == set(key) for one in relation.interface.keys)
    deletes = isinstance(to, Relation) and deletes_when(to) is not None
    return not key or (is_own and not deletes and _stays(relation.rel, program))


def _stays(rel: Rel, program: Program) -> bool:
    """Whether each row of a stream stays until another takes its place, or is said to be gone."""
    match rel:
        case Step() | Project():
            return _stays(rel.source, program)
        case Scan(relation=name):
            relation = program.by_name[name]
            merges = word(relation.options.get("refresh")) == "merge"
            return relation.interface.changes == "append" or (not merges and _stays(relation.rel, program))
        case Aggregate():
            return True
        case _:
            return facts_of(rel, {one.name: one.interface for one in program.relations}).changes == "append"


def _refuse_times(survey: Survey, names: Collection[str], report: Report) -> None:
    """Report sources in streams with an event time that these would go by: they are read without one."""
    program = survey.program
    needed = survey.needed(program.streams & set(names))
    timed = [one for one in program.relations if one.name in needed and one.interface.event_time is not None]
    for one in [one for one in timed if one.kind == "source" and one.name not in looked_into(program, needed)]:
        connection = program.connections.get(one.connection or "")
        if connection is not None and connection.kind == KIND:
            report.add(UnsupportedStreaming(one.name, TARGET, *_TIMED, span=one.span))


def _refuse_twins(program: Program, names: Collection[str], report: Report) -> None:
    """Report those that go by a name that another catalog has already."""
    found: dict[str, CatalogOf] = {}
    ones: list[Relation | Sink] = [*program.relations, *program.sinks]
    for one in ones:
        connection = program.connections.get(one.connection or "")
        if one.name in names and connection is not None and connection.kind == KIND:
            made = catalog(connection, Runtimes())
            if found.setdefault(made.name, made) != made:
                report.add(UnsupportedOption(connection.name, "catalog", made.name, TARGET, span=one.span))


def _undone(
    to: Relation | Sink, relation: Relation, connection: Connection, is_stream: bool
) -> Iterator[tuple[str, str]]:
    if not place_of(to, connection)[1]:
        yield "schema", "''"
    key = key_of(to, relation)
    unfit = [one.name for one in relation.columns if one.name in key and not _finds(one)]
    if unfit:
        yield "key", f"[{', '.join(unfit)}]"
    parts = words(to.options.get("partition_by"))
    # Partitions that no row is of would stay as they are, and rows are found by key in their own partition alone.
    if parts and (key or not is_stream):
        yield "partition_by", f"[{', '.join(parts)}]"
    if parts := words(to.options.get("cluster_by")):
        yield "cluster_by", f"[{', '.join(parts)}]"
    if (how := word(to.options.get("on_schema_change"), "fail")) != "fail":
        yield "on_schema_change", how


def _finds(column: Column) -> bool:
    """Whether Iceberg finds rows by such a column."""
    return not isinstance(column.type, Float | Double | Array | Map | Struct)
