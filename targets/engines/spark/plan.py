"""Typed relations as chains of DataFrame calls: which call says what. No decision is left to the printer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, assert_never

from oftra.datatypes import DataType
from oftra.diagnostics import Report
from oftra.ir.expr import Column, Literal, Runtime
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
    Rel,
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
from oftra.targets.engines.spark import grouping, joining, starting
from oftra.targets.engines.spark.datatypes import sort_of
from oftra.targets.engines.spark.expressions import Expressions
from oftra.targets.engines.spark.frame import Frame, Slot, free_name, quoted
from oftra.targets.engines.spark.lower import lower
from oftra.targets.engines.spark.merging import inlined, merged
from oftra.targets.engines.spark.needed import Needed, all_of, unsorted, uses
from oftra.targets.engines.spark.scope import FrameScope
from oftra.targets.engines.spark.settling import settled
from oftra.targets.engines.spark.wording import Around, Said
from oftra.targets.python import tree as py


@dataclass
class Catalog:
    """What relations are called in the module, all columns of each, and what may be relied on of them.

    `taken` are names that nothing inside a function should hide. `version` is the oldest Spark that the module is for.
    """

    names: Mapping[str, str]
    columns: Mapping[str, tuple[Column, ...]]
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    version: tuple[int, int] = (4, 1)


class Body(NamedTuple):
    """A relation's function: its statements, the relations that it reads, and the values of the run that it uses."""

    statements: tuple[py.Statement, ...]
    relations: tuple[str, ...]
    runtimes: Mapping[str, Runtime]
    needs_spark: bool


