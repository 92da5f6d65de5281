"""Which columns a query uses of the rows around it, and small expressions that rewriting queries as joins takes."""

from collections.abc import Iterable, Iterator

from oftra.datatypes import BIGINT, BOOLEAN, DataType
from oftra.ir.columns import add_uses, defined, free_columns
from oftra.ir.expr import AggregateCall, Call, Column, Expr
from oftra.ir.keys import conjuncts
from oftra.ir.rel import Item, Project, Rel
from oftra.ir.walk import every_rel, expressions


class Names:
    """Ids and names for new columns. Names are free among those of the columns that they will stand beside."""

    def __init__(self, ids: Iterator[int]) -> None:
        self.ids = ids

    def column(self, name: str, type_: DataType, nullable: bool, beside: Iterable[Column] = ()) -> Column:
        """A new column, called `name` unless one beside it is."""
        taken = {column.name.lower() for column in beside}
        free, count = name, 1
        while free.lower() in taken:
            count += 1
            free = f"{name}_{count}"
        return Column(next(self.ids), free, type_, nullable)

    def found(self, column: Column) -> Column:
        """What a join finds for `column`: null where it finds nothing."""
        return Column(next(self.ids), column.name, column.type, True)

    def count(self, name: str, beside: Iterable[Column] = ()) -> Column:
        """A new column that counts rows."""
        return self.column(name, BIGINT, False, beside)


def free_of(rel: Rel) -> set[int]:
    """The ids of the columns that `rel` needs from the rows around it."""
    used: set[int] = set()
    for part in every_rel(rel):
        for expr in expressions(part):
            add_uses(expr, used)
    return used - defined(rel) if used else used


def ids_of(columns: Iterable[Column]) -> set[int]:
    """The ids of `columns`."""
    return {column.id for column in columns}


def equation(condition: Expr, inside: set[int]) -> tuple[str, Expr, Expr] | None:
    """How `condition` equates something of the columns `inside` with something of those around: the word, and both."""
    match condition:
        case Call("equal" | "is_not_distinct" as word, (a, b)):
            for one, other in ((a, b), (b, a)):
                if free_columns(one) and free_columns(one) <= inside and not free_columns(other) & inside:
                    return word, one, other
    return None


def split(condition: Expr, around: set[int]) -> tuple[list[Expr], list[Expr]]:
    """The parts of a condition that use none of the columns `around`, and those that do."""
    own: list[Expr] = []
    theirs: list[Expr] = []
    for part in conjuncts(condition):
        (theirs if free_columns(part) & around else own).append(part)
    return own, theirs


def all_of(conditions: Iterable[Expr]) -> Expr | None:
    """What is true where all `conditions` are; None of none."""
    parts = tuple(conditions)
    if len(parts) < 2:
        return parts[0] if parts else None
    return Call("and", parts, BOOLEAN, any(part.nullable for part in parts), span=parts[0].span)


def call(function: str, *arguments: Expr) -> Call:
    """A condition."""
    never = function in ("is_null", "is_not_distinct")
    return Call(function, arguments, BOOLEAN, not never and any(argument.nullable for argument in arguments))


def count_rows() -> AggregateCall:
    """`count(*)`."""
    return AggregateCall("count", (), BIGINT, False)


def same(left: Expr, right: Expr) -> Call:
    """Whether both are equal, or both null."""
    return call("is_not_distinct" if left.nullable and right.nullable else "equal", left, right)


def only(rel: Rel, columns: tuple[Column, ...]) -> Rel:
    """`rel` with these of its columns alone."""
    if rel.columns == columns:
        return rel
    return Project(rel, tuple([Item(column, column) for column in columns]), span=rel.span)
