"""Why something is known of a relation's rows: the rule, key or constant that a fact of the typed program rests on."""

from typing import NamedTuple

from oftra.ir.columns import add_uses, defines
from oftra.ir.expr import AggregateCall, Cast, Column, Expr, Literal, Runtime, WindowCall
from oftra.ir.keys import Key, filtered, keys_of
from oftra.ir.program import Program, Relation
from oftra.ir.rel import (
    Aggregate,
    Checked,
    Distinct,
    Filter,
    Join,
    Limit,
    Project,
    Rel,
    Rule,
    Sample,
    Scan,
    SetOperation,
    Sort,
    Step,
    TimeWindow,
    Unnest,
    Values,
    Window,
    must_be_there,
)
from oftra.ir.walk import every_rel


class Fact(NamedTuple):
    """Something that holds for all rows, and what it rests on."""

    claim: str
    proof: str


class Proofs:
    """Proofs over the relations of a typed program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.interfaces = {relation.name: relation.interface for relation in program.relations}

    # ------------------------------------------------------------------------------------------------- never null

    def never_null(self, expr: Expr, rel: Rel, owner: Relation) -> list[Fact]:
        """Why `expr`, which stands in `rel`, is never null: a fact for each column that it is made of."""
        columns = columns_in(expr, rel)
        return [Fact(f"`{one.name}` is never null", self.of_column(one.id, rel, owner)) for one in columns]

    def of_column(self, id_: int, rel: Rel, owner: Relation) -> str:
        """What makes a column of `rel`, in the definition of `owner`, never null."""
        # The deepest operator that offers it so is the one that knows why.
        offering = [part for part in every_rel(rel) if any(c.id == id_ and not c.nullable for c in part.columns)]
        if not offering:
            return "by what it is"
        part = offering[-1]
        match part:
            case Scan(name):
                scanned = next(column for column in part.columns if column.id == id_)
                return self._of_scanned(scanned.name, name)
            case Checked(_, rules):
                about = [rule for rule in rules if (column := must_be_there(rule)) is not None and column.id == id_]
                return said_of(about[0], owner) if about else f"the contract of {called(owner)}"
            case Project() | Aggregate() | Window():
                items = part.keys + part.aggregates if isinstance(part, Aggregate) else part.items
                value = next(item.value for item in items if item.column.id == id_)
                return self._of_value(value, part.source, owner)
            case SetOperation():
                at = next(at for at, column in enumerate(part.columns) if column.id == id_)
                proofs = [self.of_column(source.columns[at].id, source, owner) for source in part.inputs]
                return " and ".join(dict.fromkeys(proofs))
            case Values():
                return "every row gives a value"
            case TimeWindow():
                return "every window has a start and an end"
            case Unnest():
                return "every element has a position" if part.offset else "by the array's type"
            case _:
                return "by what it is"

    def _of_scanned(self, column: str, name: str) -> str:
        relation = self.program.by_name.get(name)
        if relation is None:
            return f"`{name}` says so"
        found = next((one for one in relation.columns if one.name == column), None)
        return self.of_column(found.id, relation.rel, relation) if found is not None else f"{called(relation)} says so"

    def _of_value(self, value: Expr, source: Rel, owner: Relation) -> str:
        match value:
            case Column(id_):
                return self.of_column(id_, source, owner)
            case Cast(operand, implicit=True):
                return self._of_value(operand, source, owner)
            case Literal():
                return "it is a constant"
            case Runtime():
                return f"the {value.kind} always has a value"
            case AggregateCall() | WindowCall():
                return f"`{value.function}` always has a value"
            case _:
                facts = self.never_null(value, source, owner)
                made_of = " and ".join([f"{claim} ({proof})" for claim, proof in facts])
                return f"computed: {made_of}" if made_of else "by what it is"

    # ------------------------------------------------------------------------------------------------------- keys

    def no_two_alike(self, key: Key, rel: Rel, owner: Relation) -> Fact:
        """Why no two rows of `rel` agree in `key`."""
        names = [column.name for column in rel.columns if column.id in key]
        claim = f"no two rows agree in ({', '.join(names)})" if names else "there is one row at most"
        return Fact(claim, self.of_key(key, rel, owner))

    def of_key(self, key: Key, rel: Rel, owner: Relation) -> str:
        """What makes `key` one of `rel`, in the definition of `owner`."""
        match rel:
            case Scan(name):
                return self._of_scanned_key(key, rel, name)
            case Checked(source, rules):
                unique = [rule for rule in rules if rule.kind == "unique" and {c.id for c in rule.columns} <= key]
                return said_of(unique[0], owner) if unique else self.of_key(key, source, owner)
            case Values():
                return "one row is given"
            case Limit(_, count) if count is not None and count <= 1:
                return f"`limit {count}`"
            case Aggregate():
                names = [item.column.name for item in rel.keys]
                return f"a row a group by {', '.join(names)}" if names else "an aggregate of everything is one row"
            case Project():
                old = {item.column.id: item.value.id for item in rel.items if isinstance(item.value, Column)}
                return self._below(frozenset([old[id_] for id_ in key if id_ in old]), rel.source, owner)
            case Filter() | Sort() | Sample() | Step() | TimeWindow() | Limit():
                return self._below(key, rel.source, owner, rel.condition if isinstance(rel, Filter) else None)
            case Distinct():
                inside = [own for own in keys_of(rel.source, self.interfaces) if own <= key]
                return self.of_key(inside[0], rel.source, owner) if inside else "each row stands there once"
            case Window():
                inside = [own for own in keys_of(rel.source, self.interfaces) if own <= key]
                return self.of_key(inside[0], rel.source, owner) if inside else "`row_number` numbers the rows"
            case Join():
                return self._of_join(key, rel, owner)
            case SetOperation():
                return f"`{rel.kind}` keeps each row once" if not rel.all else f"one input of `{rel.kind}` has the key"
            case Unnest():
                return self._below(key & {c.id for c in rel.source.columns}, rel.source, owner)
            case _:
                return "by what it is"

    def _below(self, key: Key, source: Rel, owner: Relation, condition: Expr | None = None) -> str:
        """The proof of the key of `source` from which `key` comes, perhaps by a condition that fixes a column."""
        for own in keys_of(source, self.interfaces):
            if own <= key:
                return self.of_key(own, source, owner)
            if condition is not None and key in filtered((own,), condition):
                return f"{self.of_key(own, source, owner)}, and the condition leaves one value of the others"
        return "by what it is"

    def _of_scanned_key(self, key: Key, scan: Scan, name: str) -> str:
        relation = self.program.by_name.get(name)
        if relation is None:
            return f"`{name}` says so"
        wanted = {column.name for column in scan.columns if column.id in key}
        inside = frozenset([column.id for column in relation.columns if column.name in wanted])
        return self._below(inside, relation.rel, relation)

    def _of_join(self, key: Key, rel: Join, owner: Relation) -> str:
        sides = []
        for side in (rel.left, rel.right):
            for own in keys_of(side, self.interfaces):
                if own <= key:
                    sides.append(self.of_key(own, side, owner))
                    break
        joined = "" if len(sides) > 1 or rel.kind in ("semi", "anti") else ", and a row finds one partner at most"
        return " and ".join(dict.fromkeys(sides)) + joined if sides else "by what it is"


def columns_in(expr: Expr, rel: Rel) -> list[Column]:
    """The columns that `expr` is made of, of those that come into being anywhere in `rel`."""
    used = set[int]()
    add_uses(expr, used)
    found = {column.id: column for part in every_rel(rel) for column in defines(part) if column.id in used}
    return [found[id_] for id_ in sorted(found)]


def called(relation: Relation) -> str:
    """A kind and a name: table `orders`."""
    return f"{relation.kind} `{relation.name}`"


def said_of(rule: Rule, owner: Relation) -> str:
    """A rule and whose it is."""
    return f"rule '{rule.name}' of {called(owner)}"
