"""`delete when` of tables that streams merge into: such rows don't stand there, and what stood under their key goes."""

from dataclasses import replace

from oftra.diagnostics import Report
from oftra.ir.deletes import deletes_when, without_deleted
from oftra.ir.expr import Expr, SortKey
from oftra.ir.options import words
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Rel, Scan
from oftra.ir.walk import every_rel
from oftra.targets.engines.spark.lower import lower
from oftra.targets.pyspark.last_rows import LastRows, as_last_rows, last_of
from oftra.targets.pyspark.streams import is_stateful


def with_deletes(program: Program) -> Program:
    """`program` where tables that delete leave such rows out, over a relation of what is said last of their keys."""
    if not any(
        "delete_when" in relation.options and relation.name in program.streams for relation in program.relations
    ):
        return program
    deleting = _Deleting(program)
    for relation in program.relations:
        deleting.add(relation)
    return replace(program, relations=tuple(deleting.relations))


class _Deleting:
    """The relations of a program one by one, and what is known of those so far."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.relations: list[Relation] = []
        self.names = {*program.by_name, *[sink.name for sink in program.sinks]}
        self.interfaces = {relation.name: relation.interface for relation in program.relations}
        self.endless = {relation.name for relation in program.relations if not relation.interface.bounded}
        self.keeping: set[str] = set()
        self.behind_last: set[str] = set()

    def add(self, relation: Relation) -> None:
        """Add a relation, and what it takes."""
        reads = {part.relation for part in every_rel(relation.rel) if isinstance(part, Scan)}
        rel = lower(relation.rel, self.interfaces, Report(), streaming=True)
        keeps = bool(reads & self.keeping) or is_stateful(rel, self.endless)
        if isinstance(relation, LastRows) or reads & self.behind_last:
            self.behind_last.add(relation.name)
        elif keeps:
            self.keeping.add(relation.name)
        condition = deletes_when(relation)
        if relation.name in self.program.streams and condition is not None:
            self._leaving_out(relation, condition, keeps)
        else:
            self.relations.append(relation)

    def _leaving_out(self, relation: Relation, condition: Expr, keeps: bool) -> None:
        rel = relation.rel
        if relation.name not in self.behind_last:
            found = self._last(relation, keeps)
            if found is None:
                self.relations.append(relation)
                return
            last, rel = found
            self.relations.append(last)
            self.behind_last |= {last.name, relation.name}
        self.relations.append(replace(relation, rel=without_deleted(rel, condition)))

    def _last(self, relation: Relation, keeps: bool) -> tuple[LastRows, Rel] | None:
        """What is said last of the keys of a table; None if nothing tells what is the last."""
        key, order = words(relation.options.get("key")), words(relation.options.get("order_by"))
        named = {column.name: column for column in relation.columns}
        if keeps:
            if not any(set(known) <= set(key) for known in relation.interface.keys):
                return None
            last = replace(as_last_rows(relation, relation.rel, key, relation.name, self.names), is_final=True)
            return last, Scan(last.name, relation.columns, span=relation.span)
        if not order:
            return None
        keys = tuple([named[name] for name in key])
        by = tuple([SortKey(named[name], descending=True, nulls_first=False) for name in order])
        return last_of(relation, relation.rel, keys, by, self.names)
