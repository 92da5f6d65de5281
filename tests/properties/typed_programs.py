"""Small typed programs over hostile tables: well typed to the last null, and with the same rows whenever they run."""

from collections.abc import Mapping
from itertools import count
from random import Random
from typing import Any

from hostile_tables import TABLES, program_of
from typed_calls import called

from oftra.datatypes import BIGINT, BOOLEAN, DATE, DOUBLE, INT, STRING, Array, DataType, Decimal
from oftra.functions import lookup
from oftra.ir.columns import freshen
from oftra.ir.expr import (
    AggregateCall,
    Case,
    Cast,
    Column,
    ExistsQuery,
    Expr,
    InQuery,
    Literal,
    ScalarQuery,
    SortKey,
    WindowCall,
)
from oftra.ir.facts import interface
from oftra.ir.program import Program, Relation
from oftra.ir.rel import (
    Aggregate,
    Distinct,
    Filter,
    Item,
    Join,
    JoinKind,
    Limit,
    Project,
    Rel,
    Scan,
    SetOperation,
    Sort,
    Step,
    Unnest,
    Window,
)
from oftra.ir.show import show_rel
from oftra.ir.show_program import show_program

# A constant text can always be cast: DuckDB casts constants even where there is no row.
LITERALS: dict[DataType, list[Any]] = {
    INT: [0, 1, 2, -3, None],
    BIGINT: [0, 1, 5, None],
    BOOLEAN: [True, False, None],
    STRING: ["7", "12", None],
    DOUBLE: [0.0, -0.0, 1.5, None],
    DATE: [None],
}


def call(name: str, *arguments: Expr) -> Expr | None:
    """A call as the checker makes it; None if it does not fit."""
    function = lookup(name)
    assert function is not None, name
    return called(function, arguments)


