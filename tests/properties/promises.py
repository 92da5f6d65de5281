"""What a typed program promises of its rows, and what an engine's rows break of it."""

from collections import Counter
from collections.abc import Iterator, Mapping

import pyarrow as pa
from arrow_types import arrow_type
from sameness import settled, type_text

from oftra.datatypes import show
from oftra.ir.expr import Column
from oftra.ir.keys import keys_of
from oftra.ir.program import Interface, Program
from oftra.ir.rel import Rel


def broken_promises(program: Program, rel: Rel, table: pa.Table) -> list[str]:
    """Columns of `rel` of another type than it says, or null where it says that none is; keys that come twice."""
    interfaces = {relation.name: relation.interface for relation in program.relations}
    return [*_columns(rel, table), *_keys(rel, interfaces, table)]


def _columns(rel: Rel, table: pa.Table) -> Iterator[str]:
    for column, found in zip(rel.columns, table.columns, strict=True):
        if found.null_count and not column.nullable:
            yield f"{_shown(column)} is null {found.null_count} times, and said to be not null"
        if type_text(found.type) != type_text(arrow_type(column.type)):
            yield f"{_shown(column)} is {found.type}, and said to be {show(column.type)}"


def _keys(rel: Rel, interfaces: Mapping[str, Interface], table: pa.Table) -> Iterator[str]:
    by_id = {column.id: place for place, column in enumerate(rel.columns)}
    for key in keys_of(rel, interfaces):
        if not key <= by_id.keys():
            continue
        columns = [[repr(settled(value)) for value in table.column(by_id[id]).to_pylist()] for id in sorted(key)]
        rows = Counter(zip(*columns)) if columns else Counter({(): table.num_rows})
        if any(times > 1 for times in rows.values()):
            names = ", ".join([_shown(rel.columns[by_id[id]]) for id in sorted(key)])
            yield f"({names}) is said to be a key, and comes {max(rows.values())} times"


def _shown(column: Column) -> str:
    return f"{column.name}#{column.id}"
