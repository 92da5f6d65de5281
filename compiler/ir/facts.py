"""What may be relied on of a relation, by proof alone: bounds, changes, event time; for keys see `keys`."""

from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple, assert_never

from oftra.ir.columns import free_columns
from oftra.ir.expr import Call, Cast, Column, Duration, Expr, WindowCall
from oftra.ir.keys import NONE, Keys, conjuncts, keys_of
from oftra.ir.program import Changes, Interface
from oftra.ir.rel import (
    Aggregate,
    Checked,
    Distinct,
    Filter,
    Item,
    Join,
    Limit,
    Opaque,
    Project,
    Read,
    Recursion,
    Rel,
    Round,
    Sample,
    Scan,
    SetOperation,
    Sort,
    Step,
    TimeWindow,
    Unnest,
    Values,
    Window,
)


class Facts(NamedTuple):
    """What an `Interface` says, by column id."""

    bounded: bool = True
    changes: Changes = "append"
    event_time: int | None = None
    watermark: Duration | None = None
    window: tuple[int, int] | None = None


def interface(rel: Rel, interfaces: Mapping[str, Interface]) -> Interface:
    """What others may rely on of a relation that is `rel`; `interfaces` are those of the relations that it scans.

    A `Read` is looked up under its source's name too: what the connector says of it.
    """
    keys = keys_of(rel, interfaces)
    facts = facts_of(rel, interfaces)
    names = {column.id: column.name for column in rel.columns}
    window = None
    if facts.window is not None and names.keys() >= set(facts.window):
        window = (names[facts.window[0]], names[facts.window[1]])
    return Interface(
        rel.columns,
        facts.bounded,
        facts.changes,
        tuple([tuple([column.name for column in rel.columns if column.id in key]) for key in keys]),
        None if facts.event_time is None else names.get(facts.event_time),
        facts.watermark if facts.event_time in names else None,
        window,
    )


def facts_of(rel: Rel, interfaces: Mapping[str, Interface]) -> Facts:
    """Bounds, changes and times of `rel`."""
    match rel:
        case Scan() | Read():
            name = rel.relation if isinstance(rel, Scan) else rel.source
            return _scanned(interfaces[name], rel.columns) if name in interfaces else Facts()
        case Values() | Round():
            return Facts()
        case Filter() | Sort() | Distinct() | Sample() | Step() | Checked():
            return facts_of(rel.source, interfaces)
        case Limit():
            facts = facts_of(rel.source, interfaces)
            # Of the first rows of what never ends, others may yet take the place.
            return facts if facts.bounded else facts._replace(changes=updating(keys_of(rel, interfaces)))
        case Project():
            return _projected(facts_of(rel.source, interfaces), rel, interfaces)
        case Join():
            return _joined(rel, interfaces)
        case Aggregate():
            return _aggregated(facts_of(rel.source, interfaces), rel, interfaces)
        case Window():
            return _numbered(facts_of(rel.source, interfaces), rel, interfaces)
        case SetOperation():
            return _combined(rel, interfaces)
        case Unnest():
            facts = facts_of(rel.source, interfaces)
            return facts if facts.changes == "append" else facts._replace(changes=updating(keys_of(rel, interfaces)))
        case TimeWindow():
            return facts_of(rel.source, interfaces)._replace(window=(rel.start.id, rel.end.id))
        case Opaque() | Recursion():
            bounded = all(facts_of(source, interfaces).bounded for source in rel.inputs)
            return Facts(bounded, "append" if bounded else "retract")
        case _:
            assert_never(rel)


def updating(keys: Keys) -> Changes:
    """How rows that may change later are said: by key if there is one, else by taking them back."""
    return "upsert" if any(keys) else "retract"


