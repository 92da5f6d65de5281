"""What operators over rows that never end keep of them, and until when they can forget it."""

from collections.abc import Iterator, Mapping
from typing import Literal as OneOf
from typing import NamedTuple, TypeAlias

from oftra.ir.expr import Call, Column, Expr, Literal, Runtime, WindowCall
from oftra.ir.facts import Facts, facts_of, settled, time_bound, versions_of, within
from oftra.ir.keys import conjuncts
from oftra.ir.program import Interface
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
    Recursion,
    Rel,
    Rule,
    Sample,
    SetOperation,
    Sort,
    Step,
    TimeWindow,
    Window,
)
from oftra.ir.walk import inputs
from oftra.source import Span

Interfaces: TypeAlias = Mapping[str, Interface]
Ids: TypeAlias = frozenset[int]

Until = OneOf["watermark", "ttl", "keys", "ever"]
"""When state goes: once the watermark has passed it, or its time to live; never, but it is bounded by its keys (or by a
relation that ends); never, and it grows with every row."""


class State(NamedTuple):
    """What an operator keeps, of rules for which `rule`. It `gave` rows once: what is kept tells those that are new."""

    operator: Rel
    what: str
    until: Until
    rule: Rule | None = None
    gave: bool = False


def states_of(rel: Rel, interfaces: Interfaces) -> list[State]:
    """What the operators of `rel` keep, from its sources on; nothing of those over rows that end."""
    return list(_states(rel, interfaces, frozenset()))


def _states(rel: Rel, interfaces: Interfaces, few: Ids) -> Iterator[State]:
    """`few` are the columns of which conditions above leave the first few numbers only."""
    if facts_of(rel, interfaces).bounded:
        return
    versions = versions_of(rel)
    for source in inputs(rel):
        within = _few(rel, few)
        yield from _states(versions.source if source is versions else source, interfaces, within)
    yield from _kept(rel, interfaces, few)


def _few(rel: Rel, few: Ids) -> Ids:
    """`few` below `rel`."""
    match rel:
        case Filter():
            return few.union(*[_numbered(part) for part in conjuncts(rel.condition)])
        case Project():
            return frozenset([i.value.id for i in rel.items if isinstance(i.value, Column) and i.column.id in few])
        case Step() | Window() | Distinct():
            return few
        case _:
            return frozenset()


def _numbered(condition: Expr) -> Ids:
    match condition:
        case Call("equal" | "less" | "less_equal", (Column(id_), Literal() | Runtime())):
            return frozenset([id_])
        case Call("equal" | "greater" | "greater_equal", (Literal() | Runtime(), Column(id_))):
            return frozenset([id_])
        case Call("between", (Column(id_), Literal() | Runtime(), Literal() | Runtime())):
            return frozenset([id_])
        case _:
            return frozenset()


def _kept(rel: Rel, interfaces: Interfaces, few: Ids) -> Iterator[State]:
    match rel:
        case Sort() | Limit():
            yield State(rel, "all rows", "ever")
        case Distinct():
            yield _told_apart(rel, rel.columns, facts_of(rel.source, interfaces))
        case SetOperation("union"):
            if not rel.all:
                facts = facts_of(rel, interfaces)
                yield _told_apart(rel, rel.columns, facts)
        case SetOperation():
            yield State(rel, "the rows of all its inputs", "ever")
        case Aggregate():
            until: Until = "watermark" if _passes(_ids(rel.keys), facts_of(rel.source, interfaces)) else "keys"
            names = [item.column.name for item in rel.keys]
            yield State(rel, f"a row for each ({', '.join(names)})" if names else "one row", until)
        case Window():
            yield from _numbering(rel, facts_of(rel.source, interfaces), few)
        case TimeWindow("session"):
            yield State(rel, "the rows of sessions", "watermark")
        case Join():
            yield _paired(rel, interfaces)
        case Checked():
            for rule in rel.rules:
                yield from _judged(rel, rule, interfaces)
        case Sample(unit="rows"):
            yield State(rel, "all rows", "ever")
        case Recursion():
            yield State(rel, "all rows of its rounds", "ever")
        case Opaque():
            yield State(rel, "what its engine's own words ask for", "keys")
        case _:
            return


