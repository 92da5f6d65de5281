"""Queries in words that ask for no columns: a pipeline is planned before its tables are there.

From the second run on a table is there, as the run before left it. A call that asks for columns would find it, and then
open-source Spark takes it for a table of somebody else's, and doesn't wait until the pipeline has made it anew.
"""

from typing import Any

from oftra.targets.engines.spark.datatypes import identifier
from oftra.targets.engines.spark.frame import quoted
from oftra.targets.python import tree as py
from oftra.targets.python.rewrite import exchanged


def planned(flow: py.Statement) -> py.Statement:
    """A function of a pipeline, none of whose calls looks at what it takes."""
    found: py.Statement = exchanged(flow, _unasked)
    return found


def replaced(rows: py.Expr, entries: tuple[tuple[py.Expr, py.Expr], ...]) -> py.Expr:
    """Rows, some of whose columns are others, and now the last ones."""
    names = ", ".join([identifier(name.value) for name, _ in entries if isinstance(name, py.String)])
    others = py.call("F.expr", py.String(f"* except ({names})"))
    return py.method(rows, "select", others, *[_called(name, value) for name, value in entries])


def _unasked(part: Any) -> Any:
    match part:
        case py.Call(py.Attribute(rows, "distinct"), ()):
            return py.method(rows, "transform", py.Name("distinct"))
        case py.Call(py.Attribute(rows, "drop"), names):
            lost = ", ".join([identifier(one.value) for one in names if isinstance(one, py.String)])
            return py.method(rows, "selectExpr", py.String(f"* except ({lost})"))
        case py.Call(py.Attribute(rows, "withColumn"), (name, value)):
            return py.method(rows, "select", py.String("*"), _called(name, value))
        case py.Call(py.Attribute(rows, "withColumns"), (py.DictOf(entries),)):
            return py.method(rows, "select", py.String("*"), *[_called(name, value) for name, value in entries])
        case py.Call(py.Attribute(rows, "withMetadata"), (py.String(name) as column, py.DictOf() as about)):
            known = py.call("F.col", py.String(quoted(name)))
            others = py.call("F.expr", py.String(f"* except ({identifier(name)})"))
            return py.method(rows, "select", others, py.method(known, "alias", column, py.Keyword("metadata", about)))
        case _:
            return part


def _called(name: Any, value: Any) -> py.Expr:
    return py.method(value, "alias", name)
