"""What rows break, as typed relations: the names of the rules that each breaks, or how many rows break each rule."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias
from typing import Literal as OneOf

from oftra.datatypes import BIGINT, BOOLEAN, STRING, Array, DataType, Field, Struct, widens
from oftra.ir.columns import freshen
from oftra.ir.expr import (
    AggregateCall,
    Call,
    Case,
    Cast,
    Column,
    Expr,
    Lambda,
    Literal,
    MakeStruct,
    ScalarQuery,
    WindowCall,
)
from oftra.ir.rel import Aggregate, Filter, Item, Join, Project, Rel, Rule, Window, must_be_there

Fresh: TypeAlias = Callable[[], int]
"""Gives an id that no column has yet."""

Lookup: TypeAlias = Callable[[Rule], Rel]
"""The values that a `references` rule looks among: its target's columns, each combination once, under fresh ids."""

NAMES = Array(STRING)

Outcome: TypeAlias = OneOf["passed", "dropped", "quarantined"]
"""What becomes of a record."""

PASSED: Final = "passed"
DROPPED: Final = "dropped"
QUARANTINED: Final = "quarantined"

COUNT = Struct((Field("rule", STRING), Field("action", STRING), Field("records", BIGINT)))
"""How many records break a rule."""


def judged(base: Rel, rules: Sequence[Rule], readable: Column | None, lookup: Lookup, fresh: Fresh) -> Project:
    """The rows of `base` with two more columns at the end: the rules that each breaks, by name, and its `Outcome`."""
    rel = base
    conditions: dict[str, Expr] = {}
    windows: list[Item] = []
    for rule in rules:
        match rule.kind:
            case "readable":
                assert readable is not None
                conditions[rule.name] = negation(readable)
            case "check":
                conditions[rule.name] = breaks(rule, readable)
            case "references":
                others = lookup(rule)
                rel = Join("left", rel, others, _same(rule.columns, others.columns), span=rule.span)
                conditions[rule.name] = all_of([*_there(rule.columns), _call("is_null", _nullable(others.columns[0]))])
            case "unique":
                same = Column(fresh(), "same" if not windows else f"same_{len(windows) + 1}", BIGINT, nullable=False)
                windows.append(Item(same, WindowCall("count", (), BIGINT, False, rule.columns)))
                conditions[rule.name] = all_of([*_there(rule.columns), _call("greater", same, Literal(1, BIGINT))])
    if windows:
        rel = Window(rel, tuple(windows))
    named = [
        Case(((conditions[rule.name], Literal(rule.name, STRING)),), Literal(None, STRING), STRING, True)
        for rule in rules
    ]
    each = Column(fresh(), "rule", STRING)
    list_ = Call("array", tuple(named), NAMES, False)
    value = Call("filter", (list_, Lambda((each,), negation(_call("is_null", each)))), NAMES, False)
    broken = Column(fresh(), free_name("broken", base.columns), NAMES, nullable=False)
    listed = Project(rel, (*[Item(column, column) for column in base.columns], Item(broken, value)))
    outcome = Column(fresh(), free_name("outcome", base.columns), STRING, nullable=False)
    return Project(
        listed, (*[Item(column, column) for column in listed.columns], Item(outcome, _outcome(broken, rules, fresh)))
    )


def _outcome(broken: Column, rules: Sequence[Rule], fresh: Fresh) -> Expr:
    """What becomes of a record: of rules that fail, none is broken once this is asked."""
    branches: list[tuple[Expr, Expr]] = []
    for action, outcome in (("quarantine", QUARANTINED), ("drop", DROPPED)):
        names = [rule.name for rule in rules if rule.action == action]
        if names:
            branches.append((_holds_one_of(broken, names, rules, fresh), Literal(outcome, STRING)))
    return Case(tuple(branches), Literal(PASSED, STRING), STRING, False)


def has_outcome(outcome: Column, wanted: Outcome) -> Expr:
    """Whether a record's outcome is this one."""
    return _call("equal", outcome, Literal(wanted, STRING))


