"""What Flink answers as a table of Arrow: of exactly the types that Flink gives."""

import base64
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # heavy, and only a run needs it
    import pyarrow as pa

_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)


def table_of(answer: dict[str, Any]) -> "pa.Table":
    """The rows of an answer; those of a batch are all there is."""
    import pyarrow as pa  # heavy, and only a run needs it

    columns = answer["columns"]
    arrays = []
    for at, column in enumerate(columns, 1):
        values = [value_of(row[at], column["type"]) for row in answer["rows"]]
        arrays.append(pa.array(values, arrow_type(column["type"])))
    return pa.Table.from_arrays(arrays, names=[column["name"] for column in columns])


def arrow_type(type_: dict[str, Any]) -> "pa.DataType":
    """The Arrow type of a type of Flink."""
    import pyarrow as pa  # as in `table_of`

    match type_["root"]:
        case "DECIMAL":
            return pa.decimal128(type_["precision"], type_["scale"])
        case "TIMESTAMP_WITHOUT_TIME_ZONE":
            return pa.timestamp("us")
        case "TIMESTAMP_WITH_LOCAL_TIME_ZONE":
            return pa.timestamp("us", tz="UTC")
        case "ARRAY":
            return pa.list_(pa.field("l", arrow_type(type_["element"])))
        case "MAP":
            return pa.map_(arrow_type(type_["key"]), arrow_type(type_["value"]))
        case "ROW":
            return pa.struct([(name, arrow_type(one)) for name, one in type_["fields"]])
        case "INTERVAL_YEAR_MONTH" | "INTERVAL_DAY_TIME":
            return pa.month_day_nano_interval()
        case root:
            return {
                "BOOLEAN": pa.bool_(), "TINYINT": pa.int8(), "SMALLINT": pa.int16(), "INTEGER": pa.int32(),
                "BIGINT": pa.int64(), "FLOAT": pa.float32(), "DOUBLE": pa.float64(), "CHAR": pa.string(),
                "VARCHAR": pa.string(), "BINARY": pa.binary(), "VARBINARY": pa.binary(), "DATE": pa.date32(),
                "NULL": pa.null(),
            }[root]  # fmt: skip


def value_of(value: Any, type_: dict[str, Any]) -> Any:
    """A value of an answer as Python has it."""
    if value is None:
        return None
    match type_["root"]:
        case "FLOAT" | "DOUBLE":
            return float(value)
        case "DECIMAL":
            return Decimal(value)
        case "BINARY" | "VARBINARY":
            return base64.b64decode(value)
        case "DATE":
            return date(1970, 1, 1) + timedelta(days=value)
        case "TIMESTAMP_WITHOUT_TIME_ZONE":
            return _EPOCH + timedelta(microseconds=value)
        case "TIMESTAMP_WITH_LOCAL_TIME_ZONE":
            return _EPOCH_UTC + timedelta(microseconds=value)
        case "INTERVAL_YEAR_MONTH":
            return (value, 0, 0)
        case "INTERVAL_DAY_TIME":
            return (0, value // 86_400_000, value % 86_400_000 * 1_000_000)
        case "ARRAY":
            return [value_of(item, type_["element"]) for item in value]
        case "MAP":
            return [(value_of(key, type_["key"]), value_of(item, type_["value"])) for key, item in value]
        case "ROW":
            return {name: value_of(item, one) for item, (name, one) in zip(value, type_["fields"])}
        case _:
            return value
