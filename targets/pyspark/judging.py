"""What is judged, said so that it reads well: the rules that rows break, and counts of them, each by its name."""

from itertools import count

from oftra.datatypes import BIGINT
from oftra.ir.columns import max_id, substitute
from oftra.ir.enforce import Count
from oftra.ir.expr import Call, Column, Expr, Lambda, Literal, MakeStruct, ScalarQuery
from oftra.ir.rel import Aggregate, Item, Project, Rel, Scan
from oftra.ir.walk import bottom_up, map_exprs, rewriter
from oftra.targets.engines.spark.lowered import AMONG, THERE
from oftra.targets.engines.spark.plan import Body
from oftra.targets.python import tree as py


def worded(rel: Rel) -> Rel:
    """`rel`, with Spark's own words for what it does with lists of rules: none of them holds a null."""
    reword = rewriter(_reworded)
    return bottom_up(rel, lambda part: map_exprs(part, reword))


def _reworded(expr: Expr) -> Expr:
    match expr:
        case Call("filter", (items, Lambda((one,), Call("not", (Call("is_null", (Column() as asked,)),))))) if (
            one.id == asked.id
        ):
            return Call(THERE, (items,), expr.type, expr.nullable, span=expr.span)
        case Call("array_contains", (Column(nullable=False) as broken, Literal() as name)):
            return Call(AMONG, (broken, name), expr.type, expr.nullable, span=expr.span)
        case _:
            return expr


def judged_of(step: Count) -> str | None:
    """The name of the rows that `step` counts, if each has the rules that it breaks beside it."""
    match step.rel:
        case Project(Aggregate(Scan(name))) if any(rule.action in ("drop", "quarantine") for rule in step.rules):
            return name
        case _:
            return None


def row_of(step: Count) -> Rel:
    """The counts of `step`, of rules that keep no row out, as one row: how many were read, then a number a rule."""
    whole = step.rel
    assert isinstance(whole, Project)
    read, *_, rules = whole.items
    ids = count(max_id(whole) + 1)
    values = [(rule, part) for rule, part in zip([one.name for one in step.rules], _values(rules.value), strict=True)]
    # What a query of its own counts comes to the others by a join: behind what one pass counts.
    values.sort(key=lambda one: _is_apart(one[1]))
    items = [read]
    for name, value in values:
        column = Column(next(ids), name, BIGINT, False)
        items.append(Item(column, _named(value, column, ids)))
    return worded(Project(whole.source, tuple(items), span=step.relation.span))


def _values(rules: Expr) -> list[Expr]:
    """The number in each struct of the array."""
    assert isinstance(rules, Call)
    return [struct.values[-1] for struct in rules.arguments if isinstance(struct, MakeStruct)]


def _is_apart(value: Expr) -> bool:
    return not isinstance(value, Column)


def _named(value: Expr, column: Column, ids: "count[int]") -> Expr:
    """A query that counts, the zero of nothing said in it, under the rule's name."""
    match value:
        case ScalarQuery(query):
            return ScalarQuery(_renamed(query, query.columns[0], column, ids), BIGINT)
        case Call("coalesce", (ScalarQuery(query), Literal() as nothing)):
            found = query.columns[0]
            total = Call("coalesce", (found, nothing), BIGINT, False)
            return ScalarQuery(_renamed(query, total, column, ids), BIGINT)
        case _:
            return value


def _renamed(query: Rel, value: Expr, column: Column, ids: "count[int]") -> Rel:
    named = Column(next(ids), column.name, BIGINT, column.nullable)
    return Project(query, (Item(named, substitute(value, {})),), span=query.span)


def only_fail(step: Count) -> bool:
    """Whether all rules fail the run, and are counted in the order of the contract."""
    if judged_of(step) is not None or any(rule.action != "fail" for rule in step.rules):
        return False
    counted = [column.name for column in row_of(step).columns[1:]]
    return counted == [rule.name for rule in step.rules]


def only_reads(body: Body) -> bool:
    """Whether it counts records, and those that can't be read, and nothing else."""
    match body.statements:
        case (py.Return(py.Call(py.Attribute(py.Name(), "agg"), counts)),):
            return counts == _UNREADABLE
        case _:
            return False


_UNREADABLE = (
    py.method(py.call("F.count", py.String("*")), "alias", py.String("read")),
    py.method(
        py.call("F.count_if", py.Unary("~", py.call("F.col", py.String("readable")))), "alias", py.String("readable")
    ),
)
