"""Expressions as text; see docs/ir.md for the form. `read_expr` reads it back."""

from typing import TYPE_CHECKING, assert_never
from typing import Literal as OneOf

from oftra.datatypes import BOOLEAN
from oftra.ir.expr import (
    AggregateCall,
    Call,
    Case,
    Cast,
    Column,
    ExistsQuery,
    Expr,
    FieldOf,
    Foreign,
    Frame,
    FrameBound,
    InQuery,
    Lambda,
    Literal,
    MakeStruct,
    Runtime,
    ScalarQuery,
    SortKey,
    WindowCall,
)
from oftra.ir.notation import (
    FORMS,
    Kind,
    Scope,
    natural,
    show_column,
    show_constant,
    show_kind,
    show_name,
    show_string,
    show_type,
)

if TYPE_CHECKING:  # a query may stand in an expression, so these two modules need each other
    from collections.abc import Callable

    from oftra.ir.rel import Rel


class ExprWriter:
    """Writes expressions. `block` writes a query: the lines of a relation at an indent, in a scope."""

    def __init__(self, block: "Callable[[Rel, int, Scope], str]") -> None:
        self.block = block

    def expr(
        self, expr: Expr, scope: Scope, indent: int = 0, expected: Kind | None = None, always: bool = False
    ) -> str:
        """`expr` as text, with its type unless that is `expected` or goes without saying (or `always`)."""
        match expr:
            case Column():
                return self._column(expr, scope)
            case Literal():
                return show_constant(expr.value, expr.type)
            case Runtime():
                default = "" if expr.default is None else " = " + self.expr(expr.default, scope, indent)
                return f"${expr.kind}.{show_name(expr.name)}{{{show_kind(Kind(expr.type, expr.nullable))}{default}}}"
            case Call():
                name = show_name(expr.function)
                text = (f"`{name}`" if name in FORMS else name) + self._list(expr.arguments, scope, indent)
            case Cast():
                word = "try_cast" if expr.safe else "widen" if expr.implicit else "cast"
                text = f"{word}({self.expr(expr.operand, scope, indent)} as {show_type(expr.type)})"
                expected = Kind(expr.type, expr.safe or expr.operand.nullable)
            case Case():
                text = self._case(expr, scope, indent)
            case AggregateCall() | WindowCall():
                text = self._call_over_rows(expr, scope, indent)
            case MakeStruct():
                fields = [
                    f"{self.expr(value, scope, indent)} as {show_name(field.name)}"
                    for value, field in zip(expr.values, expr.type.fields)
                ]
                text = f"struct({', '.join(fields)})"
            case FieldOf():
                # What is expected is expected of the field, and a reader learns too late that there is one.
                text = f"{self.expr(expr.operand, scope, indent, always=True)}.{show_name(expr.name)}"
                expected = None
            case Lambda():
                inner = {**scope, **{parameter.id: parameter for parameter in expr.parameters}}
                parameters = ", ".join([show_column(parameter) for parameter in expr.parameters])
                return f"({parameters}) -> {self.expr(expr.body, inner, indent)}"
            case ScalarQuery():
                text = "scalar " + self.query(expr.query, scope, indent)
            case ExistsQuery():
                return "exists " + self.query(expr.query, scope, indent)
            case InQuery():
                text = f"in {self._list(expr.operands, scope, indent)} {self.query(expr.query, scope, indent)}"
                expected = Kind(BOOLEAN, True)
            case Foreign():
                bodies = "".join([f" on {show_name(engine)} {show_string(body)}" for engine, body in expr.bodies])
                text = f"foreign {show_name(expr.name)}{self._list(expr.arguments, scope, indent)}{bodies}"
            case _:
                assert_never(expr)
        kind = Kind(expr.type, expr.nullable)
        plain = kind == (expected or natural(expr)) and not always
        return text if plain else f"{text}{{{show_kind(kind)}}}"

    def query(self, rel: "Rel", scope: Scope, indent: int) -> str:
        """A query in brackets, on lines of its own."""
        return f"(\n{self.block(rel, indent + 4, scope)}\n{' ' * (indent + 2)})"

    def sort_key(self, key: SortKey, scope: Scope, indent: int) -> str:
        """A sort key; its direction and the place of nulls only where they are not the usual ones."""
        text = self.expr(key.expr, scope, indent) + (" desc" if key.descending else "")
        if key.nulls_first == (not key.descending):
            return text
        return text + (" nulls first" if key.nulls_first else " nulls last")

    def sort_keys(self, keys: tuple[SortKey, ...], scope: Scope, indent: int) -> str:
        """Sort keys, in a row."""
        return ", ".join([self.sort_key(key, scope, indent) for key in keys])

    def exprs(self, exprs: tuple[Expr, ...], scope: Scope, indent: int) -> str:
        """Expressions, in a row."""
        return ", ".join([self.expr(expr, scope, indent) for expr in exprs])

    def _list(self, exprs: tuple[Expr, ...], scope: Scope, indent: int) -> str:
        return f"({self.exprs(exprs, scope, indent)})"

    def _column(self, column: Column, scope: Scope) -> str:
        text = f"{show_name(column.name)}#{column.id}"
        if scope.get(column.id) == column:
            return text
        return f"{text}{{{show_kind(Kind(column.type, column.nullable))}}}"

    def _case(self, expr: Case, scope: Scope, indent: int) -> str:
        branches = [
            f"when {self.expr(condition, scope, indent)} then {self.expr(value, scope, indent)} "
            for condition, value in expr.branches
        ]
        return f"case {''.join(branches)}else {self.expr(expr.otherwise, scope, indent)} end"

    def _call_over_rows(self, expr: AggregateCall | WindowCall, scope: Scope, indent: int) -> str:
        inside = ("distinct " if expr.distinct else "") + self.exprs(expr.arguments, scope, indent)
        if isinstance(expr, AggregateCall) and expr.order_by:
            inside = f"{inside} order by {self.sort_keys(expr.order_by, scope, indent)}".lstrip()
        text = f"{show_name(expr.function)}({inside})"
        if expr.filter is not None:
            text += f" filter ({self.expr(expr.filter, scope, indent)})"
        if isinstance(expr, AggregateCall):
            return text
        parts = []
        if expr.partition_by:
            parts.append("partition by " + self.exprs(expr.partition_by, scope, indent))
        if expr.order_by:
            parts.append("order by " + self.sort_keys(expr.order_by, scope, indent))
        if expr.frame is not None:
            parts.append(self._frame(expr.frame, scope, indent))
        return f"{text}{' ignore nulls' if expr.ignore_nulls else ''} over ({' '.join(parts)})"

    def _frame(self, frame: Frame, scope: Scope, indent: int) -> str:
        exclude = "" if frame.exclude is None else f" exclude {frame.exclude}"
        start, end = self._bound(frame.start, scope, indent), self._bound(frame.end, scope, indent)
        return f"{frame.unit} between {start} and {end}{exclude}"

    def _bound(self, bound: FrameBound, scope: Scope, indent: int) -> str:
        kind: OneOf["preceding", "current row", "following"] = bound.kind
        if kind == "current row":
            return kind
        return f"unbounded {kind}" if bound.offset is None else f"{self.expr(bound.offset, scope, indent)} {kind}"