def _scanned(known: Interface, columns: tuple[Column, ...]) -> Facts:
    ids = {column.name: column.id for column in columns}
    window = None
    if known.window is not None and ids.keys() >= set(known.window):
        window = (ids[known.window[0]], ids[known.window[1]])
    changes = known.changes
    if changes == "upsert" and not any(ids.keys() >= set(key) for key in known.keys if key):
        changes = "retract"
    event_time = None if known.event_time is None else ids.get(known.event_time)
    return Facts(known.bounded, changes, event_time, known.watermark if event_time is not None else None, window)


def _projected(facts: Facts, rel: Project, interfaces: Mapping[str, Interface]) -> Facts:
    new = dict[int, int]()
    for item in rel.items:
        if isinstance(item.value, Column):
            new.setdefault(item.value.id, item.column.id)
    window = None
    if facts.window is not None and new.keys() >= set(facts.window):
        window = (new[facts.window[0]], new[facts.window[1]])
    changes = facts.changes
    if changes == "upsert":
        changes = updating(keys_of(rel, interfaces))
    event_time = None if facts.event_time is None else new.get(facts.event_time)
    return Facts(facts.bounded, changes, event_time, facts.watermark if event_time is not None else None, window)


def _joined(rel: Join, interfaces: Mapping[str, Interface]) -> Facts:
    versions = versions_of(rel)
    left, right = facts_of(rel.left, interfaces), facts_of(versions.source if versions else rel.right, interfaces)
    bounded = left.bounded and right.bounded
    changes: Changes = "append"
    if not bounded:
        # A row that has no partner may yet get one, unless the partners are all there or time bounds when they come.
        waits_left = rel.kind in ("left", "full", "anti") and not right.bounded
        waits_right = rel.kind in ("right", "full") and not left.bounded
        waits = (waits_left or waits_right) and not time_bound(rel, left, right)
        if waits or left.changes != "append" or right.changes != "append":
            changes = updating(keys_of(rel, interfaces))
    if rel.kind == "full":
        return Facts(bounded, changes)
    # The side whose time the pairs have, and the other: if that is a stream without bound, a pair may come any later.
    of_right = rel.kind == "right" or (left.event_time is None and rel.kind not in ("semi", "anti"))
    leads, follows = (right, left) if of_right else (left, right)
    if not follows.bounded and not time_bound(rel, left, right):
        return Facts(bounded, changes)
    return Facts(bounded, changes, leads.event_time, leads.watermark, leads.window)


def versions_of(rel: Rel) -> Window | None:
    """The right side of a join as of a time: each version of what it tells of, with the time of the next one."""
    match rel:
        case Join(right=Window(items=(Item(Column(until), WindowCall("lead")),)) as versions):
            parts = () if rel.condition is None else conjuncts(rel.condition)
            return versions if any(_is_last(part, until) for part in parts) else None
        case _:
            return None


def _is_last(condition: Expr, until: int) -> bool:
    match condition:
        case Call("or", (Call("is_null", (Column(id_),)), *_)):
            return id_ == until
        case _:
            return False


def time_bound(rel: Join, left: Facts, right: Facts) -> bool:
    """Whether the condition bounds how far apart in event time two partners are, or asks for the same window.

    The version that is valid at an event time is settled once all versions up to then are there.
    """
    if rel.condition is None:
        return False
    if versions_of(rel) is not None:
        return any(_begun(part, left, right) for part in conjuncts(rel.condition))
    above = below = False
    for part in conjuncts(rel.condition):
        match part:
            case Call("equal", (Column(a), Column(b))):
                ids = {a, b}
                if ids == {left.event_time, right.event_time}:
                    return True
                if left.window is not None and right.window is not None:
                    # Either end tells the window, if both are cut alike.
                    above = above or ids == {left.window[0], right.window[0]}
                    below = below or ids == {left.window[1], right.window[1]}
            case Call("less" | "less_equal", (a, b)):
                above, below = above or _times(a, b, left, right), below or _times(b, a, left, right)
            case Call("greater" | "greater_equal", (a, b)):
                above, below = above or _times(b, a, left, right), below or _times(a, b, left, right)
            case Call("between", (a, low, high)):
                above = above or _times(low, a, left, right) or _times(a, high, left, right)
                below = below or _times(a, low, left, right) or _times(high, a, left, right)
    return above and below


