"""Counts of what broke rules: a table of the run, what stops it, and what it shows in the end."""

from oftra.ir.enforce import Count, Keep
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call, column, integer

TABLE = "run_report"

_COUNTS = "struct(rule varchar, action varchar, records bigint)[]"


def table() -> q.Statement:
    """The table that takes the counts of a run."""
    columns = (
        ("relation", "varchar"),
        ("assertion", "varchar"),
        ("read", "bigint"),
        ("dropped", "bigint"),
        ("quarantined", "bigint"),
        ("rules", _COUNTS),
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
    name = sql.Text(step.relation.name)
    assertion = sql.NULL if step.assertion is None else sql.Text(step.assertion)
    assert isinstance(query, q.Select), "an aggregate without keys is one SELECT"
    beside = (q.SelectItem(name, "relation"), q.SelectItem(assertion, "assertion"))
    whole = q.Select(
        (*beside, *query.items),
        query.source,
        query.joins,
        query.where,
        implicit=query.implicit,
        clashing=query.clashing,
        source_span=query.source_span,
    )
    span = step.relation.span
    inserted = q.Insert(TABLE, whole, span=span)
    if not any(rule.action == "fail" for rule in step.rules):
        return (inserted,)
    return (inserted, q.Run(_stop(step), f"Rows of {step.relation.name} that break a rule stop the run.", span=span))


def _stop(step: Count) -> q.Query:
    records, rule = column("broken", "records"), column("broken", "rule")
    breaks = sql.Case(((integer(1), sql.Text(" row breaks `")),), sql.Text(" rows break `"), operand=records)
    each = sql.Chain("||", (records, breaks, rule, sql.Text("`")))
    said = sql.Chain("||", (sql.Text(f"{step.relation.name}: "), call("string_agg", each, sql.Text(", "))))
    of = [sql.Binary("=", column("relation"), sql.Text(step.relation.name))]
    if step.assertion is not None:
        of.append(sql.Binary("=", column("assertion"), sql.Text(step.assertion)))
    counts = q.Select(
        (q.SelectItem(call("unnest", column("rules")), "broken"),),
        q.Table(column(TABLE)),
        where=tuple([q.Condition(one) for one in of]),
    )
    broken = (sql.Binary("=", column("broken", "action"), sql.Text("fail")), sql.Binary(">", records, integer(0)))
    some = q.Condition(sql.Binary(">", sql.Function("count", (sql.STAR,)), integer(0)))
    where = tuple([q.Condition(one) for one in broken])
    return q.Select((q.SelectItem(call("error", said)),), q.Derived(counts), where=where, having=(some,))


def shown() -> q.Statement:
    """What the run counted."""
    return q.Run(q.Select((q.SelectItem(sql.STAR),), q.Table(column(TABLE))))
