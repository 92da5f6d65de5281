"""Programs of all operators, functions and types, over tables of every type."""

from random import Random
from typing import Literal as OneOf

from hostile_tables import ALL_TYPES, program_of
from typed_calls import SCALARS, STORED, Calls, called, constant
from typed_programs import Builder, Made, named_apart
from written_programs import written_program

from oftra import functions
from oftra.datatypes import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    NULL,
    TIME,
    TIMESTAMP,
    Array,
    DataType,
    Interval,
    Map,
    Struct,
)
from oftra.functions import Function, nullable
from oftra.functions.match import comparable
from oftra.functions.signature import read
from oftra.ir.expr import (
    AggregateCall,
    Call,
    Case,
    Column,
    Duration,
    Expr,
    Frame,
    FrameBound,
    Literal,
    SortKey,
    WindowCall,
)
from oftra.ir.facts import interface
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Aggregate, Filter, Item, Project, Rel, TimeWindow, Unnest, Window

LEFT_OUT = frozenset({"any_value"})
"""Functions that may give any of several values."""

ORDERED = frozenset({"array_agg", "string_agg"})
"""Aggregates that depend on an order."""


def storable(type_: DataType) -> bool:
    """Whether columns may have this type."""
    match type_:
        case Array(element):
            return storable(element)
        case Map(key, value):
            return storable(key) and storable(value)
        case Struct(fields):
            return all(storable(field.type) for field in fields)
        case _:
            return type_ != NULL and not isinstance(type_, Interval)


