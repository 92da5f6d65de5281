"""Which chart a table is shown as: what its rows are of (a time, a category), and which of its columns measures them.

A line is drawn over a time, a bar for each category. Where several rows share a place in the chart they are added up,
so that only what may be added up (counts, sums) is drawn then.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from oftra.datatypes import Boolean, Date, Datetime, Decimal, Double, Float, Integer, String, Timestamp
from oftra.ir.expr import AggregateCall, Call, Cast, Column, Expr, WindowCall
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Aggregate, Project, Scan, Window
from oftra.ir.walk import every_rel

_TIMES = (Date, Timestamp, Datetime)
_NUMBERS = (Integer, Float, Double, Decimal)
_ORDINALS = frozenset({"year", "quarter", "month", "week", "day", "weekday", "hour", "minute"})
"""Integers by which rows are grouped are points in time if they are called so."""

_ADDED = frozenset({"count", "count_if", "sum"})
_RANKS = frozenset({"dense_rank", "ntile", "rank", "row_number"})
_SHAPING = frozenset({"abs", "ceil", "coalesce", "floor", "round"})
"""Functions of a measure that leave it what it is."""

MOST_BARS = 20
"""How many bars a chart has at most: those of the largest amounts."""

Role = Literal["added", "rank", "value"]


class Chart(NamedTuple):
    """Lines over `time`, one for each `series`; without a time, bars for what the columns `labels` say together.

    Where rows share a place, the measure is `added` up. Without one rows are counted, of a time by its days.
    """

    measure: Column | None
    time: Column | None = None
    series: Column | None = None
    labels: tuple[Column, ...] = ()
    added: bool = False

    @property
    def title(self) -> str:
        """What it shows, for people."""
        by = [self.time, self.series] if self.time is not None else [*self.labels]
        said = [spaced(one.name) for one in by if one is not None]
        return f"{self.amount} by {' and '.join(said)}"

    @property
    def amount(self) -> str:
        """What is measured, for people."""
        return "rows" if self.measure is None else spaced(self.measure.name)


def spaced(name: str) -> str:
    """A name as people would write it."""
    return name.replace("_", " ")


def chart_of(program: Program, relation: Relation) -> Chart | None:
    """The chart that says most of a table; None if none says anything."""
    if relation.feeds or relation.late_of or () in relation.interface.keys:
        return None
    columns = {column.name: column for column in relation.columns}
    key = _key(relation, columns)
    if not key and len(columns) > 2:
        return _counted(relation)
    parts = [columns[name] for name in key] or list(columns.values())
    roles = _roles(program, relation)
    measures = [one for one in relation.columns if _may_measure(one, key, roles)]
    # Money before means and shares, and these before counts.
    measures.sort(key=lambda one: (not isinstance(one.type, Decimal), roles[one.name] == "added"))
    times = [one for one in parts if isinstance(one.type, _TIMES) or (key and _is_ordinal(one))]
    times.sort(key=lambda one: one.name != relation.interface.event_time)
    texts = [one for one in parts if isinstance(one.type, String | Boolean)]
    if times and (found := _lines(times[0], texts, key, measures, roles)) is not None:
        return found
    if texts and measures and len(texts) >= len(key):
        return Chart(measures[0], labels=tuple(texts if key else texts[:1]))
    names = [one for one in relation.columns if isinstance(one.type, String) and _last(one.name) == "name"]
    if key and names and measures:
        return Chart(measures[0], labels=(names[0],))
    return None if times else _counted(relation)


def _counted(relation: Relation) -> Chart | None:
    """How many rows there are a day, else of each category: of things that have no place of their own in a chart."""
    times = [one for one in relation.columns if isinstance(one.type, _TIMES)]
    if times:
        return Chart(None, times[0], added=True)
    unique = {name for key in relation.interface.keys if len(key) == 1 for name in key}
    texts = [one for one in relation.columns if isinstance(one.type, String | Boolean) and one.name not in unique]
    return Chart(None, labels=(texts[0],), added=True) if texts else None


def _key(relation: Relation, columns: Mapping[str, Column]) -> tuple[str, ...]:
    """A key that has times and texts rather than numbers; a window of time stands in it by its start alone."""
    start, end = relation.interface.window or ("", "")
    keys = [tuple([one for one in key if one != end or start not in key]) for key in relation.interface.keys]
    plain = (*_TIMES, String, Boolean)
    keys.sort(key=lambda key: (sum([not isinstance(columns[one].type, plain) for one in key]), len(key)))
    return keys[0] if keys else ()


def _lines(
    time: Column, texts: list[Column], key: tuple[str, ...], measures: list[Column], roles: Mapping[str, Role]
) -> Chart | None:
    series = min(texts, key=lambda one: "name" not in one.name, default=None)
    is_alone = bool(key) and set(key) <= {time.name, series.name if series is not None else time.name}
    for measure in measures:
        if is_alone or roles[measure.name] == "added":
            return Chart(measure, time, series, added=not is_alone)
    return None


def _is_ordinal(column: Column) -> bool:
    return isinstance(column.type, Integer) and _last(column.name) in _ORDINALS


def _last(name: str) -> str:
    """The last word of a name."""
    return name.lower().rpartition("_")[2]


def _may_measure(column: Column, key: tuple[str, ...], roles: Mapping[str, Role]) -> bool:
    """Whether its numbers are amounts: not names of things, nor places in an order."""
    is_name = _last(column.name) in ("id", "key", "no", "number", *_ORDINALS)
    is_number = isinstance(column.type, _NUMBERS) and column.name not in key
    return is_number and not is_name and roles[column.name] != "rank"


def _roles(program: Program, relation: Relation) -> dict[str, Role]:
    """What the columns of a relation are, by name."""
    made: dict[int, Expr | AggregateCall | WindowCall] = {}
    scanned: dict[int, tuple[str, str]] = {}
    for part in every_rel(relation.rel):
        match part:
            case Project(_, items) | Window(_, items):
                made |= {item.column.id: item.value for item in items if not item.passes}
            case Aggregate(_, _, aggregates):
                made |= {item.column.id: item.value for item in aggregates}
            case Scan(name, columns):
                scanned |= {column.id: (name, column.name) for column in columns}
            case _:
                pass

    def role(value: object) -> Role:
        match value:
            case Column(id) if id in made:
                return role(made[id])
            case Column(id) if id in scanned:
                name, column = scanned[id]
                view = program.by_name[name]
                return "value" if view.kind == "source" else _roles(program, view)[column]
            case Cast(operand):
                return role(operand)
            case Call(function, (first, *_)) if function in _SHAPING:
                return role(first)
            case AggregateCall(function=function, distinct=False) if function in _ADDED:
                return "added"
            case WindowCall(function=function) if function in _RANKS:
                return "rank"
            case _:
                return "value"

    return {column.name: role(column) for column in relation.columns}
