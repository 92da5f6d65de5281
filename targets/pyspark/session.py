"""The session that a module asks for: the settings that its code relies on, and the catalogs that it names."""

from collections.abc import Collection, Iterator, Mapping

from oftra.diagnostics import Report
from oftra.ir.expr import Runtime
from oftra.ir.options import word
from oftra.ir.program import Connection, Option, Program
from oftra.targets.pyspark.runtimes import value_of
from oftra.targets.python import tree as py

MEANING: Mapping[str, py.Expr] = {
    "spark.sql.ansi.enabled": py.TRUE,
    "spark.sql.session.timeZone": py.String("UTC"),
    "spark.sql.parquet.outputTimestampType": py.String("TIMESTAMP_MICROS"),
}
"""What makes values mean what the language says, also to who reads what was written."""

ENDLESS: Mapping[str, py.Expr] = {
    # Where two states of a query take the same rows, Spark would shuffle these once. The second state then stands on a
    # plan without a source, so that no watermark reaches it: it gives nothing, and forgets nothing.
    "spark.sql.exchange.reuse": py.FALSE,
    # Java never compiles a method of more than 8,000 bytes: decoding would be interpreted, batch after batch.
    "spark.sql.codegen.hugeMethodLimit": py.number(8000),
}
"""What streams take further (Spark 4.1)."""

DELTA: Mapping[str, py.Expr] = {
    "spark.sql.extensions": py.String("io.delta.sql.DeltaSparkSessionExtension"),
    "spark.sql.catalog.spark_catalog": py.String("org.apache.spark.sql.delta.catalog.DeltaCatalog"),
}
ICEBERG = "org.apache.iceberg.spark.SparkCatalog"


def definition(program: Program, connections: Collection[str], report: Report) -> py.Def:
    """The function `session`, for a module that reads and writes by these connections."""
    settings = {**MEANING, **(ENDLESS if program.streams else {})}
    for name in sorted(connections):
        settings.update(_catalog(program, program.connections[name], report))
    made: py.Expr = py.call("SparkSession.builder.appName", py.Name("PROGRAM"))
    for key, value in settings.items():
        made = py.method(made, "config", py.String(key), value)
    body = (py.Return(py.method(made, "getOrCreate")),)
    about = "The session, with the settings that this code relies on."
    return py.Def("session", (), body, py.Name("SparkSession"), about)


def _catalog(program: Program, connection: Connection, report: Report) -> Iterator[tuple[str, py.Expr]]:
    """What Spark has to know of a connection that brings a catalog of its own."""
    match connection.kind:
        case "delta":
            yield from DELTA.items()
        case "iceberg":
            name = f"spark.sql.catalog.{word(connection.options.get('catalog'))}"
            yield name, py.String(ICEBERG)
            for option in ("type", "uri", "warehouse"):
                value = connection.options.get(option)
                if value is not None:
                    yield f"{name}.{option}", _said(program, value, report)
            properties = connection.options.get("properties")
            if isinstance(properties, Mapping):
                for key, value in properties.items():
                    yield f"{name}.{key}", _said(program, value, report)


def _said(program: Program, value: Option, report: Report) -> py.Expr:
    match value:
        case Runtime():
            return value_of(value, program, report)
        case bool():
            return py.TRUE if value else py.FALSE
        case int():
            return py.number(value)
        case _:
            return py.String(word(value))
