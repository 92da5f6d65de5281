"""Tables of Postgres: read and written by Spark's JDBC, put in place by statements of Postgres in one transaction."""

from oftra.datatypes import Datetime
from oftra.diagnostics import Report
from oftra.ir.expr import Column
from oftra.ir.options import word, words
from oftra.ir.program import Connection, Options, Program, Relation
from oftra.targets import postgres
from oftra.targets.engines.spark.frame import quoted
from oftra.targets.pyspark.runtimes import said
from oftra.targets.python import tree as py

DATABASE = py.Name("database")
"""The parameter of functions that read and write: where a database is, and who logs in."""

PARTS = (
    ("split_by", "partitionColumn"),
    ("split_from", "lowerBound"),
    ("split_to", "upperBound"),
    ("splits", "numPartitions"),
    ("fetch_size", "fetchsize"),
)
"""Options of sources, by our names and by Spark's."""

CODE: dict[str, str] = {
    "from_database": '''\
def from_database(
    spark: SparkSession, database: dict[str, str], table: str, **options: Any
) -> DataFrame:
    """The rows of a table, or of a query in brackets."""
    read = spark.read.format("jdbc").options(**database, **options)
    return read.option("dbtable", table).load()
''',
    "into_database": '''\
def into_database(
    rows: DataFrame,
    database: dict[str, str],
    new: str,
    before: tuple[str, ...],
    after: tuple[str, ...],
) -> int:
    """Write rows to the table `new`; what comes after puts them in place and removes it."""
    at_once(rows.sparkSession, database, before)
    rows.write.format("jdbc").options(**database, dbtable=new).mode("append").save()
    *_, put, _ = at_once(rows.sparkSession, database, after)
    return put
''',
    "at_once": '''\
def at_once(
    spark: SparkSession, database: dict[str, str], statements: tuple[str, ...]
) -> list[int]:
    """Run statements in one transaction: how many rows each was about."""
    jvm: Any = spark.sparkContext._jvm
    properties = jvm.java.util.Properties()
    for name, value in database.items():
        properties.setProperty(name, value)
    driver = jvm.org.postgresql.Driver()
    connection = driver.connect(database["url"], properties)
    try:
        connection.setAutoCommit(False)
        run = connection.createStatement().executeUpdate
        counts = [run(statement) for statement in statements]
        connection.commit()
        return counts
    finally:
        connection.close()
''',
}
"""What modules have that read or write tables of Postgres, word for word."""


def login(connection: Connection, program: Program, report: Report) -> py.Expr:
    """Where a database is and who logs in, as Spark's reader and writer take it."""
    found: list[tuple[str, py.Expr]] = [
        (name, said(connection.options[name], program, report))
        for name in ("url", "user", "password")
        if name in connection.options
    ]
    # Texts are taken for values of whatever type a column has: documents, UUIDs, enumerations.
    found += [("driver", py.String("org.postgresql.Driver")), ("stringtype", py.String("unspecified"))]
    return py.DictOf(tuple([(py.String(name), value) for name, value in found]))


def read(relation: Relation, connection: Connection) -> py.Expr:
    """The rows of a source."""
    more: list[py.Keyword] = []
    for ours, theirs in PARTS:
        match relation.options.get(ours):
            case int() as number:
                more.append(py.Keyword(theirs, py.number(number)))
            case None:
                continue
            case option:
                more.append(py.Keyword(theirs, py.String(word(option))))
    return _rows(postgres.rows(relation, connection, as_text=(Datetime,)), relation, *more)


def stored(relation: Relation, connection: Connection) -> py.Expr:
    """The rows of a table as a run left them."""
    if _walls(relation.columns):
        return _rows(postgres.rows(relation, connection, as_text=(Datetime,)), relation)
    return _rows(postgres.table_of_output(relation, connection), relation)


def _rows(table: str, relation: Relation, *more: py.Keyword) -> py.Expr:
    rows = py.call("from_database", py.Name("spark"), DATABASE, py.String(table), *more)
    return _cast(rows, relation.columns, "timestamp_ntz")


def _cast(rows: py.Expr, columns: tuple[Column, ...], type_: str) -> py.Expr:
    """Rows whose wall clocks are of another type: JDBC would take them through the time zone of the machine."""
    casts = [
        (one, py.method(py.call("F.col", py.String(quoted(one))), "cast", py.String(type_))) for one in _walls(columns)
    ]
    if not casts:
        return rows
    return py.method(rows, "withColumns", py.DictOf(tuple([(py.String(one), cast) for one, cast in casts])))


def _walls(columns: tuple[Column, ...]) -> list[str]:
    return [one.name for one in columns if isinstance(one.type, Datetime)]


def body(
    full: str,
    physical: str,
    options: Options,
    connection: Connection,
    columns: tuple[Column, ...],
    mode: str,
    gone: str = "",
) -> tuple[py.Statement, ...]:
    """The body of a function that writes `rows`: beside the table first, then into it, all or nothing.

    The column `gone` says of a key that it has no row any more.
    """
    table = postgres.table_of(full, physical, options, connection)
    new = postgres.beside(table)
    names = [column.name for column in columns]
    key = words(options.get("key")) if mode == "upsert" else ()
    listed = postgres.names(names) + (f", false as {postgres.name(gone)}" if gone else "")
    before = (
        postgres.created(table, columns, key),
        f"drop table if exists {new}",
        f"create unlogged table {new} as select {listed} from {table} with no data",
    )
    after = (
        *([f"delete from {table}"] if mode == "overwrite" else []),
        *([postgres.removed(table, new, key, gone)] if gone else []),
        postgres.added(table, new, names, key, gone),
        f"drop table {new}",
    )
    given = [py.TupleOf(tuple([py.String(one) for one in some])) for some in (before, after)]
    rows = _cast(py.Name("rows"), columns, "string")
    return (py.Return(py.call("into_database", rows, DATABASE, py.String(new), *given)),)