class Anything(Builder):
    """Makes relations of any operator, whose expressions call any function of the registry."""

    def __init__(self, random: Random, relations: dict[str, Rel], left_out: frozenset[str] = LEFT_OUT) -> None:
        super().__init__(random, relations)
        self.calls = Calls(random, self.expr, left_out)
        found = [functions.lookup(name) for name in functions.names() if name not in left_out]
        self.aggregates = [one for one in found if one is not None and one.kind == "aggregate"]

        self.over_rows = [one for one in found if one is not None and one.kind == "window"]

    # --- expressions

    def literal(self, type_: DataType) -> Expr:
        return constant(self.random, type_)

    def composed(self, columns: tuple[Column, ...], type_: DataType, depth: int) -> Expr | None:
        if type_ == BOOLEAN and self.chance(40):
            return self.condition(columns, depth)
        if self.chance(10):
            value, otherwise = self.expr(columns, type_, depth), self.expr(columns, type_, depth)
            condition = self.expr(columns, BOOLEAN, depth)
            return Case(((condition, value),), otherwise, type_, value.nullable or otherwise.nullable)
        return self.calls.of_type(columns, type_, depth)

    def simple(self, columns: tuple[Column, ...]) -> Expr:
        plain = tuple([column for column in columns if comparable(column.type)])
        return super().simple(plain) if plain else Literal(True, BOOLEAN)

    def total_order(self, columns: tuple[Column, ...]) -> tuple[SortKey, ...]:
        return super().total_order(tuple([column for column in columns if comparable(column.type)]))

    # --- relations

    def operator(self, rel: Rel, most: int) -> Rel:
        if not all(comparable(column.type) for column in rel.columns):
            # Such rows have no order, and are not told apart.
            own = self.pick("project", "project", "filter", "aggregate", "unnest")
            return self.named(own, rel, most)
        own = self.pick("project", "aggregate", "aggregate", "window", "unnest", "sets", "tumble", "other", "other")
        return super().operator(rel, most) if own == "other" else self.named(own, rel, most)

    def named(self, operator: str, rel: Rel, most: int) -> Rel:
        match operator:
            case "filter":
                return Filter(rel, self.expr(rel.columns, BOOLEAN, 2))
            case "aggregate":
                return self.aggregate(rel)
            case "window":
                return self.window(rel)
            case "sets":
                return self.sets(rel)
            case "tumble":
                return self.tumble(rel)
            case "unnest":
                return self.unnest(rel)
            case _:
                return self.project(rel)

    def wide(self) -> Rel:
        """Many calls over one table."""
        rel = self.scan()
        kind = self.pick("project", "project", "aggregate", "window")
        if kind == "window" and not all(comparable(column.type) for column in rel.columns):
            kind = "aggregate"
        match kind:
            case "project":
                return self.project(rel, self.pick(8, 12))
            case "aggregate":
                return self.aggregate(rel, 8)
            case _:
                return self.window(rel, 6)

    def project(self, rel: Rel, most: int = 3) -> Rel:
        kept = [Item(column, column) for column in self.mixed(rel.columns)[: self.pick(1, 2, 3)]]
        made = []
        for place in range(self.random.randint(1, 3) if most == 3 else most):
            type_ = self.pick(*STORED)
            value = self.expr(rel.columns, type_, self.pick(1, 2, 2, 3))
            if most > 3 and self.chance(60):
                # Every function once in a while, also one of which few types are made.
                called_ = self.calls.any_of(self.pick(*self.calls.scalars), rel.columns, self.pick(0, 1, 1))
                if called_ is not None and storable(called_.type):
                    value, type_ = called_, called_.type
            made.append(Item(self.column(f"c{place}", type_, value.nullable), value))
        return Project(rel, (*kept, *made))

    def unnest(self, rel: Rel) -> Rel:
        element = self.pick(*SCALARS[:5])
        array = self.expr(rel.columns, Array(element), 2)
        offset = self.column("place", BIGINT, False) if self.chance(40) else None
        outer = self.chance(30)
        if outer and offset is not None:
            offset = Column(offset.id, offset.name, offset.type, True)
        return Unnest(rel, array, self.column("el", element, True), offset, outer)

    def tumble(self, rel: Rel) -> Rel:
        kinds = [column for column in rel.columns if column.type == TIMESTAMP]
        if not kinds:
            return self.project(rel)
        hour, day = Literal(Duration(0, 3_600_000_000), TIME), Literal(Duration(0, 86_400_000_000), TIME)
        kind, sizes = self.pick(
            ("tumble", (hour,)), ("hop", (hour, day)), ("cumulate", (hour, day)), ("session", (day,))
        )
        by = tuple(self.mixed(rel.columns)[: self.pick(0, 1)]) if kind == "session" else ()
        start, end = self.column("start", TIMESTAMP, False), self.column("end", TIMESTAMP, False)
        return TimeWindow(kind, rel, self.pick(*kinds), sizes, start, end, by)

    def keys(self, rel: Rel, most: int) -> list[Item]:
        plain = [column for column in self.mixed(rel.columns) if comparable(column.type)]
        keys = []
        for place, column in enumerate(plain[: self.random.randint(0, most)]):
            if self.chance(70):
                keys.append(Item(column, column))
            else:
                value = self.expr(rel.columns, self.pick(INT, DATE, BOOLEAN), 1)
                keys.append(Item(self.column(f"k{place}", value.type, value.nullable), value))
        return keys

    def aggregate(self, rel: Rel, most: int = 3) -> Rel:
        keys = self.keys(rel, 2)
        items = [Item(self.column("n", BIGINT, False), AggregateCall("count", (), BIGINT, False))]
        for place in range(self.random.randint(1, 3) if most == 3 else most):
            made = self.aggregated(rel, bool(keys))
            if made is not None:
                items.append(Item(self.column(f"g{place}", made.type, made.nullable), made))
        return Aggregate(rel, tuple(keys), tuple(items))

    def aggregated(self, rel: Rel, keyed: bool) -> AggregateCall | None:
        function = self.pick(*self.aggregates)
        found = self.fitted(function, rel.columns)
        if found is None:
            return None
        order: tuple[SortKey, ...] = ()
        if function.name in ORDERED:
            if not all(comparable(column.type) for column in rel.columns):
                return None
            order = self.total_order(rel.columns)
        simple = not order and found.arguments and comparable(found.arguments[0].type) and len(found.arguments) == 1
        distinct = bool(simple) and self.chance(20)
        when = self.simple(rel.columns) if self.chance(25) else None
        null = nullable(function, found.arguments, may_be_empty=not keyed or when is not None)
        return AggregateCall(function.name, found.arguments, found.type, null, distinct, when, order)

    def fitted(self, function: Function, columns: tuple[Column, ...]) -> Call | None:
        """A call of an aggregate or window function, as if it were a scalar one."""
        signature = read(self.pick(*function.signatures))
        arguments = self.calls.arguments(function, signature, {}, columns, 1)
        if arguments is None:
            return None
        # What is about right is something else on each engine, unless all values are the same.
        if function.name == "approx_count_distinct":
            arguments = (Literal(self.pick(1, 2), INT),)
        if function.name == "approx_percentile":
            arguments = (Literal(self.pick(1.5, 0.0), DOUBLE), arguments[1])
        if function.name in ("arg_max", "arg_min"):
            # Of several rows with the highest value it may take any.
            arguments = (arguments[1], arguments[1])
        made = called(function, arguments)
        return made if isinstance(made, Call) else None

    def sets(self, rel: Rel) -> Rel:
        keys = self.keys(rel, 3)
        places = tuple(range(len(keys)))
        sets = self.pick(
            tuple([places[:upto] for upto in range(len(places), -1, -1)]), (places, ()), tuple([(at,) for at in places])
        )
        made = Aggregate(
            rel, tuple(keys), (Item(self.column("n", BIGINT, False), AggregateCall("count", (), BIGINT, False)),)
        )
        if not keys:
            return made
        nulls = tuple([Item(Column(key.column.id, key.column.name, key.column.type, True), key.value) for key in keys])
        return Aggregate(rel, nulls, made.aggregates, tuple(dict.fromkeys(sets)))

    def window(self, rel: Rel, most: int = 2) -> Rel:
        plain = [column for column in rel.columns if comparable(column.type)]
        by = tuple(self.mixed(tuple(plain))[: self.pick(0, 1, 2)])
        order = self.total_order(rel.columns)
        items = []
        for place in range(self.random.randint(1, 2) if most == 2 else most):
            function = self.pick(*self.over_rows, *[one for one in self.aggregates if one.name not in ORDERED])
            found = self.fitted(function, rel.columns)
            if found is None:
                continue
            frame = self.frame(function, order)
            null = nullable(function, found.arguments)
            made = WindowCall(function.name, found.arguments, found.type, null, by, order, frame)
            items.append(Item(self.column(f"w{place}", made.type, made.nullable), made))
        return Window(rel, tuple(items)) if items else rel

    def frame(self, function: Function, order: tuple[SortKey, ...]) -> Frame | None:
        if function.kind == "window" and function.name not in ("first_value", "last_value", "nth_value"):
            return None
        if self.chance(50):
            return None
        far = self.pick(None, Literal(1, INT), Literal(0, INT))
        start = self.pick(FrameBound("preceding", far), FrameBound("current row"))
        end = self.pick(FrameBound("following", self.pick(None, Literal(2, INT))), FrameBound("current row"))
        return Frame("rows", start, end)


def any_program(random: Random, left_out: frozenset[str] = LEFT_OUT) -> Made:
    """A query over tables of all types, and over a view of them that it may use twice."""
    if random.random() < 0.3:
        return written_program(random)
    tables = dict(ALL_TYPES)
    relations = program_of(tables).relations
    made = Anything(random, tables, left_out)
    if random.random() < 0.5:
        return Made(program_of(tables), named_apart(made.wide()))
    if random.random() < 0.3:
        rel = named_apart(made.relation(2))
        known = {relation.name: relation.interface for relation in relations}
        kind: OneOf["view", "table"] = "table" if random.random() < 0.4 else "view"
        relations = (*relations, Relation("v", kind, rel, interface(rel, known)))
        # Mostly the view, or stored table, is used.
        tables = {"v": rel, "t": tables["t"], "u": tables["u"]}
        made = Anything(random, tables, left_out)
    query = named_apart(made.relation(random.choice((1, 2, 3))))
    return Made(Program("p", "1", relations), query)
