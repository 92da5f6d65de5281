"""Typed relations as SELECTs: which operators share one. All decisions are taken here, none when it is printed."""

from itertools import count
from typing import assert_never

from oftra.datatypes import DataType
from oftra.diagnostics import Report
from oftra.ir.columns import free_columns
from oftra.ir.expr import Column, ExistsQuery, Expr, Runtime, SortKey
from oftra.ir.keys import conjuncts
from oftra.ir.rel import (
    Aggregate,
    Checked,
    Distinct,
    Filter,
    Item,
    Join,
    Limit,
    Opaque,
    Project,
    Read,
    Recursion,
    Rel,
    Round,
    Sample,
    Scan,
    SetOperation,
    Sort,
    Step,
    TimeWindow,
    Unnest,
    Values,
    Window,
)
from oftra.source import NOWHERE
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning import recursion, starting
from oftra.targets.sql.planning.block import SMALL, Block, over
from oftra.targets.sql.planning.catalog import Catalog
from oftra.targets.sql.planning.engine import Around, Expressions, SqlEngine, is_number
from oftra.targets.sql.planning.joining import Joining
from oftra.targets.sql.planning.references import has_correlated_query, is_volatile, references
from oftra.targets.sql.planning.said import Said
from oftra.targets.sql.planning.scope import Scope
from oftra.targets.sql.planning.starting import free_alias
from oftra.targets.sql.rewrite import has_query, is_longer


