"""What an expression refers to."""

from oftra.functions.registry import lookup
from oftra.ir.columns import free_columns
from oftra.ir.expr import Call, Column, ExistsQuery, Expr, Foreign, InQuery, Literal, ScalarQuery
from oftra.ir.walk import expressions as expressions_of
from oftra.ir.walk import inputs
from oftra.ir.walk_expr import children


def references(expr: Expr) -> list[int]:
    """The ids of the columns that `expr` uses, as often as it does; those that a query in it uses too."""
    if isinstance(expr, Column):
        return [expr.id]
    found: list[int] = []
    work: list[Expr] = [expr]
    while work:
        part = work.pop()
        if isinstance(part, Column):
            found.append(part.id)
        elif not isinstance(part, Literal):
            work.extend(children(part))
            if isinstance(part, ScalarQuery | ExistsQuery | InQuery):
                rels = [part.query]
                while rels:
                    rel = rels.pop()
                    rels.extend(inputs(rel))
                    work.extend(expressions_of(rel))
    return found


def has_correlated_query(expr: Expr) -> bool:
    """Whether a query stands in `expr` that uses columns of the rows around it."""
    work: list[Expr] = [expr]
    while work:
        part = work.pop()
        if isinstance(part, ScalarQuery | ExistsQuery | InQuery) and free_columns(ExistsQuery(part.query)):
            return True
        if not isinstance(part, Column | Literal):
            work.extend(children(part))
    return False


def is_volatile(expr: Expr) -> bool:
    """Whether `expr` may give another value each time that it is computed."""
    work: list[Expr] = [expr]
    while work:
        part = work.pop()
        if isinstance(part, Column | Literal):
            continue
        if isinstance(part, Foreign):
            return True  # nothing is known of an engine's own words
        if isinstance(part, Call):
            function = lookup(part.function)
            if function is not None and not function.deterministic:
                return True
        work.extend(children(part))
    return False
