"""What DuckDB says for each function of the registry: `wording` tells what an entry is.

Operators of logic, comparison and arithmetic are in `operators`.
"""

from oftra.targets.engines.duckdb.wording import Aggregate, Make, Said, Scalar
from oftra.targets.sql import tree as sql


def _named(name: str) -> Scalar:
    return lambda call, arguments: sql.Function(name, arguments)


def _over_rows(name: str) -> Aggregate:
    return lambda call, arguments, make: make(sql.Function(name, arguments))


def _count(call: object, arguments: tuple[sql.Expr, ...], make: Make) -> sql.Expr:
    return make(sql.Function("count", arguments or (sql.STAR,)))


def _sum(call: object, arguments: tuple[sql.Expr, ...], make: Make) -> Said:
    return Said(make(sql.Function("sum", arguments)), None)


SCALARS: dict[str, Scalar] = {
    name: _named(name) for name in ("coalesce", "greatest", "least", "nullif", "lower", "upper")
}

AGGREGATES: dict[str, Aggregate] = {
    "count": _count,
    "sum": _sum,
    **{
        name: _over_rows(name)
        for name in (
            "avg",
            "min",
            "max",
            "row_number",
            "rank",
            "dense_rank",
            "lag",
            "lead",
            "first_value",
            "last_value",
        )
    },
}
