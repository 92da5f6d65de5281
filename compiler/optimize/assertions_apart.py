"""An ad hoc query's assertions as views of the program: engines judge the rules of relations, not those of queries.

from t |> assert x > 1 as big |> select x     view big = from t |> assert x > 1 as big, and from big |> select x
"""

from dataclasses import replace

from oftra.ir.expr import Expr
from oftra.ir.program import Interface, Program, Relation
from oftra.ir.rel import Checked, Rel, Scan
from oftra.ir.walk import every_rel, map_exprs, map_inputs
from oftra.ir.walk_expr import map_children


def assertions_apart(program: Program, rel: Rel) -> tuple[Program, Rel]:
    """The query `rel` without `Checked`, and the program with a view for each."""
    if not any(isinstance(part, Checked) for part in every_rel(rel)):
        return program, rel
    taken = {relation.name.lower() for relation in program.relations}
    views: list[Relation] = []

    def scan(checked: Checked) -> Scan:
        wanted = name = checked.rules[0].name
        number = 1
        while name.lower() in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name.lower())
        views.append(Relation(name, "view", checked, Interface(checked.columns), span=checked.span))
        return Scan(name, checked.columns, span=checked.span)

    def expr(part: Expr) -> Expr:
        return map_children(part, expr, without)

    def without(part: Rel) -> Rel:
        return scan(part) if isinstance(part, Checked) else map_exprs(map_inputs(part, without), expr)

    rest = without(rel)
    return replace(program, relations=(*program.relations, *views)), rest
