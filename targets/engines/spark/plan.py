"""Typed relations as chains of DataFrame calls: which call says what. No decision is left to the printer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple, assert_never

from oftra.datatypes import Double, Float
from oftra.diagnostics import Report
from oftra.ir.columns import freshen
from oftra.ir.expr import Call, Column, Expr, Literal, Runtime
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
from oftra.ir.walk import every_rel
from oftra.targets.engines.spark import grouping, joining, projecting, starting
from oftra.targets.engines.spark.datatypes import sort_of
from oftra.targets.engines.spark.expressions import Expressions
from oftra.targets.engines.spark.first_rows import keys_of_first
from oftra.targets.engines.spark.frame import Frame, Slot, free_name, marked, quoted
from oftra.targets.engines.spark.hoisting import hoisted
from oftra.targets.engines.spark.lower import lower
from oftra.targets.engines.spark.needed import FEW, Needed, all_of, unsorted, uses
from oftra.targets.engines.spark.scope import FrameScope
from oftra.targets.engines.spark.settling import settled
from oftra.targets.engines.spark.wording import Around, Said
from oftra.targets.python import tree as py
from oftra.targets.python.write import expression

LINE = 60
"""So long may a condition be that several others are part of; else each has a line."""


@dataclass
class Catalog:
    """What relations are called in the module, all columns of each, and what may be relied on of them.

    `taken` are names that nothing inside a function should hide. `version` is the oldest Spark that the module is for.
    If it is `blind`, Spark plans queries before their tables are there, so that columns are added and none replaced.
    """

    names: Mapping[str, str]
    columns: Mapping[str, tuple[Column, ...]]
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    version: tuple[int, int] = (4, 1)
    blind: bool = False


class Body(NamedTuple):
    """A relation's function: its statements, the relations that it reads, and the values of the run that it uses."""

    statements: tuple[py.Statement, ...]
    relations: tuple[str, ...]
    runtimes: Mapping[str, Runtime]
    needs_spark: bool


