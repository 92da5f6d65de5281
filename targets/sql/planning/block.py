"""One SELECT while it is being planned: what it holds already decides which operator may still go into it."""

from collections.abc import Iterator
from typing import NamedTuple

from oftra.datatypes import DataType, Null
from oftra.ir.expr import Column
from oftra.source import NOWHERE, Span
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.engine import SqlEngine
from oftra.targets.sql.planning.said import Said
from oftra.targets.sql.planning.scope import Scope
from oftra.targets.sql.rewrite import has_query, is_longer, replaced

SMALL = 8
"""An expression of more parts than this is not written twice where its column's name can stand for it."""


ONE_ROW = q.Derived(q.RowsOf(((sql.Number("1"),),)), "one_row", ("one",))


class Relation(NamedTuple):
    """A relation of FROM. `columns` are all that it has, also those that nobody uses here; None if unknown."""

    alias: str
    item: q.FromItem
    columns: tuple[str, ...] | None

    def written(self, shown: bool) -> q.FromItem:
        """It as it stands in FROM: with its alias if that is needed."""
        match self.item:
            case q.Table(name, _, as_of):
                return q.Table(name, self.alias if shown and name.parts[-1] != self.alias else None, as_of)
            case q.Derived(q.RowsOf() as rows, _, columns, _):
                return q.Derived(rows, self.alias, columns)
            case q.Derived(query, _, columns, lateral):
                return q.Derived(query, self.alias if shown else None, columns, lateral)
            case q.TableFunction(call, _, columns, ordinality):
                return q.TableFunction(call, self.alias if shown or columns else None, columns, ordinality)


class Border(NamedTuple):
    """A query that the program gives as text, for the view `name`, and the columns that it is to have."""

    name: str
    query: q.RawQuery
    columns: tuple[Column, ...]


class Joined(NamedTuple):
    """A further relation of FROM."""

    kind: str
    relation: Relation
    condition: sql.Expr | None
    using: tuple[str, ...]
    span: Span


