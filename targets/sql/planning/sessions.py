"""Windows of time between gaps, said with window functions: typed relations to typed relations."""

from itertools import count

from oftra.datatypes import BIGINT, BOOLEAN, INT
from oftra.ir.expr import Call, Case, Column, Expr, Frame, FrameBound, Literal, SortKey, WindowCall
from oftra.ir.rel import Filter, Item, Project, Rel, TimeWindow, Window


def with_borders(source: Rel, rel: TimeWindow, start: Expr, end: Expr) -> Rel:
    """The columns of the window's own source, its start and its end."""
    passed = [Item(column, column) for column in rel.source.columns]
    return Project(source, (*passed, Item(rel.start, start), Item(rel.end, end)), span=rel.span)


def session(rel: TimeWindow, fresh: "count[int]") -> Rel:
    """A running count of the gaps numbers the sessions, whose first and last time are their borders."""
    source = rel.source
    if rel.time.nullable:
        source = Filter(source, call("not", call("is_null", rel.time)), span=rel.span)
    (gap,) = rel.sizes
    by, order = rel.partition_by, (SortKey(rel.time),)
    previous = Column(next(fresh), "previous", rel.time.type)
    number = Column(next(fresh), "session", BIGINT)
    passed = [Item(column, column) for column in rel.source.columns]
    before = Window(
        source, (Item(previous, WindowCall("lag", (rel.time,), rel.time.type, True, by, order)),), span=rel.span
    )
    far = call("greater", rel.time, Call("add", (previous, gap), rel.time.type, True))
    begins = Case(((far, Literal(1, INT)),), Literal(0, INT), INT, False)
    frame = Frame("rows", FrameBound("preceding"), FrameBound("current row"))
    counted = Window(before, (Item(number, WindowCall("sum", (begins,), BIGINT, True, by, order, frame)),))
    numbered = Project(counted, (*passed, Item(number, number)))
    within = (*by, number)
    first = WindowCall("min", (rel.time,), rel.start.type, True, within)
    last = WindowCall("max", (rel.time,), rel.end.type, True, within)
    latest = Column(next(fresh), "latest", rel.end.type)
    bordered = Window(numbered, (Item(rel.start, first), Item(latest, last)))
    return with_borders(bordered, rel, rel.start, Call("add", (latest, gap), rel.end.type, False))


def call(function: str, *arguments: Expr) -> Call:
    """A call that is a condition."""
    return Call(function, arguments, BOOLEAN, any(argument.nullable for argument in arguments))
