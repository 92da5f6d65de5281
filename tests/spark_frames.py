"""Expressions on a real Spark, without a planner: each over the columns of one DataFrame."""

from typing import Any

from oftra.datatypes import DataType
from oftra.diagnostics import Report
from oftra.ir.expr import Column
from oftra.ir.rel import Aggregate, Project, Rel, Values, Window
from oftra.targets.engines.spark.expressions import Around, Expressions
from oftra.targets.engines.spark.functions.definitions import DEFINITIONS
from oftra.targets.engines.spark.wording import Said, Version, named
from oftra.targets.python import tree as py
from oftra.targets.python.write import expression, module


class ById:
    """The columns of a DataFrame, each under a name made of its id."""

    def __init__(self, types: dict[int, DataType]) -> None:
        self.types = types

    def find(self, column: Column) -> Said:
        return named(f"c{column.id}", self.types[column.id])


class Runner:
    """Runs relations of a few kinds: values, projections, aggregates and windows over them."""

    def __init__(self, spark: Any, version: Version = (4, 1)) -> None:
        import datetime
        from decimal import Decimal

        from pyspark.sql import Window as SparkWindow
        from pyspark.sql import functions
        from pyspark.sql.column import Column as SparkColumn

        self.spark = spark
        self.report = Report()
        self.around = Around(self.report, {}, version)
        self.names: dict[str, Any] = {
            "F": functions, "Window": SparkWindow, "Decimal": Decimal, "datetime": datetime, "spark": spark,
            "Column": SparkColumn,
        }  # fmt: skip
        for definition in DEFINITIONS.values():
            exec(module(py.Module((definition,))).text, self.names)

    def frame(self, rel: Rel) -> Any:
        """The DataFrame of `rel`."""
        match rel:
            case Values(rows, columns):
                frames = [self._row(row, columns) for row in rows]
                whole = frames[0]
                for frame in frames[1:]:
                    whole = whole.union(frame)
                return whole
            case Project(source, items):
                say = self.say(source)
                return self.frame(source).select(*[self.column(say, i.value, i.column) for i in items])
            case Aggregate(source, (), aggregates):
                say = self.say(source)
                return self.frame(source).agg(*[self.column(say, i.value, i.column) for i in aggregates])
            case Window(source, items):
                say = self.say(source)
                return self.frame(source).select("*", *[self.column(say, i.value, i.column) for i in items])
            case _:
                raise NotImplementedError(type(rel).__name__)

    def say(self, source: Rel) -> Expressions:
        """Says expressions over what `source` gives."""
        return Expressions(ById({column.id: column.type for column in source.columns}), self.around)

    def column(self, say: Expressions, value: Any, column: Column) -> Any:
        """An expression as a Column, of exactly its type."""
        text = expression(say.exact_as(value, column.type))
        made = eval(text, self.names)
        return made.alias(f"c{column.id}")

    def _row(self, row: tuple[Any, ...], columns: tuple[Column, ...]) -> Any:
        say = Expressions(ById({}), self.around)
        return self.spark.range(0, 1, 1, 1).select(
            *[self.column(say, cell, column) for cell, column in zip(row, columns)]
        )


def loosened(type_: Any) -> Any:
    """An Arrow type of which all that is inside may be null: to us it always may."""
    import pyarrow as pa

    if pa.types.is_list(type_):
        return pa.list_(pa.field("element", loosened(type_.value_type)))
    if pa.types.is_map(type_):
        return pa.map_(type_.key_type, pa.field("value", loosened(type_.item_type)))
    if pa.types.is_struct(type_):
        return pa.struct([pa.field(field.name, loosened(field.type)) for field in type_])
    return type_