class Planner:
    """Plans one relation. `statements` collects its steps.

    If it is `streaming`, its rows may never end: windows of time stay whole, for Spark forgets by them.
    """

    def __init__(self, catalog: Catalog, report: Report, streaming: bool = False) -> None:
        self.catalog = catalog
        self.streaming = streaming
        self.report = report
        self.runtimes: dict[str, Runtime] = {}
        self.around = Around(report, self.runtimes, catalog.version, streaming)
        self.statements: list[py.Statement] = []
        self.locals: dict[str, Rel] = {}
        self.windows: set[str] = set()
        self.steps: dict[str, tuple[tuple[Slot, ...], tuple[Slot, ...]]] = {}
        self.relations: dict[str, str] = {}
        self.aliases: set[str] = set()
        self.needs_spark = False

    def body(self, rel: Rel) -> Body:
        """The body of a function that gives exactly the rows of `rel`: its columns, in order, of their own types."""
        while isinstance(rel, Step):
            rel = rel.source
        chain = self.chain(rel)
        self.statements.append(py.Return(chain, span=rel.span))
        if any(isinstance(one, Window) for one in every_rel(rel)):
            self.statements = hoisted(self.statements, self._free_window)
        return Body(tuple(self.statements), tuple(self.relations), self.runtimes, self.needs_spark)

    def chain(self, rel: Rel) -> py.Expr:
        """The DataFrame of exactly the rows of `rel`, as an expression."""
        rel = lower(rel, self.catalog.interfaces, self.report, streaming=self.streaming)
        frame = self.plan(rel, all_of(rel), final=True)
        self.settle(frame, rel.columns)
        return frame.finished()

    def plan(self, rel: Rel, needed: Needed, final: bool = False, chosen: bool = False) -> Frame:
        """The DataFrame of `rel`, with what is `needed` of its columns, and perhaps more.

        If `final`, as a function gives it back; with `chosen` what is above names the columns that it keeps.
        """
        match rel:
            case Scan():
                return starting.scan(self, rel)
            case Project():
                return projecting.project(self, rel, needed, final, chosen)
            case Filter():
                return self._filter(rel, needed, final, chosen)
            case Join():
                return joining.join(self, rel, needed)
            case Aggregate():
                made = tuple([item for item in rel.aggregates if item.column.id in needed])
                return grouping.aggregate(self, rel, made, final)
            case Window(source, items):
                passed = tuple([Item(column, column) for column in source.columns])
                return projecting.computed(self, source, (*passed, *items), needed, final, chosen)
            case Sort(source, keys):
                return self._sort(rel, self.plan(source, needed | uses(*[key.expr for key in keys]), final, chosen))
            case Limit(source, rows, skip):
                return self._limit(self.plan(source, needed, final, chosen), rows, skip)
            case Distinct(source):
                frame = self.plan(unsorted(source), all_of(rel), final)
                self.settle(frame, rel.columns, exact=final)
                frame.call("distinct", span=rel.span)
                return frame
            case SetOperation():
                return self._set_operation(rel)
            case Values():
                return starting.values(self, rel)
            case Unnest():
                return starting.unnest(self, rel, self.plan(rel.source, needed | uses(rel.array)))
            case Sample(source):
                return starting.sample(self, rel, self.plan(source, needed, final))
            case Step():
                return self._step(rel)
            case Checked(source):
                # Its rules are judged by code of their own, before anything reads what it gives.
                return self.plan(source, needed, final)
            case Read():
                return starting.read(self, rel)
            case Opaque():
                return starting.opaque(self, rel)
            case Recursion() | Round():
                return starting.recursion(self, rel)
            case TimeWindow():
                return starting.time_window(self, rel, self.plan(rel.source, needed | uses(rel.time)))
            case _:
                assert_never(rel)

    # ----------------------------------------------------------------------------------------- what planning shares

    def expressions(self, frame: Frame) -> Expressions:
        """Says expressions over the columns of `frame`."""
        return Expressions(FrameScope(frame), self.around)

    def constants(self) -> Expressions:
        """Says expressions over no columns."""
        return self.expressions(Frame(py.NONE, [], (), {}))

    def uses(self, relation: str) -> str:
        """The name of a relation that is used."""
        name = self.catalog.names[relation]
        self.relations[relation] = name
        return name

    def free_local(self, wanted: str) -> str:
        """A name for a local variable."""
        return free_name(
            wanted, (*self.locals, *self.windows, *self.runtimes, *self.catalog.names.values(), *self.catalog.taken)
        )

    def _free_window(self, wanted: str) -> str:
        name = self.free_local(wanted)
        self.windows.add(name)
        return name

    def settle(self, frame: Frame, columns: tuple[Column, ...], exact: bool = True) -> None:
        """Leave exactly `columns`, in order, by their own names; with `exact` of exactly their types."""
        slots = [frame.slot(column) for column in columns]
        right = all(
            slot.name == column.name and not slot.path and (not exact or sort_of(slot.type) == sort_of(column.type))
            for slot, column in zip(slots, columns)
        )
        kept = {id(slot) for slot in slots}
        if not exact and len({slot.key for slot in slots}) < len(slots):
            right = False
        if right and len(kept) == len(slots) and [slot for slot in frame.slots if id(slot) in kept] == slots:
            extra = [slot for slot in frame.slots if id(slot) not in kept]
            if not extra:
                frame.columns = columns
                return
            if len(extra) <= min(FEW, len(kept)) and not frame.has_duplicates:
                frame.call("drop", *[py.String(quoted(slot.name)) for slot in extra])
                frame.replaced(slots, {c.id: slot for c, slot in zip(columns, slots)}, columns)
                return
        self.select(frame, tuple([Item(column, column) for column in columns]), exact)

    def select(self, frame: Frame, items: tuple[Item, ...], exact: bool, typed: bool = False) -> None:
        """Have exactly these items: by their own names, and of their types, if `exact`; just the latter if `typed`."""
        typed = typed or exact
        say = self.expressions(frame)
        arguments: list[py.Expr] = []
        slots: list[Slot] = []
        for item in items:
            name = item.column.name if exact else free_name(item.column.name, [slot.name for slot in slots])
            value = item.value
            slot = frame.held.get(value.id) if isinstance(value, Column) else None
            if slot is not None and (not typed or sort_of(slot.type) == sort_of(item.column.type)):
                arguments.append(frame.named(slot, name))
                slots.append(Slot(name, slot.type))
            else:
                said = self.say(say, item, typed)
                # A field that is chosen by its path is called as it is called there.
                is_called = said.name is not None and said.name.rpartition(".")[2] == quoted(name)
                made = said.argument if is_called else py.method(said.expr, "alias", py.String(name))
                arguments.append(marked(made, value))
                slots.append(Slot(name, said.type))
        frame.call("select", *arguments)
        held = {item.column.id: slot for item, slot in zip(items, slots)}
        frame.replaced(slots, held, tuple([item.column for item in items]))

    def say(self, say: Expressions, item: Item, exact: bool) -> Said:
        """An item's value; if `exact` of exactly its column's type."""
        said = say.said(item.value)
        return settled(said, item.column.type) if exact else said

    # ----------------------------------------------------------------------------------------- row by row

    def _filter(self, rel: Filter, needed: Needed, final: bool, chosen: bool) -> Frame:
        keys = keys_of_first(rel) if self.streaming else None
        if keys is not None:
            return self._first_rows(rel, keys, needed)
        frame = self.plan(rel.source, needed | uses(rel.condition), final, chosen)
        say = self.expressions(frame)
        whole = say.said(rel.condition).expr
        parts = conjuncts(rel.condition)
        if len(parts) == 1 or len(expression(whole)) <= LINE:
            frame.call("where", whole, span=rel.span)
            return frame
        present = [part for part in parts if self._is_present(frame, part)]
        if len(present) > 1:
            names = [py.String(frame.held[id_].name) for part in present for id_ in uses(part)]
            frame.call("dropna", py.Keyword("subset", py.ListOf(tuple(names))), span=rel.span)
            parts = tuple([part for part in parts if part not in present])
        for part in parts:
            frame.call("where", say.said(part).expr, span=part.span if part.span.end else rel.span)
        return frame

    def _first_rows(self, rel: Filter, keys: tuple[Column, ...], needed: Needed) -> Frame:
        """One row of each key, its number with it where that is asked for."""
        window = rel.source
        assert isinstance(window, Window)
        (number,) = [item.column for item in window.items]
        source = window.source
        frame = self.plan(source, (needed - {number.id}) | uses(*keys))
        slots = [frame.slot(key) for key in keys]
        if any(slot.path or frame.is_ambiguous(slot) for slot in slots):
            self.settle(frame, source.columns, exact=False)
            slots = [frame.slot(key) for key in keys]
        names = py.ListOf(tuple([py.String(slot.name) for slot in slots]))
        frame.call("dropDuplicates", names, span=rel.span)
        if number.id in needed:
            items = (*[Item(column, column) for column in source.columns], Item(number, Literal(1, number.type)))
            self.select(frame, tuple([item for item in items if item.column.id in needed]), exact=False)
        else:
            frame.columns = source.columns
        return frame

    def _is_present(self, frame: Frame, condition: Expr) -> bool:
        """Whether it says that a column is not null, in a way that `dropna` says too: that drops NaN as well."""
        match condition:
            case Call("not", (Call("is_null", (Column() as column,)),)):
                slot = frame.slot(column)
                floating = isinstance(slot.type, Float | Double | None)
                return (
                    not floating and not slot.path and not frame.is_ambiguous(slot) and slot.name == quoted(slot.name)
                )
            case _:
                return False

    def _sort(self, rel: Sort, frame: Frame) -> Frame:
        say = self.expressions(frame)
        order = [say.order_key(key) for key in rel.keys if not isinstance(key.expr, Literal)]
        if order:
            frame.call("orderBy", *order, span=rel.span)
        return frame

    def _limit(self, frame: Frame, rows: int | None, skip: int) -> Frame:
        if skip:
            frame.call("offset", py.number(skip))
        if rows is not None:
            frame.call("limit", py.number(rows))
        return frame

    # ----------------------------------------------------------------------------------------- over several rows

    def _step(self, rel: Step) -> Frame:
        """A named DataFrame of its own; the same under the same name is made once."""
        plain = freshen(rel, count(1).__next__) if rel.shared else rel
        name = next((name for name, known in self.locals.items() if known == plain), None)
        if name is None:
            frame = self.plan(rel.source, all_of(rel))
            slots = [frame.slot(column) for column in rel.columns]
            if frame.has_duplicates or any(s.path or s.name != c.name for s, c in zip(slots, rel.columns)):
                self.settle(frame, rel.columns, exact=False)
            name = self.free_local(rel.name.rpartition(".")[2])
            self.locals[name] = plain
            if rel.description:
                self.statements.append(py.Comment(rel.description))
            self.statements.append(py.Assign(py.Name(name), frame.finished(), span=rel.span))
            self.steps[name] = tuple(frame.slots), tuple([frame.slot(column) for column in rel.columns])
        return starting.local(self, name, rel.columns, *self.steps[name])

    def _set_operation(self, rel: SetOperation) -> Frame:
        frames: list[Frame] = []
        for part in rel.inputs:
            source = unsorted(part)
            frame = self.plan(source, all_of(source), final=True)
            typed = [
                Column(column.id, column.name if frames else wanted.name, wanted.type, column.nullable)
                for column, wanted in zip(part.columns, rel.columns)
            ]
            self.settle(frame, tuple(typed), exact=True)
            frames.append(frame)
        first, *others = frames
        match rel.kind:
            case "union":
                method = "union"
            case "intersect":
                method = "intersectAll" if rel.all else "intersect"
            case "except":
                method = "exceptAll" if rel.all else "subtract"
        for other in others:
            first.call(method, other, span=rel.span)
        if rel.kind == "union" and not rel.all:
            first.call("distinct")
        slots = [Slot(column.name, column.type) for column in rel.columns]
        first.replaced(slots, {column.id: slot for column, slot in zip(rel.columns, slots)}, rel.columns)
        return first
