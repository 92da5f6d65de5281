"""Counts of what broke rules: a table of the run, what stops it, and what it shows in the end."""

from oftra.ir.enforce import Count, Keep
from oftra.targets.engines.duckdb.functions.record_macros import STOP
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call, column, integer

TABLE = "run_report"


def table() -> q.Statement:
    """The table that takes the counts of a run."""
    columns = (
        ("relation", "varchar"),
        ("assertion", "varchar"),
        ("read", "bigint"),
        ("dropped", "bigint default 0"),
        ("quarantined", "bigint default 0"),
        ("rules", "struct(rule varchar, action varchar, records bigint)[]"),
    )
    return q.CreateTable(TABLE, columns, "What was read, what stayed out, and how many records break each rule.")


def about_kept(step: Keep) -> str | None:
    """What stands above the statement that keeps rows."""
    name = step.relation.short
    if step.is_judged:
        return f"The rows of {name}, each with the rules that it breaks."
    return f"The records of {name}, decoded." if step.hidden is not None else None


def counted(step: Count, query: q.Query) -> tuple[q.Statement, ...]:
    """What takes the counts, and stops the run if a rule that fails is broken."""
    assert isinstance(query, q.Select), "an aggregate without keys is one SELECT"
    name = sql.Text(step.relation.name)
    beside = [q.SelectItem(name, "relation")]
    if step.assertion is not None:
        beside.append(q.SelectItem(sql.Text(step.assertion), "assertion"))
    found = [item for item in query.items if item.expr != integer(0)]
    whole = q.Select((*beside, *found), query.source, implicit=query.implicit, clashing=query.clashing)
    span = step.relation.span
    inserted = q.Insert(TABLE, whole, span=span)
    if not any(rule.action == "fail" for rule in step.rules):
        return (inserted,)
    stop = q.Select((q.SelectItem(sql.STAR),), q.TableFunction(call(STOP.name, name)))
    return (inserted, q.Run(stop, span=span))


def shown() -> q.Statement:
    """What the run counted."""
    return q.Run(q.Select((q.SelectItem(sql.STAR),), q.Table(column(TABLE))))
