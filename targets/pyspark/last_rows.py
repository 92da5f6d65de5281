"""What streams say last of keys: the relations that are made of it, and what tells that a key has no row any more.

`row_number() over (partition by k order by v desc)`, of which the first is kept, is how a source of changes says what
its records come to, and how a program asks for the last row of a key. Structured Streaming has no such numbers. But an
aggregate can keep the last row of each key, and gives it in every batch that says something of the key: what is made of
these rows replaces what stands under the key, and where nothing is made of them, nothing is to stand. What is gone is
remembered too, so that an older record that comes later brings nothing back.
"""

from dataclasses import dataclass, replace
from itertools import count

from oftra.datatypes import Field, Struct
from oftra.ir.columns import max_id
from oftra.ir.expr import AggregateCall, Call, Column, Expr, FieldOf, Literal, MakeStruct, SortKey, WindowCall
from oftra.ir.keys import conjuncts
from oftra.ir.program import Interface, Program, Relation
from oftra.ir.rel import Aggregate, Filter, Item, Project, Rel, Scan, Window
from oftra.ir.walk import bottom_up, every_rel
from oftra.targets.engines.spark.first_rows import keys_of_first


@dataclass(frozen=True)
class LastRows(Relation):
    """A view of the last row of each `key`, also where nothing is to be left of it.

    It keeps them itself, unless what it takes gives each row in place of the one before: then it `is_final`.
    """

    key: tuple[str, ...] = ()
    is_final: bool = False


def with_last_rows(program: Program) -> Program:
    """`program` where what its streams say last of each key is a relation of its own."""
    if not program.streams:
        return program
    relations: list[Relation] = []
    names = {*program.by_name, *[sink.name for sink in program.sinks]}
    for relation in program.relations:
        if relation.interface.bounded or relation.kind == "source":
            relations.append(relation)
            continue
        apart = _Apart(relation, names)
        rel = bottom_up(relation.rel, apart.change)
        relations += [*apart.found, relation if rel is relation.rel else replace(relation, rel=rel)]
    return replace(program, relations=tuple(relations))


class _Apart:
    """Takes what is said last of keys out of a relation."""

    def __init__(self, relation: Relation, names: set[str]) -> None:
        self.relation, self.names = relation, names
        self.found: list[LastRows] = []

    def change(self, rel: Rel) -> Rel:
        """`rel` over a relation of the last rows, if it keeps these."""
        match rel:
            case Filter(Window(source, (Item(number, WindowCall() as call),)), condition):
                if keys_of_first(rel) is not None or not is_last(call):
                    return rel
            case _:
                return rel
        parts = conjuncts(condition)
        rest = [part for part in parts if not _is_first(part, number)]
        if len(rest) == len(parts):
            return rel
        keys = tuple([key for key in call.partition_by if isinstance(key, Column)])
        last, found = last_of(self.relation, source, keys, call.order_by, self.names)
        self.found.append(last)
        found = Project(found, (*passed(found.columns), Item(number, Literal(1, number.type))), span=rel.span)
        for part in rest:
            found = Filter(found, part, span=part.span if part.span.end else rel.span)
        return found


def last_of(
    relation: Relation, source: Rel, keys: tuple[Column, ...], order: tuple[SortKey, ...], names: set[str]
) -> tuple[LastRows, Rel]:
    """The last rows of `source`, which is part of a relation, by `order`, and a scan of them with its columns."""
    ids = count(max_id(source) + 1)
    by = tuple([key.expr for key in order])
    fields = [Field(one.name if isinstance(one, Column) else f"by_{at}", one.type) for at, one in enumerate(by)]
    place = MakeStruct(by, Struct(tuple(fields)))
    # Several columns may have one name.
    called: dict[int, str] = {}
    for column in source.columns:
        called[column.id] = column.name if column.name not in called.values() else f"{column.name}_{column.id}"
    others = tuple([column for column in source.columns if column.id not in {key.id for key in keys}])
    row = MakeStruct(others, Struct(tuple([Field(called[one.id], one.type) for one in others])))
    kept = Column(next(ids), "last", row.type, True)
    call = AggregateCall("arg_max" if order[0].descending else "arg_min", (row, place), row.type, True)
    made = [Item(Column(next(ids), called[key.id], key.type, key.nullable), key) for key in keys]
    items = passed(tuple([item.column for item in made]))
    for one in others:
        column = Column(next(ids), called[one.id], one.type, one.nullable)
        items = (*items, Item(column, FieldOf(kept, called[one.id], one.type, one.nullable)))
    rel = Project(Aggregate(source, tuple(made), (Item(kept, call),), span=relation.span), items, span=relation.span)
    scanned = next((part.relation for part in every_rel(source) if isinstance(part, Scan)), relation.name)
    last = as_last_rows(relation, rel, tuple([called[key.id] for key in keys]), scanned, names)
    original = {called[column.id]: column for column in source.columns}
    columns = [Column(original[o.name].id, o.name, o.type, original[o.name].nullable) for o in rel.columns]
    scan = Scan(last.name, tuple(columns), span=relation.span)
    return last, Project(scan, tuple([Item(c, c) for c in source.columns]), span=relation.span)


def as_last_rows(relation: Relation, rel: Rel, key: tuple[str, ...], of: str, names: set[str]) -> LastRows:
    """The rows of `rel`, part of a relation, as a view of the last ones: it is called after what they are `of`."""
    interface = Interface(rel.columns, bounded=False, changes="upsert", keys=(key,))
    space, dot, short = of.rpartition(".")
    name = f"{space}{dot}last_{short}"
    for at in count(2):
        if name not in names:
            break
        name = f"{space}{dot}last_{short}_{at}"
    names.add(name)
    return LastRows(name, "view", rel, interface, span=relation.span, key=key)


def passed(columns: tuple[Column, ...]) -> tuple[Item, ...]:
    """These columns as they are."""
    return tuple([Item(column, column) for column in columns])


def is_last(call: WindowCall) -> bool:
    """Whether it numbers the rows of a key so that the first is the greatest, or the least, of its order."""
    if call.function != "row_number" or not call.partition_by or not call.order_by:
        return False
    if not all(isinstance(key, Column) for key in call.partition_by):
        return False
    down = call.order_by[0].descending
    return all(key.descending == down and _sorts_lowest(key) for key in call.order_by)


def _sorts_lowest(key: SortKey) -> bool:
    """Whether nulls are the least of all."""
    return not key.expr.nullable or key.nulls_first is not key.descending


def _is_first(condition: Expr, number: Column) -> bool:
    match condition:
        case Call("equal", (Column(id_), Literal(1))):
            return id_ == number.id
        case _:
            return False


def origin(program: Program, relation: str, column: str, last: str) -> str | None:
    """The column of the relation `last` whose values a column of another relation has; None if that can't be told."""
    if relation == last:
        return column
    one = program.by_name[relation]
    made = next((made for made in one.columns if made.name == column), None)
    return None if made is None else _origin(program, one.rel, made.id, last)


def _origin(program: Program, rel: Rel, id_: int, last: str) -> str | None:
    for part in every_rel(rel):
        match part:
            case Project(_, items):
                for item in items:
                    if item.column.id == id_ and isinstance(item.value, Column):
                        id_ = item.value.id
            case Scan(relation, columns):
                for column in columns:
                    if column.id == id_:
                        return origin(program, relation, column.name, last)
            case _:
                pass
    return None
