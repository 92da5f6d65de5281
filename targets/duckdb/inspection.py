"""What a source's files really hold, against what its contract says: before a run, so that nothing is guessed."""

from typing import TYPE_CHECKING, Any

from oftra.datatypes import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DATETIME,
    DOUBLE,
    FLOAT,
    INT,
    JSON,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TINYINT,
    Array,
    DataType,
    Decimal,
    Field,
    Integer,
    Json,
    Map,
    String,
    Struct,
    show,
    widens,
)
from oftra.ir.options import word
from oftra.ir.program import Relation
from oftra.target import RunError
from oftra.targets.engines.duckdb.plan import Reading
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.block import Border
from oftra.targets.sql.tree import call, column

if TYPE_CHECKING:  # only a run needs it
    import duckdb

_SIMPLE: dict[str, DataType] = {
    "boolean": BOOLEAN,
    "tinyint": TINYINT,
    "smallint": SMALLINT,
    "integer": INT,
    "bigint": BIGINT,
    "utinyint": SMALLINT,
    "usmallint": INT,
    "uinteger": BIGINT,
    "ubigint": Decimal(20, 0),
    "float": FLOAT,
    "double": DOUBLE,
    "varchar": STRING,
    "enum": STRING,
    "uuid": STRING,
    "json": JSON,
    "blob": BINARY,
    "date": DATE,
    "timestamp": DATETIME,
    "timestamp_s": DATETIME,
    "timestamp_ms": DATETIME,
    "timestamp with time zone": TIMESTAMP,
}


def data_type(found: Any) -> DataType | None:
    """The type of the language that holds what DuckDB found; None if there is none."""
    match found.id:
        case "decimal":
            widths = dict(found.children)
            return Decimal(widths["precision"], widths["scale"])
        case "list" | "array":
            element = data_type(found.children[0][1])
            return None if element is None else Array(element)
        case "map":
            (_, key), (_, value) = found.children
            types = data_type(key), data_type(value)
            return None if types[0] is None or types[1] is None else Map(types[0], types[1])
        case "struct":
            fields = [(name, data_type(type_)) for name, type_ in found.children]
            made = [Field(name, type_) for name, type_ in fields if type_ is not None]
            return Struct(tuple(made)) if len(made) == len(fields) else None
        case other:
            return _SIMPLE.get(other)


def fits(found: DataType | None, wanted: DataType) -> bool:
    """Whether values of the type that was found are values of the wanted one."""
    if found is None:
        return False
    match found, wanted:
        case (String(), Json()) | (Integer(), Integer()):
            # Each value is judged as it is read: a text that is no json, an integer out of range fails the run.
            return True
        case Array(a), Array(b):
            return fits(a, b)
        case Map(key, value), Map(wanted_key, wanted_value):
            return fits(key, wanted_key) and fits(value, wanted_value)
        case Struct(there), Struct(fields) if [one.name for one in there] == [one.name for one in fields]:
            return all(fits(one.type, field.type) for one, field in zip(there, fields))
        case _:
            return widens(found, wanted)


def records(reading: Reading) -> q.Query:
    """The records as they are, of no type but their own."""
    return q.Select((q.SelectItem(sql.STAR),), reading.item)


def schemas(reading: Reading) -> q.Query | None:
    """What each of the parquet files holds, a row a column; None of what is no such file."""
    match reading.item:
        case q.TableFunction(sql.Function("read_parquet", (path, *_))):
            named = tuple([q.SelectItem(column(name)) for name in ("file_name", "name", "type", "duckdb_type")])
            return q.Select(named, q.TableFunction(call("parquet_schema", path)))
        case _:
            return None


def one_of_each(found: list[tuple[str, ...]]) -> list[str]:
    """A file of each schema that there is among `schemas`."""
    by_file: dict[str, list[tuple[str, ...]]] = {}
    for file, *rest in found:
        by_file.setdefault(file, []).append(tuple(rest))
    # First comes what the whole is called, which says nothing.
    return list({tuple(columns[1:]): file for file, columns in by_file.items()}.values())


def of_file(reading: Reading, file: str) -> q.Query:
    """The records of one file, as they are."""
    match reading.item:
        case q.TableFunction(sql.Function(name, (_, *options))):
            item = q.TableFunction(call(name, sql.Text(file), *options))
            return q.Select((q.SelectItem(sql.STAR),), item)
        case _:
            raise AssertionError("it reads no files")


def absent(relation: Relation, found: "duckdb.DuckDBPyRelation", what: str) -> frozenset[str]:
    """The columns that typed records lack; raises if they may not lack them, or have what they may not have."""
    types = dict(zip(found.columns, found.types))
    missing: set[str] = set()
    for one in relation.columns:
        path = relation.record_paths.get(one.name, one.name).split(".")
        there = types.get(path[0])
        if there is None:
            if word(relation.options.get("missing"), "null") == "fail":
                raise RunError(f"{what} no column `{path[0]}`", relation.name)
            missing.add(one.name)
        elif len(path) == 1 and not fits(data_type(there), one.type):
            raise RunError(
                f"column `{one.name}` has type {str(there).lower()} in the data, the contract says {show(one.type)}",
                relation.name,
            )
    known = {relation.record_paths.get(one.name, one.name).split(".")[0] for one in relation.columns}
    if word(relation.options.get("extra")) == "fail" and (
        extra := [name for name in found.columns if name not in known]
    ):
        raise RunError(f"{what} columns that the contract doesn't have: {_listed(extra)}", relation.name)
    if missing and not known.intersection(types):
        raise RunError(f"{what} none of the contract's columns, but {_listed(found.columns)}", relation.name)
    return frozenset(missing)


def must_be_as_promised(border: Border, found: "duckdb.DuckDBPyRelation") -> None:
    """Raise if a query in DuckDB's own words has other columns than its contract, or of types that don't fit."""
    types = dict(zip(found.columns, found.types))
    names = [column.name for column in border.columns]
    if missing := [name for name in names if name not in types]:
        raise RunError(f"its query has no column {_listed(missing)}, but {_listed(found.columns)}", border.name)
    if extra := [name for name in found.columns if name not in names]:
        raise RunError(f"its query has columns that the contract doesn't have: {_listed(extra)}", border.name)
    if len(found.columns) > len(names):
        raise RunError("two columns of its query have one name", border.name)
    for one in border.columns:
        there, wanted = str(types[one.name]).lower(), one.type
        # Sums of integers are that wide; which values fit is seen when they are converted.
        given = BIGINT if there == "hugeint" else data_type(types[one.name])
        if not fits(given, wanted):
            raise RunError(
                f"column `{one.name}` of its query is {there}, the contract says {show(wanted)}", border.name
            )


def _listed(names: list[str]) -> str:
    return ", ".join([f"`{name}`" for name in names[:8]]) + (" and more" if len(names) > 8 else "")