class Builder:
    """Makes relations and expressions. Nothing in them depends on chance or on the order of rows.

    With `careful`, nothing in them can fail: engines may leave out what nobody needs, and then it doesn't.
    """

    def __init__(self, random: Random, relations: Mapping[str, Rel], careful: bool = False) -> None:
        self.random = random
        self.relations = relations
        self.careful = careful
        self.ids = count(1)

    def pick(self, *options: Any) -> Any:
        return self.random.choice(options)

    def chance(self, percent: int) -> bool:
        return self.random.randint(1, 100) <= percent

    def mixed(self, items: tuple[Any, ...]) -> list[Any]:
        return self.random.sample(items, len(items))

    def column(self, name: str, type_: DataType, null: bool) -> Column:
        return Column(next(self.ids), name, type_, null)

    # --- expressions

    def literal(self, type_: DataType) -> Expr:
        return Literal(self.pick(*LITERALS.get(type_, [None])), type_)

    def leaf(self, columns: tuple[Column, ...], type_: DataType) -> Expr:
        fitting = [column for column in columns if column.type == type_]
        return self.pick(*fitting) if fitting and self.chance(75) else self.literal(type_)

    def expr(self, columns: tuple[Column, ...], type_: DataType, depth: int = 2) -> Expr:
        if depth == 0 or self.chance(25):
            return self.leaf(columns, type_)
        made = self.composed(columns, type_, depth - 1)
        return made if made is not None and made.type == type_ else self.leaf(columns, type_)

    def composed(self, columns: tuple[Column, ...], type_: DataType, depth: int) -> Expr | None:
        def part(wanted: DataType = type_) -> Expr:
            return self.expr(columns, wanted, depth)

        if type_ == BOOLEAN:
            return self.condition(columns, depth)
        match self.pick("case", "coalesce", "own", "own"):
            case "case":
                branches = tuple([(part(BOOLEAN), part()) for _ in range(self.pick(1, 1, 2))])
                otherwise = part()
                null = otherwise.nullable or any(value.nullable for _, value in branches)
                return Case(branches, otherwise, type_, null)
            case "coalesce":
                return call("coalesce", part(), part())
        if type_ in (INT, BIGINT):
            if type_ == INT and self.chance(15):
                return Cast(part(STRING), INT, True, safe=self.careful)
            return call(self.pick("add", "subtract", "mod", "div"), part(), part())
        if type_ == STRING:
            function = self.pick("lower", "concat")
            return call("lower", part()) if function == "lower" else call("concat", part(), part())
        if type_ == DOUBLE:
            return call(self.pick("add", "multiply"), part(), part())
        return call("negate", part()) if isinstance(type_, Decimal) else None

    def condition(self, columns: tuple[Column, ...], depth: int) -> Expr | None:
        def part(wanted: DataType = BOOLEAN) -> Expr:
            return self.expr(columns, wanted, depth)

        form = self.pick("and", "or", "not", "is_null", "is_true", "compare", "compare", "compare", "in", "query")
        if form in ("and", "or"):
            return call(form, *[part() for _ in range(self.pick(2, 3))])
        if form in ("not", "is_true"):
            return call(form, part())
        of = self.pick(*{column.type for column in columns}, INT)
        if form == "is_null":
            return call("is_null", part(of))
        if form == "in" and of == INT:
            return call("in", part(INT), part(INT), part(INT))
        if form == "query" and depth > 0:
            return self.query(columns)
        comparisons = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "is_distinct"]
        return call(self.pick(*comparisons, "is_not_distinct"), part(of), part(of))

    def query(self, columns: tuple[Column, ...]) -> Expr:
        inner = self.relation(1)
        outside = [column for column in columns if column.type == INT]
        inside = [column for column in inner.columns if column.type == INT]
        if outside and inside and self.chance(60):
            equal = call("equal", self.pick(*inside), self.pick(*outside))
            assert equal is not None
            inner = Filter(inner, equal)
        if not inside or self.chance(40):
            return ExistsQuery(inner)
        only = self.pick(*inside)
        found = Project(inner, (Item(only, only),))
        if self.chance(50):
            return InQuery((self.expr(columns, INT, 1),), found)
        highest = self.column("top", INT, True)
        top = Aggregate(found, (), (Item(highest, AggregateCall("max", (only,), INT, True)),))
        compared = call("less", self.expr(columns, INT, 1), ScalarQuery(top, INT))
        assert compared is not None
        return compared

    # --- relations

    def scan(self) -> Rel:
        names = list(self.relations)
        name = self.pick(*names, *[name for name in names if name != "empty"] * 3)
        columns = self.relations[name].columns
        return Scan(name, tuple([self.column(column.name, column.type, column.nullable) for column in columns]))

    def relation(self, most: int) -> Rel:
        rel = self.scan()
        for _ in range(self.random.randint(min(most, 1), most)):
            rel = self.operator(rel, most)
            if self.chance(20):
                rel = Filter(rel, self.simple(rel.columns))
        return rel

    def operator(self, rel: Rel, most: int) -> Rel:
        columns = rel.columns
        common = ("filter", "project", "project", "join", "join", "aggregate", "window")
        match self.pick(*common, "union", "few", "distinct", "unnest", "step"):
            case "filter":
                return Filter(rel, self.expr(columns, BOOLEAN, 3))
            case "project":
                return self.project(rel)
            case "join":
                return self.join(rel, most)
            case "aggregate":
                return self.aggregate(rel)
            case "window":
                return self.window(rel)
            case "union":
                return self.set_operation(rel, most)
            case "few":
                return Limit(Sort(rel, self.total_order(columns)), self.pick(1, 2, 3, None), self.pick(0, 0, 1))
            case "distinct":
                return Distinct(rel)
            case "unnest":
                array = call("array", self.expr(columns, INT, 1), self.expr(columns, INT, 1))
                assert array is not None and isinstance(array.type, Array)
                offset = self.column("place", BIGINT, False) if self.chance(40) else None
                return Unnest(rel, array, self.column("el", INT, True), offset)
            case _:
                return Step(rel, self.pick("one", "two", "t"))

    def total_order(self, columns: tuple[Column, ...]) -> tuple[SortKey, ...]:
        """Rows that agree in it are the same."""
        down = self.chance(50)
        return tuple([SortKey(column, down, not down) for column in columns])

    def project(self, rel: Rel) -> Rel:
        items = list[Item]()
        for place, column in enumerate(self.mixed(rel.columns)[: self.pick(1, 2, 3, 9)]):
            if self.chance(60):
                items.append(Item(column, column))
            else:
                type_ = column.type if self.chance(60) else self.pick(INT, STRING, BOOLEAN)
                value = self.expr(rel.columns, type_)
                items.append(Item(self.column(f"c{place}", type_, value.nullable), value))
        return Project(rel, tuple(items))

    def join(self, rel: Rel, most: int) -> Rel:
        kinds: list[JoinKind] = ["inner", "left", "right", "full", "semi", "anti", "cross"]
        kind = self.pick(*kinds)
        other = self.relation(most - 1 if most > 1 else 0)
        if kind == "cross":
            return Join(kind, rel, other)
        both = rel.columns + other.columns
        shared = {column.type for column in rel.columns} & {column.type for column in other.columns}
        types = [type_ for type_ in (INT, STRING) if type_ in shared]
        parts = list[Expr]()
        if types:
            type_ = self.pick(*types)
            sides = [[column for column in side.columns if column.type == type_] for side in (rel, other)]
            equal = call("equal", self.pick(*sides[0]), self.pick(*sides[1]))
            assert equal is not None
            parts.append(equal)
        if not parts or (self.chance(50) and kind != "full"):
            parts.append(self.simple(both))
        condition = parts[0] if len(parts) == 1 else call("and", *parts)
        # A full join is by equality alone: engines have no other.
        return Join("inner" if kind == "full" and not types else kind, rel, other, condition)

    def simple(self, columns: tuple[Column, ...]) -> Expr:
        """A condition that lets about half of the rows through."""
        column = self.pick(*columns)
        if self.chance(25):
            made = call("is_null", column)
        elif column.type == BOOLEAN:
            return column
        else:
            function = self.pick("less", "greater_equal", "not_equal", "is_distinct", "equal")
            made = call(function, column, self.leaf(columns, column.type))
        assert made is not None
        return call("not", made) or made if self.chance(30) else made

    def aggregate(self, rel: Rel) -> Rel:
        keys = list[Item]()
        for place, column in enumerate(self.mixed(rel.columns)[: self.pick(0, 1, 2)]):
            if self.chance(70):
                keys.append(Item(column, column))
            else:
                value = self.expr(rel.columns, INT, 1)
                keys.append(Item(self.column(f"k{place}", INT, value.nullable), value))
        aggregates = [Item(self.column("n", BIGINT, False), AggregateCall("count", (), BIGINT, False))]
        for place in range(self.pick(0, 1, 2)):
            of = self.expr(rel.columns, INT, 1)
            function = self.pick("sum", "min", "max", "count")
            type_ = BIGINT if function in ("sum", "count") else INT
            when = self.simple(rel.columns) if self.chance(30) else None
            made = AggregateCall(function, (of,), type_, function != "count", self.chance(20), when)
            aggregates.append(Item(self.column(f"g{place}", type_, made.nullable), made))
        return Aggregate(rel, tuple(keys), tuple(aggregates))

    def window(self, rel: Rel) -> Rel:
        by = tuple(self.mixed(rel.columns)[: self.pick(0, 1, 2)])
        items = list[Item]()
        for place in range(self.pick(1, 1, 2)):
            order = self.total_order(rel.columns)
            function = self.pick("row_number", "rank", "count", "sum")
            arguments = (self.leaf(rel.columns, INT),) if function == "sum" else ()
            made = WindowCall(function, arguments, BIGINT, function == "sum", by if self.chance(80) else (), order)
            items.append(Item(self.column(f"w{place}", BIGINT, made.nullable), made))
        return Window(rel, tuple(items))

    def set_operation(self, rel: Rel, most: int) -> Rel:
        first = self.pick(*rel.columns)
        other = self.relation(most - 1 if most > 1 else 0)
        inputs = list[Rel]()
        for source in (rel, other):
            places = [column for column in source.columns if column.type == first.type]
            value = self.pick(*places) if places else self.literal(first.type)
            tag = Literal(self.pick("old", "new"), STRING)
            items = (
                Item(self.column("v", first.type, value.nullable), value),
                Item(self.column("tag", STRING, False), tag),
            )
            inputs.append(Project(source, items))
        null = any(source.columns[0].nullable for source in inputs)
        columns = (self.column("v", first.type, null), self.column("tag", STRING, False))
        return SetOperation(self.pick("union", "union", "intersect", "except"), self.chance(50), tuple(inputs), columns)


