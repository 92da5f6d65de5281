"""Tables of Postgres: read before a run begins, and written to once all else went well, all or nothing."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from oftra.datatypes import (
    BINARY,
    BOOLEAN,
    DATE,
    DATETIME,
    DOUBLE,
    FLOAT,
    INT,
    SMALLINT,
    STRING,
    TIMESTAMP,
    Array,
    DataType,
    Decimal,
    Integer,
    Json,
    show,
)
from oftra.ir.expr import Column, Expr
from oftra.ir.options import word, words
from oftra.ir.program import Connection, Program, Relation, Sink
from oftra.target import RunError
from oftra.targets import postgres
from oftra.targets.duckdb.inspection import fits
from oftra.targets.duckdb.topics import Settled
from oftra.targets.engines.duckdb.datatypes import type_name
from oftra.targets.engines.duckdb.dialect import DUCKDB

if TYPE_CHECKING:  # only what reads or writes tables needs them
    import duckdb
    import psycopg
    import pyarrow

BATCH = 20_000
"""How many rows are taken over at a time, unless a source says otherwise."""

PATIENCE = 10
"""How many seconds a database may take to answer the first question."""

_BATCH = "oftra_rows"

_KNOWN = {
    "sslmode": "sslmode", "sslrootcert": "sslrootcert", "sslcert": "sslcert", "sslkey": "sslkey", "user": "user",
    "password": "password", "connectTimeout": "connect_timeout", "ApplicationName": "application_name",
    "options": "options",
}  # fmt: skip
"""What an address may say behind `?` in the words of JDBC, in those of Postgres' own library."""

_TYPES: dict[int, DataType] = {
    16: BOOLEAN, 17: BINARY, 20: Integer(64), 21: SMALLINT, 23: INT, 25: STRING, 700: FLOAT, 701: DOUBLE, 1082: DATE,
    1114: DATETIME, 1184: TIMESTAMP, 1000: Array(BOOLEAN), 1005: Array(SMALLINT), 1007: Array(INT),
    1009: Array(STRING), 1016: Array(Integer(64)), 1021: Array(FLOAT), 1022: Array(DOUBLE),
}  # fmt: skip
"""Types by the numbers that Postgres has for them."""


class Arrived(NamedTuple):
    """Rows for a table or a sink of the program."""

    output: Relation | Sink
    connection: Connection
    columns: tuple[Column, ...]
    rows: "pyarrow.Table"


class Tables:
    """What one run reads from databases and, once all else went well, writes to them."""

    def __init__(self, program: Program, values: Mapping[str, Expr]) -> None:
        self.program = program
        self.settled = Settled(program, values)
        self.arrived: list[Arrived] = []

    def fill(self, connection: "duckdb.DuckDBPyConnection", relation: Relation, table: str) -> None:
        """Make the table of the rows of a source, or of a table that the program stored."""
        place = self.program.connections[relation.connection or ""]
        own = DUCKDB.identifier(table)
        typed = [f"{DUCKDB.identifier(one.name)} {type_name(one.type)}" for one in relation.columns]
        connection.execute(f"create or replace temp table {own} ({', '.join(typed)})")
        for batch in self._read(relation, place):
            connection.register(_BATCH, batch)
            connection.execute(f"insert into {own} from {_BATCH}")
            connection.unregister(_BATCH)

    def take(self, name: str, rows: "pyarrow.Table") -> None:
        """Keep the rows of a table or a sink until the run is well."""
        output = self.program.by_name.get(name) or next(one for one in self.program.sinks if one.name == name)
        relation = output if isinstance(output, Relation) else self.program.by_name[output.relation]
        connection = self.program.connections[output.connection or ""]
        self.arrived.append(Arrived(output, connection, relation.columns, rows))

    def finish(self) -> Iterator[tuple[str, int, float]]:
        """Write what was kept, in one transaction a database; then tell of each its rows and how long it took."""
        for name in dict.fromkeys([one.connection.name for one in self.arrived]):
            written: list[tuple[str, int, float]] = []
            with self._connected(self.program.connections[name]) as database:
                for one in [one for one in self.arrived if one.connection.name == name]:
                    begin = time.perf_counter()
                    with failures(one.output.name):
                        write(database, one)
                    written.append((one.output.name, len(one.rows), time.perf_counter() - begin))
            yield from written

    def _read(self, relation: Relation, place: Connection) -> Iterator["pyarrow.Table"]:
        size = relation.options.get("fetch_size")
        with failures(relation.name), self._connected(place) as database, database.cursor("oftra", binary=True) as rows:
            rows.execute(postgres.query(relation, place))
            checked(rows.description or (), relation)
            while found := rows.fetchmany(size if isinstance(size, int) else BATCH):
                yield _arrow(found, relation.columns)

    @contextmanager
    def _connected(self, place: Connection) -> Iterator["psycopg.Connection[Any]"]:
        """A transaction: what is done inside is done once it ends well."""
        psycopg = imported()
        with failures(None), psycopg.connect(**self._address(place)) as database:
            database.execute("set time zone 'UTC'")
            yield database

    def _address(self, place: Connection) -> dict[str, Any]:
        """Where a database is and who logs in, in the words of Postgres' own library."""
        url = str(self.settled.value(place.options["url"]))
        parts = urlsplit(url.removeprefix("jdbc:"))
        if not url.startswith("jdbc:postgresql:"):
            raise RunError(f"`{place.name}` is no database of Postgres: {url.partition('?')[0]}")
        found: dict[str, Any] = {"connect_timeout": PATIENCE, "dbname": unquote(parts.path.strip("/"))}
        hosts = [one.rpartition(":") if ":" in one else (one, "", "") for one in parts.netloc.split(",") if one]
        if hosts:
            found |= {"host": ",".join([host for host, _, _ in hosts]), "port": ",".join([port for *_, port in hosts])}
        for name, value in parse_qsl(parts.query):
            if name in _KNOWN:
                found[_KNOWN[name]] = value
            elif name == "ssl":
                found["sslmode"] = "verify-full"
            elif name == "currentSchema":
                found["options"] = f"-c search_path={value}"
        for name in ("user", "password"):
            if name in place.options:
                found[name] = self.settled.value(place.options[name])
        return {name: value for name, value in found.items() if value != ""}


