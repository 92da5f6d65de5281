"""Typed expressions as Flink's SQL: which cast is written and which one Flink does by itself."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal as OneOf
from typing import assert_never

from oftra.datatypes import (
    BOOLEAN,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Float,
    Integer,
    Null,
    Timestamp,
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
from oftra.source import Span
from oftra.targets.engines.flink import casts
from oftra.targets.engines.flink.datatypes import CHARACTERS, meeting, settle, type_name
from oftra.targets.engines.flink.functions import AGGREGATES, SCALARS
from oftra.targets.engines.flink.functions.aggregates import in_own_order
from oftra.targets.engines.flink.literals import literal
from oftra.targets.engines.flink.operators import OPERATORS, settle_together
from oftra.targets.engines.flink.wording import Refused, is_nan
from oftra.targets.sql import tree as sql
from oftra.targets.sql.own_text import is_call
from oftra.targets.sql.planning.engine import Around, filled, is_number
from oftra.targets.sql.planning.said import Said
from oftra.targets.sql.planning.scope import Scope
from oftra.targets.sql.planning.settling import Operands

ENGINE = "flink"

UNIFYING = frozenset({"coalesce", "nullif", "array"})
"""Functions whose arguments Flink brings to one type, which is the result's."""

_CONSTANTS = (sql.Number, sql.Text, sql.Word)


