"""Joins that give each row of one side back as it was, once, where nothing of the other side is needed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from oftra.datatypes import BOOLEAN
from oftra.ir.expr import Call, Column
from oftra.ir.facts import facts_of
from oftra.ir.keys import Key, conjuncts, equated, keys_of
from oftra.ir.program import Interface, Relation
from oftra.ir.rel import Checked, Distinct, Filter, Join, Limit, Project, Rel, Scan, Sort, Step, Unnest, Window
from oftra.optimize.notes import Needless, NoTwoAlike, note
from oftra.optimize.simplify_logic import conjunction
from oftra.optimize.survey import Survey

Names: TypeAlias = tuple[str, ...]


class Reference(NamedTuple):
    """What a rule `references` enforces: where all of `columns` are there, some row of `target` has them."""

    columns: Names
    target: str
    target_columns: Names


class Known(NamedTuple):
    """What is known of the relations that a program scans."""

    interfaces: Mapping[str, Interface]
    references: Mapping[str, tuple[Reference, ...]]


def known_of(relations: Sequence[Relation], surveys: Mapping[str, Survey]) -> Known:
    """What is known of these: a reference holds where its rule stops the run, or keeps out what breaks it.

    Not in a circle of references: its rules look among records as they were read, of which some are kept out after.
    """
    references = dict[str, tuple[Reference, ...]]()
    for relation in relations:
        if isinstance(relation.rel, Checked):
            references[relation.name] = tuple(
                [
                    Reference(tuple([column.name for column in rule.columns]), rule.target, rule.target_columns)
                    for rule in relation.rel.rules
                    if rule.kind == "references" and rule.action != "warn" and rule.target is not None
                    if not _leads_to(rule.target, relation.name, surveys)
                ]
            )
    return Known({relation.name: relation.interface for relation in relations}, references)


def _leads_to(start: str, name: str, surveys: Mapping[str, Survey]) -> bool:
    """Whether `start` is `name`, or reads it or refers to it in whatever number of steps."""
    seen, waiting = {start}, [start]
    while waiting:
        at = waiting.pop()
        if at == name:
            return True
        further = surveys[at].reads - seen if at in surveys else frozenset[str]()
        seen |= further
        waiting += further
    return False


def remaining(join: Join, need: set[int], known: Known) -> Rel | None:
    """What stays of a join if only the columns of `need` are needed of it; None if all of it.

    a left join b on (key of b) = e | project of a  =>  a | project of a
    a join b on (key of b) = (columns of a that refer to b) | project of a  =>  a | filter they are there | project
    """
    if join.lateral or join.condition is None or not need.isdisjoint([column.id for column in join.right.columns]):
        return None
    if join.kind not in ("left", "inner"):
        return None
    key = _key(join, known.interfaces)
    if key is None or not facts_of(join.right, known.interfaces).bounded:
        return None
    if join.kind == "left":
        note(
            Needless, "left join  =>  nothing: no column of it is needed", _once(join, key), NoTwoAlike(join.right, key)
        )
        return join.left
    return _referring(join, key, known)


def _once(join: Join, key: Key) -> str:
    names = [column.name for column in join.right.columns if column.id in key]
    return f"each row finds one partner at most: no two agree in ({', '.join(names)})"


def _key(join: Join, interfaces: Mapping[str, Interface]) -> Key | None:
    """A key of the right side that the condition finds equal to something of the left one."""
    if not any(isinstance(part, Call) and part.function in _EQUALITIES for part in conjuncts(join.condition or _TRUE)):
        return None
    _, right = equated(join)
    return next((key for key in keys_of(join.right, interfaces) if key <= right), None)


_EQUALITIES = ("equal", "is_not_distinct")
_TRUE = Call("and", (), BOOLEAN, False)


def _referring(join: Join, key: Key, known: Known) -> Rel | None:
    """The left side of an inner join if what it refers to is there for sure."""
    target = join.right.source if isinstance(join.right, Step) else join.right
    if not isinstance(target, Scan) or join.condition is None:
        return None
    names = {column.id: column.name for column in target.columns}
    pairs = dict[str, Column]()
    for part in conjuncts(join.condition):
        match part:
            case Call("equal", (Column() as one, Column() as other)):
                left, right = (other, one) if one.id in names else (one, other)
                if right.id not in names or left.id in names or left.type != right.type or names[right.id] in pairs:
                    return None
                pairs[names[right.id]] = left
            case _:
                return None
    if not _refers(join.left, pairs, target.relation, known):
        return None
    note(
        Needless,
        f"join of `{target.relation}`  =>  nothing: no column of it is needed",
        f"each row finds its one partner: a rule says that it references `{target.relation}`, where no two rows agree",
        NoTwoAlike(target, key),
    )
    nullable = {column.id for column in join.left.columns if column.nullable}
    there = [_there(column) for column in pairs.values() if column.id in nullable]
    return Filter(join.left, conjunction(list(there)), span=join.span) if there else join.left


def _there(column: Column) -> Call:
    return Call("not", (Call("is_null", (column,), BOOLEAN, False),), BOOLEAN, False, span=column.span)


def _refers(rel: Rel, pairs: Mapping[str, Column], target: str, known: Known) -> bool:
    """Whether the columns of `pairs`, by the names of what they stand for, come from rows that refer to `target`."""
    homes = {name: _home(rel, column.id) for name, column in pairs.items()}
    scans = {id(home[0]) for home in homes.values() if home is not None}
    if len(scans) != 1 or any(home is None for home in homes.values()):
        return False
    own = {name: home[1] for name, home in homes.items() if home is not None}
    scan = next(home[0] for home in homes.values() if home is not None)
    for reference in known.references.get(scan.relation, ()):
        if reference.target == target and dict(zip(reference.target_columns, reference.columns)) == own:
            return True
    return False


def _home(rel: Rel, id_: int) -> tuple[Scan, str] | None:
    """The relation that a column of `rel` is scanned from, and its name there."""
    match rel:
        case Scan():
            return next(((rel, column.name) for column in rel.columns if column.id == id_), None)
        case Project():
            for item in rel.items:
                if item.column.id == id_:
                    return _home(rel.source, item.value.id) if isinstance(item.value, Column) else None
            return None
        case Filter() | Sort() | Limit() | Distinct() | Step() | Window() | Unnest():
            return _home(rel.source, id_)
        case Join():
            return _home(rel.left, id_) or _home(rel.right, id_)
        case _:
            return None
