"""Types of other dialects, as `sqlglot` reads them, in the language's."""

from sqlglot import exp

from oftra.importing.left import Left, named
from oftra.syntax import nodes

_T = exp.DataType.Type

_SIMPLE = {
    "boolean": (_T.BOOLEAN,),
    "tinyint": (_T.TINYINT,),
    "smallint": (_T.SMALLINT, _T.UTINYINT, _T.YEAR, _T.SMALLSERIAL),
    "int": (_T.INT, _T.MEDIUMINT, _T.USMALLINT, _T.SERIAL),
    "bigint": (_T.BIGINT, _T.UINT, _T.BIGSERIAL),
    "float": (_T.FLOAT,),
    "double": (_T.DOUBLE,),
    "string": (
        _T.CHAR, _T.NCHAR, _T.VARCHAR, _T.NVARCHAR, _T.TEXT, _T.TINYTEXT, _T.MEDIUMTEXT, _T.LONGTEXT, _T.BPCHAR,
        _T.NAME, _T.UUID, _T.FIXEDSTRING, _T.ENUM, _T.ENUM8, _T.ENUM16,
    ),
    "binary": (_T.BINARY, _T.VARBINARY, _T.BLOB, _T.TINYBLOB, _T.MEDIUMBLOB, _T.LONGBLOB),
    "date": (_T.DATE, _T.DATE32),
    "timestamp": (_T.TIMESTAMPTZ, _T.TIMESTAMPLTZ),
    "json": (_T.JSON, _T.JSONB),
}  # fmt: skip
_NAMES = {kind: name for name, kinds in _SIMPLE.items() for kind in kinds}
_WALL_CLOCK = (
    _T.TIMESTAMP,
    _T.TIMESTAMPNTZ,
    _T.DATETIME,
    _T.DATETIME2,
    _T.DATETIME64,
    _T.SMALLDATETIME,
    _T.TIMESTAMP_S,
)
_DECIMALS = (_T.DECIMAL, _T.BIGDECIMAL, _T.DECIMAL64, _T.DECIMAL128, _T.MONEY, _T.SMALLMONEY)
_INSTANTS = frozenset({"spark", "spark2", "databricks", "hive", "bigquery", "mysql"})
"""Dialects whose plain `timestamp` is an instant."""


def type_of(kind: exp.DataType, dialect: str) -> nodes.Type:
    """The type of the language that holds what `kind` does."""
    if kind.this in _DECIMALS:
        return nodes.SimpleType("decimal", _widths(kind, dialect))
    if kind.this in _WALL_CLOCK:
        is_instant = kind.this == _T.TIMESTAMP and dialect in _INSTANTS
        return nodes.SimpleType("timestamp" if is_instant else "datetime")
    if kind.this in _NAMES:
        return nodes.SimpleType(_NAMES[kind.this])
    inner = [part for part in kind.expressions if isinstance(part, exp.DataType)]
    if kind.this in (_T.ARRAY, _T.LIST) and len(inner) == 1:
        return nodes.ArrayType(type_of(inner[0], dialect))
    if kind.this == _T.MAP and len(inner) == 2:
        return nodes.MapType(type_of(inner[0], dialect), type_of(inner[1], dialect))
    fields = [(part.name, part.kind) for part in kind.expressions if isinstance(part, exp.ColumnDef)]
    if kind.this == _T.STRUCT and fields and len(fields) == len(kind.expressions):
        typed = [(named(name), type_of(field, dialect)) for name, field in fields if field is not None]
        return nodes.StructType(tuple(typed))
    raise Left(f"the type `{kind.sql(dialect).lower()}`")


_WIDTHS = {"snowflake": (38, 0), "bigquery": (38, 9), "oracle": (38, 10), "duckdb": (18, 3), "mysql": (10, 0)}
"""What a decimal without widths is."""


def _widths(kind: exp.DataType, dialect: str) -> tuple[int, ...]:
    given = tuple([int(part.name) for part in kind.expressions])
    if kind.this in (_T.MONEY, _T.SMALLMONEY):
        return (19, 4)
    if not given:
        return _WIDTHS.get(dialect, (38, 10))
    if given[0] > 38:
        raise Left(f"a decimal of {given[0]} digits")
    return (given[0], given[1] if len(given) > 1 else 0)