class Planner:
    """Plans one statement's query. `ctes` collects its steps."""

    def __init__(
        self, engine: SqlEngine, catalog: Catalog, report: Report, runtimes: dict[str, Runtime] | None = None
    ) -> None:
        self.engine = engine
        self.catalog = catalog
        self.report = report
        self.around = Around(report, self.subquery, {} if runtimes is None else runtimes)
        self.ctes: list[q.Cte] = []
        # The names of recursive ones, by what they are; and of those that are being planned, by what they are called.
        self.recursions: dict[Rel, str] = {}
        self.rounds: dict[str, str] = {}
        # The name that each of them should have had.
        self.wanted: dict[str, str] = {}
        # Below zero, where no column of the program has its id.
        self.fresh = count(-1, -1)

    def query(self, rel: Rel, exact: bool = True, unique: bool = True) -> q.Query:
        """The query of `rel`; with `exact` its columns have exactly the engine's types of their own."""
        while isinstance(rel, Step):
            rel = rel.source
        block = self.plan(rel, None)
        if exact and block.compound is not None and any(_differs(block, column) for column in block.columns):
            block = self.wrapped(block)
        query = block.finish(exact, unique)[0]
        return q.With(tuple(self.ctes), query, bool(self.recursions)) if self.ctes else query

    def subquery(self, rel: Rel, outer: Scope, items: bool) -> tuple[q.Query, tuple[Said, ...]]:
        """A query inside an expression of a SELECT whose columns are `outer`, and the values of its columns.

        Without `items` only its rows count.
        """
        block = self.plan(rel, outer if free_columns(ExistsQuery(rel)) else None)
        if not items:
            return block.exists(), ()
        query, _, says = block.finish(named=False)
        return query, says

    def plan(self, rel: Rel, outer: Scope | None) -> Block:
        """The SELECT that `rel` comes to, still open for more."""
        match rel:
            case Scan():
                return starting.scan(self, rel, outer)
            case Project(source, items):
                return self._project(self.plan(source, outer), items)
            case Filter():
                return self._filter(rel, self.plan(rel.source, outer))
            case Join():
                return Joining(self).join(rel, outer)
            case Aggregate():
                return self._aggregate(rel, self.plan(rel.source, outer))
            case Window():
                return self._window(rel, self.plan(rel.source, outer))
            case Sort(source, keys):
                return self._sort(self.plan(source, outer), keys)
            case Limit(source, rows, skip):
                return self._limit(self.plan(source, outer), rows, skip)
            case Distinct(source):
                return self._distinct(self.plan(source, outer))
            case SetOperation():
                return self._set_operation(rel, outer)
            case Values():
                return starting.values(self, rel, outer)
            case Unnest():
                return starting.unnest(self, rel, self.plan(rel.source, outer))
            case Sample():
                return self._sample(rel, self.plan(rel.source, outer))
            case Step():
                return self._step(rel, outer)
            case Checked(source):
                # Its rules are judged by statements of their own, before anything reads what it gives.
                return self.plan(source, outer)
            case Read():
                return starting.read(self, rel, outer)
            case Opaque():
                return starting.opaque(self, rel, outer)
            case Recursion():
                return recursion.recursion(self, rel, outer)
            case Round():
                return recursion.last_round(self, rel, outer)
            case TimeWindow():
                return self.plan(self.engine.lower(rel, self.fresh), outer)
            case _:
                assert_never(rel)

    def expressions(self, block: Block) -> Expressions:
        """Says expressions over the columns of `block`."""
        return self.engine.expressions(block.scope, self.around)

    def wrapped(self, block: Block) -> Block:
        """A SELECT from what `block` gives."""
        if block.is_bare and not block.has_computed:
            return block
        query, names, says = block.finish()
        outer = block.scope.outer
        types = tuple([said.type for said in says])
        return over(self.engine, q.Derived(query), names, types, block.columns, free_alias(block.alias, outer), outer)

    # ----------------------------------------------------------------------------------------- where rows come from

    def _step(self, step: Step, outer: Scope | None) -> Block:
        barrier = None if outer is None else Scope({}, outer)
        block = self.plan(step.source, barrier)
        if isinstance(step.source, Recursion):
            return block
        query, names, says = block.finish()
        types = tuple([said.type for said in says])
        if (barrier is not None and barrier.crossed) or recursion.in_round(step, self.rounds):
            alias = free_alias(step.name.rpartition(".")[2], outer)
            return over(self.engine, q.Derived(query), names, types, block.columns, alias, outer)
        name = self._name_step(step, query)
        item = q.Table(sql.Name((name,)))
        return over(self.engine, item, names, types, block.columns, free_alias(name, outer), outer)

    def _name_step(self, step: Step, query: q.Query) -> str:
        """Make `query` a named one, once: the same under the same name is shared."""
        wanted = step.name.rpartition(".")[2]
        for cte in self.ctes:
            if cte.query == query and self.wanted[cte.name] == wanted:
                return cte.name
        name = recursion.free_name(self, wanted)
        self.ctes.append(q.Cte(name, query, step.description, span=step.span))
        self.wanted[name] = wanted
        return name

    # ----------------------------------------------------------------------------------------- row by row

    def _touches(self, block: Block, ids: set[int], exprs: tuple[Expr, ...]) -> bool:
        return bool(ids) and any(not ids.isdisjoint(references(expr)) for expr in exprs)

    def ready(self, block: Block, exprs: tuple[Expr, ...]) -> Block:
        """`block`, or a SELECT from it where its columns can't be put in place of their names in `exprs`."""
        if self._touches(block, block.volatile, exprs):
            return self.wrapped(block)
        if (block.grouped or block.windows) and any(has_correlated_query(expr) for expr in exprs):
            return self.wrapped(block)
        return block

    def _filter(self, rel: Filter, block: Block) -> Block:
        block = self.ready(block, (rel.condition,))
        if block.is_cut or block.distinct or block.compound is not None or self._writes_again(block, rel.condition):
            block = self.wrapped(block)
        place = block.qualify if block.windows else block.having if block.grouped else block.where
        said = self.expressions(block).said(rel.condition).expr
        parts = said.operands if isinstance(said, sql.Chain) and said.operator == "and" else (said,)
        spans = [condition.span for condition in conjuncts(rel.condition)]
        if len(spans) != len(parts) or NOWHERE in spans:
            spans = [rel.span] * len(parts)
        place.extend([q.Condition(part, span=span) for part, span in zip(parts, spans)])
        return block

    def _project(self, block: Block, items: tuple[Item, ...]) -> Block:
        made = tuple([item.value for item in items if not isinstance(item.value, Column)])
        kept = [item.column.id for item in items if item.passes]
        before = [column.id for column in block.columns]
        whole = len(kept) == len(items) == len(before)
        reordered = block.compound is not None and kept != before
        if (block.distinct or block.compound is not None) and (not whole or reordered):
            block = self.wrapped(block)
        elif made:
            block = self.ready(block, made)
            if self._repeats(block, made, items):
                block = self.wrapped(block)
        say = self.expressions(block)
        columns: dict[int, Said] = {}
        windows, volatile = set[int](), set[int]()
        for column, value in [(item.column, item.value) for item in items]:
            columns[column.id] = say.loose(value)
            if block.windows and not block.windows.isdisjoint(references(value)):
                windows.add(column.id)
            if is_volatile(value) or (isinstance(value, Column) and value.id in block.volatile):
                volatile.add(column.id)
        self._replace_columns(block, columns)
        block.columns = tuple([item.column for item in items])
        block.windows, block.volatile = windows, volatile
        return block

    @staticmethod
    def _replace_columns(block: Block, columns: dict[int, Said]) -> None:
        scope = Scope(columns, block.scope.outer)
        scope.shown = block.scope.shown
        scope.aliases = block.scope.aliases
        block.scope = scope

    def _repeats(self, block: Block, made: tuple[Expr, ...], items: tuple[Item, ...]) -> bool:
        """Whether a long expression would be written again where no alias can stand for it."""
        if not block.has_computed:
            return False
        counts: dict[int, int] = {}
        for expr in made:
            for id_ in references(expr):
                counts[id_] = counts.get(id_, 0) + 1
        kept = {item.value.id for item in items if isinstance(item.value, Column) and item.passes}
        for id_, uses in counts.items():
            said = block.scope.columns.get(id_)
            if said is None or uses + (id_ in kept) < 2 or isinstance(said.expr, sql.Name):
                continue
            if not is_longer(said.expr, SMALL):
                continue
            if id_ not in kept or id_ in block.windows or has_query(said.expr) or not self.engine.names_items:
                return True
        return False

    def _writes_again(self, block: Block, condition: Expr) -> bool:
        """Whether a long item would be written in a condition as well, for want of a name."""
        if self.engine.names_items or block.windows or block.grouped or not block.has_computed:
            return False
        says = [block.scope.columns.get(id_) for id_ in references(condition)]
        return any(said is not None and is_longer(said.expr, SMALL) for said in says)

    def _sort(self, block: Block, keys: tuple[SortKey, ...]) -> Block:
        exprs = tuple([key.expr for key in keys])
        block = self.ready(block, exprs)
        computed = any(not isinstance(expr, Column) for expr in exprs)
        if block.is_cut or (computed and (block.distinct or block.compound is not None)):
            block = self.wrapped(block)
        block.order_by = list(self.expressions(block).order(keys))
        return block

    def _limit(self, block: Block, rows: int | None, skip: int) -> Block:
        if block.is_cut:
            block = self.wrapped(block)
        block.limit, block.offset = rows, skip
        return block

    def _distinct(self, block: Block) -> Block:
        if block.is_cut or block.compound is not None or block.volatile:
            block = self.wrapped(block)
        block.order_by = []
        block.distinct = True
        return block

    def _sample(self, sample: Sample, block: Block) -> Block:
        if not block.is_bare:
            block = self.wrapped(block)
        amount = f"{sample.amount:g}"
        kind = f"bernoulli({amount} percent)" if sample.unit == "percent" else f"reservoir({amount} rows)"
        block.sample = kind if sample.seed is None else f"{kind} repeatable ({sample.seed})"
        return block

    # ----------------------------------------------------------------------------------------- over several rows

    def _aggregate(self, rel: Aggregate, block: Block) -> Block:
        values = tuple([item.value for item in rel.keys + rel.aggregates])
        block = self.ready(block, values)
        if not block.is_from:
            block = self.wrapped(block)
        block.order_by = []
        say = self.expressions(block)
        keys = [say.loose(item.value) for item in rel.keys]
        exprs = tuple([self._group_key(key) for key in keys])
        if rel.sets is not None:
            exprs = _told_apart(exprs)
            sets = tuple([tuple([exprs[at] for at in positions]) for positions in rel.sets])
            block.group_by = q.Grouping((), sets, span=rel.span)
        elif exprs:
            block.group_by = q.Grouping(exprs, span=rel.span)
        columns = {item.column.id: Said(expr, key.type) for item, expr, key in zip(rel.keys, exprs, keys)}
        aggregates = {item.column.id: say.said(item.value) for item in rel.aggregates}
        columns.update(aggregates)
        block.aggregates = tuple([said.expr for said in aggregates.values()])
        self._replace_columns(block, columns)
        block.columns = rel.columns
        block.grouped, block.volatile = True, set()
        return block

    def _group_key(self, key: Said) -> sql.Expr:
        """A key of GROUP BY. A bare number would be read as the position of an item."""
        if is_number(key.expr) and key.type is not None:
            return sql.Cast(key.expr, self.engine.type_name(key.type))
        return key.expr

    def _window(self, rel: Window, block: Block) -> Block:
        values = tuple([item.value for item in rel.items])
        block = self.ready(block, values)
        nested = self._touches(block, block.windows, values)
        if block.is_cut or block.distinct or block.compound is not None or block.qualify or nested:
            block = self.wrapped(block)
        say = self.expressions(block)
        says = {item.column.id: say.said(item.value) for item in rel.items}
        block.scope.columns.update(says)
        block.columns = rel.columns
        block.windows |= set(says)
        return block

    def _set_operation(self, rel: SetOperation, outer: Scope | None) -> Block:
        blocks = [self.plan(part, outer) for part in rel.inputs]
        blocks = [self.wrapped(block) if block.compound is not None else block for block in blocks]
        types: list[DataType | None] = []
        for at, column in enumerate(rel.columns):
            parts = [block.scope.columns[block.columns[at].id] for block in blocks]
            found: DataType | None = parts[0].type
            for part in parts[1:]:
                found = self.engine.meeting(found, part.type)
            if found != column.type and any(part.type is not None for part in parts):
                for block, part in zip(blocks, parts):
                    if part.type != column.type:
                        id_ = block.columns[at].id
                        block.scope.columns[id_] = Said(self.engine.settle(part, column.type), column.type)
                found = column.type
            types.append(found)
        first = blocks[0]
        first.columns, renamed = rel.columns, dict(zip(rel.columns, first.columns))
        for column, old in renamed.items():
            first.scope.columns[column.id] = first.scope.columns[old.id]
        for block in blocks:
            if not block.is_cut:
                block.order_by = []
        operator = f"{rel.kind} all" if rel.all else rel.kind
        inputs = [block.finish(named=block is first)[0] for block in blocks]
        compound = q.Compound(operator, tuple(inputs))
        columns = {c.id: Said(sql.Name((c.name,)), type_) for c, type_ in zip(rel.columns, types)}
        whole = Block(self.engine, None, rel.columns, Scope(columns, outer))
        whole.compound = compound
        return whole


def _differs(block: Block, column: Column) -> bool:
    return block.scope.columns[column.id].type != column.type


def _told_apart(keys: tuple[sql.Expr, ...]) -> tuple[sql.Expr, ...]:
    """Keys of grouping sets: one that is there twice, engines would group by in all sets that have either."""
    found: list[sql.Expr] = []
    for key in keys:
        while key in found:
            key = sql.call("coalesce", key)
        found.append(key)
    return tuple(found)
