"""Keys of a relation, by proof: sets of columns in which no two rows agree (nulls being equal)."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeGuard, assert_never

from oftra.datatypes import Decimal, Integer, widens
from oftra.ir.columns import free_columns
from oftra.ir.expr import Call, Cast, Column, Expr, Literal, Runtime, WindowCall
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

Key: TypeAlias = frozenset[int]
Keys: TypeAlias = tuple[Key, ...]
"""Keys by column id, none of which holds another, the shorter ones first. The empty key: there is one row at most."""

NONE: Keys = ()
ONE_ROW: Keys = (frozenset(),)

MOST = 8
"""Joins multiply keys, so that only so many are kept."""


def smallest(keys: Iterable[Key]) -> Keys:
    """`keys` without those that hold another one."""
    kept = list[Key]()
    for key in sorted(set(keys), key=lambda key: (len(key), sorted(key))):
        if not any(other <= key for other in kept):
            kept.append(key)
    return tuple(kept[:MOST])


def keys_of(rel: Rel, interfaces: Mapping[str, Interface]) -> Keys:
    """The keys of `rel`, whose scans are of relations with these interfaces."""
    match rel:
        case Scan(relation):
            return named(interfaces[relation], rel.columns) if relation in interfaces else NONE
        case Read(source):
            return named(interfaces[source], rel.columns) if source in interfaces else NONE
        case Values():
            return ONE_ROW if len(rel.rows) <= 1 else NONE
        case Project():
            return projected(keys_of(rel.source, interfaces), rel.items)
        case Filter():
            return filtered(keys_of(rel.source, interfaces), rel.condition)
        case Join():
            return joined(rel, keys_of(rel.left, interfaces), keys_of(rel.right, interfaces))
        case Aggregate():
            # Two grouping sets may give rows that look the same.
            return (frozenset([item.column.id for item in rel.keys]),) if rel.sets is None else NONE
        case Window():
            return numbered(keys_of(rel.source, interfaces), rel.items)
        case SetOperation():
            return _combined(rel, interfaces)
        case Sort() | Sample() | Step():
            return keys_of(rel.source, interfaces)
        case Limit():
            return ONE_ROW if rel.count is not None and rel.count <= 1 else keys_of(rel.source, interfaces)
        case Distinct():
            return smallest([*keys_of(rel.source, interfaces), _ids(rel.columns)])
        case Unnest():
            if rel.offset is None:
                return NONE
            return tuple([key | {rel.offset.id} for key in keys_of(rel.source, interfaces)])
        case TimeWindow():
            return _windowed(rel, keys_of(rel.source, interfaces))
        case Checked():
            return _enforced(rel, keys_of(rel.source, interfaces))
        case Recursion():
            return NONE if rel.all else smallest([_ids(rel.columns)])
        case Opaque() | Round():
            return NONE
        case _:
            assert_never(rel)


def named(interface: Interface, columns: tuple[Column, ...]) -> Keys:
    """The keys of a relation that is read as `columns`."""
    ids = {column.name: column.id for column in columns}
    return smallest([frozenset([ids[name] for name in key]) for key in interface.keys if ids.keys() >= set(key)])


def projected(keys: Keys, items: tuple[Item, ...]) -> Keys:
    """The keys whose columns are all among the items, under their new ids."""
    new = dict[int, int]()
    for item in items:
        if isinstance(item.value, Column):
            new.setdefault(item.value.id, item.column.id)
    return smallest([frozenset([new[id_] for id_ in key]) for key in keys if key <= new.keys()])


def filtered(keys: Keys, condition: Expr) -> Keys:
    """`keys` without the columns that have but one value where `condition` is true."""
    fixed = set[int]()
    for part in conjuncts(condition):
        match part:
            case Call("equal", (left, Literal() | Runtime())) | Call("equal", (Literal() | Runtime(), left)):
                column = injective(left)
                if column is not None:
                    fixed.add(column.id)
    return smallest([key - fixed for key in keys]) if fixed else keys


def injective(expr: Expr) -> Column | None:
    """The column that `expr` is, perhaps in a wider exact type: where two values are the same, the columns are."""
    if isinstance(expr, Cast) and isinstance(expr.type, Integer | Decimal):
        return injective(expr.operand) if widens(expr.operand.type, expr.type) else None
    return expr if isinstance(expr, Column) else None


def conjuncts(condition: Expr) -> tuple[Expr, ...]:
    """What must all be true for `condition` to be."""
    if isinstance(condition, Call) and condition.function == "and":
        return tuple([part for argument in condition.arguments for part in conjuncts(argument)])
    return (condition,)


def numbered(keys: Keys, items: tuple[Item, ...]) -> Keys:
    """`keys`, and what `row_number()` numbers within together with the number."""
    found = [*keys]
    for item in items:
        partition = _plain(item.value.partition_by) if _is_number(item.value) else None
        if partition is not None:
            found.append(partition | {item.column.id})
    return smallest(found)


def _is_number(expr: Expr) -> TypeGuard[WindowCall]:
    return isinstance(expr, WindowCall) and expr.function == "row_number"


def _plain(exprs: tuple[Expr, ...]) -> Key | None:
    ids = [expr.id for expr in exprs if isinstance(expr, Column)]
    return frozenset(ids) if len(ids) == len(exprs) else None


def joined(rel: Join, left: Keys, right: Keys) -> Keys:
    """The keys of a join, from those of its sides."""
    if rel.kind in ("semi", "anti"):
        return left
    found = [a | b for a in left for b in right]
    if rel.kind == "full":
        # Rows without partner are null on the other side: a pair of keys may be null in both.
        certain = {column.id for column in rel.left.columns + rel.right.columns if not column.nullable}
        return smallest([key for key in found if key & certain])
    left_equal, right_equal = equated(rel)
    if rel.kind != "right" and any(key <= right_equal for key in right):
        found += left
    if rel.kind != "left" and not rel.lateral and any(key <= left_equal for key in left):
        found += right
    return smallest(found)


def equated(rel: Join) -> tuple[Key, Key]:
    """The columns of the left and of the right side that a join's condition finds equal to something of the other."""
    left_ids, right_ids = _ids(rel.left.columns), _ids(rel.right.columns)
    left, right = set[int](), set[int]()
    for part in () if rel.condition is None else conjuncts(rel.condition):
        match part:
            case Call("equal" | "is_not_distinct", (a, b)):
                for one, other in ((injective(a), b), (injective(b), a)):
                    if one is not None and one.id in right_ids and not free_columns(other) & right_ids:
                        right.add(one.id)
                    if one is not None and one.id in left_ids and not free_columns(other) & left_ids:
                        left.add(one.id)
    return frozenset(left), frozenset(right)


