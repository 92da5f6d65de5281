"""Tables made in parts out of merged tables, whose rows may leave the part that they were in."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oftra.ir.deletes import deletes_when
from oftra.ir.options import word, words
from oftra.ir.program import Program, Relation
from oftra.ir.refresh import is_partial
from oftra.lineage.columns import NOWHERE, ColumnName, Origins, of_relation


class Moved(NamedTuple):
    """A table, the merged one that its rows come from, and the column of that one which says in which part they lie."""

    table: Relation
    merged: Relation
    column: str


def moved_rows(program: Program) -> Iterator[Moved]:
    """The tables in which a part may hold rows that have left it, each at most once.

    One that says how far it looks back has said how old a row is that changes.
    """
    partial = {one.name: one for one in program.relations if is_partial(one, program)}
    if len(partial) == 1 or not any(_is_merged(one) for one in partial.values()):
        return
    origins = _MergedOrigins(program, partial)
    for table in partial.values():
        window = word(table.options.get("window"))
        if window is None or "lookback" in table.options:
            continue
        for name, column in sorted(origins.of((table.name, window))):
            if _may_move(partial[name], column) and not _takes_its_place(table, partial[name], origins):
                yield Moved(table, partial[name], column)
                break


def _is_merged(relation: Relation) -> bool:
    return word(relation.options.get("refresh")) == "merge"


def _may_move(merged: Relation, column: str) -> bool:
    """Whether another row with its key may have another value there, or a row of another part may delete it."""
    is_fixed = column in words(merged.options.get("key"))
    deleted_with_it = deletes_when(merged) is None or word(merged.options.get("window")) == column
    return not (is_fixed and deleted_with_it)


class _MergedOrigins:
    """Of which columns of merged tables others are made, through whatever is made whole."""

    def __init__(self, program: Program, partial: Mapping[str, Relation]) -> None:
        self.relations, self.partial = program.by_name, partial
        self.known: dict[str, Mapping[str, Origins]] = {}

    def of(self, column: ColumnName) -> Origins:
        """Those that a column is made of."""
        found, seen, waiting = set[ColumnName](), {column}, [column]
        while waiting:
            for origin in self._direct(waiting.pop()) - seen:
                seen.add(origin)
                if origin[0] not in self.partial:
                    waiting.append(origin)
                elif _is_merged(self.partial[origin[0]]):
                    found.add(origin)
        return frozenset(found)

    def _direct(self, column: ColumnName) -> Origins:
        name, own = column
        if name not in self.known:
            relation = self.relations[name]
            self.known[name] = dict(zip([one.name for one in relation.rel.columns], of_relation(relation)))
        return self.known[name].get(own, NOWHERE)


def _takes_its_place(table: Relation, merged: Relation, origins: _MergedOrigins) -> bool:
    """Whether a row that has moved is put in its own place: `table` is merged by what is the key there, too."""
    key = words(merged.options.get("key"))
    if not _is_merged(table) or not key or deletes_when(merged) is not None:
        return False
    own = [origins.of((table.name, name)) for name in words(table.options.get("key"))]
    return all(frozenset({(merged.name, name)}) in own for name in key)
