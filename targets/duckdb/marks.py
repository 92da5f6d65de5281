"""Until when tables are made of which runs make a part: read before anything is done, kept with the rows of each.

A table of a database has a table beside it, which is changed in the same transaction; a file of parquet says it in its
own metadata.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from oftra.ir.options import words
from oftra.ir.program import Program
from oftra.ir.refresh import END, START, UNTIL, Refreshed
from oftra.targets.duckdb.databases import free, is_database
from oftra.targets.duckdb.files import File, file_of
from oftra.targets.duckdb.runtimes import Runtimes
from oftra.targets.duckdb.values import AFTER_ALL, BEFORE_ALL
from oftra.targets.engines.duckdb.functions.record_macros import MADE_UNTIL
from oftra.targets.engines.duckdb.plan import Catalog
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call, column

if TYPE_CHECKING:  # heavy, and only a run needs it
    import duckdb

KEY, QUERY = "made_until", "made_of"
"""The columns, or keys of metadata."""

FORM = "%Y-%m-%dT%H:%M:%S.%f+00:00"
"""A moment in UTC as metadata holds it."""


class Mark(NamedTuple):
    """The variable that holds until when a table is made, by a query of this hash; and where it is kept.

    That is a table `beside` the `table` of a database, else the metadata of a `file`, which may be a folder.
    """

    variable: str
    made_of: str
    table: sql.Name | None = None
    beside: sql.Name | None = None
    file: File | None = None
    is_folder: bool = False

    @property
    def value(self) -> sql.Expr:
        """Until when it is made; before all times, if nothing says it."""
        return call("getvariable", sql.Text(self.variable))

    def read(self) -> Iterator[q.Statement]:
        """Set the variable."""
        if self.table is not None and self.beside is not None:
            columns = (sql.Cast(sql.NULL, "timestamptz"), KEY), (sql.Cast(sql.NULL, "varchar"), QUERY)
            nothing = q.Select(tuple([q.SelectItem(*one) for one in columns]), limit=0)
            yield q.CreateEmpty(self.beside, nothing)
            latest = q.SelectItem(call("coalesce", call("max", column(KEY)), BEFORE_ALL))
            of_query = q.Condition(sql.Binary("=", column(QUERY), sql.Text(self.made_of)))
            found = q.Select((latest,), q.Table(self.beside), where=(of_query, q.Condition(_is_there(self.table))))
            yield q.SetVariable(self.variable, sql.Subquery(found))
        elif self.file is not None:
            files = f"{self.variable}_files"
            path = sql.Chain("||", (self.file.path, sql.Text("/**/*.parquet"))) if self.is_folder else self.file.path
            listed = q.Select((q.SelectItem(call("list", column("file"))),), q.TableFunction(call("glob", path)))
            yield q.SetVariable(files, sql.Subquery(listed))
            known = call(MADE_UNTIL.name, sql.Text(files), sql.Text(self.made_of))
            yield q.SetVariable(self.variable, call("coalesce", known, BEFORE_ALL))

    def moved(self, newest: sql.Expr, rows: sql.Name, runtimes: Runtimes) -> q.Statement:
        """Set the variable to until when the table is made once it has `rows`: a run with a window leaves it.

        That is when the run began, or where the rows end that there are, whichever is earlier.
        """
        last = sql.Subquery(q.Select((q.SelectItem(call("max", newest)),), q.Table(rows)))
        until = call("least", runtimes.value(END), call("coalesce", last, runtimes.value(START)))
        has_no_window = sql.Binary("=", runtimes.value(UNTIL), AFTER_ALL)
        return q.SetVariable(self.variable, sql.Case(((has_no_window, until),), self.value))

    def kept(self) -> q.Statement:
        """Keep it in the table beside."""
        assert self.beside is not None
        items = (q.SelectItem(self.value, KEY), q.SelectItem(sql.Text(self.made_of), QUERY))
        return q.Create("table", self.beside, q.Select(items))

    @property
    def metadata(self) -> tuple[str, sql.Expr]:
        """The option of `copy` that keeps it in a file."""
        text = call("strftime", self.value, sql.Text(FORM))
        return "kv_metadata", sql.StructOf(((KEY, text), (QUERY, sql.Text(self.made_of))))


def since(connection: "duckdb.DuckDBPyConnection") -> str | None:
    """Where the run began, in the language's words; None: before all times."""
    start = "getvariable('run_start')"
    query = f"select strftime({start}, '%Y-%m-%d %H:%M:%SZ') where {start} > timestamptz '0001-01-01 00:00:00Z'"
    found = connection.execute(query).fetchone()
    return None if found is None else str(found[0])


def mark_of(relation: Refreshed, program: Program, catalog: Catalog, runtimes: Runtimes, marks: Iterable[Mark]) -> Mark:
    """Where a table keeps until when it is made: in a variable that no param and none of the `marks` has."""
    connection = program.connections[relation.connection or ""]
    variable = f"{relation.name.replace('.', '_')}_{KEY}"
    taken = {name.lower() for name in (*[one.name for one in program.params], *[mark.variable for mark in marks])}
    while not taken.isdisjoint((variable.lower(), f"{variable}_files".lower())):
        variable += "_"
    if is_database(connection):
        table = catalog.names[relation.name]
        beside = sql.Name((*table.parts[:-1], free(f"{table.parts[-1]}_{KEY}", catalog.names.values())))
        return Mark(variable, relation.made_of, table, beside)
    file = file_of(relation.physical or relation.name, relation.options, connection, runtimes)
    return Mark(variable, relation.made_of, file=file, is_folder=bool(words(relation.options.get("partition_by"))))


def _is_there(table: sql.Name) -> sql.Expr:
    database, *schema, name = table.parts
    known = (("database_name", database), ("schema_name", schema[0] if schema else "main"), ("table_name", name))
    conditions = tuple([q.Condition(sql.Binary("=", column(key), sql.Text(value))) for key, value in known])
    return sql.Exists(q.Select((q.SelectItem(sql.STAR),), q.TableFunction(call("duckdb_tables")), where=conditions))


def begins(marks: Iterable[Mark], starting: Sequence[Mark], runtimes: Runtimes) -> tuple[q.Statement, ...]:
    """Read all `marks`; without a window the run begins at the earliest of `starting`, or before all times."""
    read = [statement for mark in marks for statement in mark.read()]
    values = tuple([mark.value for mark in starting])
    earliest = call("least", *values) if len(values) > 1 else values[0] if values else BEFORE_ALL
    start = call("coalesce", runtimes.value(START), earliest)
    said = "Without a window all is made that came since the last such run."
    if not starting:
        said = "Without a window all is made."
    return (*read, q.SetVariable("run_start", start, said))
