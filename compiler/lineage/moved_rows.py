"""Tables made in parts out of merged tables, whose rows may leave the part that they were in."""

from collections.abc import Iterator
from typing import NamedTuple

from oftra.ir.deletes import deletes_when
from oftra.ir.options import word, words
from oftra.ir.program import Program, Relation
from oftra.ir.refresh import is_partial
from oftra.lineage.columns import ColumnName, Origins, of_relation


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
    merged = {name for name, one in partial.items() if _is_merged(one)}
    if not merged or len(partial) == 1:
        return
    known: dict[str, dict[str, Origins]] = {}
    for table in partial.values():
        window = word(table.options.get("window"))
        if window is None or "lookback" in table.options:
            continue
        for name, column in _merged_origins((table.name, window), program, partial, known):
            if _may_move(partial[name], column) and not _takes_its_place(table, partial[name], program, partial, known):
                yield Moved(table, partial[name], column)
                break


def _is_merged(relation: Relation) -> bool:
    return word(relation.options.get("refresh")) == "merge"


def _may_move(merged: Relation, column: str) -> bool:
    """Whether another row with its key may have another value there, or a row of another part may delete it."""
    is_fixed = column in words(merged.options.get("key"))
    deleted_with_it = deletes_when(merged) is None or word(merged.options.get("window")) == column
    return not (is_fixed and deleted_with_it)


def _takes_its_place(
    table: Relation,
    merged: Relation,
    program: Program,
    partial: dict[str, Relation],
    known: dict[str, dict[str, Origins]],
) -> bool:
    """Whether a row that has moved is put in its own place: `table` is merged by what is the key there, too."""
    key = words(merged.options.get("key"))
    if not _is_merged(table) or not key or deletes_when(merged) is not None:
        return False
    own = [_merged_origins((table.name, name), program, partial, known) for name in words(table.options.get("key"))]
    return all(frozenset({(merged.name, name)}) in own for name in key)


def _merged_origins(
    column: ColumnName, program: Program, partial: dict[str, Relation], known: dict[str, dict[str, Origins]]
) -> Origins:
    """The columns of merged tables that a column is made of, through whatever is made whole."""
    found, seen, waiting = set[ColumnName](), {column}, [column]
    while waiting:
        name, asked = waiting.pop()
        if name not in known:
            relation = program.by_name[name]
            known[name] = dict(zip([one.name for one in relation.rel.columns], of_relation(relation)))
        for origin in sorted(known[name].get(asked, ())):
            if origin in seen:
                continue
            seen.add(origin)
            if origin[0] not in partial:
                waiting.append(origin)
            elif _is_merged(partial[origin[0]]):
                found.add(origin)
    return frozenset(found)
