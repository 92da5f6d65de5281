"""Functions that PySpark lacks: a module that calls one defines it first."""

from oftra.targets.python import tree as py

WHOLE_MONTHS = "whole_months"


def _whole_months() -> py.Def:
    start, end, months = py.Name("start"), py.Name("end"), py.Name("months")
    column = py.Name("Column")

    def field(name: str, of: py.Expr) -> py.Expr:
        return py.call(f"F.{name}", of)

    years = py.Binary("*", py.Binary("-", field("year", end), field("year", start)), py.number(12))
    between = py.Binary("+", years, py.Binary("-", field("month", end), field("month", start)))
    reached = py.Name("reached")
    shifted = py.Binary("+", start, py.call("F.make_ym_interval", py.call("F.lit", py.number(0)), months))
    late = py.Binary("&", py.Compare("<=", start, end), py.Compare(">", reached, end))
    early = py.Binary("&", py.Compare(">", start, end), py.Compare("<", reached, end))
    counted = py.call("F.when", late, py.Binary("-", months, py.number(1)))
    counted = py.method(counted, "when", early, py.Binary("+", months, py.number(1)))
    return py.Def(
        WHOLE_MONTHS,
        (py.Parameter("start", column), py.Parameter("end", column)),
        (
            py.Assign(months, between),
            py.Assign(reached, shifted),
            py.Return(py.method(counted, "otherwise", months)),
        ),
        column,
        "The whole months from start to end: one is whole on the day that a month later leads to.",
    )


DEFINITIONS: dict[str, py.Def] = {WHOLE_MONTHS: _whole_months()}
"""By name. Each uses `F`, and `Column` of `pyspark.sql`."""
