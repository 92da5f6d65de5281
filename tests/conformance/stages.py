"""The forms in which a question is put: engines answer constants, columns and folded programs by different code."""

from answers import Question

from oftra.datatypes import Null
from oftra.functions import lookup
from oftra.functions.constants import constant_parameters
from oftra.ir.expr import Call, Cast, Column, Expr, Literal
from oftra.ir.program import Program
from oftra.ir.rel import Item, Project, Rel, Values
from oftra.ir.walk_expr import map_children
from oftra.optimize import optimize_query


def as_written(program: Program, rel: Rel) -> Question:
    """With its constants where they stand, before any pass."""
    return program, rel


def after_passes(program: Program, rel: Rel) -> Question:
    """As a program is compiled."""
    return optimize_query(program, rel)


def on_columns(program: Program, rel: Rel) -> Question:
    """With a column that may be null in each constant's place, but where a function asks for a constant."""
    match rel:
        case Project(Values(rows=(row,)) as values, items):
            moved = _Moved(1 + max(column.id for column in (*values.columns, *rel.columns)))
            changed = tuple([Item(item.column, moved.out_of(item.value)) for item in items])
            source = Values(((*row, *moved.cells),), (*values.columns, *moved.columns))
            return program, Project(source, changed)
        case _:
            return program, rel


class _Moved:
    """The constants that were moved into columns so far."""

    def __init__(self, first_id: int) -> None:
        self.first_id = first_id
        self.cells: list[Expr] = []
        self.columns: list[Column] = []

    def out_of(self, expr: Expr) -> Expr:
        """`expr` with columns instead of constants."""
        match expr:
            case Literal(_, Null()):
                return expr
            case Literal() | Cast(Literal(_, Null())):
                return self._column(expr)
            case Call(name, arguments):
                function = lookup(name)
                assert function is not None
                fixed = {place for place, _ in constant_parameters(function, len(arguments))}
                kept = [a if at in fixed else self.out_of(a) for at, a in enumerate(arguments)]
                return Call(name, tuple(kept), expr.type, expr.nullable)
            case _:
                return map_children(expr, self.out_of)

    def _column(self, constant: Expr) -> Column:
        at = self.first_id + len(self.columns)
        column = Column(at, f"c{at}", constant.type)
        self.cells.append(constant)
        self.columns.append(column)
        return column


STAGES = {"as written": as_written, "on columns": on_columns, "after the passes": after_passes}
