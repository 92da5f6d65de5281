"""Typed expressions as DuckDB's SQL: which cast is written and which one DuckDB does by itself."""

from collections.abc import Callable
from typing import assert_never

from oftra.datatypes import (
    BOOLEAN,
    DATETIME,
    INT,
    TIMESTAMP,
    DataType,
    Date,
    Decimal,
    Double,
    Float,
    Integer,
    Null,
    Struct,
)
from oftra.diagnostics.targets import MissingBody, UnsupportedFunction
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
from oftra.ir.rel import Rel
from oftra.targets.engines.bare_numbers import BY_WIDTH, decide_type, is_of_null
from oftra.targets.engines.duckdb import casts
from oftra.targets.engines.duckdb.datatypes import HUGEINT, meeting, type_name
from oftra.targets.engines.duckdb.functions import AGGREGATES, SCALARS
from oftra.targets.engines.duckdb.literals import literal
from oftra.targets.engines.duckdb.nested_order import aggregate_in_order, call_in_order, is_in_order, window_in_order
from oftra.targets.engines.duckdb.operators import OPERATORS, Operands, settle, settle_together
from oftra.targets.engines.duckdb.own_functions import OWN
from oftra.targets.engines.duckdb.wording import Said
from oftra.targets.sql import tree as sql
from oftra.targets.sql.own_text import is_call
from oftra.targets.sql.planning.engine import Around, filled, is_number
from oftra.targets.sql.planning.scope import Scope

ENGINE = "duckdb"

UNIFYING = frozenset({"coalesce", "greatest", "least", "nullif", "array"})
"""Functions whose arguments DuckDB brings to one type, which is the result's."""

_CONSTANTS = (sql.Number, sql.Text, sql.Word)