def breaks(rule: Rule, readable: Column | None) -> Expr:
    """What is true of the rows that break a `check`.

    That a record can't be read is no proof that something is missing in it: it doesn't break `not null` too.
    """
    assert rule.condition is not None
    condition = negation(rule.condition)
    if readable is not None and must_be_there(rule) is not None:
        return all_of([readable, condition])
    return condition


def counts(base: Rel, rules: Sequence[Rule], readable: Column | None, lookup: Lookup, fresh: Fresh) -> Rel:
    """One row: how many rows `base` has and how many break each of `rules`, of which none keeps a row out.

    `base` is cheap to read: a key or a reference is judged by a query of its own, over its columns alone.
    """

    def counted(rule: Rule) -> Expr:
        match rule.kind:
            case "readable":
                assert readable is not None
                return _count(negation(readable))
            case "check":
                return _count(breaks(rule, readable))
            case "unique":
                return _repeated(base, rule, fresh)
            case "references":
                return _unmatched(base, rule, lookup, fresh)

    return _tally(base, [counted(rule) for rule in rules], rules, None, None, fresh)


def counts_of_judged(kept: Rel, rules: Sequence[Rule], fresh: Fresh) -> Rel:
    """One row: how many rows were judged, how many of them stay out, and how many break each rule."""
    broken, outcome = kept.columns[-2:]
    actions = {rule.action for rule in rules}
    quarantined = _count(has_outcome(outcome, QUARANTINED)) if "quarantine" in actions else None
    dropped = _count(has_outcome(outcome, DROPPED)) if "drop" in actions else None
    each = [_count(_call("array_contains", broken, Literal(rule.name, STRING))) for rule in rules]
    return _tally(kept, each, rules, dropped, quarantined, fresh)


def _holds_one_of(broken: Column, names: Sequence[str], rules: Sequence[Rule], fresh: Fresh) -> Expr:
    """Whether one of `names` is among the rules that a row breaks: said by these names or by the others."""
    others = [rule.name for rule in rules if rule.name not in names]
    if not others:
        return _call("greater", Call("size", (broken,), BIGINT, False), Literal(0, BIGINT))
    if len(names) == 1:
        return _call("array_contains", broken, Literal(names[0], STRING))
    each = Column(fresh(), "rule", STRING, nullable=False)
    few = names if len(names) <= len(others) else others
    among: Expr = _call("in", each, *[Literal(name, STRING) for name in few])
    condition = among if few is names else negation(among)
    return Call("any_match", (broken, Lambda((each,), condition)), BOOLEAN, False)


def first_of(broken: Column, names: Sequence[str], fresh: Fresh) -> Expr:
    """The first of the rules that a row breaks that is one of `names`."""
    each = Column(fresh(), "rule", STRING, nullable=False)
    among = _call("in", each, *[Literal(name, STRING) for name in names])
    found = Call("filter", (broken, Lambda((each,), among)), NAMES, False)
    return Call("element", (found, Literal(1, BIGINT)), STRING, True)


def _tally(
    base: Rel, each: Sequence[Expr], rules: Sequence[Rule], dropped: Expr | None, quarantined: Expr | None, fresh: Fresh
) -> Rel:
    aggregates: list[Item] = []

    def value(expr: Expr | None, name: str) -> Expr:
        if expr is None:
            return Literal(0, BIGINT)
        if not isinstance(expr, AggregateCall):
            return expr
        column = Column(fresh(), name, BIGINT, nullable=False)
        aggregates.append(Item(column, expr))
        return column

    named = {"read": value(_count(), "read"), "dropped": value(dropped, "dropped")}
    named["quarantined"] = value(quarantined, "quarantined")
    structs = [
        MakeStruct((Literal(rule.name, STRING), Literal(rule.action, STRING), value(expr, rule.name)), COUNT)
        for rule, expr in zip(rules, each)
    ]
    items = [Item(Column(fresh(), name, BIGINT, False), expr) for name, expr in named.items()]
    listed = Call("array", tuple(structs), Array(COUNT), False)
    rules_ = Item(Column(fresh(), "rules", Array(COUNT), False), listed)
    return Project(Aggregate(base, (), tuple(aggregates)), (*items, rules_))


