"""Rules about the event time of a stream's records, judged by what the records say.

Flink takes no null for an event time: what has none is given one of long ago. So rules ask another column, which only
they see: the time as it was read, null where there is none.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

from oftra.connectors import text_format
from oftra.datatypes import TIMESTAMP
from oftra.diagnostics import Report
from oftra.diagnostics.flink import MayHaveNoTime
from oftra.ir.columns import max_id
from oftra.ir.expr import Call, Column, Expr
from oftra.ir.judge import free_name
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Checked, Read, Rule, must_be_there
from oftra.ir.walk import rewriter


def with_times_read(program: Program, names: Collection[str], report: Report) -> tuple[Program, dict[str, str]]:
    """The program with such a column in each of the sources `names` that are read as text; what they are called.

    Report sources whose time may be null.
    """
    found: dict[str, str] = {}
    relations: list[Relation] = []
    for relation in program.relations:
        time = relation.interface.event_time
        if relation.name in names and time is not None and _is_text(program, relation):
            made = _with(relation, time)
            if made is not None:
                relation, found[relation.name] = made
            elif not _is_there_of_rows(relation, time):
                report.add(MayHaveNoTime(relation.short, time, span=relation.span))
        relations.append(relation)
    return replace(program, relations=tuple(relations)), found


def _is_text(program: Program, relation: Relation) -> bool:
    """Whether it is a source of records that come as text."""
    if relation.kind != "source":
        return False
    connection = program.connections[relation.connection or ""]
    return connection.kind in ("files", "kafka") and text_format(relation.options, connection) is not None


def _with(relation: Relation, named: str) -> tuple[Relation, str] | None:
    checked = relation.rel
    if not isinstance(checked, Checked) or not isinstance(checked.source, Read):
        return None
    time = next((one for one in checked.source.columns if one.name == named), None)
    if time is None or not any(_keeps_out(rule, time) for rule in checked.rules):
        return None
    name = free_name(f"{time.name}_read", checked.source.columns)
    read = Column(max_id(checked) + 1, name, TIMESTAMP)
    ask = rewriter(lambda expr: read if isinstance(expr, Column) and expr.id == time.id else expr)
    rules = tuple([_asking(rule, ask) for rule in checked.rules])
    source = replace(checked.source, columns=(*checked.source.columns, read))
    return replace(relation, rel=replace(checked, source=source, rules=rules)), name


def _keeps_out(rule: Rule, time: Column) -> bool:
    """Whether a rule says that the time is never null, and none goes on that breaks it."""
    column = must_be_there(rule)
    return column is not None and column.id == time.id and rule.action != "warn"


def _is_there_of_rows(relation: Relation, named: str) -> bool:
    """Whether the time is never null but in records that delete. On Flink these need it to be readable."""
    rules = relation.rel.rules if isinstance(relation.rel, Checked) else ()
    return any(rule.action != "warn" and _or_there(rule.condition, named) for rule in rules)


def _or_there(condition: Expr | None, named: str) -> bool:
    match condition:
        case Call("or", sides):
            return any(_or_there(side, named) for side in sides)
        case Call("not", (Call("is_null", (Column(name=name),)),)):
            return name == named
        case _:
            return False


def _asking(rule: Rule, ask: Callable[[Expr], Expr]) -> Rule:
    return rule if rule.condition is None else replace(rule, condition=ask(rule.condition))
