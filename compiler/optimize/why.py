"""What the passes did to each relation, and why they could: for people who wonder where something went."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from itertools import groupby
from typing import assert_never

from oftra.ir.columns import defines
from oftra.ir.expr import Expr
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Rel, Scan
from oftra.ir.show import show_expr, with_columns
from oftra.ir.walk import every_rel
from oftra.optimize.notes import Narrowed, Needless, NoTwoAlike, Rewritten
from oftra.optimize.pipeline import AFTER_PRUNING, PASSES, Change, optimize
from oftra.optimize.proofs import Fact, Proofs, columns_in


@dataclass(frozen=True)
class Done:
    """Something that a pass did, and the facts that it used."""

    pass_name: str
    what: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Story:
    """What was done to a relation, in order."""

    relation: Relation
    done: tuple[Done, ...]


def stories(program: Program, outputs: Sequence[str] | None = None) -> tuple[Story, ...]:
    """What `optimize` does to each relation of a typed program that it changes."""
    changes: list[Change] = []
    optimize(program, outputs, explain=changes)
    proofs = Proofs(program)
    found = []
    order = {relation.name: at for at, relation in enumerate(program.relations)}
    changes.sort(key=lambda change: order[change.relation])  # those of one relation stay as they came
    for name, own in groupby(changes, key=lambda change: change.relation):
        relation = program.by_name[name]
        done = dict.fromkeys([one for change in own for one in told(change, relation, proofs)])
        found.append(Story(relation, tuple(done)))
    return tuple(found)


def told(change: Change, relation: Relation, proofs: Proofs) -> Iterator[Done]:
    """A change as people would say it: what it did as a whole, then each thing that has a reason of its own."""
    what = summary(change)
    if what is not None:
        yield Done(change.pass_name, what)
    for note in change.notes:
        match note:
            case Rewritten(before, after):
                facts = [fact for part in note.relied_on for fact in proofs.never_null(part, change.before, relation)]
                rewriting = f"{shown(before, change.before)}  =>  {shown(after, change.before)}"
                yield Done(change.pass_name, rewriting, tuple(facts))
            case NoTwoAlike(source, key):
                fact = proofs.no_two_alike(key, source, relation)
                yield Done(change.pass_name, "distinct over a key  =>  nothing", (fact,))
            case Narrowed(join, kind, there):
                names = [f"`{column.name}`" for column in join.columns if column.id in there]
                asked = (
                    f"only rows are needed in which {' and '.join(names)} {'is' if len(names) == 1 else 'are'} there"
                )
                yield Done(change.pass_name, f"{join.kind} join  =>  {kind} join: {asked}")
            case Needless(what, because, rests_on):
                why = "" if rests_on is None else proofs.of_key(rests_on.key, rests_on.source, relation)
                yield Done(change.pass_name, what, (Fact(because, why),) if why else ())
            case _:
                assert_never(note)


def summary(change: Change) -> str | None:
    """What a pass did as a whole; None where its notes say it all."""
    match change.pass_name:
        case "remove_dead":
            return "nothing that is built needs it"
        case "inline_views" if change.after is None:
            return "it is a step of the one that reads it"
        case "inline_views":
            names = [f"`{name}`" for name in scanned(change.before) if name not in scanned(change.after)]
            return f"{', '.join(names)} became a part of it: nothing else reads {'it' if len(names) == 1 else 'them'}"
        case "prune_columns":
            names = without(change.before, change.after)
            return f"without {', '.join(names)}: nothing needs {'it' if len(names) == 1 else 'them'}" if names else None
        case _:
            return None if change.notes and change.pass_name in _TOLD_BY_NOTES else law(change)


_TOLD_BY_NOTES = ("simplify", "remove_trivial", "narrow_joins", "remove_distinct", "push_limits")


def law(change: Change) -> str:
    """The first of what the pass does, as its docstring says it."""
    rewrite = dict(PASSES + AFTER_PRUNING)[change.pass_name]
    return cleandoc(rewrite.__doc__ or "").splitlines()[0]


def scanned(rel: Rel | None) -> list[str]:
    """The relations that `rel` scans, in no order but always the same."""
    return [] if rel is None else sorted({part.relation for part in every_rel(rel) if isinstance(part, Scan)})


def without(before: Rel, after: Rel | None) -> list[str]:
    """The names of columns that came into being in `before` and don't any more in `after`."""
    left = set() if after is None else {column.id for part in every_rel(after) for column in defines(part)}
    gone = {column.id: column for part in every_rel(before) for column in defines(part) if column.id not in left}
    return list(dict.fromkeys([gone[id_].name for id_ in sorted(gone)]))


def shown(expr: Expr, rel: Rel) -> str:
    """`expr`, which stands in `rel`, on one line."""
    text = show_expr(expr, with_columns({}, tuple(columns_in(expr, rel))))
    return " ".join(text.split())
