"""Operators that share a SELECT mean what they mean in a SELECT each: random relations, planned both ways."""

from itertools import count

import duckdb
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from oftra.datatypes import BIGINT, BOOLEAN, INT, DataType
from oftra.diagnostics import Report
from oftra.ir.expr import (
    AggregateCall,
    Call,
    Case,
    Cast,
    Column,
    ExistsQuery,
    Expr,
    InQuery,
    Literal,
    SortKey,
    WindowCall,
)
from oftra.ir.rel import (
    Aggregate,
    Distinct,
    Filter,
    Item,
    Join,
    JoinKind,
    Limit,
    Project,
    Rel,
    Scan,
    SetOperation,
    Sort,
    Step,
    Window,
)
from oftra.ir.show import show_rel
from oftra.targets.document import render
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.engines.duckdb.plan import Catalog, Planner
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.block import Block, over
from oftra.targets.sql.planning.scope import Scope
from oftra.targets.sql.write_query import Writer

CONNECTION = duckdb.connect()
CONNECTION.execute("""
    create table t as select * from (values (1, 2), (1, null), (2, 2), (3, 1), (null, 3), (3, 1)) as t (a, b);
    create table u as select * from (values (2, 1), (3, 5), (null, 1), (1, 1)) as u (b, c);
""")
TABLES = {"t": ("a", "b"), "u": ("b", "c")}
CATALOG = Catalog({name: sql.Name((name,)) for name in TABLES}, TABLES)
NAMES = ["a", "b", "c", "x", "n"]


class OneByOne(Planner):
    """Plans each operator as a SELECT of its own."""

    def plan(self, rel: Rel, outer: Scope | None) -> Block:
        block = super().plan(rel, outer)
        if isinstance(rel, Scan | Sort):  # an order holds only for the limit that follows it
            return block
        query, names, says = block.finish()
        types = tuple([said.type for said in says])
        # An alias that nothing else has: no name can mean two things.
        alias = f"only_{next(self.fresh) * -1}"
        return over(self.engine, q.Derived(query), names, types, block.columns, alias, outer)