def _repeated(base: Rel, rule: Rule, fresh: Fresh) -> Expr:
    """How many rows have a key that another row has too."""
    ids: dict[int, int] = {}
    copy = freshen(base, fresh, ids)
    keys = [Item(column, column) for column in copy.columns if column.id in {ids[c.id] for c in rule.columns}]
    rows, total = (Column(fresh(), name, BIGINT, nullable=False) for name in ("rows", "records"))
    present = [condition for item in keys for condition in _there((item.column,))]
    whole = Filter(copy, all_of(present)) if present else copy
    groups = Aggregate(whole, tuple(keys), (Item(rows, _count()),))
    repeated = Filter(groups, _call("greater", rows, Literal(1, BIGINT)))
    summed = Aggregate(repeated, (), (Item(total, AggregateCall("sum", (rows,), BIGINT, True)),), span=rule.span)
    return Call("coalesce", (ScalarQuery(summed, BIGINT), Literal(0, BIGINT)), BIGINT, False)


def _unmatched(base: Rel, rule: Rule, lookup: Lookup, fresh: Fresh) -> Expr:
    """How many rows refer to nothing."""
    ids: dict[int, int] = {}
    copy = freshen(base, fresh, ids)
    by_id = {column.id: column for column in copy.columns}
    ours = tuple([by_id[ids[column.id]] for column in rule.columns])
    present = _there(ours)
    whole = Filter(copy, all_of(present)) if present else copy
    others = lookup(rule)
    alone = Join("anti", whole, others, _same(ours, others.columns), span=rule.span)
    total = Column(fresh(), "records", BIGINT, nullable=False)
    return ScalarQuery(Aggregate(alone, (), (Item(total, _count()),), span=rule.span), BIGINT)


def _count(condition: Expr | None = None) -> AggregateCall:
    return AggregateCall("count", (), BIGINT, False, filter=condition)


def _same(ours: tuple[Column, ...], theirs: tuple[Column, ...]) -> Expr:
    """Whether the columns are equal, each pair in the wider of its types."""
    pairs = []
    for one, other in zip(ours, theirs):
        wider = other.type if widens(one.type, other.type) else one.type
        pairs.append(_call("equal", _as(one, wider), _as(other, wider)))
    return all_of(pairs)


def _as(column: Column, type_: DataType) -> Expr:
    return column if column.type == type_ else Cast(column, type_, column.nullable, implicit=True)


def _there(columns: tuple[Column, ...]) -> list[Expr]:
    """Conditions that none of `columns` is null: a null is like no other, and refers to nothing."""
    return [negation(_call("is_null", column)) for column in columns if column.nullable]


def _nullable(column: Column) -> Column:
    return Column(column.id, column.name, column.type, nullable=True, span=column.span)


def negation(condition: Expr) -> Expr:
    """What is true where `condition` is false."""
    match condition:
        case Call("not", (inner,)):
            return inner
        case _:
            return Call("not", (condition,), BOOLEAN, condition.nullable)


def all_of(conditions: Sequence[Expr]) -> Expr:
    """What is true where all `conditions` are, of which there is one at least."""
    if len(conditions) == 1:
        return conditions[0]
    return Call("and", tuple(conditions), BOOLEAN, any(condition.nullable for condition in conditions))


def _call(function: str, *arguments: Expr) -> Call:
    nullable = function != "is_null" and any(argument.nullable for argument in arguments)
    return Call(function, arguments, BOOLEAN, nullable)


def free_name(wanted: str, columns: Sequence[Column]) -> str:
    """`wanted`, or with a number behind if one of `columns` has that name."""
    taken = {column.name.lower() for column in columns}
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name
