"""Typed expressions as Python over PySpark's DataFrame API: which cast is written and which Spark does by itself."""

import re
from keyword import iskeyword
from typing import assert_never

from oftra.datatypes import (
    DATETIME,
    DOUBLE,
    STRING,
    TIMESTAMP,
    Boolean,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Field,
    Float,
    Integer,
    Json,
    Map,
    Null,
    Struct,
)
from oftra.diagnostics.spark import ForeignNeedsColumns, NeedsNewerSpark
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
    InQuery,
    Lambda,
    Literal,
    MakeStruct,
    Runtime,
    ScalarQuery,
    SortKey,
    WindowCall,
)
from oftra.ir.walk_expr import children
from oftra.targets.engines.bare_numbers import BY_WIDTH, decide_type, is_of_null
from oftra.targets.engines.spark import casts, lowered, over_rows, sql_text
from oftra.targets.engines.spark.datatypes import identifier, meeting, type_name
from oftra.targets.engines.spark.functions import SCALARS
from oftra.targets.engines.spark.literals import literal
from oftra.targets.engines.spark.operators import OPERATORS
from oftra.targets.engines.spark.settling import settle, settle_together, settled
from oftra.targets.engines.spark.wording import Around, Asked, Said, Scope, cast, constant, named
from oftra.targets.python import tree as py

ENGINE = "spark"

UNIFYING = frozenset({"coalesce", "greatest", "least", "nullif", "array", "if"})
"""Functions whose arguments Spark brings to one type, which is the result's."""

LOOSE = frozenset(
    f"interval_{unit}s"
    for unit in (
        "year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond",
    )
)  # fmt: skip
"""Functions that take an integer of any width."""

_NAME = re.compile(r"\W")
_OUR_NAMES = frozenset({"F", "Window", "Decimal", "datetime", "spark"})


