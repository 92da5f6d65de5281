"""What DuckDB has no operator for, said with operators that it has: typed relations to typed relations.

tumble       the start and the end are computed from the time
hop          each row once for each of the starts that its time falls behind
cumulate     each row once for each of the ends that its time falls before
session      a running count of the gaps numbers the sessions, whose first and last time are its borders
"""

from itertools import count

from oftra.datatypes import BIGINT, BOOLEAN, INT, Array
from oftra.ir.expr import Call, Case, Column, Expr, Frame, FrameBound, Literal, SortKey, WindowCall
from oftra.ir.rel import Filter, Item, Project, Rel, TimeWindow, Unnest, Window
from oftra.ir.walk import bottom_up

BUCKET = "time_bucket"
"""`time_bucket(size, time, offset)`: the start of the window of `size` that `time` is in, counted from 1970."""

STEPS = "time_steps"
"""`time_steps(first, last, step)`: the times from `first` to `last`, a step apart."""


def lower(rel: Rel, fresh: "count[int] | None" = None) -> Rel:
    """`rel` without windows of time. New columns take their ids from `fresh`."""
    ids = count(-1, -1) if fresh is None else fresh

    def rule(part: Rel) -> Rel:
        return _lower_window(part, ids) if isinstance(part, TimeWindow) else part

    return bottom_up(rel, rule)


def _lower_window(rel: TimeWindow, fresh: "count[int]") -> Rel:
    source = rel.source
    if rel.time.nullable:
        source = Filter(source, _call("not", _call("is_null", rel.time)), span=rel.span)
    match rel.kind:
        case "tumble":
            size, *offset = rel.sizes
            start = Call(BUCKET, (size, rel.time, *offset), rel.start.type, False, span=rel.span)
            return _with(source, rel, start, Call("add", (start, size), rel.end.type, False))
        case "hop":
            slide, size = rel.sizes
            last = Call(BUCKET, (slide, rel.time), rel.start.type, False)
            after = Call("subtract", (rel.time, size), rel.start.type, False)
            first = Call("add", (Call(BUCKET, (slide, after), rel.start.type, False), slide), rel.start.type, False)
            steps = Call(STEPS, (first, last, slide), Array(rel.start.type), False)
            each = Unnest(source, steps, rel.start, span=rel.span)
            return _with(each, rel, rel.start, Call("add", (rel.start, size), rel.end.type, False))
        case "cumulate":
            step, size = rel.sizes
            start = Call(BUCKET, (size, rel.time), rel.start.type, False)
            first = Call("add", (Call(BUCKET, (step, rel.time), rel.start.type, False), step), rel.end.type, False)
            steps = Call(
                STEPS, (first, Call("add", (start, size), rel.end.type, False), step), Array(rel.end.type), False
            )
            each = Unnest(source, steps, rel.end, span=rel.span)
            return _with(each, rel, start, rel.end)
        case "session":
            return _session(rel, source, fresh)


def _with(source: Rel, rel: TimeWindow, start: Expr, end: Expr) -> Rel:
    """The columns of the window's own source, its start and its end."""
    passed = [Item(column, column) for column in rel.source.columns]
    return Project(source, (*passed, Item(rel.start, start), Item(rel.end, end)), span=rel.span)


def _session(rel: TimeWindow, source: Rel, fresh: "count[int]") -> Rel:
    (gap,) = rel.sizes
    by, order = rel.partition_by, (SortKey(rel.time),)
    previous = Column(next(fresh), "previous", rel.time.type)
    number = Column(next(fresh), "session", BIGINT)
    passed = [Item(column, column) for column in rel.source.columns]
    before = Window(
        source, (Item(previous, WindowCall("lag", (rel.time,), rel.time.type, True, by, order)),), span=rel.span
    )
    far = _call("greater", rel.time, Call("add", (previous, gap), rel.time.type, True))
    begins = Case(((far, Literal(1, INT)),), Literal(0, INT), INT, False)
    frame = Frame("rows", FrameBound("preceding"), FrameBound("current row"))
    counted = Window(before, (Item(number, WindowCall("sum", (begins,), BIGINT, True, by, order, frame)),))
    numbered = Project(counted, (*passed, Item(number, number)))
    within = (*by, number)
    first = WindowCall("min", (rel.time,), rel.start.type, True, within)
    last = WindowCall("max", (rel.time,), rel.end.type, True, within)
    latest = Column(next(fresh), "latest", rel.end.type)
    bordered = Window(numbered, (Item(rel.start, first), Item(latest, last)))
    return _with(bordered, rel, rel.start, Call("add", (latest, gap), rel.end.type, False))


def _call(function: str, *arguments: Expr) -> Call:
    return Call(function, arguments, BOOLEAN, any(argument.nullable for argument in arguments))
