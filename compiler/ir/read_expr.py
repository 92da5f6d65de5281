"""Reads expressions from the text that `show_expr` writes."""

from collections.abc import Callable
from typing import Literal as OneOf
from typing import TypeVar, cast

from oftra.datatypes import (
    BOOLEAN,
    UNKNOWN,
    Struct,
)
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
    natural_call,
    natural_case,
    natural_field,
    natural_query,
    natural_struct,
)
from oftra.ir.read_tokens import Tokens
from oftra.ir.read_types import TypeReader
from oftra.ir.rel import Rel

T = TypeVar("T")
Query = Callable[[Scope], Rel]
"""Reads a relation in a scope."""


class ExprReader(TypeReader):
    """Reads expressions. `rel` reads a query."""

    def __init__(self, tokens: Tokens, rel: Query) -> None:
        super().__init__(tokens)
        self.rel = rel

    def expr(self, scope: Scope, expected: Kind | None = None) -> Expr:
        """An expression; if its text doesn't say its type, it is `expected` or what goes without saying."""
        expr = self._primary(scope, expected)
        while self.tokens.accept("."):
            name = self.tokens.name()
            kind = self.annotation(natural_field(expr, name))
            expr = FieldOf(expr, name, kind.type, kind.nullable)
        return expr

    def exprs(self, scope: Scope) -> tuple[Expr, ...]:
        """Expressions in brackets."""
        self.tokens.expect("(")
        return self.until(")", lambda: self.expr(scope))

    def until(self, mark: str, read: Callable[[], T]) -> tuple[T, ...]:
        """What `read` reads, with commas between, up to `mark`."""
        found = list[T]()
        while not self.tokens.accept(mark):
            if found:
                self.tokens.expect(",")
            found.append(read())
        return tuple(found)

    def some(self, read: Callable[[], T]) -> tuple[T, ...]:
        """What `read` reads, once or more, with commas between."""
        found = [read()]
        while self.tokens.accept(","):
            found.append(read())
        return tuple(found)

    def _primary(self, scope: Scope, expected: Kind | None) -> Expr:
        tokens = self.tokens
        if tokens.accept("$"):
            return self._runtime(scope)
        if tokens.accept("("):
            return self._lambda(scope)
        if tokens.sees("#", 1):
            return self._column(scope)
        if self.begins_constant():
            return self.constant()
        if tokens.sees("(", 1):
            if tokens.next.kind == "word" and tokens.next.text in FORMS:
                return self._form(scope, expected)
            name = tokens.name()
            arguments = self.exprs(scope)
            kind = self.annotation(expected or natural_call(name, arguments))
            return Call(name, arguments, kind.type, kind.nullable)
        if tokens.accept("case"):
            return self._case(scope, expected)
        if tokens.accept("foreign"):
            return self._foreign(scope, expected)
        raise tokens.fail("an expression")

    def _runtime(self, scope: Scope) -> Runtime:
        kind = self.tokens.one_of("param", "env", "secret", "run")
        self.tokens.expect(".")
        name = self.tokens.name()
        self.tokens.expect("{")
        type_, nullable = self.kind()
        default = self.expr(scope) if self.tokens.accept("=") else None
        self.tokens.expect("}")
        return Runtime(cast(OneOf["param", "env", "secret", "run"], kind), name, type_, default, nullable)

    def _lambda(self, scope: Scope) -> Lambda:
        parameters = self.until(")", self.column)
        self.tokens.expect("->")
        return Lambda(parameters, self.expr({**scope, **{column.id: column for column in parameters}}))

    def _column(self, scope: Scope) -> Column:
        name = self.tokens.name()
        self.tokens.expect("#")
        id_ = self.tokens.integer()
        if self.tokens.accept("{"):
            kind = self.kind()
            self.tokens.expect("}")
            return Column(id_, name, kind.type, kind.nullable)
        known = scope.get(id_)
        if known is None or known.name != name:
            self.tokens.at -= 3
            raise self.tokens.fail(f"a column of the rows at hand, which `{name}#{id_}` is not")
        return Column(id_, name, known.type, known.nullable)

    def column_of(self, scope: Scope) -> Column:
        """A column by its name and id."""
        return self._column(scope)

    def _form(self, scope: Scope, expected: Kind | None) -> Expr:
        tokens = self.tokens
        word = tokens.name()
        match word:
            case "struct":
                return self._make_struct(scope, expected)
            case "scalar":
                query = self.query(scope)
                return ScalarQuery(query, self.annotation(expected or natural_query(query.columns)).type)
            case "exists":
                return ExistsQuery(self.query(scope))
            case "in":
                operands = self.exprs(scope)
                query = self.query(scope)
                return InQuery(operands, query, self.annotation(Kind(BOOLEAN, True)).nullable)
        tokens.expect("(")
        operand = self.expr(scope)
        tokens.expect("as")
        type_ = self.type()
        tokens.expect(")")
        safe = word == "try_cast"
        kind = self.annotation(Kind(type_, safe or operand.nullable))
        return Cast(operand, type_, kind.nullable, safe, word == "widen")

    def query(self, scope: Scope) -> Rel:
        """A query in brackets."""
        self.tokens.expect("(")
        rel = self.rel(scope)
        self.tokens.expect(")")
        return rel

    def _make_struct(self, scope: Scope, expected: Kind | None) -> MakeStruct:
        names, values = list[str](), list[Expr]()
        self.tokens.expect("(")
        while not self.tokens.accept(")"):
            if names:
                self.tokens.expect(",")
            values.append(self.expr(scope))
            self.tokens.expect("as")
            names.append(self.tokens.name())
        kind = self.annotation(expected or natural_struct(tuple(names), tuple(values)))
        return MakeStruct(tuple(values), cast(Struct, kind.type))

    def _case(self, scope: Scope, expected: Kind | None) -> Case:
        branches = list[tuple[Expr, Expr]]()
        while self.tokens.accept("when"):
            condition = self.expr(scope)
            self.tokens.expect("then")
            branches.append((condition, self.expr(scope)))
        self.tokens.expect("else")
        otherwise = self.expr(scope)
        self.tokens.expect("end")
        kind = self.annotation(expected or natural_case(tuple(branches), otherwise))
        return Case(tuple(branches), otherwise, kind.type, kind.nullable)

    def _foreign(self, scope: Scope, expected: Kind | None) -> Foreign:
        name = self.tokens.name()
        arguments = self.exprs(scope)
        bodies = list[tuple[str, str]]()
        while self.tokens.accept("on"):
            bodies.append((self.tokens.name(), self.tokens.string()))
        kind = self.annotation(expected or Kind(UNKNOWN, True))
        return Foreign(name, tuple(bodies), arguments, kind.type, kind.nullable)

    # --- what stands only in an aggregate or a window

    def sort_key(self, scope: Scope) -> SortKey:
        """A sort key."""
        expr = self.expr(scope)
        descending = self.tokens.accept("desc")
        nulls_first = not descending
        if self.tokens.accept("nulls"):
            nulls_first = self.tokens.one_of("first", "last") == "first"
        return SortKey(expr, descending, nulls_first)

    def sort_keys(self, scope: Scope) -> tuple[SortKey, ...]:
        """Sort keys, in a row."""
        return self.some(lambda: self.sort_key(scope))

    def aggregate_call(self, scope: Scope, expected: Kind) -> AggregateCall:
        """An aggregate over a group."""
        name, distinct, arguments, order_by, filter_ = self._over_rows(scope)
        kind = self.annotation(expected)
        return AggregateCall(name, arguments, kind.type, kind.nullable, distinct, filter_, order_by)

    def window_call(self, scope: Scope, expected: Kind) -> WindowCall:
        """A function over a window."""
        name, distinct, arguments, _, filter_ = self._over_rows(scope)
        ignore_nulls = self.tokens.accept("ignore", "nulls")
        self.tokens.expect("over")
        self.tokens.expect("(")
        partition_by = self.some(lambda: self.expr(scope)) if self.tokens.accept("partition", "by") else ()
        order_by = self.sort_keys(scope) if self.tokens.accept("order", "by") else ()
        frame = None if self.tokens.sees(")") else self._frame(scope)
        self.tokens.expect(")")
        kind = self.annotation(expected)
        return WindowCall(
            name, arguments, kind.type, kind.nullable, partition_by, order_by, frame, filter_, ignore_nulls, distinct
        )

    def _over_rows(self, scope: Scope) -> tuple[str, bool, tuple[Expr, ...], tuple[SortKey, ...], Expr | None]:
        tokens = self.tokens
        name = tokens.name()
        tokens.expect("(")
        distinct = tokens.sees("distinct") and not tokens.sees("#", 1)
        tokens.at += distinct
        bare = tokens.sees(")") or (tokens.sees("order") and tokens.sees("by", 1))
        arguments = () if bare else self.some(lambda: self.expr(scope))
        order_by = self.sort_keys(scope) if tokens.accept("order", "by") else ()
        tokens.expect(")")
        filter_ = None
        if tokens.accept("filter"):
            tokens.expect("(")
            filter_ = self.expr(scope)
            tokens.expect(")")
        return name, distinct, arguments, order_by, filter_

    def _frame(self, scope: Scope) -> Frame:
        unit = self.tokens.one_of("rows", "range", "groups")
        self.tokens.expect("between")
        start = self._bound(scope)
        self.tokens.expect("and")
        end = self._bound(scope)
        exclude = None
        if self.tokens.accept("exclude"):
            exclude = self.tokens.one_of("current", "group", "ties")
            if exclude == "current":
                self.tokens.expect("row")
                exclude = "current row"
        return Frame(
            cast(OneOf["rows", "range", "groups"], unit),
            start,
            end,
            cast(OneOf["current row", "group", "ties"] | None, exclude),
        )

    def _bound(self, scope: Scope) -> FrameBound:
        if self.tokens.accept("current", "row"):
            return FrameBound("current row")
        offset = None if self.tokens.accept("unbounded") else self.expr(scope)
        kind = self.tokens.one_of("preceding", "following")
        return FrameBound(cast(OneOf["preceding", "following"], kind), offset)
