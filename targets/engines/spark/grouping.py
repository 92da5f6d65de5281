"""Aggregates: `groupBy` with `agg`, `agg` alone, `groupingSets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oftra.datatypes import BIGINT
from oftra.ir.expr import AggregateCall, Column
from oftra.ir.rel import Aggregate, Item
from oftra.targets.engines.spark.datatypes import sort_of
from oftra.targets.engines.spark.event_times import timed
from oftra.targets.engines.spark.expressions import Expressions
from oftra.targets.engines.spark.frame import Frame, Slot, free_name, marked, quoted
from oftra.targets.engines.spark.needed import unsorted, uses
from oftra.targets.python import tree as py

if TYPE_CHECKING:  # the planner and its planning of aggregates need each other
    from oftra.targets.engines.spark.plan import Planner


ROWS = Item(Column(-1, "rows", BIGINT, False), AggregateCall("count", (), BIGINT, False))
"""How many there are, where nothing is asked of a group."""


def aggregate(planner: Planner, rel: Aggregate, made: tuple[Item, ...], final: bool) -> Frame:
    """Groups of the rows of `rel`'s source, with `made` computed from each: expressions over aggregates."""
    keys = {item.column.id for item in rel.keys}
    if (not rel.keys or rel.sets is not None) and not made:
        # All rows make one, also where there are none: only an aggregate says so. Grouping sets need one, too.
        made = rel.aggregates[:1] or (ROWS,)
    # An aggregate may use a key, which need not be a column of the source.
    needed = uses(*[item.value for item in rel.keys]) | (uses(*[item.value for item in made]) - keys)
    frame = planner.plan(unsorted(rel.source), needed, chosen=True)
    timed(planner, frame, rel.source)
    if rel.sets is not None:
        rel = _with_plain_keys(planner, frame, rel, made, final)
    # Inside `agg` a key that is a plain column can be used like any other.
    plain = {i.column.id: frame.held[i.value.id] for i in rel.keys if isinstance(i.value, Column)}
    say = planner.expressions(Frame(frame.start, frame.slots, frame.columns, {**frame.held, **plain}))
    names: list[str] = []
    key_slots: list[Slot] = []
    grouped: list[py.Expr] = []
    windows: dict[str, Slot] = {}
    held: dict[int, Slot] = {}
    for item in rel.keys:
        border = _border(frame, item) if planner.streaming else None
        if border is not None:
            # Only by the whole window Spark tells when no more rows come into it.
            if border.name not in windows:
                windows[border.name] = Slot(border.name, None)
                names.append(border.name)
                grouped.append(py.String(quoted(border.name)))
            held[item.column.id] = Slot(border.name, item.column.type, None, border.path)
            continue
        expr, slot = _key(planner, frame, say, item, names, final)
        grouped.append(expr)
        key_slots.append(slot)
        held[item.column.id] = slot
    slots = [*key_slots, *windows.values()]
    aggregates: list[py.Expr] = []
    for item in made:
        said = planner.say(say, item, final)
        slots.append(Slot(_free(item.column, names), said.type))
        held[item.column.id] = slots[-1]
        aggregates.append(marked(py.method(said.expr, "alias", py.String(names[-1])), item.value))
    _call(frame, rel, grouped, names, aggregates)
    frame.replaced(slots, held, tuple([item.column for item in (*rel.keys, *made)]))
    return frame


def _call(frame: Frame, rel: Aggregate, grouped: list[py.Expr], names: list[str], aggregates: list[py.Expr]) -> None:
    if rel.sets is not None:
        sets = [py.ListOf(tuple([py.String(names[at]) for at in positions])) for positions in rel.sets]
        frame.call("groupingSets", py.ListOf(tuple(sets)), *grouped, span=rel.span)
        frame.call("agg", *aggregates)
    elif not aggregates:
        frame.call("select", *grouped, span=rel.span)
        frame.call("distinct")
    elif grouped:
        frame.call("groupBy", *grouped, span=rel.span)
        frame.call("agg", *aggregates)
    else:
        frame.call("agg", *aggregates, span=rel.span)


def _border(frame: Frame, item: Item) -> Slot | None:
    """The start or end of a window of time that is there as a whole, if a key is one."""
    if not isinstance(item.value, Column):
        return None
    slot = frame.held[item.value.id]
    return slot if slot.path in (("start",), ("end",)) else None


def _key(
    planner: Planner, frame: Frame, say: Expressions, item: Item, names: list[str], final: bool
) -> tuple[py.Expr, Slot]:
    if isinstance(item.value, Column):
        slot = frame.held[item.value.id]
        if not final or sort_of(slot.type) == sort_of(item.column.type):
            name = _free(item.column, names)
            return frame.named(slot, name), Slot(name, slot.type)
    said = planner.say(say, item, final)
    name = _free(item.column, names)
    return marked(py.method(said.expr, "alias", py.String(name)), item.value), Slot(name, said.type)


def _free(column: Column, names: list[str]) -> str:
    names.append(free_name(column.name, names))
    return names[-1]


def _with_plain_keys(planner: Planner, frame: Frame, rel: Aggregate, made: tuple[Item, ...], final: bool) -> Aggregate:
    """Grouping sets name their keys, so that each has to be there as a column by its name, of its type if it counts."""
    if not all(_is_plain(frame, item, final) for item in rel.keys):
        needed = uses(*[item.value for item in made]) - {item.column.id for item in rel.keys}
        passed = [Item(column, column) for column in frame.columns if column.id in needed]
        planner.select(frame, (*rel.keys, *passed), exact=False, typed=final)
        keys = tuple([Item(item.column, item.column) for item in rel.keys])
        return Aggregate(rel.source, keys, rel.aggregates, rel.sets, span=rel.span)
    return rel


def _is_plain(frame: Frame, item: Item, final: bool) -> bool:
    if not isinstance(item.value, Column):
        return False
    slot = frame.held[item.value.id]
    if final and sort_of(slot.type) != sort_of(item.column.type):
        return False
    return slot.name == item.column.name and not slot.path and not frame.is_ambiguous(slot)