class Made:
    """A program of tables and views, and a query over it, told by their text where a test fails.

    `forms` are what was made of several operators: the name that a user has for them.
    """

    def __init__(self, program: Program, query: Rel, forms: tuple[str, ...] = ()) -> None:
        self.program = program
        self.query = query
        self.forms = forms

    def __repr__(self) -> str:
        return f"\n{show_program(self.program)}\n{show_rel(self.query)}\n"


def program(random: Random, careful: bool = False) -> Made:
    """A program, and a query over it."""
    known = dict(TABLES)
    relations = list(program_of(TABLES).relations)
    for number in range(random.randint(0, 2)):
        rel = named_apart(Builder(random, known, careful).relation(3))
        interfaces = {relation.name: relation.interface for relation in relations}
        relations.append(Relation(f"v{number}", "view", rel, interface(rel, interfaces)))
        known[f"v{number}"] = rel
    query = named_apart(Builder(random, known, careful).relation(5))
    return Made(Program("p", "1", tuple(relations)), query)


def named_apart(rel: Rel) -> Rel:
    """`rel` with a name for each column that no other has, as every relation has to have."""
    items = tuple(
        [
            Item(Column(10_000 + place, f"o{place}", column.type, column.nullable), column)
            for place, column in enumerate(rel.columns)
        ]
    )
    return freshen(Project(rel, items), count(1).__next__)