def _ids(items: tuple[Item, ...]) -> Ids:
    return frozenset([item.value.id for item in items if isinstance(item.value, Column)])


def _passes(ids: Ids, facts: Facts) -> bool:
    """Whether the watermark passes all rows that agree in `ids`, as these tell the event time, or its window."""
    if facts.event_time is None or facts.watermark is None:
        return False
    return not ids.isdisjoint({facts.event_time, *(facts.window or ())})


def _told_apart(rel: Rel, columns: tuple[Column, ...], facts: Facts) -> State:
    until: Until = "watermark" if _passes(frozenset([c.id for c in columns]), facts) else "keys"
    names = ", ".join([column.name for column in columns])
    return State(rel, f"a row for each ({names})", until, gave=facts.changes == "append")


_RANKING = frozenset({"row_number", "rank", "dense_rank"})


def _numbering(rel: Window, facts: Facts, few: Ids) -> Iterator[State]:
    """What functions over windows keep; of those over the same rows only what keeps them longest."""
    longest: State | None = None
    for item in rel.items:
        call = item.value
        assert isinstance(call, WindowCall)
        each = ", ".join([key.name for key in call.partition_by if isinstance(key, Column)])
        of_each = f" of each ({each})" if each else ""
        if facts.watermark is not None and within(item, facts):
            state = State(rel, f"the rows{of_each}", "watermark")
        elif item.column.id in few and call.function in _RANKING:
            by_time = facts.changes == "append" and settled(item, facts.event_time)
            state = State(rel, f"the first rows{of_each}", "keys", gave=by_time)
        elif facts.changes == "append" and settled(item, facts.event_time):
            state = State(rel, f"what has been counted{of_each}", "keys")
        else:
            state = State(rel, f"all rows{of_each}", "ever")
        if longest is None or _LASTS[state.until] > _LASTS[longest.until]:
            longest = state
    if longest is not None:
        yield longest


_LASTS: Mapping[Until, int] = {"watermark": 0, "ttl": 1, "keys": 2, "ever": 3}


def _paired(rel: Join, interfaces: Interfaces) -> State:
    versions = versions_of(rel)
    left, right = facts_of(rel.left, interfaces), facts_of(versions.source if versions else rel.right, interfaces)
    if left.bounded or right.bounded:
        return State(rel, f"all rows of its {'left' if left.bounded else 'right'} side", "keys")
    until: Until = "ever" if rel.ttl is None else "ttl"
    if time_bound(rel, left, right) and left.watermark is not None and right.watermark is not None:
        until = "watermark"
    return State(rel, "the rows of both sides" if versions is None else "rows, and versions of them", until)


def place_of(rel: Rel) -> Span:
    """Where an operator was written: functions over windows are no operators of their own there."""
    return rel.items[0].value.span if isinstance(rel, Window) else rel.span


def operator_of(rel: Rel) -> str:
    """What an operator is called in programs."""
    match rel:
        case SetOperation() | TimeWindow():
            return rel.kind
        case Join():
            return "join" if rel.kind == "inner" else f"{rel.kind} join"
        case Sort():
            return "order by"
        case Window():
            return ", ".join(dict.fromkeys([i.value.function for i in rel.items if isinstance(i.value, WindowCall)]))
        case Sample():
            return "tablesample"
        case Checked():
            return "check"
        case _:
            return type(rel).__name__.lower()


def _judged(rel: Checked, rule: Rule, interfaces: Interfaces) -> Iterator[State]:
    if rule.kind == "unique":
        passes = _passes(frozenset([column.id for column in rule.columns]), facts_of(rel.source, interfaces))
        names = ", ".join([column.name for column in rule.columns])
        yield State(rel, f"each ({names})", "watermark" if passes else "ever", rule)
    elif rule.target is not None:
        target = interfaces.get(rule.target)
        ends = target is None or target.bounded
        yield State(rel, f"all rows of `{rule.target}`", "keys" if ends else "ever", rule)
