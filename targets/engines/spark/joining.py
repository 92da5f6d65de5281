"""Joins: by the names that both sides share where that says it, else on a condition with aliases where names clash."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from oftra.ir.expr import Call, Column
from oftra.ir.keys import conjuncts
from oftra.ir.rel import Item, Join, Read, Rel, Scan, Step
from oftra.ir.walk import inputs
from oftra.targets.engines.spark.datatypes import sort_of
from oftra.targets.engines.spark.frame import Frame, Slot, quoted
from oftra.targets.engines.spark.needed import Needed, unsorted, uses
from oftra.targets.python import tree as py

if TYPE_CHECKING:  # the planner and its planning of joins need each other
    from oftra.targets.engines.spark.plan import Planner

Pair: TypeAlias = tuple[int, int]
"""A column on the left and one on the right, by id, that a join finds equal."""

WORDS = {"left": "left", "right": "right", "full": "full", "semi": "left_semi", "anti": "left_anti"}


def join(planner: Planner, rel: Join, needed: Needed) -> Frame:
    """Both sides joined."""
    both = needed if rel.condition is None else needed | uses(rel.condition)
    left = planner.plan(unsorted(rel.left), both)
    right = planner.plan(unsorted(rel.right), both)
    pairs = _pairs(rel, left, right, needed)
    _apart(planner, left, rel.left, right, both)
    _apart(planner, right, rel.right, left, both)
    if pairs:
        return _by_names(rel, left, right, pairs)
    return _on_condition(planner, rel, left, right)


def _apart(planner: Planner, frame: Frame, rel: Rel, other: Frame, needed: Needed) -> None:
    """Make sure that each column that has a namesake on the other side can be called by an alias."""
    theirs = {slot.key for slot in other.slots}
    clashing = [slot for slot in frame.slots if slot.owner is None and slot.key in theirs]
    used = {frame.held[column.id].key for column in frame.columns if column.id in needed and column.id in frame.held}
    lost = [slot for slot in clashing if slot.key not in used]
    if lost and not frame.has_duplicates:
        frame.call("drop", *[py.String(quoted(slot.name)) for slot in lost])
        frame.slots = [slot for slot in frame.slots if slot not in lost]
        clashing = [slot for slot in clashing if slot not in lost]
    if not clashing:
        return
    if frame.has_duplicates:
        items = [Item(column, column) for column in frame.columns if column.id in needed and column.id in frame.held]
        planner.select(frame, tuple(items), exact=False)
    frame.own(_wanted(rel), planner.aliases)


def _wanted(rel: Rel) -> str:
    """What the rows are best called: as the relation that they come from first."""
    match rel:
        case Scan(relation):
            return rel.alias or relation.rpartition(".")[2]
        case Step(_, name):
            return name.rpartition(".")[2]
        case Read(source):
            return source.rpartition(".")[2]
        case _:
            below = inputs(rel)
            return _wanted(below[0]) if below else "rows"


def _pairs(rel: Join, left: Frame, right: Frame, needed: Needed) -> tuple[Pair, ...]:
    """The columns that `on=[names]` may name: equal ones of one name, of which only one is used later."""
    if rel.condition is None or rel.kind == "full":
        return ()
    found: list[Pair] = []
    for part in conjuncts(rel.condition):
        match part:
            case Call("equal", (Column() as a, Column() as b)):
                if a.id not in left.held:
                    a, b = b, a
            case _:
                return ()
        one, other = left.held.get(a.id), right.held.get(b.id)
        if (
            one is None
            or other is None
            or one.path
            or other.path
            or one.name != other.name
            or sort_of(one.type) != sort_of(other.type)
        ):
            return ()
        lost = {"left": b.id, "right": a.id}.get(rel.kind)
        if lost in needed or left.is_ambiguous(one) or right.is_ambiguous(other):
            return ()
        found.append((a.id, b.id))
    return tuple(found)


def _by_names(rel: Join, left: Frame, right: Frame, pairs: tuple[Pair, ...]) -> Frame:
    names = [py.String(left.held[ours].name) for ours, _ in pairs]
    on: py.Expr = names[0] if len(names) == 1 else py.ListOf(tuple(names))
    how = (py.String(WORDS[rel.kind]),) if rel.kind in WORDS else ()
    left.call("join", right, on, *how, span=rel.span)
    if rel.kind in ("semi", "anti"):
        left.columns = rel.columns
        return left
    # One column is left of each pair: of an outer join that of the side whose rows all stay.
    held = {**left.held, **right.held}
    keys: list[Slot] = []
    lost: set[int] = set()
    for ours, theirs in pairs:
        kept, gone = (theirs, ours) if rel.kind == "right" else (ours, theirs)
        keys.append(held[kept])
        lost |= {id(held[kept]), id(held[gone])}
        held[gone] = held[kept]
    slots = [*keys, *[slot for slot in (*left.slots, *right.slots) if id(slot) not in lost]]
    left.replaced(slots, held, rel.columns)
    return left


def _on_condition(planner: Planner, rel: Join, left: Frame, right: Frame) -> Frame:
    both = Frame(left.start, [*left.slots, *right.slots], rel.columns, {**left.held, **right.held})
    if rel.condition is None and rel.kind in ("inner", "cross"):
        left.call("crossJoin", right, span=rel.span)
    else:
        _name_in_order(both, rel, (left, right))
        condition = (
            py.call("F.lit", py.TRUE) if rel.condition is None else planner.expressions(both).said(rel.condition).expr
        )
        how = (py.String(WORDS[rel.kind]),) if rel.kind in WORDS else ()
        left.call("join", right, condition, *how, span=rel.span)
    if rel.kind in ("semi", "anti"):
        left.columns = rel.columns
        return left
    left.replaced(both.slots, both.held, rel.columns)
    return left


def _name_in_order(both: Frame, rel: Join, sides: tuple[Frame, Frame]) -> None:
    """Give aliases to the sides that the condition calls by one, the left one first: it keeps its own name."""
    used = uses(rel.condition) if rel.condition is not None else frozenset()
    for side in sides:
        for id_ in sorted(used & side.held.keys()):
            both.path(side.held[id_])