class Expressions:
    """Says expressions over the columns of a scope."""

    def __init__(self, scope: Scope, around: Around) -> None:
        self.scope = scope
        self.around = around

    def exact(self, expr: Expr) -> sql.Expr:
        """`expr` with exactly the Flink type of its own type."""
        return settle(self.said(expr), expr.type)

    def said(self, expr: Expr) -> Said:
        """`expr` with its value, and whatever type Flink gives it."""
        try:
            return self._said(expr)
        except Refused as refused:
            return self._refuse(str(refused), expr.span)

    def loose(self, expr: Expr) -> Said:
        """`expr` without a conversion around it that nobody wrote and that Flink may do by itself."""
        match expr:
            case Cast(operand, wanted, implicit=True) if _widens_by_itself(operand.type, wanted):
                return self.said(operand)
            case _:
                return self.said(expr)

    def argument(self, expr: Expr) -> sql.Expr:
        """`expr` as an argument of a function."""
        return self.exact(expr)

    def order(self, keys: tuple[SortKey, ...]) -> tuple[sql.OrderItem, ...]:
        """The keys of an `order by`; a constant orders nothing, and a number would be read as a position."""
        items = [self._order_item(key) for key in keys]
        given = [item for item in items if not (isinstance(item.expr, _CONSTANTS) or is_number(item.expr))]
        made: list[sql.OrderItem] = []
        doubles = [item.expr for item, key in zip(items, keys) if isinstance(key.expr.type, Double | Float)]
        for item in given:
            if item.expr in doubles:
                # NaN is neither above nor below a number to Flink: what is none comes last, or first of all.
                made.append(replace(item, expr=is_nan(item.expr)))
            made.append(item)
        return tuple(made)

    def _order_item(self, key: SortKey) -> sql.OrderItem:
        """A key, with the place of nulls only where there may be some and Flink would put them elsewhere."""
        elsewhere = key.expr.nullable and key.nulls_first == key.descending
        nulls: OneOf["first", "last"] | None = None
        if elsewhere:
            nulls = "first" if key.nulls_first else "last"
        return sql.OrderItem(self.said(key.expr).expr, key.descending, nulls)

    def _refuse(self, what: str, span: Span) -> Said:
        self.around.report.add(UnsupportedFunction(what, ENGINE, span=span))
        return Said(sql.NULL, None)

    def _said(self, expr: Expr) -> Said:
        match expr:
            case Column():
                return self.scope.find(expr)
            case Literal():
                return literal(expr)
            case Call():
                return self._call(expr)
            case Cast():
                return self._cast(expr)
            case Case():
                return self._case(expr)
            case FieldOf(operand, name):
                return Said(sql.Member(self.exact(operand), name), expr.type)
            case MakeStruct(values, type_):
                made = sql.call("row", *[settle(self.said(v), f.type) for v, f in zip(values, type_.fields)])
                return Said(sql.Cast(made, type_name(type_)), type_)
            case Lambda():
                raise Refused("functions of functions")
            case AggregateCall() | WindowCall():
                return self._over_rows(expr)
            case ScalarQuery(query):
                inside, (said,) = self.around.subquery(query, self.scope, True)
                return Said(sql.Subquery(inside), said.type)
            case ExistsQuery(query):
                return Said(sql.Exists(self.around.subquery(query, self.scope, False)[0]), BOOLEAN)
            case InQuery(operands, query):
                inside, _ = self.around.subquery(query, self.scope, True)
                sides = tuple([self.exact(operand) for operand in operands])
                return Said(sql.In(sides[0] if len(sides) == 1 else sql.Row(sides), inside), BOOLEAN)
            case Runtime("run", "at"):
                return Said(sql.call("now"), expr.type)
            case Runtime(kind, name):
                held = name if kind == "param" else f"{kind}.{name}"
                self.around.runtimes.setdefault(held, expr)
                return Said(sql.Cast(sql.Text(f"${{{held}}}"), type_name(expr.type)), expr.type)
            case Foreign():
                return self._foreign(expr)
            case _:
                assert_never(expr)

    def _call(self, call: Call) -> Said:
        operator = OPERATORS.get(call.function)
        if operator is not None:
            return operator(call, tuple([self.loose(argument) for argument in call.arguments]))
        if call.function in UNIFYING and call.arguments:
            return self._unify(call)
        match call.arguments:
            case (items, Lambda((one,), Call("not", (Call("is_null", (Column() as asked,)),)))) if asked.id == one.id:
                # The one function of functions that Flink has another name for.
                return self._call(Call("array_compact", (items,), call.type, call.nullable, span=call.span))
            case (items, Lambda((one,), Call("in", (Column() as asked, *names)))) if _is_any(call, asked, one, names):
                return Said(self._any_of("array_intersect", items, names), BOOLEAN)
            case (items, Lambda((one,), Call("not", (Call("in", (Column() as asked, *names)),)))) if _is_any(
                call, asked, one, names
            ):
                return Said(self._any_of("array_except", items, names), BOOLEAN)
        if any(isinstance(argument, Lambda) for argument in call.arguments):
            raise Refused(call.function)
        entry = SCALARS.get(call.function)
        if entry is None:
            raise Refused(call.function)
        made = entry(call, tuple([self.argument(argument) for argument in call.arguments]))
        return made if isinstance(made, Said) else Said(made, call.type)

    def _any_of(self, function: str, items: Expr, names: list[Expr]) -> sql.Expr:
        """Whether there is an element that is one of these texts, or none of them."""
        listed = sql.Cast(sql.ListOf(tuple([self.exact(name) for name in names])), type_name(items.type))
        found = sql.call("cardinality", sql.call(function, self.exact(items), listed))
        return sql.Binary(">", found, sql.integer(0))

    def _unify(self, call: Call) -> Said:
        wanted = call.arguments[0].type
        operands: Operands = tuple([self.loose(argument) for argument in call.arguments])
        operands = settle_together(operands, wanted)
        if call.function == "nullif" and is_number(operands[0].expr):
            # What it gives is of the type of the first alone.
            operands = (Said(sql.Cast(operands[0].expr, type_name(wanted)), wanted), *operands[1:])
        made = SCALARS[call.function](call, tuple([operand.expr for operand in operands]))
        return made if isinstance(made, Said) else Said(made, call.type)

    def _cast(self, cast: Cast) -> Said:
        said, given, wanted = self.said(cast.operand), cast.operand.type, cast.type
        if given == wanted or (said.type == wanted and not isinstance(said.type, Null)):
            return said
        if cast.implicit and is_number(said.expr) and said.type is not None and meeting(said.type, wanted) == wanted:
            return said
        if isinstance(given, Null):
            return Said(sql.Cast(sql.NULL, type_name(wanted)), wanted)
        if said.type != given and not (said.type == CHARACTERS or is_number(said.expr)):
            # What Flink has another type for may be wider than what is cast.
            said = Said(settle(said, given), given)
        return Said(casts.cast(said.expr, given, wanted, cast.safe), wanted)

    def _case(self, case: Case) -> Said:
        values = [self.loose(value) for _, value in case.branches]
        has_else = not (isinstance(case.otherwise, Literal) and case.otherwise.value is None)
        if has_else:
            values.append(self.loose(case.otherwise))
        if all(value.expr == sql.NULL for value in values):
            return Said(sql.Cast(sql.NULL, type_name(case.type)), case.type)
        values = list(settle_together(tuple(values), case.type))
        conditions = [self.exact(condition) for condition, _ in case.branches]
        branches = tuple([(condition, value.expr) for condition, value in zip(conditions, values)])
        return Said(sql.Case(branches, values[-1].expr if has_else else None), case.type)

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

    def _over_rows(self, call: AggregateCall | WindowCall) -> Said:
        entry = AGGREGATES.get(call.function)
        if entry is None:
            raise Refused(call.function)
        if isinstance(call, AggregateCall):
            make = self._aggregate(call)
        else:
            make = self._window(call)
        made = entry(call, tuple([self.argument(argument) for argument in call.arguments]), make)
        return made if isinstance(made, Said) else Said(made, call.type)

    def _aggregate(self, call: AggregateCall) -> Callable[[sql.Function], sql.Expr]:
        if call.order_by and not in_own_order(call):
            raise Refused(f"{call.function} in an order")
        condition = None if call.filter is None else self.exact(call.filter)

        def make(of: sql.Function) -> sql.Expr:
            only = _both(of.filter, condition)
            return sql.Function(of.name, of.arguments, call.distinct, filter=only)

        return make

    def _window(self, call: WindowCall) -> Callable[[sql.Function], sql.Expr]:
        if call.distinct:
            raise Refused(f"{call.function} of distinct values over a window")
        condition = None if call.filter is None else self.exact(call.filter)
        partition = tuple([self.said(key).expr for key in call.partition_by])
        moments = any(isinstance(key.expr.type, Timestamp | Datetime) for key in call.order_by)
        if moments and call.frame is not None and call.frame.unit == "range" and _is_shifted(call.frame):
            raise Refused("a frame of a range of moments")
        frame = () if call.frame is None else self._frame(call.frame)
        order = self.order(call.order_by)
        if call.frame is not None and call.frame.unit == "range" and _is_shifted(call.frame):
            order = order[-1:]
        window = sql.WindowSpec(partition, order, frame)

        def make(of: sql.Function) -> sql.Expr:
            only = _both(of.filter, condition)
            arguments = of.arguments
            if only is not None:
                # Over a window Flink filters nothing: what is left out is null, which no aggregate sees.
                value = arguments[0] if arguments and arguments[0] != sql.STAR else sql.integer(1)
                arguments = (sql.Case(((only, value),)), *arguments[1:])
            whole = sql.Function(of.name, arguments, of.distinct, ignore_nulls=call.ignore_nulls)
            return sql.Over(whole, window)

        return make

    def _frame(self, frame: Frame) -> tuple[str | sql.Expr, ...]:
        if frame.exclude is not None:
            raise Refused(f"a frame with exclude {frame.exclude}")
        if frame.unit == "groups":
            raise Refused("a frame of groups")
        words: list[str | sql.Expr] = [f"{frame.unit} between"]
        words += [*self._bound(frame.start), "and", *self._bound(frame.end)]
        return tuple(words)

    def _bound(self, bound: FrameBound) -> tuple[str | sql.Expr, ...]:
        if bound.kind == "current row":
            return ("current row",)
        return ("unbounded" if bound.offset is None else self.said(bound.offset).expr, bound.kind)


def _is_any(call: Call, asked: Column, one: Column, names: list[Expr]) -> bool:
    """Whether texts that are never null are asked for among these."""
    there = not one.nullable and all(isinstance(name, Literal) and isinstance(name.value, str) for name in names)
    return call.function == "any_match" and asked.id == one.id and there


def _is_shifted(frame: Frame) -> bool:
    return frame.start.offset is not None or frame.end.offset is not None


def _both(left: sql.Expr | None, right: sql.Expr | None) -> sql.Expr | None:
    """What is true where both are, of which either may be missing."""
    if left is None or right is None:
        return right if left is None else left
    return sql.Chain("and", (left, right))


def _widens_by_itself(given: DataType, wanted: DataType) -> bool:
    """Whether Flink converts in the same way beside a value of type `wanted`."""
    match given, wanted:
        case Integer(), Integer() | Decimal() | Double():
            return True
        case Decimal(), Decimal() | Double():
            return True
        case Float(), Double():
            return True
        case Date(), _:
            return False
        case _:
            return False
