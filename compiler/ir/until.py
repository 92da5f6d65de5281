"""Until when tables are made: where a run begins that has no window.

Beside a table of which runs make a part stands its *mark*: until when it is made, and of which query. A run without a
window begins at the earliest mark of its tables, and moves them; it covers all rows if one of them has none, or one of
another query. A run with a window leaves the marks of its tables as they are, but does away with those of other
queries, as it has put rows of its own in.

The mark of a run without a window is when the run began, or the newest time among the rows that it covers, whichever
is earlier. So what is loaded long after its time is not taken for made, nor do rows of the future hide those before.
"""

from collections.abc import Collection, Iterator
from hashlib import sha256

from oftra.ir.deletes import deletes_when
from oftra.ir.expr import Expr, Runtime
from oftra.ir.gates import scanned
from oftra.ir.options import word, words
from oftra.ir.program import Program, Relation
from oftra.ir.refresh import START, Refreshed
from oftra.ir.rel import Rel, Scan
from oftra.ir.show import show_expr, show_rel
from oftra.ir.walk import every_rel, expressions
from oftra.ir.walk_expr import children

DIGITS = 16


def starting(program: Program, names: Collection[str]) -> tuple[Refreshed, ...]:
    """The tables among `names` whose earliest mark is where a run without a window begins; if none, before all times.

    What keeps no mark and asks where the run begins would lose rows: then all are covered.
    """
    found: list[Refreshed] = []
    for relation in program.relations:
        if relation.name not in names or relation.kind != "table":
            continue
        if isinstance(relation, Refreshed) and relation.keeps_mark:
            found.append(relation)
        elif _asks(relation.rel, program):
            return ()
    for sink in program.sinks:
        if sink.name in names and _asks_below(sink.relation, program):
            return ()
    return tuple(found)


def _asks(rel: Rel, program: Program) -> bool:
    """Whether rows are made by where the run begins; what tables hold is what it is."""
    for part in every_rel(rel):
        if any(_says_start(expr) for expr in expressions(part)):
            return True
        if isinstance(part, Scan) and _asks_below(part.relation, program):
            return True
    return False


def _asks_below(name: str, program: Program) -> bool:
    relation = program.by_name.get(name)
    return relation is not None and relation.kind == "view" and _asks(relation.rel, program)


def _says_start(expr: Expr) -> bool:
    return expr == START if isinstance(expr, Runtime) else any(_says_start(child) for child in children(expr))


def query_hashes(program: Program, names: Collection[str]) -> dict[str, str]:
    """What tells the queries of tables from others: a hash of each, of what it is made of, and of how it is refreshed.

    It is made of what was typed, so that neither comments nor layout change it, nor where things lie. What a relation
    reads is in its hash by theirs, so that each is looked at once.
    """
    relations = program.by_name
    defaults = {one.name: "" if one.default is None else show_expr(one.default) for one in program.params}
    found: dict[str, str] = {}
    waiting, entered = list(names), set[str]()
    while waiting:
        name = waiting[-1]
        read = sorted({one for one in _read_by(relations[name]) if one in relations})
        if name not in entered:
            entered.add(name)
            waiting += [one for one in read if one not in entered]
            continue
        waiting.pop()
        if name not in found:
            own = _told(relations[name])
            params = [f"{one} {default}" for one, default in defaults.items() if f"$param.{one}" in own]
            text = "\n".join([own, *params, *[found.get(one, one) for one in read]])
            found[name] = sha256(text.encode()).hexdigest()[:DIGITS]
    return {name: found[name] for name in names}


def _read_by(relation: Relation) -> Iterator[str]:
    yield from scanned(relation.rel)
    yield from relation.feeds


def _told(relation: Relation) -> str:
    options = relation.options
    refresh = [word(options.get("refresh")), word(options.get("window"))]
    refresh += [",".join(words(options.get(name))) for name in ("key", "order_by")]
    deletes = deletes_when(relation)
    refresh.append("" if deletes is None else show_expr(deletes))
    return f"{relation.kind} {relation.name} {refresh}\n{show_rel(relation.rel)}"