def _begun(condition: Expr, left: Facts, right: Facts) -> bool:
    match condition:
        case Call("greater_equal", (at, since)):
            return _times(at, since, left, right)
        case _:
            return False


def _times(one: Expr, other: Expr, left: Facts, right: Facts) -> bool:
    """Whether `one` is the left side's event time and `other` the right one's, each perhaps moved by an interval."""
    return _time(one) == left.event_time is not None and _time(other) == right.event_time is not None


def _time(expr: Expr) -> int | None:
    match expr:
        case Column(id_):
            return id_
        case Call("add" | "subtract", (time, distance)) if not free_columns(distance):
            return _time(time)
        case Cast(operand, implicit=True):
            return _time(operand)
        case _:
            return None


def _aggregated(facts: Facts, rel: Aggregate, interfaces: Mapping[str, Interface]) -> Facts:
    new = {item.value.id: item.column.id for item in rel.keys if isinstance(item.value, Column)}
    start, end = facts.window or (None, None)
    windowed = rel.sets is None and facts.event_time is not None and (start in new or end in new)
    if facts.bounded or (windowed and facts.changes == "append"):
        changes: Changes = "append"
    else:
        changes = updating(keys_of(rel, interfaces))
    if not windowed or end not in new:
        return Facts(facts.bounded, changes)
    assert end is not None
    window = (new[start], new[end]) if start in new and start is not None else None
    return Facts(facts.bounded, changes, new[end], facts.watermark, window)


def _numbered(facts: Facts, rel: Window, interfaces: Mapping[str, Interface]) -> Facts:
    if facts.bounded or (facts.changes == "append" and all(settled(i, facts.event_time) for i in rel.items)):
        return facts
    if facts.changes == "append" and facts.window is not None and all(within(i, facts) for i in rel.items):
        # Rows of a window of time are given once it is full: their time is its end then.
        return facts._replace(event_time=facts.window[1])
    return facts._replace(changes=updating(keys_of(rel, interfaces)))


def within(item: Item, facts: Facts) -> bool:
    """Whether a function over a window looks at rows of one window of event time only."""
    call = item.value
    if not isinstance(call, WindowCall) or facts.event_time is None or facts.window is None:
        return False
    return any(isinstance(key, Column) and key.id in facts.window for key in call.partition_by)


_LOOK_AHEAD = frozenset({"lead", "ntile", "percent_rank", "cume_dist"})


def settled(item: Item, event_time: int | None) -> bool:
    """Whether a function over a window needs no later row: it goes by event time, and up to the current row."""
    call = item.value
    if not isinstance(call, WindowCall) or event_time is None or not call.order_by or call.function in _LOOK_AHEAD:
        return False
    first = call.order_by[0]
    by_time = isinstance(first.expr, Column) and first.expr.id == event_time and not first.descending
    return by_time and (call.frame is None or call.frame.end.kind != "following")


def _combined(rel: SetOperation, interfaces: Mapping[str, Interface]) -> Facts:
    parts = [facts_of(source, interfaces) for source in rel.inputs]
    bounded = all(part.bounded for part in parts)
    changes: Changes = "append"
    if not bounded and (rel.kind != "union" or any(part.changes != "append" for part in parts)):
        changes = updating(NONE if rel.kind == "union" and rel.all else keys_of(rel, interfaces))
    places = set[int]()
    watermark: Duration | None = None
    for source, part in zip(rel.inputs, parts):
        places.add(next((at for at, column in enumerate(source.columns) if column.id == part.event_time), -1))
    if len(places) != 1 or places == {-1}:
        return Facts(bounded, changes)
    marks = [part.watermark for part in parts if part.watermark is not None]
    if marks:
        watermark = reduce(max, marks)
    return Facts(bounded, changes, rel.columns[places.pop()].id, watermark)
