"""Tables that aren't made whole: their queries, restricted to what the run covers.

A run covers the rows whose `window` column lies in `[run.start - lookback, run.end)`, widened to whole windows of the
call that made the column: a row in it is then made of all that it is made of in a run over everything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple, TypeAlias, cast

from oftra.datatypes import (
    BOOLEAN,
    DATE,
    DATETIME,
    DAYS,
    MONTHS,
    STRING,
    TIME,
    TIMESTAMP,
    DataType,
    Date,
    Datetime,
    Timestamp,
)
from oftra.ir.deletes import deletes_when
from oftra.ir.expr import Call, Cast, Column, Duration, Expr, Literal
from oftra.ir.options import word, words
from oftra.ir.program import Program, Relation
from oftra.ir.refresh import START, UNTIL, Kind, Refresh, Refreshed, is_partial, settled
from oftra.ir.rel import (
    Aggregate,
    Checked,
    Distinct,
    Filter,
    Join,
    Limit,
    Project,
    Rel,
    Sample,
    Scan,
    SetOperation,
    Sort,
    Step,
    TimeWindow,
    Unnest,
    Window,
)

DAY = 24 * 60 * 60 * 1_000_000


class Windows(NamedTuple):
    """The column is the start or the end of windows of time that are so long at most; sessions are of any length."""

    length: Duration | None
    is_end: bool


class Part(NamedTuple):
    """The column is the start of an hour, a day, a month, …."""

    part: str


Made: TypeAlias = Windows | Part
"""A call that made a column, as far as it tells which values stand for one span of time."""

DAY_OF = Part("day")


def sliced(program: Program) -> Program:
    """`program` with the rows that a run covers in place of those of tables that aren't made whole."""
    if not any(is_partial(relation, program) for relation in program.relations):
        return program
    relations = [_sliced(one, program) if is_partial(one, program) else one for one in program.relations]
    return replace(program, relations=tuple(relations))


def made_whole(program: Program) -> Program:
    """`program` with what one run over everything leaves in place of what is merged: of each key the last row."""
    if not any(is_partial(relation, program) for relation in program.relations):
        return program
    relations = [_settled(one, program) if is_partial(one, program) else one for one in program.relations]
    return replace(program, relations=tuple(relations))


def _settled(relation: Relation, program: Program) -> Relation:
    """Where nothing says which row of a key is the last, all are left: no run makes such a table."""
    refresh, _ = refresh_of(relation, program)
    has_one_a_key = refresh.has_one_row(relation.interface.keys)
    if refresh.kind != "merge" or (has_one_a_key and refresh.gone is None) or not (has_one_a_key or refresh.order_by):
        return relation
    return replace(relation, rel=settled(refresh, relation.rel, has_one_a_key))


def _sliced(relation: Relation, program: Program) -> Relation:
    refresh, covered = refresh_of(relation, program)
    rel = relation.rel if covered is None else Filter(relation.rel, covered, span=relation.span)
    own = {name: getattr(relation, name) for name in relation.__dataclass_fields__}
    return Refreshed(**{**own, "rel": rel}, refresh=refresh)


def refresh_of(relation: Relation, program: Program) -> tuple[Refresh, Expr | None]:
    """How a run refreshes a table, and the condition on its query's rows that they lie in the slice."""
    options = relation.options
    window = next((c for c in relation.columns if c.name == word(options.get("window"))), None)
    covered = None if window is None else condition(window, relation, program)
    kind = cast(Kind, word(options.get("refresh")))  # the checker knows no other
    key, order = (words(options.get(name)) for name in ("key", "order_by"))
    if window is None:
        return Refresh(kind, relation.columns, covered, key, order, deletes_when(relation)), covered
    made, _ = origin(window, relation, program)
    is_open = "lookback" not in options and any(isinstance(one, Windows) and one.length is None for one in made)
    newest = _newest(window, made)
    return Refresh(kind, relation.columns, covered, key, order, deletes_when(relation), is_open, newest), covered


def _newest(column: Column, made: Iterable[Made]) -> Expr | None:
    """The moment that has come where there is a row with this value of its `window` column.

    The end of a window lies behind what is in it. None: it isn't known how far.
    """
    moment: Expr = column if isinstance(column.type, Timestamp) else Cast(column, TIMESTAMP, column.nullable)
    for one in made:
        if isinstance(one, Windows) and one.is_end:
            if one.length is None:
                return None
            by = moved("subtract", moment, one.length)
            moment = replace(by, nullable=column.nullable) if isinstance(by, Call) else by
    return moment


