"""Counts of what broke rules: a table that takes them, and what stops the job where a rule may not be broken."""

from oftra.ir.enforce import Count, Keep
from oftra.ir.program import Relation
from oftra.targets.flink_sql.statements import ColumnOf, Insert, Table
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call, column

TABLE, LATE = "run_report", "late_report"
PRINTED = (("connector", "print"),)
RULES = "array<row<rule string, action string, records bigint>>"
COLUMNS = (
    ColumnOf("relation", "string"),
    ColumnOf("assertion", "string"),
    ColumnOf("read", "bigint"),
    ColumnOf("dropped", "bigint"),
    ColumnOf("quarantined", "bigint"),
    ColumnOf("rules", RULES),
)


def table(options: tuple[tuple[str, str], ...] = PRINTED) -> Table:
    """The table that takes the counts of a run."""
    about = "What was read, what stayed out, and how many records break each rule."
    return Table(TABLE, COLUMNS, options, description=about)


def late_table() -> Table:
    """The table that takes how many rows came too late."""
    about = "How many rows came behind the watermark."
    return Table(LATE, (ColumnOf("relation", "string"), ColumnOf("late", "bigint")), PRINTED, description=about)


def late(relation: Relation, view: str) -> Insert:
    """What takes how many rows of a source came too late."""
    items = (q.SelectItem(sql.Text(relation.name), "relation"), q.SelectItem(call("count", sql.STAR), "late"))
    return Insert(LATE, q.Select(items, q.Table(column(view))), span=relation.span)


def about_kept(step: Keep) -> str | None:
    """What stands above the view of rows that are judged or counted."""
    name = step.relation.short
    if step.is_judged:
        return f"The rows of {name}, each with the rules that it breaks."
    return f"The records of {name}, decoded." if step.hidden is not None else None


def counted(step: Count, query: q.Query) -> Insert:
    """What takes the counts. The job fails, and nothing of it is kept, if a rule that fails is broken."""
    items = [
        q.SelectItem(sql.Text(step.relation.name), "relation"),
        q.SelectItem(sql.Cast(sql.NULL, "string") if step.assertion is None else sql.Text(step.assertion), "assertion"),
        *[q.SelectItem(column(name)) for name in ("read", "dropped", "quarantined", "rules")],
    ]
    conditions: list[q.Condition] = []
    failing = [at for at, rule in enumerate(step.rules, 1) if rule.action == "fail"]
    for at in failing:
        records = sql.Member(sql.Index(column("rules"), sql.integer(at)), "records")
        conditions.append(q.Condition(_unbroken(records, broken(step, step.rules[at - 1].name))))
    rows = q.Select(tuple(items), q.Derived(query, "counts"), where=tuple(conditions))
    return Insert(TABLE, rows, owner=step.relation.name, span=step.relation.span)


def broken(step: Count, rule: str) -> str:
    """What a job says that fails because a rule is broken; how many records break it stands behind."""
    return f"{step.relation.name}: `{rule}` is broken by "


def _unbroken(records: sql.Expr, message: str) -> sql.Expr:
    """True of none; of any record it can't be computed, and the message says why."""
    stop = call("concat", sql.Text(message), sql.Cast(records, "string"))
    return sql.Case(((sql.Binary(">", records, sql.integer(0)), sql.Cast(stop, "boolean")),), sql.TRUE)