class Expressions:
    """Says expressions over the columns of a scope."""

    def __init__(self, scope: Scope, around: Around) -> None:
        self.scope = scope
        self.around = around

    # ------------------------------------------------------------------------------------------------- for a planner

    def exact(self, expr: Expr) -> py.Expr:
        """`expr` as a Column of exactly the Spark type of its own type."""
        return settle(self.said(expr), expr.type)

    def exact_as(self, expr: Expr, wanted: DataType) -> py.Expr:
        """`expr` as a Column of exactly the Spark type of `wanted`, which its own type widens to."""
        return settle(self.said(expr), wanted)

    def _named(self, value: Expr, field: Field) -> py.Expr:
        """A field of a struct under its name: a column of that name brings it along."""
        said, name = settled(self.said(value), field.type), py.String(field.name)
        return name if said.name == field.name else py.method(said.expr, "alias", name)

    def column_name(self, expr: Expr) -> str | None:
        """The name that Spark finds `expr` by, where it is no more than a column; it may stand for the Column."""
        return self.said(expr).name if isinstance(expr, Column | FieldOf) else None

    def argument(self, expr: Expr) -> py.Expr:
        """`expr` where a method takes a Column or the name of one."""
        return self.said(expr).argument

    def order_key(self, key: SortKey) -> py.Expr:
        """A key to order by, with the place of nulls where there may be some and Spark would put them elsewhere."""
        return over_rows.order_key(self.said(key.expr), key)

    def window(self, call: WindowCall) -> py.Expr | None:
        """The window that a call looks through: what stands in `over`."""
        return over_rows.window_of(self, call)

    # ---------------------------------------------------------------------------------------------------- expressions

    def said(self, expr: Expr) -> Said:
        """`expr` with its value, and whatever type Spark gives it."""
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
                return self._field(self.said(operand), name, expr.type)
            case MakeStruct(values, type_):
                fields = [self._named(value, field) for field, value in zip(type_.fields, values)]
                return Said(py.call("F.struct", *fields), type_)
            case Lambda():
                return self._lambda(expr)
            case AggregateCall():
                return over_rows.aggregate(self, expr)
            case WindowCall():
                return over_rows.windowed(self, expr)
            case Runtime():
                return self._runtime(expr)
            case Foreign():
                return self._foreign(expr)
            case ScalarQuery() | ExistsQuery() | InQuery():
                raise AssertionError("a DataFrame's expressions hold no query: they are lowered to joins")
            case _:
                assert_never(expr)

    def loose(self, expr: Expr) -> Said:
        """`expr` without a conversion around it that nobody wrote and that Spark does by itself."""
        match expr:
            case Cast(Literal(value), Double(), implicit=True) if value is not None:
                return literal(Literal(value, DOUBLE))
            case Cast(operand, wanted, implicit=True) if _widens_by_itself(operand.type, wanted):
                return self.said(operand)
            case _:
                return self.said(expr)

    def given(self, expr: Expr) -> Said:
        """`expr` as an argument of a function: of its own type, but for a bare number, which any integer fits."""
        match expr:
            case Lambda():
                return self.said(expr)
            case Cast(Literal(int() as value), Integer(), implicit=True) if not isinstance(value, bool):
                return settled(literal(Literal(value, expr.type)), expr.type)._replace(bare=py.number(value))
            case Literal(int() as value, Integer()) if not isinstance(value, bool):
                return self.said(expr)
            case _:
                return settled(self.loose(expr), expr.type)

    def by_width(self, arguments: tuple[Expr, ...]) -> tuple[Said, ...]:
        """Arguments of a function that asks how wide a number is: each is of its own type."""
        return tuple([settled(self.loose(argument), argument.type) for argument in arguments])

    def _call(self, call: Call) -> Said:
        asked = Asked(call, self.around)
        operator = OPERATORS.get(call.function)
        if operator is not None:
            return operator(asked, tuple([self.loose(argument) for argument in call.arguments]))
        entry = SCALARS.get(call.function) or lowered.SCALARS.get(call.function)
        if entry is None:
            self.around.report.add(UnsupportedFunction(call.function, ENGINE, span=call.span))
            return constant(py.NONE, None)
        if call.function in UNIFYING:
            arguments = self._unified(call)
        elif call.function in LOOSE:
            arguments = tuple([self.loose(argument) for argument in call.arguments])
        elif call.function in BY_WIDTH:
            arguments = self.by_width(call.arguments)
        else:
            arguments = tuple([self.given(argument) for argument in call.arguments])
        said = entry(asked, arguments)
        is_untyped = decide_type(call) or (call.function in UNIFYING and is_of_null(call))
        return said if isinstance(said, Said) else Said(said, None if is_untyped else call.type)

    def _unified(self, call: Call) -> tuple[Said, ...]:
        first = 1 if call.function == "if" else 0
        operands = tuple([self.loose(argument) for argument in call.arguments])
        if len(operands) <= first:
            return operands
        if call.function == "nullif":
            # What it gives is of the type of the first alone.
            return (settled(operands[0], call.arguments[0].type), *operands[1:])
        return (*operands[:first], *settle_together(operands[first:], call.arguments[first].type))

    def _cast(self, node: Cast) -> Said:
        said, given, wanted = self.said(node.operand), node.operand.type, node.type
        if given == wanted:
            return said
        if isinstance(given, Null):
            return Said(cast(py.call("F.lit", py.NONE), type_name(wanted)), wanted)
        match node.operand, wanted:
            case Literal(int() | float() as value), Double() if not isinstance(value, bool):
                return literal(Literal(float(value), DOUBLE))
            case Literal(value), Double() if node.operand.type != STRING and isinstance(given, Decimal):
                return literal(Literal(value, DOUBLE))
        if node.implicit and said.type is not None and meeting(said.type, wanted) == wanted and said.bare is not None:
            return said
        if node.safe and self.around.version < (4, 0):
            self.around.report.add(NeedsNewerSpark("`try_cast`", "4.0", _shown(self.around), span=node.span))
        elif casts.makes_json(given, wanted) and self.around.version < (4, 0):
            self.around.report.add(NeedsNewerSpark("a cast to `json`", "4.0", _shown(self.around), span=node.span))
        if not _starts_as(said, given):
            said = settled(said, given)
        return Said(casts.cast(said.expr, given, wanted, node.safe), wanted)

    def _case(self, case: Case) -> Said:
        values = [self.loose(value) for _, value in case.branches]
        has_else = not (isinstance(case.otherwise, Literal) and case.otherwise.value is None)
        if has_else:
            values.append(self.loose(case.otherwise))
        values = list(settle_together(tuple(values), case.type))
        made = py.name("F")
        for (condition, _), value in zip(case.branches, values):
            made = py.method(made, "when", self.said(condition).expr, value.beside)
        if has_else:
            made = py.method(made, "otherwise", values[-1].beside)
        return Said(made, case.type)

    def _field(self, operand: Said, name: str, type_: DataType) -> Said:
        if operand.name is not None:
            return named(f"{operand.name}.{identifier(name)}", type_)
        return Said(py.Subscript(operand.expr, (py.String(name),)), type_)

    def _lambda(self, function: Lambda) -> Said:
        names = parameter_names(function)
        held = {column.id: Said(py.Name(name), column.type) for column, name in zip(function.parameters, names)}
        body = Expressions(_Inside(self.scope, held), self.around).exact(function.body)
        return Said(py.Lambda(names, body), function.type)

    def _runtime(self, runtime: Runtime) -> Said:
        held = variable(runtime.kind, runtime.name)
        self.around.runtimes.setdefault(held, runtime)
        match runtime.type:
            case Datetime():
                # A Python datetime without a zone would be read in the zone of whoever runs the program.
                shown: py.Expr = py.call("str", py.Name(held))
                if runtime.nullable:
                    shown = py.Logic("and", (py.Name(held), shown))
                return Said(cast(py.call("F.lit", shown), "timestamp_ntz"), runtime.type)
            case Integer() | Decimal() | Float():
                # How wide Spark takes a number for depends on the number.
                return constant(py.Name(held), None)
            case _:
                return constant(py.Name(held), runtime.type)

    def _foreign(self, call: Foreign) -> Said:
        for engine, body in call.bodies:
            if engine == ENGINE:
                holes = [sql_text.of(self.said(argument), argument) for argument in call.arguments]
                known = {str(at): hole for at, hole in enumerate(holes) if hole is not None}
                if len(known) < len(holes):
                    self.around.report.add(ForeignNeedsColumns(call.name, span=call.span))
                said = py.call("F.expr", py.String(sql_text.filled(body.strip(), known)))
                return Said(cast(said, type_name(call.type)), call.type)
        self.around.report.add(MissingBody(call.name, ENGINE, span=call.span))
        return constant(py.NONE, None)


