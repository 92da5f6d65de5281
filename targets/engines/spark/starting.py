"""Where rows come from: DataFrames of the program's relations, values, and what each row is multiplied into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oftra.datatypes import BIGINT, INT, DataType
from oftra.diagnostics.targets import UnsupportedOperator, WrittenElsewhere
from oftra.ir.expr import Cast, Column, Duration, Expr, Literal
from oftra.ir.rel import Opaque, Read, Recursion, Round, Sample, Scan, TimeWindow, Unnest, Values
from oftra.targets.engines.spark import sql_text
from oftra.targets.engines.spark.datatypes import identifier, type_name
from oftra.targets.engines.spark.expressions import ENGINE
from oftra.targets.engines.spark.frame import Frame, Owner, Slot, free_name, unique_names
from oftra.targets.engines.spark.literals import duration, python_value
from oftra.targets.engines.spark.wording import short
from oftra.targets.python import tree as py
from oftra.targets.sql.own_text import laid_out

_ARGUMENTS = frozenset({"self", "args", "sqlQuery"})

if TYPE_CHECKING:  # the planner and what starts its chains need each other
    from oftra.targets.engines.spark.plan import Planner


def named(
    planner: Planner, name: str, present: tuple[Column, ...], columns: tuple[Column, ...], alias: str | None = None
) -> Frame:
    """A DataFrame that has a name here. `present` are the columns that it has, `columns` those that are asked for."""
    owner = Owner(alias or name, planner.aliases)
    slots = [Slot(column.name, column.type, owner) for column in present]
    by_name = {slot.name: slot for slot in slots}
    held = {column.id: by_name[column.name] for column in columns}
    return Frame(py.Name(name), slots, columns, held, [owner])


def local(
    planner: Planner, name: str, columns: tuple[Column, ...], present: tuple[Slot, ...], holding: tuple[Slot, ...]
) -> Frame:
    """A DataFrame that was named here: the columns that it has, and those among them that hold `columns`."""
    owner = Owner(name, planner.aliases)
    slots = {id(slot): Slot(slot.name, slot.type, owner) for slot in present}
    held = {column.id: slots[id(slot)] for column, slot in zip(columns, holding)}
    return Frame(py.Name(name), list(slots.values()), columns, held, [owner])


def scan(planner: Planner, rel: Scan) -> Frame:
    """Another relation of the program."""
    name = planner.uses(rel.relation)
    return named(planner, name, planner.catalog.columns.get(rel.relation, rel.columns), rel.columns, rel.alias)


def read(planner: Planner, rel: Read) -> Frame:
    """A source's records, which may have more than the contract's columns."""
    name = records_of(rel.source)
    return named(planner, planner.uses(name), planner.catalog.columns.get(name, rel.columns), rel.columns)


def records_of(source: str) -> str:
    """The name under which the catalog knows a source's records as they are read."""
    return f"records of {source}"


def values(planner: Planner, rel: Values) -> Frame:
    """Rows that stand in the program."""
    planner.needs_spark = True
    names = list(unique_names([column.name for column in rel.columns]))
    slots = [Slot(name, column.type) for name, column in zip(names, rel.columns)]
    held = {column.id: slot for column, slot in zip(rel.columns, slots)}
    if not slots:
        # Rows of no columns are counted by `range`, whose own column nobody has asked for.
        slots = [Slot("id", BIGINT)]
    return Frame(_rows(planner, rel, names), slots, rel.columns, held, span=rel.span)


def _rows(planner: Planner, rel: Values, names: list[str]) -> py.Expr:
    spark = py.Name("spark")
    if not rel.columns:
        return py.method(spark, "range", py.number(len(rel.rows)))
    plain = [[_constant(cell, column.type) for cell, column in zip(row, rel.columns)] for row in rel.rows]
    if all(cell is not None for row in plain for cell in row):
        rows = py.ListOf(tuple([py.TupleOf(tuple([cell for cell in row if cell is not None])) for row in plain]))
        return py.method(spark, "createDataFrame", rows, py.String(schema(names, rel.columns)))
    say = planner.constants()
    made: list[py.Expr] = []
    for row in rel.rows:
        cells = [
            py.method(say.exact_as(cell, column.type), "alias", py.String(name))
            for cell, column, name in zip(row, rel.columns, names)
        ]
        made.append(py.method(py.method(spark, "range", py.number(1)), "select", *cells))
    first, *others = made
    for other in others:
        first = py.method(first, "union", other)
    return first


def _constant(cell: Expr, type_: DataType) -> py.Expr | None:
    """The cell as a Python value of its column's type; None if it has to be computed."""
    match cell:
        case Literal():
            return python_value(cell.value, type_)
        case Cast(Literal(None), _):
            return py.NONE
        case _:
            return None


def schema(names: list[str], columns: tuple[Column, ...]) -> str:
    """Names and types, as Spark's DDL has them."""
    return ", ".join([f"{identifier(name)} {type_name(column.type)}" for name, column in zip(names, columns)])


