"""Which SQL stands for a column: by its id, in the SELECT at hand and in those around it."""

from oftra.ir.expr import Column
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.said import Said


class Scope:
    """The columns that expressions of a SELECT may use, and those of the SELECTs around it.

    `shown` collects the relations that a query inside refers to: they need their alias written. `aliases` are those
    that FROM has so far, each with all its columns. `crossed` tells whether a column was looked for further out.
    """

    def __init__(self, columns: dict[int, Said], outer: "Scope | None" = None) -> None:
        self.columns = columns
        self.outer = outer
        self.shown: set[str] = set()
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.crossed = False

    def find(self, column: Column) -> Said:
        """What stands for `column` here."""
        said = self.columns.get(column.id)
        if said is not None:
            return said
        scope, self.crossed = self.outer, True
        while scope is not None:
            said = scope.columns.get(column.id)
            if said is not None:
                scope.shown.update(qualifiers(said.expr))
                return said
            scope.crossed = True
            scope = scope.outer
        raise AssertionError(f"no column {column.name}#{column.id} in scope")

    @property
    def visible(self) -> set[str]:
        """The names of all columns of the relations in this FROM and in those around it."""
        found: set[str] = set()
        scope: Scope | None = self
        while scope is not None:
            for columns in scope.aliases.values():
                found.update(columns)
            scope = scope.outer
        return found

    def sees(self, alias: str) -> bool:
        """Whether a relation of that name is in this FROM or in one around it."""
        scope: Scope | None = self
        while scope is not None:
            if alias in scope.aliases:
                return True
            scope = scope.outer
        return False

    def inside_lambda(self, parameters: tuple[Column, ...]) -> tuple["Scope", tuple[str, ...]]:
        """The scope of a lambda's body, and names for its parameters that hide no column of the rows."""
        taken = {said.expr.parts[-1] for said in self.columns.values() if isinstance(said.expr, sql.Name)}
        names: list[str] = []
        columns = dict(self.columns)
        for parameter in parameters:
            name = parameter.name
            while name in taken:
                name += "_"
            names.append(name)
            taken.add(name)
            columns[parameter.id] = Said(sql.Name((name,)), parameter.type)
        inner = Scope(columns, self.outer)
        inner.shown = self.shown
        return inner, tuple(names)


def qualifiers(expr: sql.Expr) -> set[str]:
    """The relations that names in `expr` are qualified with."""
    found: set[str] = set()
    work: list[object] = [expr]
    while work:
        part = work.pop()
        match part:
            case sql.Name(parts):
                if len(parts) > 1:
                    found.add(parts[0])
            case tuple():
                work.extend(part)
            case str() | bool() | None | int():
                pass
            case _:
                work.extend([getattr(part, name) for name in getattr(part, "__slots__", ())])
    return found