class Block:
    """A SELECT under construction. `scope` holds what stands for each column that later operators may use."""

    def __init__(self, engine: SqlEngine, relation: Relation | None, columns: tuple[Column, ...], scope: Scope) -> None:
        self.engine = engine
        self.relation = relation
        self.joins: list[Joined] = []
        self.columns = columns
        self.scope = scope
        self.where: list[q.Condition] = []
        self.group_by: q.Grouping | None = None
        self.grouped = False
        self.aggregates: tuple[sql.Expr, ...] = ()
        self.having: list[q.Condition] = []
        self.windows: set[int] = set()
        self.qualify: list[q.Condition] = []
        self.distinct = False
        self.order_by: list[sql.OrderItem] = []
        self.limit: int | None = None
        self.offset = 0
        self.sample: str | None = None
        self.compound: q.Compound | None = None
        self.volatile: set[int] = set()
        self.hint: dict[str, str] = {}
        self.as_they_are: frozenset[int] = frozenset()
        self.span: Span = NOWHERE

    # ----------------------------------------------------------------------------------------------- what it holds

    @property
    def alias(self) -> str:
        """The name that reads best for all of it."""
        return "rows" if self.relation is None else self.relation.alias

    def relations(self) -> Iterator[Relation]:
        """The relations of its FROM."""
        if self.relation is not None:
            yield self.relation
            for joined in self.joins:
                yield joined.relation

    @property
    def is_cut(self) -> bool:
        """Whether rows are counted off: nothing that changes which rows there are may come in any more."""
        return self.limit is not None or self.offset > 0

    @property
    def is_from(self) -> bool:
        """Whether it is FROM and WHERE so far (an order that nothing keeps doesn't count)."""
        return not (self.grouped or self.windows or self.qualify or self.distinct or self.is_cut or self.compound)

    @property
    def is_bare(self) -> bool:
        """Whether it is a relation and nothing else."""
        used = self.where or self.joins or self.order_by or self.sample
        return self.is_from and not used and self.relation is not None

    @property
    def has_computed(self) -> bool:
        """Whether more than names stand for its columns."""
        return any(not isinstance(said.expr, sql.Name) for said in self.scope.columns.values())

    # ------------------------------------------------------------------------------------------------ as SQL's tree

    def finish(
        self, exact: bool = False, unique: bool = True, named: bool = True
    ) -> tuple[q.Query, tuple[str, ...], tuple[Said, ...]]:
        """The query, the names of its columns and their values.

        With `exact` each column has the engine's type of its own; with `unique` no two have one name. Unless `named`,
        nobody will look at the names.
        """
        names = unique_names(self.columns) if unique else tuple([column.name for column in self.columns])
        says = tuple([self._output(column, exact) for column in self.columns])
        if self.compound is not None:
            tree: q.Query = q.Compound(
                self.compound.operator, self.compound.inputs, tuple(self.order_by), self.limit, self.offset
            )
        else:
            tree = self._select(names, says, named)
        return tree, names, says

    def _output(self, column: Column, exact: bool) -> Said:
        said = self.scope.columns[column.id]
        exact = exact and column.id not in self.as_they_are
        if said.type != column.type and (exact or isinstance(said.type, Null)):
            return Said(self.engine.settle(said, column.type), column.type)
        return said

    def exists(self) -> q.Query:
        """The query where only whether it has rows counts."""
        if self.compound is not None or self.grouped or self.distinct:
            return self.finish()[0]
        return self._select((), (), True)

    def _select(self, names: tuple[str, ...], says: tuple[Said, ...], named: bool) -> q.Select:
        columns = {name for relation in self.relations() for name in relation.columns or ()}
        named = named or bool(self.order_by)
        computed = self._computed(names) if named else {}
        # An alias that is a column of FROM too, here or further out, would be read as that column.
        hidden = columns if self.scope.outer is None else columns | self.scope.outer.visible
        free = {expr: name for expr, name in computed.items() if name not in hidden}
        long = {expr: name for expr, name in free.items() if is_longer(expr, SMALL)} if self.engine.names_items else {}
        self._settle_qualify()
        joined = bool(self.joins)
        implicit = None if joined or self.relation is None else self.relation.alias
        order_by = tuple([self._ordered(item, computed) for item in self.order_by])
        clashing = frozenset(columns.intersection(computed.values()))
        if implicit is not None and clashing and (order_by or self.having):
            self.scope.shown.add(implicit)
        source = None if self.relation is None else self.relation.written(joined or implicit in self.scope.shown)
        if source is None and not self.engine.from_nothing and (self.where or self.grouped or self.distinct):
            source = ONE_ROW
        return q.Select(
            self._items(names, says, long, named),
            source,
            tuple([q.Join(j.kind, j.relation.written(True), j.condition, j.using, span=j.span) for j in self.joins]),
            _replaced(self.where, long),
            self._grouping(free if self.engine.names_items else {}) if self.group_by is not None else self._whole(says),
            _replaced(self.having, long),
            (),
            _replaced(self.qualify, free),
            order_by,
            self.limit,
            self.offset,
            self.sample,
            self.distinct,
            implicit,
            clashing,
            tuple(self.hint.items()),
            source_span=self.span,
        )

    def _computed(self, names: tuple[str, ...]) -> dict[sql.Expr, str]:
        """The expressions among the items, by which each can be named."""
        found: dict[sql.Expr, str] = {}
        for column, name in zip(self.columns, names):
            expr = self.scope.columns[column.id].expr
            if not isinstance(expr, sql.Name | sql.Number | sql.Text | sql.Word):
                found.setdefault(expr, name)
        return found

    def _items(
        self, names: tuple[str, ...], says: tuple[Said, ...], long: dict[sql.Expr, str], named: bool
    ) -> tuple[q.SelectItem, ...]:
        if self._is_star(names, says):
            return (q.SelectItem(sql.STAR),)
        items: list[q.SelectItem] = []
        before: dict[sql.Expr, str] = {}
        for column, name, said in zip(self.columns, names, says):
            expr = replaced(said.expr, before) if before else said.expr
            plain = not named or (isinstance(expr, sql.Name) and expr.parts[-1] == name)
            items.append(q.SelectItem(expr, None if plain else name, span=column.span))
            # An engine takes no alias of a query within the items.
            if said.expr in long and column.id not in self.windows and not has_query(said.expr):
                before[said.expr] = name
        return tuple(items) or (q.SelectItem(sql.Number("1")),)

    def _is_star(self, names: tuple[str, ...], says: tuple[Said, ...]) -> bool:
        """Whether the items are all columns of its only relation, as they are."""
        if self.relation is None or self.joins or names != self.relation.columns:
            return False
        alias = self.relation.alias
        return all(said.expr == sql.Name((alias, name)) for name, said in zip(names, says))

    def _ordered(self, item: sql.OrderItem, computed: dict[sql.Expr, str]) -> sql.OrderItem:
        name = computed.get(item.expr)
        return item if name is None else sql.OrderItem(sql.Name((name,)), item.descending, item.nulls)

    def _grouping(self, free: dict[sql.Expr, str]) -> q.Grouping | None:
        grouping = self.group_by
        if grouping is None or not free:
            return grouping

        def named(keys: tuple[sql.Expr, ...]) -> tuple[sql.Expr, ...]:
            return tuple([sql.Name((free[key],)) if key in free else key for key in keys])

        if grouping.sets is None:
            return q.Grouping(named(grouping.keys), span=grouping.span)
        return q.Grouping((), tuple([named(keys) for keys in grouping.sets]), span=grouping.span)

    def _whole(self, says: tuple[Said, ...]) -> q.Grouping | None:
        """What makes one row of all, where no aggregate that is left says so."""
        if not self.grouped:
            return None
        known = dict.fromkeys(self.aggregates, "")
        used = [said.expr for said in says] + [item.expr for item in self.order_by]
        used += [condition.expr for condition in self.having + self.qualify]
        return None if any(replaced(expr, known) is not expr for expr in used) else q.Grouping((), ((),))

    def _settle_qualify(self) -> None:
        """A condition after windows that nobody looks at any more needs no QUALIFY, which would ask for one."""
        if self.qualify and not self.windows and not any(_has_window(condition.expr) for condition in self.qualify):
            (self.having if self.grouped else self.where).extend(self.qualify)
            self.qualify = []