class _Inside:
    """The columns of a lambda's body: its parameters, then those around it."""

    def __init__(self, outer: Scope, held: dict[int, Said]) -> None:
        self.outer = outer
        self.held = held

    def find(self, column: Column) -> Said:
        return self.held.get(column.id) or self.outer.find(column)


def parameter_names(function: Lambda) -> tuple[str, ...]:
    """Python names for the parameters of a lambda, none of which hides what its body uses."""
    taken = set(_OUR_NAMES)
    work: list[Expr] = [function.body]
    while work:
        part = work.pop()
        if isinstance(part, Runtime):
            taken.add(variable(part.kind, part.name))
        work.extend(children(part))
    names: list[str] = []
    for parameter in function.parameters:
        name = _NAME.sub("_", parameter.name)
        if not name.isidentifier() or not name.isascii():
            name = "item"
        while iskeyword(name) or name in taken:
            name += "_"
        names.append(name)
        taken.add(name)
    return tuple(names)


def variable(kind: str, name: str) -> str:
    """The Python name that holds a value of the run."""
    held = name if kind == "param" else f"{kind}_{name}"
    made = _NAME.sub("_", held)
    return made + "_" if iskeyword(made) or made in _OUR_NAMES else made


def _starts_as(said: Said, given: DataType) -> bool:
    """Whether a cast of what is said means the same as one of a value of type `given`."""
    match given, said.type:
        case Integer(), Integer():
            return True
        case Decimal(), Decimal(_, scale):
            return scale == given.scale
        case _, None:
            return not isinstance(given, Decimal | Struct | Map)
        case _:
            return True


def _widens_by_itself(given: DataType, wanted: DataType) -> bool:
    """Whether Spark converts in the same way beside a value of type `wanted`."""
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
            return not isinstance(wanted, Struct | Json | Boolean)
        case _:
            return False


def _shown(around: Around) -> str:
    return ".".join(map(str, around.version))
