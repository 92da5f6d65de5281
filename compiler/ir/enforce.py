"""How rules are enforced: what is kept for the length of a run, what is counted, what goes on and what is put apart.

A program becomes steps, to be taken in their order. All that they hold are plain relations: of rules an engine needs to
know no more than how a relation is kept, how a record is decoded (`Hidden`), and the names that follow.

records of typed sources, rules that fail or warn   build the source; count over it
records that come as text, the same rules           keep them decoded; count over them; build the source from them
rows of whatever, rules that drop or quarantine     keep them with the names of the rules that each breaks; count over
                                                    them; those that pass go on, others are put apart
other rows, rules that fail or warn                 keep them (unless they are a relation's own); count; they go on
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

from oftra.datatypes import BIGINT, BOOLEAN, STRING, TIMESTAMP, DataType, Datetime, Field, Struct, Timestamp
from oftra.ir.columns import freshen, max_id
from oftra.ir.expr import Call, Cast, Column, Expr, Literal, MakeStruct, Runtime
from oftra.ir.judge import (
    PASSED,
    QUARANTINED,
    Lookup,
    counts,
    counts_of_judged,
    first_of,
    free_name,
    has_outcome,
    judged,
)
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Checked, Distinct, Filter, Item, Project, Read, Rel, Rule, Scan, SetOperation, Values
from oftra.ir.walk import every_rel, map_exprs, map_inputs, rewriter

ROW_JSON = "row_json"
"""`row_json(struct)`: a row as a JSON object, a field a column."""

READ_AT = Runtime("run", "at", TIMESTAMP)
"""When the run began: one value for all of it."""


@dataclass(frozen=True)
class Hidden:
    """Columns of a source's records that only its rules see, besides those that it offers.

    `readable`: whether the record could be decoded, exactly. Where records are put apart, also the `record` as it came,
    the `file` that it stood in (below the connection's root) and its `position` there, from 1. Of a message, `file` is
    its topic and partition (`clicks-0`) and `position` its offset, from 0.
    """

    readable: Column
    record: Column | None = None
    file: Column | None = None
    position: Column | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """All there are."""
        return tuple([column for column in (self.readable, self.record, self.file, self.position) if column])


@dataclass(frozen=True)
class Keep:
    """Rows of `relation` that are kept under a name of their own until the run ends. `hidden` is of its `Read`.

    If `is_judged`, the last two columns are the rules that each row breaks and what becomes of it (see `enforce`).
    """

    name: str
    relation: Relation
    rel: Rel
    hidden: Hidden | None = None
    is_judged: bool = False


@dataclass(frozen=True)
class Count:
    """Counts of what broke `rules` in `relation`; in an assertion in its query, if one is named.

    `rel` gives one row: read, dropped, quarantined, and for each rule (rule, action, records). Where a record broke a
    rule that fails, nothing that comes after may be done.
    """

    relation: Relation
    assertion: str | None
    rules: tuple[Rule, ...]
    rel: Rel


@dataclass(frozen=True)
class Build:
    """The relation is built, of what is kept by now: it holds no `Checked` any more."""

    relation: Relation


Step: TypeAlias = Keep | Count | Build


@dataclass(frozen=True)
class _Apart:
    """What a relation keeps of its judged rows, so that quarantines can take theirs."""

    kept: Scan
    rules: tuple[Rule, ...]
    hidden: Hidden | None


def enforce(
    program: Program,
    names: Collection[str],
    first: Mapping[str, Collection[str]] | None = None,
    by_row: bool = False,
) -> tuple[Step, ...]:
    """The steps that build the relations `names`, each after those that it reads and refers to.

    What has to be built `first`, though a relation doesn't read it, is said by that relation's name.

    Who can't count before something is stored has all rules judged `by_row`: what is kept of a relation then has the
    names of the rules that each row breaks, and behind them an outcome only where some rule keeps rows out. The query
    of a `Count` is these rows.
    """
    return tuple(_Enforcer(program, names, first or {}, by_row).steps())


def built(steps: Collection[Step], relation: Relation) -> Rel:
    """What a relation is made of what is kept."""
    for step in steps:
        if isinstance(step, Build) and step.relation.name == relation.name:
            return step.relation.rel
    return relation.rel


class _Enforcer:
    def __init__(
        self, program: Program, names: Collection[str], first: Mapping[str, Collection[str]], by_row: bool
    ) -> None:
        self.program = program
        self.first = first
        self.by_row = by_row
        self.wanted = [relation for relation in program.relations if relation.name in names]
        self.taken = {relation.name.lower() for relation in program.relations}
        self.needs: dict[str, tuple[str, ...]] = {}
        self.checked: set[str] = set()
        for relation in self.wanted:
            self._look(relation)
        self.apart: dict[str, _Apart] = {}

    def steps(self) -> Iterator[Step]:
        """All of them."""
        for relation in self._ordered():
            yield from self._relation(relation)

    def _look(self, relation: Relation) -> None:
        """Note what a relation needs, what it reads before what its rules refer to, and whether it has rules."""
        reads: dict[str, None] = dict.fromkeys(relation.feeds)
        refers: dict[str, None] = {}
        for part in every_rel(relation.rel):
            if isinstance(part, Scan):
                reads[part.relation] = None
            elif isinstance(part, Checked):
                self.checked.add(relation.name)
                refers.update([(rule.target, None) for rule in part.rules if rule.target is not None])
        refers.update(dict.fromkeys(sorted(self.first.get(relation.name, ()))))
        self.needs[relation.name] = tuple([name for name in {**reads, **refers} if name != relation.name])

    # -------------------------------------------------------------------------------------------------------- order

    def _ordered(self) -> Iterator[Relation]:
        """Each relation after those that it reads and, but in a circle of references, those that it refers to."""
        by_name = {relation.name: relation for relation in self.wanted}
        done: set[str] = set()
        for root in by_name:
            path: dict[str, Iterator[str]] = {} if root in done else {root: iter(self.needs[root])}
            while path:
                name = next(reversed(path))
                for needed in path[name]:
                    if needed in by_name and needed not in done and needed not in path:
                        path[needed] = iter(self.needs[needed])
                        break
                else:
                    del path[name]
                    done.add(name)
                    yield by_name[name]

    def _circular(self, name: str, target: str) -> bool:
        """Whether `target` refers back to `name`, in whatever number of steps."""
        seen, waiting = {target}, [target]
        while waiting:
            for needed in self.needs.get(waiting.pop(), ()):
                if needed == name:
                    return True
                if needed not in seen:
                    seen.add(needed)
                    waiting.append(needed)
        return name == target

    # ---------------------------------------------------------------------------------------------------- relations

    def _relation(self, relation: Relation) -> Iterator[Step]:
        if relation.feeds:
            yield Build(replace(relation, rel=self._quarantine(relation)))
            return
        if relation.name not in self.checked:
            yield Build(relation)
            return
        ids = count(max_id(relation.rel) + 1)
        enforcing = _Relation(self, relation, ids)
        rel = enforcing.rewrite(relation.rel, outermost=True)
        yield from enforcing.steps
        yield Build(replace(relation, rel=rel))
        yield from enforcing.after

    def _quarantine(self, relation: Relation) -> Rel:
        """The records of all that fill a quarantine."""
        ids = count(1)
        parts = [self._rejected(self.apart[name], name, relation, ids) for name in relation.feeds if name in self.apart]
        if not parts:
            return Values((), relation.columns)
        return parts[0] if len(parts) == 1 else SetOperation("union", True, tuple(parts), relation.columns)

    def _rejected(self, apart: _Apart, source: str, quarantine: Relation, ids: "count[int]") -> Rel:
        new: dict[int, int] = {}
        kept = freshen(apart.kept, ids.__next__, new)
        by_id = {column.id: column for column in kept.columns}

        def of(column: Column) -> Column:
            return by_id[new[column.id]]

        (broken, outcome), hidden = kept.columns[-2:], apart.hidden
        everywhere = [rule.name for rule in apart.rules if rule.action == "quarantine"]
        here = [rule.name for rule in apart.rules if rule.into == quarantine.name]
        condition = has_outcome(outcome, QUARANTINED)
        if len(here) < len(everywhere):
            # Broken rules of two quarantines put a record into the first one's.
            first = first_of(broken, everywhere, ids.__next__)
            names = [Literal(name, STRING) for name in here]
            condition = Call("in", (first, *names), BOOLEAN, True)
        place: tuple[Expr, Expr, Expr]
        if hidden is not None and hidden.record and hidden.file and hidden.position:
            place = of(hidden.record), of(hidden.file), of(hidden.position)
        else:
            place = _row(kept.columns[:-2]), Literal(None, STRING), Literal(None, BIGINT)
        record, file, position = place
        values: tuple[Expr, ...] = (record, broken, Literal(source, STRING), file, position, READ_AT)
        items = [
            Item(Column(next(ids), column.name, column.type, column.nullable), value)
            for column, value in zip(quarantine.columns, values)
        ]
        return Project(Filter(kept, condition), tuple(items))


def _row(columns: tuple[Column, ...]) -> Expr:
    """A row as JSON, its times in the language's own words: each engine would have others."""
    values: list[Expr] = [
        Cast(column, STRING, column.nullable) if isinstance(column.type, Timestamp | Datetime) else column
        for column in columns
    ]
    type_ = Struct(tuple([Field(column.name, value.type) for column, value in zip(columns, values)]))
    return Call(ROW_JSON, (MakeStruct(tuple(values), type_),), STRING, False)


class _Relation:
    """The enforcement of one relation: what comes before it is built, and what after."""

    def __init__(self, around: _Enforcer, relation: Relation, ids: "count[int]") -> None:
        self.around = around
        self.relation = relation
        self.fresh = ids.__next__
        self.steps: list[Step] = []
        self.after: list[Step] = []

    def rewrite(self, rel: Rel, outermost: bool = False) -> Rel:
        """`rel` without `Checked`; the outermost one is the relation's contract."""
        if isinstance(rel, Checked):
            return self._checked(rel, outermost)
        if outermost and isinstance(rel, Project):
            # All that stays of a contract's columns where nobody asks for the others.
            return Project(self.rewrite(rel.source, outermost=True), rel.items, span=rel.span)
        inner = map_inputs(rel, self.rewrite)
        return map_exprs(inner, rewriter(lambda expr: expr, self.rewrite))

    def _checked(self, checked: Checked, is_contract: bool) -> Rel:
        rules = checked.rules
        source = self.rewrite(checked.source)
        if not rules:
            return source
        assertion = None if is_contract and self.relation.contract is not None else rules[0].name
        hidden = self._hidden(checked)
        if hidden is not None:
            assert isinstance(source, Read)
            source = Read(source.source, source.columns + hidden.columns, span=source.span)
        if self.around.by_row or _keep_out(rules):
            return self._split(checked, source, hidden, assertion)
        if isinstance(source, Read) and hidden is None:
            given = Scan(self.relation.name, source.columns)
            self.after.append(self._count(assertion, rules, self._counts(given, rules, None)))
            return source
        if not self._is_stored(source):
            source = self._keep("rows" if hidden is None else "records", source, hidden, assertion)
        self.steps.append(self._count(assertion, rules, self._counts(source, rules, hidden)))
        return source if hidden is None else _only(source, checked.columns)

    def _split(self, checked: Checked, source: Rel, hidden: Hidden | None, assertion: str | None) -> Rel:
        rules = checked.rules
        readable = hidden.readable if hidden is not None else None
        found = judged(source, rules, readable, self._lookup(source), self.fresh)
        kept = self._keep("judged", found if _keep_out(rules) else found.source, hidden, assertion)
        if assertion is None:
            self.around.apart[self.relation.name] = _Apart(kept, rules, hidden)
        counted = kept if self.around.by_row else counts_of_judged(kept, rules, self.fresh)
        self.steps.append(self._count(assertion, rules, counted))
        if not _keep_out(rules):
            return _only(kept, checked.columns)
        return _only(Filter(kept, has_outcome(kept.columns[-1], PASSED)), checked.columns)

    def _hidden(self, checked: Checked) -> Hidden | None:
        """The columns that the rules of a source of texts need."""
        if not any(rule.kind == "readable" for rule in checked.rules):
            return None
        columns = checked.source.columns

        def column(name: str, type_: DataType) -> Column:
            return Column(self.fresh(), free_name(name, columns), type_)

        readable = Column(self.fresh(), free_name("readable", columns), BOOLEAN, nullable=False)
        if not any(rule.action == "quarantine" for rule in checked.rules):
            return Hidden(readable)
        return Hidden(readable, column("record", STRING), column("file", STRING), column("position", BIGINT))

    def _is_stored(self, rel: Rel) -> bool:
        """Whether reading `rel` again costs no more than reading what is kept."""
        if not isinstance(rel, Scan):
            return False
        scanned = self.around.program.by_name.get(rel.relation)
        return scanned is None or scanned.kind != "view"

    def _keep(self, what: str, rel: Rel, hidden: Hidden | None, assertion: str | None) -> Scan:
        wanted = f"{self.relation.name}_{what if assertion is None else plain(assertion)}"
        name, number = wanted, 1
        while name.lower() in self.around.taken:
            number += 1
            name = f"{wanted}_{number}"
        self.around.taken.add(name.lower())
        self.steps.append(Keep(name, self.relation, rel, hidden, is_judged=what == "judged"))
        return Scan(name, rel.columns, span=rel.span)

    def _count(self, assertion: str | None, rules: tuple[Rule, ...], rel: Rel) -> Count:
        return Count(self.relation, assertion, rules, rel)

    def _counts(self, rows: Rel, rules: tuple[Rule, ...], hidden: Hidden | None) -> Rel:
        return counts(rows, rules, hidden.readable if hidden is not None else None, self._lookup(rows), self.fresh)

    def _lookup(self, own: Rel) -> Lookup:
        """What a rule looks among. In a circle of references these are the records as they were read."""

        def lookup(rule: Rule) -> Rel:
            assert rule.target is not None
            target = self.around.program.by_name[rule.target]
            if not self.around._circular(self.relation.name, target.name):
                columns = tuple([Column(self.fresh(), c.name, c.type, c.nullable) for c in target.columns])
                keys = target.interface.keys
                found: Rel = Scan(target.name, columns, span=rule.span)
            else:
                rel = own if target is self.relation else target.rel
                found, keys = freshen(rel.source if isinstance(rel, Checked) else rel, self.fresh), ()
            named = {column.name: column for column in found.columns}
            chosen = tuple([named[name] for name in rule.target_columns])
            only = Project(found, tuple([Item(column, column) for column in chosen]))
            return only if any(set(key) <= set(rule.target_columns) for key in keys) else Distinct(only)

        return lookup


def _only(rel: Rel, columns: tuple[Column, ...]) -> Rel:
    return Project(rel, tuple([Item(column, column) for column in columns]))


def _keep_out(rules: Sequence[Rule]) -> bool:
    """Whether rows that break one of these don't go on."""
    return any(rule.action in ("drop", "quarantine") for rule in rules)


def plain(name: str) -> str:
    """A rule's name as part of a relation's."""
    return "_".join("".join([char if char.isalnum() else " " for char in name.lower()]).split())[:40] or "rule"
