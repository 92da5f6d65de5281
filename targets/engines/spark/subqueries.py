"""Queries in expressions as joins: the DataFrame API has no subquery that all versions of Spark know.

where exists (q)            a semi join; `not exists` an anti join
where x in (q)              a semi join; `not in` an anti join with all that is not surely different
(select sum(y) from u)      a cross join of the one row; if it uses the rows around, a left join of a row for each key
a query anywhere else       a left join of what is found
"""

from collections.abc import Iterator, Mapping

from oftra.datatypes import BIGINT, BOOLEAN, NULL
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOperator
from oftra.ir.columns import free_columns
from oftra.ir.expr import (
    AggregateCall,
    Call,
    Case,
    Column,
    ExistsQuery,
    Expr,
    InQuery,
    Lambda,
    Literal,
    ScalarQuery,
)
from oftra.ir.keys import conjuncts
from oftra.ir.program import Interface
from oftra.ir.rel import Aggregate, Distinct, Filter, Item, Join, JoinKind, Limit, Project, Rel, Sort, Step, Window
from oftra.ir.walk import ChangeRel, children, map_children
from oftra.source import Span
from oftra.targets.engines.spark.attaching import ENGINE, Attacher
from oftra.targets.engines.spark.correlation import Names, all_of, call, count_rows, free_of, ids_of, only
from oftra.targets.engines.spark.pulling import Pulled, Puller
from oftra.targets.engines.spark.scalars import scalar
from oftra.targets.engines.spark.tying import Tied, tied

Query = ScalarQuery | ExistsQuery | InQuery


