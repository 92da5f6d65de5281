"""Rows that come late to a stream whose source says what becomes of them: told from the others, counted, put apart.

Spark tells nobody where its watermark stands: it drops late rows where it keeps a state, and only there. So a state is
kept of the rows themselves (`in_time`), each told apart by an id of its own, and forgotten once the watermark has
passed it. What goes on is what comes out of that; what passed the rules of a batch and did not come out was late. The
watermark of a batch stands in its checkpoint, so that a batch that comes again is parted at the same moment.
"""

from collections.abc import Callable
from itertools import count

from oftra.datatypes import STRING
from oftra.ir.columns import max_id
from oftra.ir.expr import Column, Expr, Literal
from oftra.ir.program import Relation
from oftra.ir.rel import Item, Project, Rel, Scan, SetOperation


def late_of(source: str) -> str:
    """What the late rows of a source are called among the rows that a module holds."""
    return f"{source} late"


def rows_of(table: Relation, columns_of: Callable[[str], tuple[Column, ...]]) -> Rel:
    """What came late of all sources that a table of late rows is of, each row with the name of its source."""
    ids = count(max_id(table.rel) + 1)
    parts: list[Rel] = []
    for name in table.late_of:
        read = tuple([Column(next(ids), one.name, one.type, one.nullable) for one in columns_of(name)])
        by_name = {one.name: one for one in read}
        values: list[Expr] = [by_name[one.name] for one in table.columns[:-1]]
        items = [
            Item(Column(next(ids), one.name, value.type, value.nullable), value)
            for one, value in zip(table.columns, [*values, Literal(name, STRING)], strict=True)
        ]
        parts.append(Project(Scan(late_of(name), read), tuple(items), span=table.span))
    if len(parts) > 1:
        return SetOperation("union", True, tuple(parts), table.columns, span=table.span)
    return parts[0]


LATE: dict[str, str] = {
    "in_time": '''\
def in_time(rows: DataFrame, time: str) -> DataFrame:
    """Rows that the watermark has not passed.

    Spark drops others where it tells rows apart: here each is one of its own.
    """
    row = "one of its own"
    return rows.withColumn(row, F.expr("uuid()")).dropDuplicates([row, time]).drop(row)
''',
    "came_late": '''\
def came_late(
    report: dict[str, Any], name: str, passed: DataFrame, on_time: DataFrame, time: str
) -> DataFrame:
    """Rows that passed and are not in time, counted: of one time all are late, or none."""
    known = on_time.select(F.col(time).alias("in time"))
    same = F.col(time).eqNullSafe(F.col("in time"))
    late = passed.join(known, same, "left_anti")
    rows = late.count()
    told = about(report, name)
    if not told["rules"]:
        told.update(dict.fromkeys(("rows", "read", "passed"), passed.count()))
    told["late"] += rows
    for count in ("rows", "passed"):
        told[count] -= rows
    return late
''',
}
"""Fixed code, by name, as black writes it."""