def condition(column: Column, relation: Relation, program: Program) -> Expr:
    """Whether a row lies in the run's slice, by its `window` column. What has no time lies in every slice."""
    made, watermark = origin(column, relation, program)
    given = relation.options.get("lookback")
    back = given.value if isinstance(given, Literal) else given
    low = moved("subtract", START, back if isinstance(back, Duration) else watermark or Duration())
    high: Expr = UNTIL
    after, before = "greater_equal", "less"
    is_date = isinstance(column.type, Date)
    calls: list[Made | None] = [None, *reversed(made)]
    *others, last = calls
    if is_date and last == DAY_OF:
        last = None  # as a date it is that
    for one in (*others, last):
        match one:
            case Windows(Duration() as length, is_end=False):
                low, after = moved("subtract", low, length), "greater"
            case Windows(Duration() as length, is_end=True):
                high, after = moved("add", high, length), "greater"
            case Part(part) if one is not last:
                low, after = Call("date_trunc", (Literal(part, STRING), low), TIMESTAMP, False), "greater_equal"
            case Windows() | Part() | None:
                pass
    if is_date:
        # A date is a whole day.
        high, after, before = moved("subtract", high, Duration(micros=1)), "greater_equal", "less_equal"
    low, high = _as(low, column.type), _as(high, column.type)
    if isinstance(last, Part):
        low, after = Call("date_trunc", (Literal(last.part, STRING), low), column.type, False), "greater_equal"
    parts = [
        Call(after, (column, low), BOOLEAN, column.nullable),
        Call(before, (column, high), BOOLEAN, column.nullable),
    ]
    both = Call("and", tuple(parts), BOOLEAN, column.nullable)
    if not column.nullable:
        return both
    return Call("or", (Call("is_null", (column,), BOOLEAN, False), both), BOOLEAN, False)


def moved(function: str, moment: Expr, by: Duration) -> Expr:
    """A moment of the run so much earlier or later; said once if it was moved that way before."""
    match moment:
        case Call(same, (source, Literal(Duration() as before))) if same == function:
            if bool(before.months) == bool(by.months):
                moment, by = source, Duration(before.months + by.months, before.micros + by.micros)
    if by == Duration():
        return moment
    kind = MONTHS if by.months else DAYS if by.micros % DAY == 0 else TIME
    return Call(function, (moment, Literal(by, kind)), TIMESTAMP, False)


def _as(moment: Expr, type_: DataType) -> Expr:
    """A moment as a value of a column of time: a date or a reading of a clock is one in UTC."""
    return (
        moment if isinstance(type_, Timestamp) else Cast(moment, DATE if isinstance(type_, Date) else DATETIME, False)
    )


def origin(column: Column, relation: Relation, program: Program) -> tuple[list[Made], Duration | None]:
    """What made a column of a relation, the last first; and the watermark of the event time that it tells of."""
    made: list[Made] = []
    for found, mark in _origins(relation.rel, column.id, program):
        if mark is not None:
            return made, mark
        if found is not None:
            made.append(found)
    return made, None


def _origins(rel: Rel, id_: int, program: Program) -> Iterator[tuple[Made | None, Duration | None]]:
    """The calls that a column went through, the last one first; in the end the watermark, if it is an event time."""
    match rel:
        case TimeWindow():
            if id_ not in (rel.start.id, rel.end.id):
                yield from _origins(rel.source, id_, program)
                return
            yield Windows(length_of(rel), id_ == rel.end.id), None
            yield from _through(rel.time, rel.source, program)
        case Project() | Aggregate():
            items = rel.items if isinstance(rel, Project) else rel.keys
            for item in items:
                if item.column.id == id_:
                    yield from _through(item.value, rel.source, program)
        case Filter() | Sort() | Distinct() | Limit() | Step() | Window() | Unnest() | Checked() | Sample():
            yield from _origins(rel.source, id_, program)
        case Join():
            is_left = any(column.id == id_ for column in rel.left.columns)
            yield from _origins(rel.left if is_left else rel.right, id_, program)
        case SetOperation():
            place = next(at for at, column in enumerate(rel.columns) if column.id == id_)
            ways = [tuple(_origins(one, one.columns[place].id, program)) for one in rel.inputs]
            if all(way == ways[0] for way in ways):
                yield from ways[0]
        case Scan():
            name = next(column.name for column in rel.columns if column.id == id_)
            relation = program.by_name.get(rel.relation)
            if relation is None:
                return
            if relation.kind == "source" or relation.interface.event_time == name:
                yield None, relation.interface.watermark if relation.interface.event_time == name else None
                return
            below = next((column for column in relation.columns if column.name == name), None)
            if below is not None:
                yield from _origins(relation.rel, below.id, program)
        case _:
            return


def _through(value: Expr, source: Rel, program: Program) -> Iterator[tuple[Made | None, Duration | None]]:
    match value:
        case Column(id_):
            yield from _origins(source, id_, program)
        case Call("date_trunc", (Literal(str() as part), moment)):
            yield Part(part.lower()), None
            yield from _through(moment, source, program)
        case Cast(operand, Date()):
            if not isinstance(operand.type, Date):
                yield DAY_OF, None
            yield from _through(operand, source, program)
        case Cast(operand, Datetime() | Timestamp()):
            yield from _through(operand, source, program)
        case _:
            return


def length_of(rel: TimeWindow) -> Duration | None:
    """How long windows of time are at most; None of sessions: one may be of any length."""
    size = rel.sizes[1] if rel.kind in ("hop", "cumulate") else rel.sizes[0]
    if rel.kind == "session" or not isinstance(size, Literal) or not isinstance(size.value, Duration):
        return None
    return size.value
