"""Projections: columns that are added by name, chosen by `select`, or made where rows are grouped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oftra.ir.expr import Column
from oftra.ir.rel import Aggregate, Item, Project, Rel, Window
from oftra.targets.engines.spark import grouping
from oftra.targets.engines.spark.frame import Frame, Slot, marked
from oftra.targets.engines.spark.merging import inlined, merged, partly_merged
from oftra.targets.engines.spark.needed import FEW, Needed, uses
from oftra.targets.python import tree as py

if TYPE_CHECKING:  # the planner and its planning of projections need each other
    from oftra.targets.engines.spark.plan import Planner


def project(planner: Planner, rel: Project, needed: Needed, final: bool, chosen: bool) -> Frame:
    """A projection, together with groups or a window directly below it where one call says both."""
    items = tuple([item for item in rel.items if item.column.id in needed])
    source = rel.source
    match source:
        case Aggregate():
            made = merged(source, items, final)
            if made is not None:
                return _over_groups(planner, source, made, items, final)
            parted = partly_merged(source, items)
            if parted is not None:
                source, items = parted
        case Window():
            together = inlined(items, {item.column.id: item.value for item in source.items})
            if together is not None:
                return computed(planner, source.source, together, needed, final, chosen)
        case _:
            pass
    return computed(planner, source, items, needed, final, chosen)


def _over_groups(
    planner: Planner, source: Aggregate, made: tuple[Item, ...], items: tuple[Item, ...], final: bool
) -> Frame:
    """A projection of groups, whose computed items `agg` makes."""
    frame = grouping.aggregate(planner, source, made, final)
    computed = {item.column.id for item in made}
    held: dict[int, Slot] = {}
    for item in items:
        value = item.value
        is_key = isinstance(value, Column) and item.column.id not in computed
        held[item.column.id] = frame.held[value.id if is_key and isinstance(value, Column) else item.column.id]
    frame.replaced(frame.slots, held, tuple([item.column for item in items]))
    return frame


def computed(
    planner: Planner, source: Rel, items: tuple[Item, ...], needed: Needed, final: bool, chosen: bool
) -> Frame:
    """Rows of these items, by as few words as say it."""
    items = tuple([item for item in items if item.column.id in needed])
    frame = planner.plan(
        source, uses(*[item.value for item in items]), chosen=chosen or (final and _chooses(source, items))
    )
    if all(isinstance(item.value, Column) for item in items):
        held = {item.column.id: frame.held[item.value.id] for item in items if isinstance(item.value, Column)}
        frame.replaced(frame.slots, held, tuple([item.column for item in items]))
    elif not _extended(planner, frame, items, final, chosen):
        planner.select(frame, items, final)
    return frame


def _extended(planner: Planner, frame: Frame, items: tuple[Item, ...], final: bool, chosen: bool) -> bool:
    """Say the items as columns that are added or replaced, if that is what they are."""
    held: dict[int, Slot] = {}
    made: dict[str, Item] = {}
    for item in items:
        if isinstance(item.value, Column):
            held[item.column.id] = frame.held[item.value.id]
        elif item.column.name.lower() in made:
            return False
        else:
            made[item.column.name.lower()] = item
    kept = {id(slot) for slot in held.values()} | {id(slot) for slot in frame.slots if _is_inside(slot, held)}
    over = [slot for slot in frame.slots if slot.key in made]
    lost = [slot for slot in frame.slots if id(slot) not in kept and slot.key not in made]
    if (frame.has_duplicates and lost and not chosen) or (planner.catalog.blind and over):
        return False
    if any(id(slot) in kept for slot in over) or (not chosen and len(lost) > (0 if final else FEW)):
        return False
    if len(over) != len({slot.key for slot in over}):
        return False
    slots = list(frame.slots)
    say = planner.expressions(frame)
    new: list[tuple[py.Expr, py.Expr]] = []
    for item in made.values():
        said = planner.say(say, item, final)
        slot = Slot(item.column.name, said.type)
        new.append((py.String(item.column.name), marked(said.expr, item.value)))
        at = next((at for at, old in enumerate(slots) if old.key == slot.key), None)
        if at is None:
            slots.append(slot)
        else:
            slots[at] = slot
        held[item.column.id] = slot
    if final and [(slot, slot.name, slot.path) for slot in slots] != [
        (held[item.column.id], item.column.name, ()) for item in items
    ]:
        return False
    if len(new) > 2 or (len(new) == 2 and over):
        frame.call("withColumns", py.DictOf(tuple(new)))
    else:
        for one in new:
            frame.call("withColumn", *one)
    frame.replaced(slots, held, tuple([item.column for item in items]))
    return True


def _is_inside(slot: Slot, held: dict[int, Slot]) -> bool:
    """Whether something is held by a field of what is in the slot."""
    return any(one.path and one.key == slot.key for one in held.values())


def _chooses(source: Rel, items: tuple[Item, ...]) -> bool:
    """Whether the items are said by a `select`: columns of `source` under other names, in another order, or few."""
    place = {column.id: at for at, column in enumerate(source.columns)}
    passed = [item.value for item in items if isinstance(item.value, Column)]
    first = tuple([item.value for item in items[: len(passed)]])
    in_order = sorted(passed, key=lambda column: place.get(column.id, 0)) == passed
    renamed = any(item.value.name != item.column.name for item in items if isinstance(item.value, Column))
    return renamed or not in_order or first != tuple(passed) or len(place) - len(passed) > FEW