def checked(found: Any, relation: Relation) -> None:
    """Raise if a column's type is none whose values the contract's has."""
    for one, there in zip(relation.columns, found):
        wanted = STRING if isinstance(one.type, Json) else one.type
        given = wanted if isinstance(wanted, Decimal) else _TYPES.get(there.type_code)
        if not fits(given, wanted):
            said = there.type_display if given is None else show(given)
            raise RunError(f"column `{one.name}` is {said} in the table, the contract says {show(one.type)}")


def _arrow(rows: list[tuple[Any, ...]], columns: tuple[Column, ...]) -> "pyarrow.Table":
    import pyarrow  # heavy, and only a run needs it

    simple = {
        "boolean": pyarrow.bool_(), "smallint": pyarrow.int16(), "int": pyarrow.int32(), "bigint": pyarrow.int64(),
        "float": pyarrow.float32(), "double": pyarrow.float64(), "string": pyarrow.string(), "json": pyarrow.string(),
        "binary": pyarrow.binary(), "date": pyarrow.date32(), "timestamp": pyarrow.timestamp("us", "UTC"),
        "datetime": pyarrow.timestamp("us"),
    }  # fmt: skip

    def type_of(type_: DataType) -> "pyarrow.DataType":
        match type_:
            case Decimal(precision, scale):
                return pyarrow.decimal128(precision, scale)
            case Array(element):
                return pyarrow.list_(type_of(element))
            case _:
                return simple[show(type_)]

    try:
        arrays = [pyarrow.array(values, type_of(one.type)) for values, one in zip(zip(*rows), columns)]
    except pyarrow.ArrowException as error:
        raise RunError(str(error)) from error
    return pyarrow.Table.from_arrays(arrays, [one.name for one in columns])


def write(database: "psycopg.Connection[Any]", one: Arrived) -> None:
    """Put rows into their table, which is made if it isn't there."""
    table = postgres.table_of_output(one.output, one.connection)
    # A table of the program's own, which has no mode, is made anew.
    mode = word(one.output.options.get("mode"), "overwrite")
    key = words(one.output.options.get("key")) if mode == "upsert" else ()
    columns = [column.name for column in one.columns]
    new = postgres.name("oftra_new_rows")
    database.execute("set local client_min_messages = warning")
    database.execute(postgres.created(table, one.columns, key))
    database.execute(f"create temp table {new} as select {postgres.names(columns)} from {table} with no data")
    with database.cursor().copy(f"copy {new} ({postgres.names(columns)}) from stdin") as copy:
        for batch in one.rows.to_batches(BATCH):
            for row in zip(*[column.to_pylist() for column in batch.columns]):
                copy.write_row(row)
    if mode == "overwrite":
        database.execute(f"delete from {table}")
    database.execute(postgres.added(table, new, columns, key))
    database.execute(f"drop table {new}")


def imported() -> Any:
    """The driver, which is an extra of its own."""
    try:
        import psycopg  # only what reads or writes tables of Postgres needs it
    except ImportError as error:
        raise RunError("databases need a driver of Postgres: `pip install 'oftra[postgres]'`") from error
    return psycopg


@contextmanager
def failures(relation: str | None) -> Iterator[None]:
    """Turns what the driver reports into an error for people, about `relation`."""
    psycopg = imported()
    try:
        yield
    except RunError as error:
        if error.relation is None and relation:
            raise RunError(str(error), relation) from error
        raise
    except psycopg.Error as error:
        diagnostic = getattr(error, "diag", None)
        said = (diagnostic and diagnostic.message_primary) or str(error).strip().partition("\n")[0]
        raise RunError(said, relation) from error