def _ids(columns: tuple[Column, ...]) -> Key:
    return frozenset([column.id for column in columns])


def _combined(rel: SetOperation, interfaces: Mapping[str, Interface]) -> Keys:
    found = list[Key]() if rel.all else [_ids(rel.columns)]
    if rel.kind != "union":
        # What is left of an input keeps its keys: of any input of an intersection, of the first of a difference.
        for source in rel.inputs if rel.kind == "intersect" else rel.inputs[:1]:
            new = {old.id: column.id for old, column in zip(source.columns, rel.columns)}
            found += [frozenset([new[id_] for id_ in key]) for key in keys_of(source, interfaces)]
    return smallest(found)


def _windowed(rel: TimeWindow, keys: Keys) -> Keys:
    match rel.kind:
        case "tumble" | "session":
            return keys
        case "hop" | "cumulate":
            return tuple([key | {rel.end.id} for key in keys])


def _enforced(rel: Checked, keys: Keys) -> Keys:
    """Rules that stop or keep out what breaks them are facts behind them; a key holds only where nulls are excluded."""
    certain = {column.id for column in rel.columns if not column.nullable}
    found = [*keys]
    for rule in rel.rules:
        ids = _ids(rule.columns)
        if rule.kind == "unique" and rule.action != "warn" and ids <= certain:
            found.append(ids)
    return smallest([key for key in found if key <= _ids(rel.columns)])