class Expressions:
    """Says expressions over the columns of a scope."""

    def __init__(self, scope: Scope, around: Around) -> None:
        self.scope = scope
        self.around = around

    def exact(self, expr: Expr) -> sql.Expr:
        """`expr` with exactly the DuckDB type of its own type."""
        return settle(self.said(expr), expr.type)

    def said(self, expr: Expr) -> Said:
        """`expr` with its value, and whatever type DuckDB gives it."""
        match expr:
            case Column():
                return self.scope.find(expr)
            case Literal():
                return literal(expr)
            case Call():
                return self._call(expr) if is_in_order(expr) else self._in_order(expr)
            case Cast():
                return self._cast(expr)
            case Case():
                return self._case(expr)
            case FieldOf():
                return self._field(expr)
            case MakeStruct(values, type_):
                fields = zip(type_.fields, values)
                return Said(sql.StructOf(tuple([(f.name, self.exact_as(v, f.type)) for f, v in fields])), type_)
            case Lambda():
                return self._lambda(expr)
            case AggregateCall():
                return self._aggregate(aggregate_in_order(expr))
            case WindowCall():
                return self._window(window_in_order(expr))
            case ScalarQuery(query):
                inside, (said,) = self.around.subquery(query, self.scope, True)
                return Said(sql.Subquery(inside), said.type)
            case ExistsQuery(query):
                return Said(sql.Exists(self.around.subquery(query, self.scope, False)[0]), BOOLEAN)
            case InQuery(operands, query):
                return self._in_query(operands, query)
            case Runtime(kind, name):
                held = variable(kind, name)
                self.around.runtimes.setdefault(held, expr)
                return Said(sql.Function("getvariable", (sql.Text(held),)), expr.type)
            case Foreign():
                return self._foreign(expr)
            case _:
                assert_never(expr)

    def exact_as(self, expr: Expr, wanted: DataType) -> sql.Expr:
        """`expr` with exactly the DuckDB type of `wanted`, which its own type widens to."""
        return settle(self.said(expr), wanted)

    def loose(self, expr: Expr) -> Said:
        """`expr` without a conversion around it that nobody wrote and that DuckDB may do by itself."""
        match expr:
            case Cast(operand, wanted, implicit=True) if _widens_by_itself(operand.type, wanted):
                return self.said(operand)
            case _:
                return self.said(expr)

    def operand(self, expr: Expr) -> Said:
        """`expr` beside another one: a whole number needs no sign of being a double."""
        match expr:
            case Literal(float() as value) if abs(value) < 2**31 and value.is_integer() and str(value) != "-0.0":
                return Said(sql.integer(int(value)), INT)
            case _:
                return self.loose(expr)

    def argument(self, expr: Expr) -> sql.Expr:
        """`expr` as an argument of a function: a bare number becomes whatever integer is asked for."""
        match expr:
            case Lambda():
                return self.said(expr).expr
            case Cast(Literal(int() as value), Integer(), implicit=True) if not isinstance(value, bool):
                return sql.integer(value)
            case Literal(int() as value, Integer()) if not isinstance(value, bool):
                return self.said(expr).expr
            case Literal(None, Null()):
                return sql.NULL
            case _:
                return self.exact(expr)

    def _field(self, field: FieldOf) -> Said:
        match self.said(field.operand).expr:
            case sql.StructOf(fields):
                made = next(value for name, value in fields if name == field.name)
                return Said(made, field.type)
            case sql.Name(parts) if len(parts) > 1 and not self.scope.sees(parts[1]):
                # No relation here has the column's name: `column.field` can mean nothing else.
                return Said(sql.Name((*parts, field.name)), field.type)
            case operand:
                return Said(sql.Member(operand, field.name), field.type)

    def _call(self, call: Call) -> Said:
        operator = OPERATORS.get(call.function)
        if operator is not None:
            return operator(call, tuple([self.operand(argument) for argument in call.arguments]))
        entry = SCALARS.get(call.function) or OWN.get(call.function)
        if entry is None:
            self.around.report.add(UnsupportedFunction(call.function, ENGINE, span=call.span))
            return Said(sql.NULL, None)
        if call.function in UNIFYING:
            return self._unify(call)
        say = self.exact if call.function in BY_WIDTH else self.argument
        said = entry(call, tuple([say(argument) for argument in call.arguments]))
        is_untyped = decide_type(call) or is_of_null(call)
        return said if isinstance(said, Said) else Said(said, None if is_untyped else call.type)

    def _in_order(self, call: Call) -> Said:
        ordered, value = call_in_order(call)
        return Said(value(self._call(ordered).expr), None)

    def _unify(self, call: Call) -> Said:
        element = call.arguments[0].type if call.arguments else call.type
        operands: Operands = tuple([self.loose(argument) for argument in call.arguments])
        if operands:
            operands = settle_together(operands, element)
        if call.function == "nullif" and is_number(operands[0].expr):
            operands = (Said(settle(operands[0], element), element), *operands[1:])
        said = SCALARS[call.function](call, tuple([operand.expr for operand in operands]))
        # What `nullif` gives is of the type of the first alone.
        type_ = operands[0].type if call.function == "nullif" else call.type
        return said if isinstance(said, Said) else Said(said, None if is_of_null(call) else type_)

    def _cast(self, cast: Cast) -> Said:
        said, given, wanted = self.said(cast.operand), cast.operand.type, cast.type
        if given == wanted or said.type == wanted:
            return said
        if cast.implicit and is_number(said.expr) and said.type is not None and meeting(said.type, wanted) == wanted:
            return said
        if isinstance(given, Null):
            return Said(sql.Cast(sql.NULL, type_name(wanted)), wanted)
        return Said(casts.cast(said.expr, given, wanted, cast.safe), wanted)

    def _case(self, case: Case) -> Said:
        values = [self.loose(value) for _, value in case.branches]
        has_else = not (isinstance(case.otherwise, Literal) and case.otherwise.value is None)
        if has_else:
            values.append(self.loose(case.otherwise))
        values = list(settle_together(tuple(values), case.type))
        conditions = [self.said(condition).expr for condition, _ in case.branches]
        branches = tuple([(condition, value.expr) for condition, value in zip(conditions, values)])
        return Said(sql.Case(branches, values[-1].expr if has_else else None), case.type)

    def _lambda(self, function: Lambda) -> Said:
        inner, names = self.scope.inside_lambda(function.parameters)
        body = Expressions(inner, self.around).exact(function.body)
        return Said(sql.Lambda(names, body), function.type)

    def _in_query(self, operands: tuple[Expr, ...], query: Rel) -> Said:
        inside, _ = self.around.subquery(query, self.scope, True)
        sides = tuple([self.exact(operand) for operand in operands])
        return Said(sql.In(sides[0] if len(sides) == 1 else sql.Row(sides), inside), BOOLEAN)

    def _foreign(self, call: Foreign) -> Said:
        for engine, body in call.bodies:
            if engine == ENGINE:
                arguments = {str(at): self.exact(argument) for at, argument in enumerate(call.arguments)}
                text = body.strip() + ("\n" if "--" in body else "")  # what ends in a comment would go on in it
                raw = sql.Raw(filled(text, arguments), is_call(text))
                return Said(sql.Cast(raw, type_name(call.type)), call.type)
        self.around.report.add(MissingBody(call.name, ENGINE, span=call.span))
        return Said(sql.NULL, None)

    # ------------------------------------------------------------------------------------------- over several rows

    def _aggregate(self, call: AggregateCall) -> Said:
        condition = None if call.filter is None else self.said(call.filter).expr
        order = self.order(call.order_by)

        def make(function: sql.Function) -> sql.Expr:
            only = _both(function.filter, condition)
            keys = order or function.order_by
            return sql.Function(function.name, function.arguments, call.distinct, keys, filter=only)

        return self._over_rows(call, make)

    def _window(self, call: WindowCall) -> Said:
        condition = None if call.filter is None else self.said(call.filter).expr
        partition = tuple([self.said(key).expr for key in call.partition_by])
        frame = () if call.frame is None else self._frame(call.frame)
        window = sql.WindowSpec(partition, self.order(call.order_by), frame)

        def make(function: sql.Function) -> sql.Expr:
            whole = sql.Function(
                function.name,
                function.arguments,
                call.distinct,
                function.order_by,
                ignore_nulls=call.ignore_nulls,
                filter=_both(function.filter, condition),
            )
            return sql.Over(whole, window)

        return self._over_rows(call, make)

    def _over_rows(self, call: AggregateCall | WindowCall, make: Callable[[sql.Function], sql.Expr]) -> Said:
        entry = AGGREGATES.get(call.function)
        if entry is None:
            self.around.report.add(UnsupportedFunction(call.function, ENGINE, span=call.span))
            return Said(sql.NULL, None)
        say = self.exact if call.function in BY_WIDTH else self.argument
        if call.function in ("sum", "avg"):
            say = self._summand
        arguments = tuple([say(argument) for argument in call.arguments])
        if call.function in ("lag", "lead") and len(arguments) > 2:
            # DuckDB brings what stands in for a missing row to the type of a bare number.
            arguments = (self.exact(call.arguments[0]), *arguments[1:])
        if call.function == "count" and len(arguments) > 1:
            # Different combinations of values, which DuckDB counts as tuples.
            arguments = (sql.Row(arguments),)
        said = entry(call, arguments, make)
        if not isinstance(said, Said):
            return Said(said, None if decide_type(call) else call.type)
        if call.function == "sum" and said.type is None and isinstance(call.type, Integer):
            return Said(said.expr, HUGEINT)
        return said

    def _summand(self, expr: Expr) -> sql.Expr:
        """`expr` for a sum, which takes decimals of any precision to 38 digits."""
        if not isinstance(expr.type, Decimal):
            return self.argument(expr)
        said = self.said(expr)
        same = isinstance(said.type, Decimal) and said.type.scale == expr.type.scale
        return said.expr if same else settle(said, expr.type)

    def order(self, keys: tuple[SortKey, ...]) -> tuple[sql.OrderItem, ...]:
        """The keys of an `order by`; a constant orders nothing, and a number would be read as a position."""
        items = [self.order_item(key) for key in keys]
        return tuple([item for item in items if not (isinstance(item.expr, _CONSTANTS) or is_number(item.expr))])

    def order_item(self, key: SortKey) -> sql.OrderItem:
        """A key, with the place of nulls only where there may be some and DuckDB would put them last."""
        first = key.nulls_first and key.expr.nullable
        return sql.OrderItem(self.said(key.expr).expr, key.descending, "first" if first else None)

    def _frame(self, frame: Frame) -> tuple[str | sql.Expr, ...]:
        words: list[str | sql.Expr] = [f"{frame.unit} between"]
        words += [*self._bound(frame.start), "and", *self._bound(frame.end)]
        if frame.exclude is not None:
            words.append(f"exclude {frame.exclude}")
        return tuple(words)

    def _bound(self, bound: FrameBound) -> tuple[str | sql.Expr, ...]:
        if bound.kind == "current row":
            return ("current row",)
        return ("unbounded" if bound.offset is None else self.said(bound.offset).expr, bound.kind)


def variable(kind: str, name: str) -> str:
    """The session variable that holds a value of the run."""
    return name if kind == "param" else f"{kind}_{name}"


def _both(left: sql.Expr | None, right: sql.Expr | None) -> sql.Expr | None:
    """What is true where both are, of which either may be missing."""
    if left is None or right is None:
        return right if left is None else left
    return sql.Chain("and", (left, right))


def _widens_by_itself(given: DataType, wanted: DataType) -> bool:
    """Whether DuckDB converts in the same way beside a value of type `wanted`."""
    match given, wanted:
        case Integer(), Integer() | Decimal() | Double():
            return True
        case Decimal(), Decimal() | Double():
            return True
        case Float(), Double():
            return True
        case Date(), _:
            return wanted in (TIMESTAMP, DATETIME)
        case Null(), _:
            return not isinstance(wanted, Struct)
        case _:
            return False