class Subqueries:
    """Joins what queries find to the rows around them. `lower` is done to each query before."""

    def __init__(self, names: Names, interfaces: Mapping[str, Interface], report: Report, lower: ChangeRel) -> None:
        self.names = names
        self.interfaces = interfaces
        self.report = report
        self.lower = lower

    # ------------------------------------------------------------------------------------- as conditions of a filter

    def filtered(self, rel: Filter) -> Rel:
        """`rel` with semi and anti joins for the queries that are conditions by themselves."""
        queries = [part for part in conjuncts(rel.condition) if has_query(part)]
        plain = all_of([part for part in conjuncts(rel.condition) if not has_query(part)])
        source = rel.source if plain is None else Filter(rel.source, plain, span=rel.span)
        rest: list[Expr] = []
        for part in queries:
            match part:
                case ExistsQuery() | InQuery() if not _has_query_inside(part):
                    source = self._kept(source, part, positive=True)
                case Call("not", (ExistsQuery() | InQuery() as query,)) if not _has_query_inside(query):
                    source = self._kept(source, query, positive=False)
                case _:
                    rest.append(part)
        condition = all_of(rest)
        if condition is not None:
            source, condition = self.value_of(source, condition)
            source = Filter(source, condition, span=rel.span)
        return only(source, rel.columns)

    def _kept(self, source: Rel, query: ExistsQuery | InQuery, positive: bool) -> Rel:
        """The rows of `source` for which the query holds, or surely does not."""
        rel = self.lower(query.query)
        items = rel.columns
        around = free_of(rel) & ids_of(source.columns)
        pulled = Puller(around, self.names).pull(_rows_of(rel) if isinstance(query, ExistsQuery) else rel)
        if pulled is None:
            attacher = self.attacher(source, around)
            attached = attacher.attach(rel)
            pulled = Pulled(attached.rel, (attacher.tied(attached.values),))
        conditions = list(pulled.conditions)
        if isinstance(query, InQuery):
            for operand, column in zip(query.operands, items):
                conditions.append(_equal(operand, column, loosely=not positive))
        kind: JoinKind = "semi" if positive else "anti"
        return Join(kind, source, pulled.rel, all_of(conditions), span=query.span)

    # ------------------------------------------------------------------------------------------------- as values

    def joined(self, source: Rel, exprs: tuple[Expr, ...]) -> tuple[Rel, tuple[Expr, ...]]:
        """`exprs` with columns instead of queries, and `source` with what these columns are."""
        known: dict[Expr, Expr] = {}

        def replace(expr: Expr) -> Expr:
            nonlocal source
            if isinstance(expr, Lambda):
                self._refuse_inside(expr)
            expr = map_children(expr, replace)
            if not isinstance(expr, ScalarQuery | ExistsQuery | InQuery):
                return expr
            if expr not in known:
                source, known[expr] = self._value(source, expr)
            return known[expr]

        changed = tuple([replace(expr) if has_query(expr) else expr for expr in exprs])
        return source, changed

    def _refuse_inside(self, function: Lambda) -> None:
        """A query in a lambda is asked once for the row: it can't use the lambda's own parameters."""
        parameters = ids_of(function.parameters)
        if any(free_of(query.query) & parameters for query in queries_in(function.body)):
            self.refuse("a query that uses the parameter of a lambda", function.span)

    def refuse(self, what: str, span: Span) -> None:
        """Say that it can't be done."""
        self.report.add(UnsupportedOperator(what, ENGINE, span=span))

    def _value(self, source: Rel, query: Query) -> tuple[Rel, Expr]:
        match query:
            case ScalarQuery():
                return scalar(self, source, self.lower(query.query))
            case ExistsQuery():
                return self._exists(source, query)
            case InQuery():
                return self._in(source, query)

    def value_of(self, source: Rel, expr: Expr) -> tuple[Rel, Expr]:
        """`source` with what the queries in one expression find, and the expression over it."""
        source, (changed,) = self.joined(source, (expr,))
        return source, changed

    def attacher(self, source: Rel, around: set[int]) -> Attacher:
        """What attaches the values of these columns of `source`.

        More values than there are do no harm: what was joined to the rows that have them is left out.
        """
        while isinstance(source, Join | Window):
            below = source.left if isinstance(source, Join) else source.source
            if not around <= ids_of(below.columns):
                break
            source = below
        return Attacher(source, around, self.names, self.report)

    def _exists(self, source: Rel, query: ExistsQuery) -> tuple[Rel, Expr]:
        rel = _rows_of(self.lower(query.query))
        if not free_of(rel) & ids_of(source.columns):
            number = self.names.count("found", source.columns)
            first = Limit(rel, 1, span=query.span)
            counted = Aggregate(first, (), (Item(number, count_rows()),), span=query.span)
            return Join("cross", source, counted, span=query.span), call("greater", number, Literal(0, BIGINT))
        return self._marked(source, tied(self, source, rel))

    def _marked(self, source: Rel, tied: Tied) -> tuple[Rel, Expr]:
        """`source`, and whether a row is tied to it."""
        span = tied.rel.span
        keys = tied.keys
        found = self.names.column("found", BOOLEAN, True, source.columns)
        each = Distinct(Project(tied.rel, keys, span=span), span=span)
        flagged = Project(each, (*keys, Item(found, Literal(True, BOOLEAN))), span=span)
        joined = Join("left", source, flagged, all_of(tied.conditions), span=span)
        return joined, call("not", call("is_null", found))

    def _in(self, source: Rel, query: InQuery) -> tuple[Rel, Expr]:
        rel = self.lower(query.query)
        if not any(operand.nullable for operand in query.operands) and not any(c.nullable for c in rel.columns):
            found = tied(self, source, rel)
            equal = [call("equal", operand, column) for operand, column in zip(query.operands, rel.columns)]
            return self._marked(source, Tied(found.rel, (*found.conditions, *equal)))
        return self._in_doubt(source, query, rel)

    def _in_doubt(self, source: Rel, query: InQuery, rel: Rel) -> tuple[Rel, Expr]:
        """As three-valued logic has it: each different operand is compared with every row."""
        used = free_of(rel)
        for operand in query.operands:
            used |= free_columns(operand)
        equal = all_of([call("equal", one, column) for one, column in zip(query.operands, rel.columns)])
        assert equal is not None
        answer = self.names.column("answer", BOOLEAN, True, source.columns)
        compared = Project(rel, (Item(answer, equal),), span=query.span)
        around = used & ids_of(source.columns)
        if not around:
            return self._answered(source, compared, answer, query, None)
        attacher = self.attacher(source, around)
        attached = attacher.attach(compared)
        keys = tuple([Item(column, column) for column in attached.values.values()])
        condition = attacher.tied(attached.values)
        return self._answered(source, attached.rel, answer, query, (keys, condition))

    def _answered(
        self,
        source: Rel,
        rows: Rel,
        answer: Column,
        query: InQuery,
        by: tuple[tuple[Item, ...], Expr] | None,
    ) -> tuple[Rel, Expr]:
        found = self.names.column("found", BOOLEAN, True, source.columns)
        doubt = self.names.column("doubt", BOOLEAN, True, source.columns)
        aggregates = (
            Item(found, AggregateCall("bool_or", (answer,), BOOLEAN, True)),
            Item(doubt, AggregateCall("bool_or", (call("is_null", answer),), BOOLEAN, True)),
        )
        keys, condition = ((), None) if by is None else by
        grouped = Aggregate(rows, keys, aggregates, span=query.span)
        joined = Join("cross" if by is None else "left", source, grouped, condition, span=query.span)
        unknown = Literal(None, NULL)
        branches: tuple[tuple[Expr, Expr], ...] = ((found, Literal(True, BOOLEAN)), (doubt, unknown))
        return joined, Case(branches, Literal(False, BOOLEAN), BOOLEAN, True, span=query.span)


def _equal(operand: Expr, column: Column, loosely: bool) -> Expr:
    """Whether both are equal; `loosely`, whether they are not surely different."""
    equal = call("equal", operand, column)
    doubts = [call("is_null", one) for one in (operand, column) if one.nullable] if loosely else []
    return Call("or", (equal, *doubts), BOOLEAN, equal.nullable) if doubts else equal


def _rows_of(rel: Rel) -> Rel:
    """`rel` without what doesn't matter to whether it has a row."""
    match rel:
        case Project(source) | Sort(source) | Distinct(source):
            return _rows_of(source)
        case Limit(source, count, 0) if count is None or count > 0:
            return _rows_of(source)
        case Step(source):
            inside = _rows_of(source)
            return rel if inside is source else inside
        case _:
            return rel


def queries_in(expr: Expr) -> Iterator[Query]:
    """The queries that stand in `expr`."""
    waiting = [expr]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ScalarQuery | ExistsQuery | InQuery):
            yield part
        if not isinstance(part, Column | Literal):
            waiting.extend(children(part))


def has_query(expr: Expr) -> bool:
    """Whether a query stands in `expr`."""
    return next(queries_in(expr), None) is not None


def _has_query_inside(query: ExistsQuery | InQuery) -> bool:
    return any(has_query(part) for part in children(query))