class Builder:
    """Draws relations whose rows don't depend on chance."""

    def __init__(self, data: st.DataObject) -> None:
        self.draw = data.draw
        self.ids = count(1)

    def column(self, name: str, type_: DataType) -> Column:
        return Column(next(self.ids), name, type_)

    def scan(self) -> Rel:
        name = self.draw(st.sampled_from(sorted(TABLES)))
        return Scan(name, tuple([self.column(column, INT) for column in TABLES[name]]))

    def pick(self, rel: Rel) -> Column:
        return self.draw(st.sampled_from(rel.columns))

    def number(self) -> Expr:
        return Literal(self.draw(st.integers(0, 4)), INT)

    def scalar(self, rel: Rel) -> Expr:
        column, other = self.pick(rel), self.pick(rel)
        match self.draw(st.integers(0, 3)):
            case 0:
                return Call("add", (self.wide(column), self.wide(self.number())), BIGINT, True)
            case 1:
                return Call("multiply", (self.wide(column), self.wide(other)), BIGINT, True)
            case 2:
                when = Call("greater", (self.wide(column), self.wide(self.number())), BOOLEAN, True)
                return Case(((when, self.wide(other)),), self.wide(self.number()), BIGINT, True)
            case _:
                return Call("coalesce", (self.wide(column), self.wide(self.number())), BIGINT, False)

    def wide(self, expr: Expr) -> Expr:
        return expr if expr.type == BIGINT else Cast(expr, BIGINT, expr.nullable, implicit=True)

    def condition(self, rel: Rel) -> Expr:
        column = self.pick(rel)
        match self.draw(st.integers(0, 3)):
            case 0:
                return Call("is_null", (column,), BOOLEAN, False)
            case 1:
                return self.equal("less", column, self.number())
            case 2:
                return self.equal("not_equal", column, self.pick(rel))
            case _:
                inner = self.scan()
                theirs = inner.columns[0]
                if self.draw(st.booleans()):
                    return ExistsQuery(Filter(inner, self.equal("equal", theirs, column)))
                known = Filter(inner, Call("not", (Call("is_null", (theirs,), BOOLEAN, False),), BOOLEAN, False))
                only = Project(known, (Item(theirs, theirs),))
                return InQuery((Cast(column, INT, True, implicit=True) if column.type != INT else column,), only)

    def equal(self, function: str, left: Expr, right: Expr) -> Expr:
        return Call(function, (self.wide(left), self.wide(right)), BOOLEAN, True)

    def items(self, rel: Rel) -> tuple[Item, ...]:
        kept = self.draw(st.lists(st.sampled_from(rel.columns), unique_by=lambda c: c.name, max_size=3))
        items = [Item(column, column) for column in kept]
        free = [name for name in NAMES if name not in [column.name for column in kept]]
        for name in self.draw(st.lists(st.sampled_from(free), unique=True, max_size=2)) if free else []:
            value = self.scalar(rel)
            items.append(Item(self.column(name, value.type), value))
        return tuple(items) or (Item(rel.columns[0], rel.columns[0]),)

    def aggregate(self, rel: Rel) -> Rel:
        keys = self.draw(st.lists(st.sampled_from(rel.columns), unique_by=lambda c: c.name, max_size=2))
        of = self.pick(rel)
        total = AggregateCall("sum", (of,), BIGINT, True) if self.draw(st.booleans()) else None
        made = [Item(self.column("n", BIGINT), AggregateCall("count", (), BIGINT, False))]
        if total is not None:
            made.append(Item(self.column("total", BIGINT), total))
        return Aggregate(rel, tuple([Item(key, key) for key in keys]), tuple(made))

    def window(self, rel: Rel) -> Rel:
        by, order = (self.pick(rel),), (SortKey(self.pick(rel), descending=self.draw(st.booleans())),)
        order = (SortKey(order[0].expr, order[0].descending, not order[0].descending),)
        call = self.draw(
            st.sampled_from(
                [
                    WindowCall("rank", (), BIGINT, False, by, order),
                    WindowCall("count", (), BIGINT, False, by),
                    WindowCall("sum", (self.pick(rel),), BIGINT, True, (), order),
                ]
            )
        )
        return Window(rel, (Item(self.column(self.draw(st.sampled_from(["x", "w"])), BIGINT), call),))

    def join(self, rel: Rel, depth: int) -> Rel:
        kinds: list[JoinKind] = ["inner", "left", "right", "full", "semi", "anti"]
        kind = self.draw(st.sampled_from(kinds))
        other = self.relation(depth - 1)
        return Join(kind, rel, other, self.equal("equal", self.pick(rel), self.pick(other)))

    def union(self, rel: Rel, depth: int) -> Rel:
        other = self.relation(depth - 1)
        left, right = rel.columns[0], other.columns[0]
        inputs = tuple(
            [
                Project(source, (Item(self.column("x", BIGINT), self.wide(column)),))
                for source, column in ((rel, left), (other, right))
            ]
        )
        return SetOperation("union", self.draw(st.booleans()), inputs, (self.column("x", BIGINT),))

    def top(self, rel: Rel) -> Rel:
        down = self.draw(st.booleans())
        keys = tuple([SortKey(column, down, not down) for column in rel.columns])
        return Limit(Sort(rel, keys), self.draw(st.integers(1, 4)), self.draw(st.integers(0, 1)))

    def relation(self, depth: int) -> Rel:
        rel = self.scan()
        for _ in range(self.draw(st.integers(0, depth))):
            match self.draw(st.integers(0, 9)):
                case 0 | 1:
                    rel = Filter(rel, self.condition(rel))
                case 2 | 3:
                    rel = Project(rel, self.items(rel))
                case 4:
                    rel = self.aggregate(rel)
                case 5:
                    rel = self.window(rel)
                case 6:
                    rel = self.join(rel, depth)
                case 7:
                    rel = self.top(rel)
                case 8:
                    rel = Distinct(rel) if self.draw(st.booleans()) else self.union(rel, depth)
                case _:
                    rel = Step(rel, self.draw(st.sampled_from(["t", "step", "u"])))
        return rel


def rows(planner: Planner, rel: Rel) -> list[str]:
    text = render(Writer(DUCKDB).statement(q.Run(planner.query(rel)))).text
    note(text)
    return sorted([str(row) for row in CONNECTION.execute(text).fetchall()])


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_sharing_a_select_keeps_the_rows(data: st.DataObject) -> None:
    rel = Builder(data).relation(5)
    note(show_rel(rel))
    assert rows(Planner(CATALOG, Report()), rel) == rows(OneByOne(CATALOG, Report()), rel)
