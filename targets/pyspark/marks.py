"""How a module knows until when its tables are made, of which a run makes parts: there a run without a window goes on.

Delta Lake     properties of the table
Iceberg        properties of a snapshot
parquet        a file in the table's folder
"""

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from oftra.diagnostics import Report
from oftra.ir.program import Connection, Relation
from oftra.ir.refresh import END, START, UNTIL, Refreshed
from oftra.ir.until import starting
from oftra.targets.pyspark import writing
from oftra.targets.pyspark.moves import Module, Storing
from oftra.targets.pyspark.places import ROOT
from oftra.targets.pyspark.refreshing import Refreshing
from oftra.targets.python import tree as py
from oftra.targets.python.rewrite import exchanged

MARKS = py.Name("marks")
VALUES = {"run_start": START, "run_end": END, "run_until": UNTIL}
"""The values of the run that marks are moved by."""


def keeps_mark(relation: Relation | None) -> TypeGuard[Refreshed]:
    """Whether a run makes a part of a table, and with it stands until when it is made."""
    return isinstance(relation, Refreshed) and relation.keeps_mark


def marked(module: Module) -> tuple[Refreshed, ...]:
    """The tables with a mark that a run stores, in the order in which it does."""
    stored = [module.program.by_name.get(move.name) for move in module.moves if isinstance(move, Storing)]
    return tuple([one for one in stored if keeps_mark(one)])


def goes_on(module: Module) -> bool:
    """Whether a run without a window begins where its tables end, rather than at the beginning."""
    return bool(starting(module.program, [move.name for move in module.moves if isinstance(move, Storing)]))


def mark(relation: Refreshed, module: Module, root: Sequence[py.Expr], has_snapshots: bool) -> py.Expr:
    """What keeps the mark of a table below `root`; of Iceberg with its snapshots, if these can be asked."""
    connection = module.program.connections[relation.connection or ""]
    kind, place = _place(relation, connection, has_snapshots)
    place = exchanged(place, lambda node: root[0] if node == ROOT else node)
    newest = Refreshing(relation, connection, module.version, Report(), {}).newest()
    return py.call(kind, py.Name("spark"), place, py.String(relation.made_of), newest)


def _place(relation: Refreshed, connection: Connection, has_snapshots: bool) -> tuple[str, py.Expr]:
    if connection.kind == "files":
        folder = writing.folder(relation.name, relation.physical, relation.options, connection)
        return "InFolder", folder
    _, _, name = writing.table_of(relation, connection)
    is_iceberg = writing.table_format(connection) == "iceberg"
    return "InSnapshots" if is_iceberg and has_snapshots else "InTable", name


def moved(name: str, write: py.Expr, values: Mapping[str, py.Expr]) -> py.Expr:
    """What writes a table, and moves its mark."""
    own = py.Subscript(MARKS, (py.String(name),))
    return py.method(own, "moved", write, *[values[held] for held in VALUES])


def begin(start: py.Expr, only: py.Expr, guards: Mapping[str, frozenset[str]]) -> tuple[py.Statement, ...]:
    """Let `start` be where the tables end that are stored for the outputs `only`; `guards` say for which each is."""
    asked = py.Name("asked")
    more: list[py.Statement] = []
    for name, guard in guards.items():
        others = tuple([py.String(one) for one in sorted(guard - {name})])
        if others:
            is_asked = py.Compare("in", *others, asked) if len(others) == 1 else py.Binary("&", asked, py.SetOf(others))
            more.append(py.If(((is_asked, (py.Evaluate(py.call("asked.add", py.String(name))),)),)))
    if more:
        more.insert(0, py.Assign(asked, py.call("set", only)))
    name_ = py.Name("name")
    own = py.Comprehension(
        "(", py.Subscript(MARKS, (name_,)), ("name",), asked if more else only, (py.Compare("in", name_, MARKS),)
    )
    return (*more, py.Assign(start, py.call("where_tables_end", own)))
