"""Values of the run: where each comes from when a module runs, and of which type it is there."""

from datetime import date

from oftra.datatypes import (
    Boolean,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Float,
    Integer,
    String,
    Timestamp,
)
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedSecret
from oftra.ir.expr import Cast, Expr, Literal, Runtime
from oftra.ir.options import variable_of
from oftra.ir.program import Option, Program
from oftra.targets.engines.spark.literals import python_value
from oftra.targets.python import tree as py

_ARGS = py.Name("args")


def annotation(type_: DataType) -> py.Expr:
    """The Python type of a value of the run."""
    match type_:
        case Boolean():
            return py.Name("bool")
        case Integer():
            return py.Name("int")
        case Float() | Double():
            return py.Name("float")
        case Decimal():
            return py.Name("Decimal")
        case Date():
            return py.name("datetime.date")
        case Timestamp() | Datetime():
            return py.name("datetime.datetime")
        case _:
            return py.Name("str")


def read(text: py.Expr, type_: DataType) -> py.Expr:
    """A value of that type out of a text."""
    match type_:
        case Boolean():
            return py.Compare("==", text, py.String("true"))
        case Integer():
            return py.call("int", text)
        case Float() | Double():
            return py.call("float", text)
        case Decimal():
            return py.call("Decimal", text)
        case Date():
            return py.call("datetime.date.fromisoformat", text)
        case Datetime():
            return py.call("datetime.datetime.fromisoformat", text)
        case Timestamp():
            return py.call("instant", text)
        case _:
            return text


def shown(value: object, type_: DataType) -> str:
    """The text that `read` takes for a constant."""
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case _:
            return format(value, "f") if isinstance(type_, Decimal) else str(value)


def constant(expr: Expr | None) -> Literal | None:
    """The constant that `expr` is, whatever widening nobody wrote stands around it."""
    while isinstance(expr, Cast):
        expr = expr.operand
    return expr if isinstance(expr, Literal) else None


def value_of(runtime: Runtime, program: Program, report: Report) -> py.Expr:
    """What `main` gives for a value of the run."""
    match runtime.kind:
        case "run":
            return py.call("now") if runtime.name == "at" else py.Attribute(_ARGS, runtime.name)
        case "param":
            return _param(runtime, program)
        case "env":
            default = constant(runtime.default)
            name = py.String(runtime.name)
            if default is None:
                return read(py.Subscript(py.name("os.environ"), (name,)), runtime.type)
            return read(py.call("os.environ.get", name, py.String(shown(default.value, runtime.type))), runtime.type)
        case "secret":
            report.add(UnsupportedSecret(runtime.name, "pyspark", span=runtime.span))
            return py.NONE


def said(option: Option, program: Program, report: Report) -> py.Expr:
    """What `main` gives for an option of a connection: its secrets are read from the environment."""
    match option:
        case Runtime(kind="secret"):
            return py.Subscript(py.name("os.environ"), (py.String(variable_of(option.name)),))
        case Runtime():
            return value_of(option, program, report)
        case _:
            return py.String(str(option))


def _param(runtime: Runtime, program: Program) -> py.Expr:
    declared = next((param for param in program.params if param.name == runtime.name), None)
    default = constant(runtime.default or (declared.default if declared is not None else None))
    given = py.name("args.param")
    name = py.String(runtime.name)
    if default is None:
        return read(py.Subscript(given, (name,)), runtime.type)
    if default.value is None:
        found = py.method(given, "get", name)
        return py.Logic("and", (found, read(found, runtime.type)))
    if isinstance(runtime.type, String | Integer | Float | Double):
        plain = python_value(default.value, runtime.type)
        assert plain is not None
        return read(py.method(given, "get", name, plain), runtime.type)
    return read(py.method(given, "get", name, py.String(shown(default.value, runtime.type))), runtime.type)


__all__ = ["annotation", "constant", "said", "shown", "value_of"]
