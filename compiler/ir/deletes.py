"""`delete when` of tables that are merged into: of such rows nothing stands there."""

from oftra.datatypes import BOOLEAN
from oftra.ir.columns import substitute
from oftra.ir.expr import Call, Column, Expr, Literal
from oftra.ir.program import Relation
from oftra.ir.rel import Filter, Rel
from oftra.ir.walk import children


def deletes_when(relation: Relation) -> Expr | None:
    """The condition, over the columns of the table, of what it deletes; None if it deletes nothing."""
    condition = relation.options.get("delete_when")
    return condition if isinstance(condition, Expr) else None


def without_deleted(rel: Rel, condition: Expr) -> Rel:
    """`rel`, which has the columns of the table by their names, without what `condition` deletes.

    What it is null of stays.
    """
    named = {column.name: column for column in rel.columns}
    own = {column.id: named[column.name] for column in columns_in(condition)}
    stays = Call("is_distinct", (substitute(condition, own), Literal(True, BOOLEAN)), BOOLEAN, False)
    return Filter(rel, stays, span=condition.span)


def columns_in(expr: Expr) -> list[Column]:
    """The columns that an expression without queries names, each as often as it does."""
    if isinstance(expr, Column):
        return [expr]
    return [column for part in children(expr) for column in columns_in(part)]
