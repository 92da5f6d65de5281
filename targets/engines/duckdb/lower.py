"""What DuckDB has no operator for, said with operators that it has: typed relations to typed relations.

tumble       the start and the end are computed from the time
hop          each row once for each of the starts that its time falls behind
cumulate     each row once for each of the ends that its time falls before
session      a running count of the gaps numbers the sessions, whose first and last time are its borders
"""

from itertools import count

from oftra.datatypes import Array
from oftra.ir.expr import Call
from oftra.ir.rel import Filter, Rel, TimeWindow, Unnest
from oftra.ir.walk import bottom_up
from oftra.targets.sql.planning.sessions import call, session, with_borders

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
        source = Filter(source, call("not", call("is_null", rel.time)), span=rel.span)
    match rel.kind:
        case "tumble":
            size, *offset = rel.sizes
            start = Call(BUCKET, (size, rel.time, *offset), rel.start.type, False, span=rel.span)
            return with_borders(source, rel, start, Call("add", (start, size), rel.end.type, False))
        case "hop":
            slide, size = rel.sizes
            last = Call(BUCKET, (slide, rel.time), rel.start.type, False)
            after = Call("subtract", (rel.time, size), rel.start.type, False)
            first = Call("add", (Call(BUCKET, (slide, after), rel.start.type, False), slide), rel.start.type, False)
            steps = Call(STEPS, (first, last, slide), Array(rel.start.type), False)
            each = Unnest(source, steps, rel.start, span=rel.span)
            return with_borders(each, rel, rel.start, Call("add", (rel.start, size), rel.end.type, False))
        case "cumulate":
            step, size = rel.sizes
            start = Call(BUCKET, (size, rel.time), rel.start.type, False)
            first = Call("add", (Call(BUCKET, (step, rel.time), rel.start.type, False), step), rel.end.type, False)
            steps = Call(
                STEPS, (first, Call("add", (start, size), rel.end.type, False), step), Array(rel.end.type), False
            )
            each = Unnest(source, steps, rel.end, span=rel.span)
            return with_borders(each, rel, start, rel.end)
        case "session":
            return session(rel, fresh)
