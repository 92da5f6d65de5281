"""Tables that a stream merges into: their rows are what was said last of each key, unless the table deletes that.

What is written to such a table is a changelog by key: a row that takes another's place, or one that is gone.
"""

from collections.abc import Collection
from dataclasses import replace
from itertools import count

from oftra.datatypes import BIGINT, BOOLEAN
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOption, UnsupportedRefresh
from oftra.ir.columns import max_id
from oftra.ir.deletes import deletes_when, without_deleted
from oftra.ir.expr import Call, Column, Literal, SortKey, WindowCall
from oftra.ir.judge import free_name
from oftra.ir.options import word, words
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Filter, Item, Project, Rel, Window


def with_merging(program: Program) -> Program:
    """The program with the rows that these tables come to in the place of those that are merged into them."""
    if not any(_merges(relation) for relation in program.relations):
        return program
    return replace(program, relations=tuple([_merged(one) if _merges(one) else one for one in program.relations]))


def refuse(program: Program, names: Collection[str], target: str, report: Report) -> None:
    """Report the tables among `names` whose rows can't be replaced where they are, or whose order nothing tells."""
    for relation in program.relations:
        if relation.name not in names or relation.name not in program.streams or not _merges(relation):
            continue
        connection = program.connections.get(relation.connection or "")
        if connection is not None and connection.kind == "files":
            report.add(UnsupportedRefresh(relation.name, "merge", target, span=relation.span))
        elif deletes_when(relation) is not None and not _is_ordered(relation):
            report.add(
                UnsupportedOption(relation.name, "delete when", "without `order_by`", target, span=relation.span)
            )


def _merges(relation: Relation) -> bool:
    return relation.kind == "table" and word(relation.options.get("refresh")) == "merge"


def _is_ordered(relation: Relation) -> bool:
    """Whether it is known which row of a key is the last: as it says, or since the rows replace each other already."""
    return bool(words(relation.options.get("order_by"))) or _is_by_key(relation)


def _is_by_key(relation: Relation) -> bool:
    key = set(words(relation.options.get("key")))
    return relation.interface.changes != "append" and any(set(known) <= key for known in relation.interface.keys)


def _merged(relation: Relation) -> Relation:
    rel, own = relation.rel, relation.rel.columns
    named = {column.name: column for column in own}
    fresh = count(max_id(rel) + 1)
    order = words(relation.options.get("order_by"))
    if order and not _is_by_key(relation):
        rel = _last(rel, [named[name] for name in words(relation.options.get("key"))], [named[o] for o in order], fresh)
    condition = deletes_when(relation)
    if condition is not None:
        rel = without_deleted(rel, condition)
    if rel is relation.rel:
        return relation
    return replace(relation, rel=Project(rel, tuple([Item(column, column) for column in own]), span=rel.span))


def _last(rel: Rel, key: list[Column], order: list[Column], fresh: "count[int]") -> Rel:
    """The last row of each key."""
    number = Column(next(fresh), free_name("nth_last", rel.columns), BIGINT, False)
    later = tuple([SortKey(column, descending=True, nulls_first=False) for column in order])
    call = WindowCall("row_number", (), BIGINT, False, tuple(key), later, span=rel.span)
    first = Call("equal", (number, Literal(1, BIGINT)), BOOLEAN, False)
    return Filter(Window(rel, (Item(number, call),), span=rel.span), first, span=rel.span)
