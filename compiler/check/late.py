"""Tables of the rows of streams that came late: what they hold, and where they live."""

from collections.abc import Mapping
from dataclasses import replace

from oftra.check.context import Context
from oftra.check.quarantine import table_apart
from oftra.datatypes import STRING
from oftra.ir.judge import free_name
from oftra.ir.program import Connection, Relation
from oftra.ir.rel import Values
from oftra.resolve.model import Declared


def late_rows(
    declared: Declared,
    records: Mapping[str, str],
    connections: dict[str, Connection],
    store: str | None,
    prefix: str,
    context: Context,
) -> Relation:
    """The rows of its sources that came late, each with the name of its source. In batch nothing is late.

    They are rows that passed their contract's rules, with the columns that all its sources have. `records` are the
    names of sources' records that say what changed.
    """
    sources = [found for name in declared.uses if (found := context.relations.get(records.get(name, name)))]
    names = [{column.name for column in one.columns} for one in sources]
    shared = [c for c in (sources[0].columns if sources else ()) if all(c.name in one for one in names)]
    columns = [context.column(c.name, c.type, c.nullable, declared.span) for c in shared]
    columns.append(context.column(free_name("source", columns), STRING, False, declared.span))
    rel = Values((), tuple(columns), span=declared.span)
    table = table_apart(declared, "tables", rel, connections, store, prefix, context)
    return replace(table, late_of=tuple([records.get(name, name) for name in declared.uses]))