def opaque(planner: Planner, rel: Opaque) -> Frame:
    """A query in Spark's own SQL; its holes are DataFrames, and its columns what its contract says."""
    if rel.engine != ENGINE:
        planner.report.add(WrittenElsewhere(rel.name, rel.engine, ENGINE, span=rel.span))
    planner.needs_spark = True
    names = {one.relation.rpartition(".")[2]: planner.uses(one.relation) for one in rel.inputs}
    # What `spark.sql` itself calls so can't be given by name.
    keys = {name: used + "_rows" if used in _ARGUMENTS else used for name, used in names.items()}
    text, shifts = laid_out(rel.text)
    text = sql_text.with_inputs(text, keys) if keys else sql_text.filled(text, {})
    words: py.Expr = py.String(text)
    if "\n" in text:
        called = planner.free_local("query")
        planner.statements.append(py.AssignText(called, text, shifts, span=rel.span))
        planner.locals[called], words = rel, py.Name(called)
    inputs = [py.Keyword(keys[name], py.Name(used)) for name, used in names.items()]
    found = py.method(py.Name("spark"), "sql", words, *inputs)
    wanted = py.String(schema([column.name for column in rel.columns], rel.columns))
    exactly = [py.Keyword(name, py.TRUE) for name in ("all_there", "none_else")]
    slots = [Slot(column.name, column.type) for column in rel.columns]
    start = py.call("reading", py.String(rel.name), py.Name("conformed"), found, wanted, *exactly)
    return Frame(start, slots, rel.columns, {c.id: slot for c, slot in zip(rel.columns, slots)}, span=rel.span)


def unnest(planner: Planner, rel: Unnest, frame: Frame) -> Frame:
    """Each row with each of the elements of an array."""
    array = short(planner.expressions(frame).exact(rel.array))
    taken = [slot.name for slot in frame.slots]
    name = free_name(rel.element.name, taken)
    element = Slot(name, rel.element.type)
    outer = "_outer" if rel.outer else ""
    held = {**frame.held, rel.element.id: element}
    slots = [*frame.slots, element]
    if rel.offset is None:
        frame.call("withColumn", py.String(name), py.call(f"F.explode{outer}", array), span=rel.span)
    else:
        place = Slot(free_name(rel.offset.name, [*taken, name]), INT)
        pairs = py.call(f"F.posexplode{outer}", array)
        frame.call("select", py.String("*"), py.method(pairs, "alias", py.String(place.name), py.String(name)))
        held[rel.offset.id] = place
        slots = [*frame.slots, place, element]
    frame.replaced(slots, held, rel.columns)
    return frame


def sample(planner: Planner, rel: Sample, frame: Frame) -> Frame:
    """A part of the rows by chance."""
    seed = () if rel.seed is None else (py.number(rel.seed),)
    if rel.unit == "percent":
        more = [py.Keyword("seed", part) for part in seed]
        frame.call("sample", py.Keyword("fraction", py.number(rel.amount / 100)), *more, span=rel.span)
    else:
        frame.call("orderBy", py.call("F.rand", *seed), span=rel.span)
        frame.call("limit", py.number(int(rel.amount)))
    return frame


def time_window(planner: Planner, rel: TimeWindow, frame: Frame) -> Frame:
    """Each row with the windows that it falls into, as a struct of their start and end."""
    time = planner.expressions(frame).said(rel.time)
    sizes = [_size(size) for size in rel.sizes]
    name = free_name("window", [slot.name for slot in frame.slots])
    match rel.kind, sizes:
        case "tumble", [size]:
            arguments: tuple[py.Expr, ...] = (size,)
        case "tumble", [size, offset]:
            arguments = (size, size, offset)
        case "hop", [slide, size]:
            arguments = (size, slide)
        case "session", [gap]:
            arguments = (gap,)
        case _:
            raise AssertionError(f"{rel.kind} is lowered")
    function = "F.session_window" if rel.kind == "session" else "F.window"
    frame.call("withColumn", py.String(name), py.call(function, time.argument, *arguments), span=rel.span)
    window = Slot(name, None)
    start, end = Slot(name, rel.start.type, None, ("start",)), Slot(name, rel.end.type, None, ("end",))
    frame.replaced([*frame.slots, window], {**frame.held, rel.start.id: start, rel.end.id: end}, rel.columns)
    return frame


def _size(size: Expr) -> py.Expr:
    assert isinstance(size, Literal) and isinstance(size.value, Duration)
    return py.String(duration(size.value))


def recursion(planner: Planner, rel: Recursion | Round) -> Frame:
    """A query that reads itself: DataFrames have none, and what SQL's `with recursive` reads is no DataFrame."""
    planner.report.add(UnsupportedOperator("`with recursive`", ENGINE, span=rel.span))
    return values(planner, Values((), rel.columns))
