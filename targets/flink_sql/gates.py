"""Gates: a table that takes what was measured, and jobs one after another, of which one that a gate stops fails."""

from collections.abc import Collection, Sequence

from oftra.ir.gates import Graph, Required, Waits, measured
from oftra.targets.flink_sql import reports
from oftra.targets.flink_sql.statements import ColumnOf, Insert, Table
from oftra.targets.needs import Survey
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call, column

TABLE = "run_gates"
MEASURED = "map<string, string>"
COLUMNS = (
    ColumnOf("gate", "string"),
    ColumnOf("pipeline", "string"),
    ColumnOf("file", "string"),
    ColumnOf("line", "int"),
    ColumnOf("action", "string"),
    ColumnOf("holds", "boolean"),
    ColumnOf("measured", MEASURED),
)


def table() -> Table:
    """The table that takes what gates measured."""
    about = "What gates ask, whether they hold, and what was measured."
    return Table(TABLE, COLUMNS, reports.PRINTED, description=about)


def judged(required: Required, query: q.Query) -> Insert:
    """What measures. Its job fails where the gate doesn't hold and is not one that only tells."""
    gate = required.gate
    holds, *measures = [column(one.name) for one in measured(gate).columns]
    found = [(sql.Text(text), sql.Cast(one, "string")) for text, one in zip(gate.measures, measures)]
    items = (
        q.SelectItem(sql.Text(gate.condition), "gate"),
        q.SelectItem(sql.Text(required.pipeline.name), "pipeline"),
        q.SelectItem(sql.Text(gate.span.file), "file"),
        q.SelectItem(sql.integer(gate.line), "line"),
        q.SelectItem(sql.Text(gate.action), "action"),
        q.SelectItem(holds),
        q.SelectItem(sql.MapOf(tuple(found)) if found else sql.Cast(sql.NULL, MEASURED), "measured"),
    )
    conditions: list[q.Condition] = []
    if gate.action != "alert":
        said: list[sql.Expr] = [sql.Text(f"the gate `{gate.condition}` ({gate.span.file}:{gate.line}) does not hold: ")]
        for text, value in [*found, (sql.Text("holds"), sql.Cast(holds, "string"))]:
            said += [sql.Text(f"{text.value} is "), call("coalesce", value, sql.Text("null")), sql.Text(", ")]
        stop = sql.Cast(call("concat", *said[:-1]), "boolean")
        conditions.append(q.Condition(sql.Case(((holds, sql.TRUE),), stop)))
    about = f"Required of the pipeline {required.pipeline.name}, else {gate.action}."
    rows = q.Select(items, q.Derived(query, "gate"), where=tuple(conditions))
    return Insert(TABLE, rows, description=about, span=gate.span)


def stages(
    survey: Survey, names: Collection[str], inserts: Sequence[Insert], gates: Sequence[tuple[Required, q.Query]]
) -> list[list[Insert]]:
    """The inserts as jobs, in their order: no output is in one before which a gate may still stop the run.

    A gate that only tells is in the job of what it is about; what counts records is in the first that reads them.
    """
    graph = Graph(survey.program)
    waits = Waits(graph, [name for name in graph.outputs if name in names], [required for required, _ in gates])
    levels = _levels(waits)
    found: dict[int, list[Insert]] = {}
    takes: dict[int, set[str]] = {}
    for insert in inserts:
        if insert.name != reports.TABLE:
            found.setdefault(levels[insert.owner], []).append(insert)
            takes.setdefault(levels[insert.owner], set()).update(survey.needed([insert.owner]))
    for at, (required, query) in enumerate(gates):
        level = _judged_at(waits, at, levels)
        found.setdefault(level, []).append(judged(required, query))
        takes.setdefault(level, set()).update(survey.needed(graph.near(required.gate.about), quarantines=False))
    order = sorted(found)
    for insert in reversed(inserts):
        if insert.name == reports.TABLE:
            first = next((level for level in order if insert.owner in takes[level]), order[-1])
            found[first].insert(0, insert)
    return [found[level] for level in order]


def _levels(waits: Waits) -> dict[str, int]:
    """Which job each output is written in: an even number; those between are of gates."""
    levels: dict[str, int] = {}

    def level(output: str) -> int:
        if output not in levels:
            others = [level(other) for other in waits.before(output)]
            stops = [at for at in waits.gates_before(output) if waits.required[at].gate.action != "alert"]
            after = [1 + max([level(one) + 1 for one in waits.made[at]], default=-1) for at in stops]
            levels[output] = max([0, *others, *after])
        return levels[output]

    for output in waits.outputs:
        level(output)
    return levels


def _judged_at(waits: Waits, at: int, levels: dict[str, int]) -> int:
    last = max([levels[one] for one in waits.made[at]], default=-1)
    if waits.required[at].gate.action != "alert":
        return last + 1 if waits.made[at] else -1
    return max(last, 0 if levels else -1)
