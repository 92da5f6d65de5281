"""Rows told apart where nobody asks how often each of them is there."""

from collections.abc import Mapping

from oftra.ir.expr import AggregateCall, Call, Column, ExistsQuery, Expr, InQuery
from oftra.ir.keys import Keys, keys_of
from oftra.ir.program import Interface
from oftra.ir.rel import Aggregate, Distinct, Filter, Item, Join, Project, Rel, SetOperation, Sort, Step
from oftra.ir.walk import bottom_up, expressions, map_children
from oftra.optimize.effects import repeatable
from oftra.optimize.notes import Needless, NoTwoAlike, note

_ONCE = frozenset({"min", "max", "bool_and", "bool_or"})
"""Aggregates to which a value that comes again is nothing new."""


def remove_distinct(rel: Rel, interfaces: Mapping[str, Interface]) -> Rel:
    """a semi join (b | distinct)  =>  a semi join b;   distinct | aggregate max(x)  =>  aggregate max(x)

    So with anti joins, `in` and `exists`, groups without aggregates, and sets of what is a set already. In aggregates:
    max(distinct x) => max(x);   count(distinct x) => count(x), if x is a key within its group
    """
    return bottom_up(rel, lambda part: _remove(part, interfaces))


def _remove(rel: Rel, interfaces: Mapping[str, Interface]) -> Rel:
    match rel:
        case Join("semi" | "anti", left, right, condition, lateral):
            found = _as_set(right)
            return rel if found is right else Join(rel.kind, left, found, condition, lateral, rel.ttl, span=rel.span)
        case Aggregate():
            return _aggregate(rel, interfaces)
        case Filter(source, condition):
            asked = _asked(condition)
            return rel if asked is condition else Filter(source, asked, span=rel.span)
        case Distinct(source):
            found = _as_set(source)
            return rel if found is source else Distinct(found, span=rel.span)
        case SetOperation(_, False, inputs):
            # A union in a union, as it is written in a row, reads better as it is.
            sets = tuple([one if isinstance(one, SetOperation) else _as_set(one) for one in inputs])
            if all(new is old for new, old in zip(sets, inputs)):
                return rel
            return SetOperation(rel.kind, rel.all, sets, rel.columns, span=rel.span)
        case _:
            return rel


def _asked(condition: Expr) -> Expr:
    """`condition` without needless `distinct` in what `in` and `exists` ask."""
    match condition:
        case Call("and" | "or" | "not"):
            return map_children(condition, _asked)
        case ExistsQuery() | InQuery():
            return map_children(condition, lambda part: part, _as_set)
        case _:
            return condition


def _as_set(rel: Rel) -> Rel:
    """Rows among which are the same as in `rel`, each perhaps more often."""
    match rel:
        case Distinct(source):
            note(Needless, "distinct  =>  nothing", "how often a row is there is not asked")
            return _as_set(source)
        case Aggregate(source, keys, (), None) if keys:
            note(Needless, "groups  =>  their keys", "how often a row is there is not asked")
            return Project(source, keys, span=rel.span)
        case SetOperation("union", False, inputs):
            note(Needless, "union  =>  union all", "how often a row is there is not asked")
            return SetOperation("union", True, tuple([_as_set(one) for one in inputs]), rel.columns, span=rel.span)
        case Sort(source):
            return _as_set(source)
        case Project() | Filter() | Step(shared=False) if all(map(repeatable, expressions(rel))):
            source = _as_set(rel.source)
            if source is rel.source:
                return rel
            match rel:
                case Project():
                    return Project(source, rel.items, span=rel.span)
                case Filter():
                    return Filter(source, rel.condition, span=rel.span)
                case _:
                    return Step(source, rel.name, rel.description, rel.shared, span=rel.span)
        case _:
            return rel


def _aggregate(rel: Aggregate, interfaces: Mapping[str, Interface]) -> Rel:
    aggregates = rel.aggregates
    if any(isinstance(item.value, AggregateCall) and item.value.distinct for item in aggregates):
        aggregates = _without_distinct(rel, interfaces)
    source = rel.source
    if all(isinstance(item.value, AggregateCall) and _only_once(item.value) for item in aggregates):
        source = _as_set(source)
    if source is rel.source and aggregates is rel.aggregates:
        return rel
    return Aggregate(source, rel.keys, aggregates, rel.sets, span=rel.span)


def _only_once(call: AggregateCall) -> bool:
    return call.function in _ONCE or call.distinct


def _without_distinct(rel: Aggregate, interfaces: Mapping[str, Interface]) -> tuple[Item, ...]:
    keys: Keys | None = None
    grouped = {item.value.id for item in rel.keys if isinstance(item.value, Column)} if rel.sets is None else set[int]()
    found = list[Item]()
    for item in rel.aggregates:
        call = item.value
        if isinstance(call, AggregateCall) and call.distinct:
            if call.function in _ONCE:
                note(
                    Needless,
                    f"{call.function}(distinct x)  =>  {call.function}(x)",
                    "a value that comes again is nothing new",
                )
                item = Item(item.column, _plain(call))
            elif call.function != "count" or len(call.arguments) == 1:
                keys = keys_of(rel.source, interfaces) if keys is None else keys
                told = grouped.union([one.id for one in call.arguments if isinstance(one, Column)])
                key = next((key for key in keys if key <= told), None)
                if key is not None:
                    names = [column.name for column in rel.source.columns if column.id in key]
                    because = f"no two rows agree in ({', '.join(names)})"
                    note(
                        Needless,
                        f"{call.function}(distinct x)  =>  {call.function}(x)",
                        because,
                        NoTwoAlike(rel.source, key),
                    )
                    item = Item(item.column, _plain(call))
        found.append(item)
    same = all(new is old for new, old in zip(found, rel.aggregates))
    return rel.aggregates if same else tuple(found)


def _plain(call: AggregateCall) -> AggregateCall:
    return AggregateCall(
        call.function, call.arguments, call.type, call.nullable, False, call.filter, call.order_by, span=call.span
    )