class Planner:
    """Plans one relation. `statements` collects its steps."""

    def __init__(self, catalog: Catalog, report: Report) -> None:
        self.catalog = catalog
        self.report = report
        self.runtimes: dict[str, Runtime] = {}
        self.around = Around(report, self.runtimes, catalog.version)
        self.statements: list[py.Statement] = []
        self.locals: dict[str, Rel] = {}
        self.types: dict[str, tuple[DataType | None, ...]] = {}
        self.relations: dict[str, str] = {}
        self.aliases: set[str] = set()
        self.needs_spark = False

    def body(self, rel: Rel) -> Body:
        """The body of a function that gives exactly the rows of `rel`: its columns, in order, of their own types."""
        while isinstance(rel, Step):
            rel = rel.source
        chain = self.chain(rel)
        self.statements.append(py.Return(chain, span=rel.span))
        return Body(tuple(self.statements), tuple(self.relations), self.runtimes, self.needs_spark)

    def chain(self, rel: Rel) -> py.Expr:
        """The DataFrame of exactly the rows of `rel`, as an expression."""
        rel = lower(rel, self.catalog.interfaces, self.report)
        frame = self.plan(rel, all_of(rel), final=True)
        self.settle(frame, rel.columns)
        return frame.finished()

    def plan(self, rel: Rel, needed: Needed, final: bool = False) -> Frame:
        """The DataFrame of `rel`, with what is `needed` of its columns; if `final`, as a function gives it back."""
        match rel:
            case Scan():
                return starting.scan(self, rel)
            case Project():
                return self._project(rel, needed, final)
            case Filter():
                return self._filter(rel, needed, final)
            case Join():
                return joining.join(self, rel, needed)
            case Aggregate():
                made = tuple([item for item in rel.aggregates if item.column.id in needed])
                return grouping.aggregate(self, rel, made, final)
            case Window(source, items):
                passed = tuple([Item(column, column) for column in source.columns])
                return self._computed(source, (*passed, *items), needed, final)
            case Sort(source, keys):
                return self._sort(rel, self.plan(source, needed | uses(*[key.expr for key in keys]), final))
            case Limit(source, rows, skip):
                return self._limit(self.plan(source, needed, final), rows, skip)
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
        return free_name(wanted, (*self.locals, *self.catalog.names.values(), *self.catalog.taken))

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
            if len(extra) <= min(3, len(kept)) and not frame.has_duplicates:
                frame.call("drop", *[py.String(quoted(slot.name)) for slot in extra])
                frame.replaced(slots, {c.id: slot for c, slot in zip(columns, slots)}, columns)
                return
        self.select(frame, tuple([Item(column, column) for column in columns]), exact)

    def select(self, frame: Frame, items: tuple[Item, ...], exact: bool) -> None:
        """Have exactly these items."""
        say = self.expressions(frame)
        arguments: list[py.Expr] = []
        slots: list[Slot] = []
        for item in items:
            name = item.column.name if exact else free_name(item.column.name, [slot.name for slot in slots])
            value = item.value
            slot = frame.held.get(value.id) if isinstance(value, Column) else None
            if slot is not None and (not exact or sort_of(slot.type) == sort_of(item.column.type)):
                arguments.append(frame.named(slot, name))
                slots.append(Slot(name, slot.type))
            else:
                said = self.say(say, item, exact)
                arguments.append(py.method(said.expr, "alias", py.String(name)))
                slots.append(Slot(name, said.type))
        frame.call("select", *arguments)
        held = {item.column.id: slot for item, slot in zip(items, slots)}
        frame.replaced(slots, held, tuple([item.column for item in items]))

    def say(self, say: Expressions, item: Item, exact: bool) -> Said:
        """An item's value; if `exact` of exactly its column's type."""
        said = say.said(item.value)
        return settled(said, item.column.type) if exact else said

    # ----------------------------------------------------------------------------------------- row by row

    def _filter(self, rel: Filter, needed: Needed, final: bool) -> Frame:
        frame = self.plan(rel.source, needed | uses(rel.condition), final)
        frame.call("where", self.expressions(frame).said(rel.condition).expr, span=rel.span)
        return frame

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

    def _project(self, rel: Project, needed: Needed, final: bool) -> Frame:
        items = tuple([item for item in rel.items if item.column.id in needed])
        source = rel.source
        match source:
            case Aggregate():
                made = merged(source, items)
                if made is not None:
                    return self._over_groups(source, made, items, final)
            case Window():
                together = inlined(items, {item.column.id: item.value for item in source.items})
                if together is not None:
                    return self._computed(source.source, together, needed, final)
            case _:
                pass
        return self._computed(source, items, needed, final)

    def _over_groups(self, source: Aggregate, made: tuple[Item, ...], items: tuple[Item, ...], final: bool) -> Frame:
        """A projection of groups, whose computed items `agg` makes."""
        frame = grouping.aggregate(self, source, made, final)
        computed = {item.column.id for item in made}
        held: dict[int, Slot] = {}
        for item in items:
            value = item.value
            is_key = isinstance(value, Column) and item.column.id not in computed
            held[item.column.id] = frame.held[value.id if is_key and isinstance(value, Column) else item.column.id]
        frame.replaced(frame.slots, held, tuple([item.column for item in items]))
        return frame

    def _computed(self, source: Rel, items: tuple[Item, ...], needed: Needed, final: bool) -> Frame:
        """Rows of these items, by as few words as say it."""
        items = tuple([item for item in items if item.column.id in needed])
        frame = self.plan(source, uses(*[item.value for item in items]))
        if all(isinstance(item.value, Column) for item in items):
            held = {item.column.id: frame.held[item.value.id] for item in items if isinstance(item.value, Column)}
            frame.replaced(frame.slots, held, tuple([item.column for item in items]))
        elif not self._extended(frame, source, items, final):
            self.select(frame, items, final)
        return frame

    def _extended(self, frame: Frame, source: Rel, items: tuple[Item, ...], final: bool) -> bool:
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
        kept = {id(slot) for slot in held.values()}
        over = [slot for slot in frame.slots if slot.key in made]
        lost = [c for c in source.columns if c.id in frame.held and id(frame.held[c.id]) not in kept]
        if any(frame.held[column.id].key not in made for column in lost) or any(id(slot) in kept for slot in over):
            return False
        if len(over) != len({slot.key for slot in over}):
            return False
        slots = list(frame.slots)
        say = self.expressions(frame)
        new: list[tuple[py.Expr, py.Expr]] = []
        for item in made.values():
            said = self.say(say, item, final)
            slot = Slot(item.column.name, said.type)
            new.append((py.String(item.column.name), said.expr))
            at = next((at for at, old in enumerate(slots) if old.key == slot.key), None)
            if at is None:
                slots.append(slot)
            else:
                slots[at] = slot
            held[item.column.id] = slot
        if final and [held[item.column.id] for item in items] != slots:
            return False
        if len(new) == 1:
            frame.call("withColumn", *new[0])
        else:
            frame.call("withColumns", py.DictOf(tuple(new)))
        frame.replaced(slots, held, tuple([item.column for item in items]))
        return True

    # ----------------------------------------------------------------------------------------- over several rows

    def _step(self, rel: Step) -> Frame:
        """A named DataFrame of its own; the same under the same name is made once."""
        name = next((name for name, known in self.locals.items() if known == rel), None)
        if name is None:
            frame = self.plan(rel.source, all_of(rel))
            self.settle(frame, rel.columns, exact=False)
            name = self.free_local(rel.name.rpartition(".")[2])
            self.locals[name] = rel
            if rel.description:
                self.statements.append(py.Comment(rel.description))
            self.statements.append(py.Assign(py.Name(name), frame.finished(), span=rel.span))
            self.types[name] = tuple([slot.type for slot in frame.slots])
        return starting.local(self, name, rel.columns, self.types[name])

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
