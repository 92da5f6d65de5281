"""How a module writes tables of which a run makes a part: the rows of its slice into those that are there.

Delta Lake     what the run covers is replaced in one commit; by key, rows are merged
Iceberg        the same, both by merging
parquet        all rows are written beside, and put in place of the old ones
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from oftra.connectors import format_of
from oftra.datatypes import BOOLEAN
from oftra.diagnostics import Report
from oftra.diagnostics.spark import NeedsNewerSpark
from oftra.ir.expr import Call, Column, Expr, Runtime
from oftra.ir.program import Connection
from oftra.ir.refresh import Refresh, Refreshed, after, all_gone, beside, merged
from oftra.ir.rel import Filter, Item, Project, Rel, Scan
from oftra.targets.engines.spark.frame import quoted
from oftra.targets.engines.spark.lower import lower
from oftra.targets.engines.spark.plan import Catalog, Planner
from oftra.targets.pyspark import writing
from oftra.targets.pyspark.naming import MODULE
from oftra.targets.pyspark.places import is_whole
from oftra.targets.python import tree as py
from oftra.targets.python.rewrite import exchanged

ROWS, STORED, GONE = py.Name("rows"), py.Name("stored"), py.Name("gone")
IS_GONE = "is gone"
"""The column that says of a row that its key has none from now on."""

Body: TypeAlias = tuple[py.Statement, ...]


def is_done(relation: Refreshed, connection: Connection) -> bool:
    """Whether a module can refresh a table there."""
    if connection.kind == "files":
        root = connection.options.get("root")
        is_bucket = isinstance(root, str) and is_whole(root) and ":/" in root
        return format_of(relation.options, connection) == "parquet" and not is_bucket
    return writing.table_format(connection) in ("delta", "iceberg")


class Refreshing(NamedTuple):
    """What writes a table that isn't made whole; `runtimes` collects the values of the run that this takes."""

    relation: Refreshed
    connection: Connection
    version: tuple[int, int]
    report: Report
    runtimes: dict[str, Runtime]

    @property
    def refresh(self) -> Refresh:
        """How it is to be refreshed."""
        return self.relation.refresh

    def body(self) -> Body:
        """The body of the function that writes the slice's `rows`."""
        if self.connection.kind == "files":
            return self._files()
        made, table = writing.made(self.relation, self.connection, ROWS)
        if self.refresh.kind == "merge":
            return (made, *self._merged(table))
        replace = "replace_slice"
        if writing.table_format(self.connection) == "iceberg":
            replace = "merge_slice"
            if self.version < (4, 0):
                what, version = "replacing a part of a table of Iceberg", ".".join(map(str, self.version))
                self.report.add(NeedsNewerSpark(what, "4.0", version, span=self.relation.span))
        return (made, py.Return(py.call(replace, ROWS, table, self._covered())))

    # ------------------------------------------------------------------------------------------------- tables

    def newest(self) -> py.Expr:
        """The moment that has come where there is such a row, of a table that keeps until when it is made."""
        newest = self.refresh.newest
        assert newest is not None
        made = Column(max([one.id for one in self.refresh.columns]) + 1, "newest", newest.type, newest.nullable)
        rel = lower(Project(Scan("stored", self.refresh.columns), (Item(made, newest),)), {}, self.report)
        assert isinstance(rel, Project)
        return self._of_stored(rel.source, rel.items[0].value)

    def _covered(self) -> py.Expr:
        """Whether the run covers a row that is stored."""
        if self.refresh.covered is None:
            return py.call("F.lit", py.TRUE)
        rel = lower(Filter(Scan("stored", self.refresh.columns), self.refresh.covered), {}, self.report)
        assert isinstance(rel, Filter)
        return self._of_stored(rel.source, rel.condition)

    def _of_stored(self, rows: Rel, expr: Expr) -> py.Expr:
        """An expression over the rows that are stored."""
        columns = self.refresh.columns
        planner = self._planner({"stored": (STORED, columns)})
        frame = planner.plan(rows, frozenset([column.id for column in columns]))
        said = planner.expressions(frame).said(expr).expr
        self.runtimes.update(planner.runtimes)
        return said

    def _merged(self, table: py.Expr) -> Body:
        """Rows take the place of those with their key."""
        refresh, before = self.refresh, list[py.Statement]()
        key, order = (
            py.ListOf(tuple([py.String(quoted(one)) for one in some])) for some in (refresh.key, refresh.order_by)
        )
        given: list[py.Expr] = [table, key, order]
        rows: py.Expr = ROWS
        if refresh.remembers:
            made, gone = writing.made(self.relation, self.connection, self._to_remember(), "_gone")
            before.append(made)
            given.append(gone)
        if refresh.gone is not None:
            is_gone = Column(max([one.id for one in refresh.columns]) + 1, IS_GONE, BOOLEAN, False)
            items = [Item(one, one) for one in refresh.columns]
            items.append(Item(is_gone, Call("is_true", (refresh.gone,), BOOLEAN, False)))
            more, rows = self._plan(
                Project(Scan("new", refresh.columns), tuple(items)), {"new": (ROWS, refresh.columns)}
            )
            before += more
        return (*before, py.Return(py.call("merge_last", rows, *given)))

    def _to_remember(self) -> py.Expr:
        """What is remembered of rows that are gone."""
        names = [py.String(quoted(one.name)) for one in self.refresh.remembered]
        return py.method(ROWS, "select", *names)

    # -------------------------------------------------------------------------------------------------- files

    def _files(self) -> Body:
        """A table in a folder as it is after the run; what is remembered of deleted rows is there before."""
        refresh, ours, relation = self.refresh, beside(self.relation), self.relation
        known = {ours.new: (ROWS, refresh.columns), ours.stored: (STORED, refresh.columns)}
        found: list[py.Statement] = []
        gone = None
        if refresh.remembers:
            gone = ours.gone
            known[gone] = (GONE, refresh.remembered)
            path = writing.folder(relation.name, relation.physical, relation.options, self.connection, "_gone")
            there = py.Assign(GONE, py.call("rows_at", path, self._to_remember()))
            more, rows = self._plan(all_gone(refresh, gone, ours.new), known)
            write = py.Attribute(py.method(py.Attribute(rows, "write"), "mode", py.String("overwrite")), "parquet")
            found += [there, *more, py.Evaluate(py.call("replaced", path, write)), there]
        path = writing.folder(relation.name, relation.physical, relation.options, self.connection)
        found.append(py.Assign(STORED, py.call("rows_at", path, ROWS)))
        is_merge = refresh.kind == "merge"
        rel = merged(refresh, ours.stored, ours.new, gone) if is_merge else after(refresh, ours.stored, ours.new)
        more, rows = self._plan(rel, known)
        body = writing.body(relation.name, relation.physical, relation.options, self.connection, relation.columns)
        return (*found, *more, py.Assign(ROWS, rows), *(exchanged(body, _with_mark) if relation.keeps_mark else body))

    def _plan(self, rel: Rel, known: "Mapping[str, Known]") -> tuple[Body, py.Expr]:
        """The rows of `rel` over what the function has, and the statements that come before."""
        planned = self._planner(known).body(rel)
        *before, made = planned.statements
        assert isinstance(made, py.Return) and made.value is not None
        self.runtimes.update(planned.runtimes)
        return tuple(before), made.value

    def _planner(self, known: "Mapping[str, Known]") -> Planner:
        names = {name: held.id for name, (held, _) in known.items()}
        columns = {name: columns for name, (_, columns) in known.items()}
        return Planner(Catalog(names, columns, {}, MODULE | {"stored", "gone"}, self.version), self.report)


def _with_mark(part: Any) -> Any:
    match part:
        case py.Call(py.Name("replaced") as put, (path, write)):
            return py.Call(put, (path, py.call("with_mark", path, write)))
        case _:
            return part


Known: TypeAlias = tuple[py.Name, tuple[Column, ...]]
"""What a relation is called in the function, and its columns."""
