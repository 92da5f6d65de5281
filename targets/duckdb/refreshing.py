"""Tables of which a run makes a part: the rows of its slice first, then what is stored, in one step.

A table of a database is changed in a transaction. A file is written beside the one that is there, and takes its place.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from oftra.connectors import SUFFIX
from oftra.diagnostics import Report
from oftra.ir.expr import Column, Expr, Runtime
from oftra.ir.keys import conjuncts
from oftra.ir.refresh import Refresh, Refreshed, after, all_gone, beside, merged
from oftra.ir.rel import Rel
from oftra.targets.duckdb import files
from oftra.targets.duckdb.databases import free
from oftra.targets.duckdb.marks import Mark
from oftra.targets.duckdb.runtimes import Runtimes
from oftra.targets.engines.duckdb.expressions import Expressions
from oftra.targets.engines.duckdb.plan import Catalog, Planner
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.engine import Around
from oftra.targets.sql.planning.said import Said
from oftra.targets.sql.planning.scope import Scope

CopyOptions: TypeAlias = tuple[tuple[str, sql.Expr | None], ...]


def names_beside(relation: Refreshed, table: sql.Name | None, taken: Iterable[sql.Name]) -> dict[str, sql.Name]:
    """What a script calls all these, of a `table` of a database or of a file that is none of those `taken`."""
    known = list(taken)
    plain, ours = relation.name.replace(".", "_"), beside(relation)
    new, stored = sql.Name((free(f"{plain}_slice", known),)), sql.Name((free(f"{plain}_stored", known),))
    if table is None:
        return {ours.new: new, ours.stored: stored, ours.gone: sql.Name((free(f"{plain}_gone", known),))}
    gone = sql.Name((*table.parts[:-1], free(f"{table.parts[-1]}_gone", known)))
    return {ours.new: new, ours.stored: table, ours.gone: gone}


class Refreshing(NamedTuple):
    """How a script refreshes a table: with the names of its `catalog`."""

    relation: Refreshed
    catalog: Catalog
    report: Report
    runtimes: dict[str, Runtime]
    mark: Mark | None = None

    @property
    def refresh(self) -> Refresh:
        """How it is to be refreshed."""
        return self.relation.refresh

    def _name(self, name: str) -> sql.Name:
        return self.catalog.names[name]

    def _plan(self, rel: Rel) -> q.Query:
        return Planner(self.catalog, self.report, self.runtimes).query(rel)

    def slice(self) -> tuple[q.Statement, ...]:
        """The rows of the slice, and until when the table is made with them."""
        relation, made = self.relation, self._name(beside(self.relation).new)
        rows = q.Create("temp table", made, self._plan(relation.rel), relation.description, span=relation.span)
        if self.mark is None or self.refresh.newest is None:
            return (rows,)
        newest = self._said(self.refresh.newest, self.refresh.columns)
        return rows, self.mark.moved(newest, made, Runtimes(self.runtimes))

    def table(self) -> tuple[q.Statement, ...]:
        """A table of a database as it is after the run."""
        ours = beside(self.relation)
        table, new = self._name(ours.stored), self._name(ours.new)
        empty = q.CreateEmpty(table, q.Select((q.SelectItem(sql.STAR),), q.Table(new), limit=0))
        changes: tuple[q.Statement, ...] = ()
        if self.refresh.kind != "merge":
            changes = (*self._leaving(table), q.Insert(table, _all_of(new)))
        elif not self.refresh.remembers:
            changes = (self._replaced(table, merged(self.refresh, ours.stored, ours.new)),)
        else:
            gone = self._name(ours.gone)
            items = tuple([q.SelectItem(sql.column(one.name)) for one in self.refresh.remembered])
            changes = (
                q.CreateEmpty(gone, q.Select(items, q.Table(new), limit=0)),
                self._replaced(table, merged(self.refresh, ours.stored, ours.new, ours.gone)),
                self._replaced(gone, all_gone(self.refresh, ours.gone, ours.new)),
            )
        if self.mark is not None:
            changes = (*changes, self.mark.kept())
        return (q.Transaction("begin"), empty, *changes, q.Transaction("commit"))

    def _replaced(self, table: sql.Name, rel: Rel) -> q.Statement:
        return q.Create("table", table, self._plan(rel))

    def _leaving(self, table: sql.Name) -> tuple[q.Statement, ...]:
        covered = self.refresh.covered
        if covered is None:
            return (q.Delete(table),)
        parts = conjuncts(covered)
        return (q.Delete(table, tuple([q.Condition(self._said(one, self.refresh.columns)) for one in parts])),)

    def _said(self, expr: Expr, columns: tuple[Column, ...]) -> sql.Expr:
        scope = Scope({one.id: Said(sql.column(one.name), one.type) for one in columns})
        around = Around(self.report, Planner(self.catalog, self.report, self.runtimes).subquery, self.runtimes)
        return Expressions(scope, around).exact(expr)

    def file(self, file: files.File, gone: files.File, options: CopyOptions) -> tuple[q.Statement, ...]:
        """A file as it is after the run; what is remembered of deleted rows is there before."""
        ours, made = beside(self.relation), list[q.Statement]()
        rel = after(self.refresh, ours.stored, ours.new)
        if self.refresh.kind == "merge":
            rel = merged(self.refresh, ours.stored, ours.new, ours.gone if self.refresh.remembers else None)
        if self.refresh.remembers:
            made.append(self._what_is_there(ours.gone, gone, self.refresh.remembered))
            remembered = self._plan(all_gone(self.refresh, ours.gone, ours.new))
            made.append(q.Copy(remembered, gone.path, (("format", sql.Word(gone.format)),)))
        made.append(self._what_is_there(ours.stored, file, self.refresh.columns))
        if self.mark is not None:
            options = (*options, self.mark.metadata)
        made.append(q.Copy(self._plan(rel), file.path, options))
        return tuple(made)

    def _what_is_there(self, name: str, file: files.File, columns: tuple[Column, ...]) -> q.Statement:
        """The rows of a file, of which there are none before the first run."""
        items = tuple([q.SelectItem(sql.column(one.name)) for one in columns])
        nothing = q.Select(items, q.Table(self._name(beside(self.relation).new)), limit=0)
        is_table = name == beside(self.relation).stored
        owner = self.relation if is_table else replace(self.relation, options={})
        return q.Create("temp view", self._name(name), files.there(file, owner, columns, nothing))


def _all_of(name: sql.Name) -> q.Query:
    return q.Select((q.SelectItem(sql.STAR),), q.Table(name))


def gone_beside(file: files.File) -> files.File:
    """The file that remembers what was deleted from another one."""
    ending = SUFFIX[file.format]
    match file.path:
        case sql.Text(path):
            return file._replace(path=sql.Text(f"{path.removesuffix(ending)}_gone{ending}"))
        case sql.Chain("||", (*first, sql.Text(path))):
            return file._replace(path=sql.Chain("||", (*first, sql.Text(f"{path.removesuffix(ending)}_gone{ending}"))))
        case path:
            return file._replace(path=sql.Chain("||", (path, sql.Text(f"_gone{ending}"))))
