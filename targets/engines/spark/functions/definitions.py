"""Functions that PySpark lacks: a module that calls one defines it first."""

from oftra.targets.python import tree as py

WHOLE_MONTHS = "whole_months"
JSON_SCALAR = "json_scalar"
JSON_PART = "json_part"
MEAN = "mean"
DATE_TEXT = "date_text"
DATETIME_TEXT = "datetime_text"
TIMESTAMP_TEXT = "timestamp_text"

_COLUMN = py.Name("Column")


def _whole_months() -> py.Def:
    start, end, months = py.Name("start"), py.Name("end"), py.Name("months")
    reached, left = py.Name("reached"), py.Name("left")
    years = py.Binary("-", py.call("F.year", end), py.call("F.year", start))
    rest = py.Binary("-", py.call("F.month", end), py.call("F.month", start))
    distance = py.call("F.make_ym_interval", py.call("F.lit", py.number(0)), months)
    late = py.Binary("&", py.Compare("<=", start, end), py.Compare(">", reached, end))
    early = py.Binary("&", py.Compare(">", start, end), py.Compare(">", left, start))
    counted = py.call("F.when", late, py.Binary("-", months, py.number(1)))
    counted = py.method(counted, "when", early, py.Binary("+", months, py.number(1)))
    return py.Def(
        WHOLE_MONTHS,
        (py.Parameter("start", _COLUMN), py.Parameter("end", _COLUMN)),
        (
            py.Assign(months, py.Binary("+", py.Binary("*", years, py.number(12)), rest)),
            py.Assign(reached, py.Binary("+", start, distance)),
            py.Assign(left, py.Binary("-", end, distance)),
            py.Return(py.method(counted, "otherwise", months)),
        ),
        _COLUMN,
        "The whole months from the earlier to the later: one is whole on the day that a month later leads to.",
    )


def _json_scalar() -> py.Def:
    document, path, shown = py.Name("document"), py.Name("path"), py.Name("shown")
    inside = py.call("F.concat", py.call("F.lit", py.String("[")), document, py.call("F.lit", py.String("]")))
    rest = py.Call(py.Attribute(path, "lstrip"), (py.String("$"),))
    each = py.Binary("+", py.String("$[*]"), rest)
    is_none = py.method(shown, "rlike", py.String("^([\\[{]|null\\z)"))
    found = py.call("F.get_json_object", document, path)
    return py.Def(
        JSON_SCALAR,
        (py.Parameter("document", _COLUMN), py.Parameter("path", py.Name("str"))),
        (
            py.Comment("Out of an array a value comes as JSON shows it: a string stands in quotes."),
            py.Assign(shown, py.call("F.get_json_object", inside, each)),
            py.Return(py.call("F.when", py.Unary("~", is_none), found)),
        ),
        _COLUMN,
        "The text of the string, number or boolean at a path: null of an array, object or null.",
    )


def _json_part() -> py.Def:
    document, path = py.Name("document"), py.Name("path")
    inside = py.call("F.concat", py.call("F.lit", py.String("[")), document, py.call("F.lit", py.String("]")))
    each = py.Binary("+", py.String("$[*]"), py.Call(py.Attribute(path, "lstrip"), (py.String("$"),)))
    return py.Def(
        JSON_PART,
        (py.Parameter("document", _COLUMN), py.Parameter("path", py.Name("str"))),
        (
            py.Comment("Out of an array a value comes as JSON shows it: a string stands in quotes."),
            py.Return(
                py.call("F.nullif", py.call("F.get_json_object", inside, each), py.call("F.lit", py.String("null")))
            ),
        ),
        _COLUMN,
        "What stands at a path, as JSON; null of nothing and of null.",
    )


def _mean() -> py.Def:
    column = py.Name("column")
    total = py.method(py.call("F.sum", column), "cast", py.String("double"))
    return py.Def(
        MEAN,
        (py.Parameter("column", py.Binary("|", _COLUMN, py.Name("str"))),),
        (py.Return(py.Binary("/", total, py.call("F.count", column))),),
        _COLUMN,
        "The mean of decimals, to all digits of a double: `F.avg` keeps four more than they have.",
    )


_DAY = r"(?!0000)\d{4}-\d\d-\d\d"
_MINUTE = r"[T ]([01]\d|2[0-3]):\d\d"
_SECOND = r":\d\d(\.\d{1,6}0*)?"
_ZONE = r"(Z|[+-](0\d|1[0-7])(:?[0-5]\d)?)?"


def _time_text(name: str, form: str, says: str) -> py.Def:
    found = py.call("F.regexp_extract", py.Name("text"), py.String(rf"^{form}\z"), py.number(0))
    return py.Def(
        name,
        (py.Parameter("text", py.Binary("|", _COLUMN, py.Name("str"))),),
        (py.Return(found),),
        _COLUMN,
        says,
    )


DEFINITIONS: dict[str, py.Def] = {
    WHOLE_MONTHS: _whole_months(),
    JSON_SCALAR: _json_scalar(),
    JSON_PART: _json_part(),
    MEAN: _mean(),
    DATE_TEXT: _time_text(
        DATE_TEXT, _DAY, "A text of the form `2026-01-31`, of the years from 1 to 9999; else an empty one."
    ),
    DATETIME_TEXT: _time_text(
        DATETIME_TEXT,
        f"{_DAY}({_MINUTE}({_SECOND})?)?",
        "A text of the form `2026-01-31 10:00:00.5`, or less of it; else an empty one.",
    ),
    TIMESTAMP_TEXT: _time_text(
        TIMESTAMP_TEXT,
        f"{_DAY}({_MINUTE}({_SECOND}{_ZONE})?)?",
        "A text of the form `2026-01-31 10:00:00.5+02:00`, or less of it; else an empty one.",
    ),
}
"""By name. Each uses `F`, and `Column` of `pyspark.sql`."""