def _replaced(conditions: list[q.Condition], names: dict[sql.Expr, str]) -> tuple[q.Condition, ...]:
    if not names:
        return tuple(conditions)
    return tuple([q.Condition(replaced(condition.expr, names), span=condition.span) for condition in conditions])


def _has_window(expr: sql.Expr) -> bool:
    work: list[object] = [expr]
    while work:
        part = work.pop()
        if isinstance(part, sql.Over):
            return True
        if isinstance(part, tuple):
            work.extend(part)
        elif hasattr(part, "__slots__"):
            work.extend([getattr(part, name) for name in part.__slots__])
    return False


def unique_names(columns: tuple[Column, ...]) -> tuple[str, ...]:
    """The columns' names, a number behind those that stand there already: engines don't tell `A` from `a`."""
    taken: set[str] = set()
    names: list[str] = []
    for column in columns:
        name, count = column.name, 1
        while name.lower() in taken:
            count += 1
            name = f"{column.name}_{count}"
        taken.add(name.lower())
        names.append(name)
    return tuple(names)


def over(
    engine: SqlEngine,
    item: q.FromItem,
    names: tuple[str, ...],
    types: tuple[DataType | None, ...],
    columns: tuple[Column, ...],
    alias: str,
    outer: Scope | None,
) -> Block:
    """A SELECT from `item`, which gives `columns` under these names."""
    says = {column.id: Said(sql.Name((alias, name)), type_) for column, name, type_ in zip(columns, names, types)}
    scope = Scope(says, outer)
    scope.aliases[alias] = names
    if isinstance(item, q.Table) and item.name.parts[-1] != alias:
        scope.shown.add(alias)
    return Block(engine, Relation(alias, item, names), columns, scope)
