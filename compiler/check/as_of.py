"""`join R for system_time as of t`: of each thing that R tells of, the version that is valid at a time.

A version is valid from its event time until the next one of the same key. The key is what the join equates.
"""

from oftra.check.context import Context
from oftra.check.fit import apply
from oftra.check.frame import Frame
from oftra.check.scope import Scope
from oftra.diagnostics.typecheck import MisplacedExpression, NoVersions
from oftra.ir.columns import free_columns
from oftra.ir.expr import Call, Column, Expr, SortKey, WindowCall
from oftra.ir.facts import facts_of
from oftra.ir.keys import conjuncts
from oftra.ir.rel import Item, Rel, Window
from oftra.syntax import nodes


def valid_versions(
    operator: nodes.Join, left: Frame, right: Rel, condition: Expr | None, scope: Scope
) -> tuple[Rel, Expr | None]:
    """`right` with the end of each version, and `condition` with the time, which lies between its start and its end."""
    context, span = scope.context, operator.span
    assert operator.as_of is not None
    at = Scope(context, left, "`for system_time as of`", scope.outer, scope.locals).type_of(operator.as_of)
    if operator.kind in ("right", "full", "cross"):
        advice = "the rows whose time it is come first: `join`, `left join`, `semi join` or `anti join`"
        context.report.add(MisplacedExpression(f"`for system_time as of` in a {operator.kind} join", advice, span=span))
    name = operator.ref.path.text if isinstance(operator.ref, nodes.TableRef) else "the relation"
    since = _event_time(right, context)
    keys = _keys(right, condition)
    if since is None or not keys:
        context.report.add(NoVersions(name, lacks_time=since is None, span=span))
        return right, condition
    until = context.column(f"next_{since.name}", since.type, True, span)
    following = WindowCall("lead", (since,), since.type, True, keys, (SortKey(since),), span=span)
    versions = Window(right, (Item(until, following),), span=span)
    begun = apply("greater_equal", (at, since), span, context)
    last = apply("is_null", (until,), span, context)
    lasts = apply("or", (last, apply("less", (at, until), span, context)), span, context)
    assert condition is not None
    return versions, apply("and", (*conjuncts(condition), begun, lasts), span, context)


def _event_time(rel: Rel, context: Context) -> Column | None:
    """The column that says since when a row of `rel` is so."""
    interfaces = {name: relation.interface for name, relation in context.relations.items()}
    id_ = facts_of(rel, interfaces).event_time
    return next((column for column in rel.columns if column.id == id_), None)


def _keys(right: Rel, condition: Expr | None) -> tuple[Expr, ...]:
    """What of `right` the condition equates with something else."""
    own = {column.id for column in right.columns}
    found: list[Expr] = []
    for part in conjuncts(condition) if condition is not None else ():
        match part:
            case Call("equal", (a, b)):
                for one, other in ((a, b), (b, a)):
                    if free_columns(one) and free_columns(one) <= own and not free_columns(other) & own:
                        found.append(one)
            case _:
                pass
    return tuple(found)
