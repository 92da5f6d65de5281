"""Contracts: their columns with types, and the rules that the rows of a relation under them have to keep."""

from dataclasses import dataclass, field
from typing import Literal as OneOf
from typing import NamedTuple

from oftra import functions
from oftra.check.context import Context
from oftra.check.convert import convert
from oftra.check.declared import declared_type
from oftra.check.fit import apply
from oftra.check.frame import Frame
from oftra.check.naming import text_of
from oftra.check.option import read_options
from oftra.check.scope import Scope
from oftra.connectors import CONTRACT
from oftra.datatypes import NULL, DataType, Datetime, Interval, Timestamp, Unknown, show, widens
from oftra.diagnostics.contracts import (
    BadEventTime,
    ColumnType,
    CyclicContracts,
    ExtraColumn,
    MissingColumn,
    NoQuarantine,
    NotPrimaryKeyOf,
    RepeatedKey,
    WatermarkAlone,
)
from oftra.diagnostics.model import nearest
from oftra.diagnostics.names import DuplicateColumn, UnknownColumn, UnknownDeclaration
from oftra.diagnostics.typecheck import Mismatch, NotGroupable
from oftra.ir.expr import Cast, Column, Duration, Literal
from oftra.ir.program import Options
from oftra.ir.rel import Checked, Item, Project, Rel, Rule, Values, must_be_there
from oftra.resolve.model import Declared
from oftra.source import NOWHERE, Span
from oftra.syntax import nodes


@dataclass
class Contract:
    """A contract, read. `columns` are those of what it extends, then its own, each with its type."""

    name: str
    columns: list[tuple[nodes.ContractColumn, DataType]] = field(default_factory=list)
    keys: list[nodes.KeyRule] = field(default_factory=list)
    checks: list[nodes.Check] = field(default_factory=list)
    options: Options = field(default_factory=dict)
    description: str | None = None
    namespace: str = ""

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of its primary key; none without one."""
        for rule in self.keys:
            if rule.kind == "primary key":
                return tuple(name.text for name in rule.columns)
        return tuple(column.name.text for column, _ in self.columns if column.primary_key)

    @property
    def event_time(self) -> nodes.ContractColumn | None:
        """The column that tells when a row's event happened."""
        return next((column for column, _ in self.columns if column.event_time), None)

    def not_null(self, column: nodes.ContractColumn) -> bool:
        """Whether the contract promises a value in every row."""
        return column.not_null or column.name.text in self.primary_key


def read_contract(
    declared: Declared, context: Context, extending: tuple[str, ...] = (), judge: bool = True
) -> Contract:
    """The contract of a declaration, with what it extends. `judge` is off where its own faults were reported before."""
    declaration = declared.declaration
    assert isinstance(declaration, nodes.Contract)
    properties = tuple([item for item in declaration.items if isinstance(item, nodes.Property)])
    owner = f"contract `{declared.name}`"
    options = read_options(properties, CONTRACT, owner, declared.span, context)
    contract = Contract(
        declared.name, options=options, description=declaration.description, namespace=declared.namespace
    )
    if (extends := next((item for item in properties if item.name.text == "extends"), None)) is not None:
        _extend(contract, declared, extends, context, extending)
    for item in declaration.items:
        match item:
            case nodes.ContractColumn():
                contract.columns.append((item, declared_type(item.type, context.report)))
            case nodes.KeyRule():
                contract.keys.append(item)
            case nodes.Check():
                contract.checks.append(item)
    if judge:
        _judge(contract, context)
    return contract


def _extend(
    contract: Contract, declared: Declared, extends: nodes.Property, context: Context, extending: tuple[str, ...]
) -> None:
    name = text_of(extends.value) if not isinstance(extends.value, nodes.Properties) else ""
    found = context.names.find("contract", name, declared.namespace)
    if found is None:
        near = nearest(name, context.names.visible("contract", declared.namespace))
        context.report.add(UnknownDeclaration("contract", name, near, span=extends.span))
    elif found.name in (*extending, declared.name):
        context.report.add(CyclicContracts(declared.name, span=extends.span))
    else:
        base = read_contract(found, context, (*extending, declared.name), judge=False)
        contract.columns = list(base.columns)
        contract.keys = list(base.keys)
        contract.checks = list(base.checks)


def _judge(contract: Contract, context: Context) -> None:
    """Report what is wrong with a contract by itself."""
    seen: dict[str, nodes.ContractColumn] = {}
    keys: list[Span] = [rule.span for rule in contract.keys if rule.kind == "primary key"]
    times: list[nodes.ContractColumn] = []
    for column, type_ in contract.columns:
        name = column.name.text
        if name.lower() in seen:
            context.report.add(DuplicateColumn(name, span=column.name.span))
        seen.setdefault(name.lower(), column)
        if column.primary_key:
            keys.append(column.span)
        if column.event_time:
            _judge_event_time(column, type_, times, context)
        if column.watermark is not None and not column.event_time:
            context.report.add(WatermarkAlone(column.name.text, span=column.watermark.span))
        if column.watermark is not None:
            delay = Scope(context, None, "`watermark`").type_of(column.watermark.delay)
            if not isinstance(delay.type, Interval | Unknown):
                context.report.add(Mismatch("`watermark`", "interval", show(delay.type), span=delay.span))
        if column.default is not None:
            default = Scope(context, None, "`default`").type_of(column.default)
            if not widens(default.type, type_) and not isinstance(default, Literal):
                context.report.add(Mismatch("`default`", show(type_), show(default.type), span=default.span))
    if len(keys) > 1:
        context.report.add(RepeatedKey("a primary key", keys[0], span=keys[1]))
    names = tuple(column.name.text for column, _ in contract.columns)
    types = {column.name.text: type_ for column, type_ in contract.columns}
    for rule in contract.keys:
        for name_ in rule.columns:
            if name_.text not in names:
                context.report.add(UnknownColumn(name_.text, names, span=name_.span))
            elif not functions.comparable(types[name_.text]):
                context.report.add(NotGroupable(f"`{rule.kind}`", show(types[name_.text]), span=name_.span))
    # The rules are typed here too, so that a contract that nothing uses is checked all the same.
    columns = tuple([context.column(c.name.text, t, True, c.span) for c, t in contract.columns])
    rules_of(contract, columns, Consequence("fail", ""), context)


def _judge_event_time(
    column: nodes.ContractColumn, type_: DataType, times: list[nodes.ContractColumn], context: Context
) -> None:
    if not isinstance(type_, Timestamp | Datetime | Unknown):
        why = f"it is `{show(type_)}`, not a timestamp"
        context.report.add(BadEventTime(column.name.text, why, span=column.span))
    elif times:
        why = f"`{times[0].name.text}` is it already"
        context.report.add(BadEventTime(column.name.text, why, span=column.span))
    times.append(column)


def watermark_of(contract: Contract, context: Context) -> Duration | None:
    """How late events may be."""
    time = contract.event_time
    if time is None or time.watermark is None:
        return None
    delay = Scope(context, None, "`watermark`").type_of(time.watermark.delay)
    return delay.value if isinstance(delay, Literal) and isinstance(delay.value, Duration) else None


class Consequence(NamedTuple):
    """What happens to a row that breaks a rule, and the full name of the quarantine that takes it ('': any)."""

    action: OneOf["fail", "drop", "warn", "quarantine"]
    into: str | None = None


FAIL = Consequence("fail")


def consequence_of(written: nodes.OnViolation | None, default: Consequence, context: Context) -> Consequence:
    """What is written of a rule, else the default. A quarantine without a name is the default's."""
    if written is None:
        return default
    into = None
    if written.action == "quarantine":
        if written.into is not None:
            declared = context.names.find("relation", written.into.text, context.namespace)
            into = declared.name if declared is not None else written.into.text
        elif default.into is None:
            context.report.add(NoQuarantine(span=written.span))
        else:
            into = default.into
    return Consequence(written.action, into or None)


def rules_of(contract: Contract, columns: tuple[Column, ...], default: Consequence, context: Context) -> list[Rule]:
    """The rules over rows of `columns`, which are the contract's. `default` is what happens where a rule doesn't say.

    No two have one name: reports and quarantines tell them apart by it.
    """
    rules: list[Rule] = []
    names: dict[str, int] = {"readable": 1}
    named = {column.name: column for column in columns}
    namespace, context.namespace = context.namespace, contract.namespace
    scope = Scope(context, _frame(columns), "`check`")

    def add(kind: str, name: str, span: Span, written: nodes.OnViolation | None = None, **facts: object) -> None:
        action, into = consequence_of(written, default, context)
        count = names[name] = names.get(name, 0) + 1
        unique = name if count == 1 else f"{name} ({count})"
        rules.append(Rule(unique, kind, action, into=into, span=span, **facts))  # type: ignore[arg-type]

    for column, _ in contract.columns:
        name = column.name.text
        target = named.get(name)
        if target is None:
            continue
        if contract.not_null(column):
            present = apply("not", (apply("is_null", (target,), column.span, context),), column.span, context)
            add("check", f"{name} not null", column.span, condition=present)
        for check in column.checks:
            _add_check(check, scope, add)
        if column.unique:
            add("unique", f"{name} unique", column.span, columns=(target,))
        if column.references is not None:
            found = _reference(column, column.references, context)
            if found is not None:
                shown = f"{name} references {found[0]} ({found[1]})"
                add("references", shown, column.span, columns=(target,), target=found[0], target_columns=(found[1],))
    key = contract.primary_key
    if key and all(name in named for name in key):
        span = next((rule.span for rule in contract.keys if rule.kind == "primary key"), contract.columns[0][0].span)
        add("unique", f"primary key ({', '.join(key)})", span, columns=tuple([named[name] for name in key]))
    for rule in contract.keys:
        if rule.kind == "unique" and all(name.text in named for name in rule.columns):
            shown = f"unique ({', '.join(name.text for name in rule.columns)})"
            add("unique", shown, rule.span, columns=tuple([named[name.text] for name in rule.columns]))
    for check in contract.checks:
        _add_check(check, scope, add)
    context.namespace = namespace
    return rules


def _frame(columns: tuple[Column, ...]) -> Frame:
    return Frame.of(Values((), columns))


def _add_check(check: nodes.Check, scope: Scope, add: object) -> None:
    condition = scope.condition_of(check.condition)
    name = check.name.text if check.name is not None else text_of(check.condition)
    assert callable(add)
    add("check", name, check.span, check.on_violation, condition=condition)


def _reference(column: nodes.ContractColumn, references: nodes.References, context: Context) -> tuple[str, str] | None:
    path = references.relation
    declared = context.with_rows(path.text, path.span, nodes.Sink, nodes.Task)
    if declared is None:
        return None
    if len(references.columns) > 1:
        context.report.add(NotPrimaryKeyOf(path.text, 1, len(references.columns), span=references.span))
        return None
    return declared.name, references.columns[0].text if references.columns else column.name.text


def checked(source: Rel, rules: list[Rule], span: Span = NOWHERE) -> Rel:
    """`source` under `rules`. What a rule keeps out is a fact of the rows that come through: it is enforced there."""
    if not rules:
        return source
    present = {column.id for rule in rules if rule.action != "warn" and (column := must_be_there(rule)) is not None}
    columns = tuple(
        [
            Column(c.id, c.name, c.type, c.nullable and c.id not in present, span=c.span) if c.id in present else c
            for c in source.columns
        ]
    )
    return Checked(source, tuple(rules), columns, span=span)


def conform(frame: Frame, contract: Contract, name: str, span: Span, context: Context) -> Rel:
    """The frame's rows as the contract has them: its columns, in its order and types, under its rules.

    What the query proves is not judged again when it runs.
    """
    given = dict(frame.entries)
    items: list[Item] = []
    for column, wanted in contract.columns:
        found = given.pop(column.name.text, None)
        if found is None:
            if not frame.is_broken:
                context.report.add(MissingColumn(name, column.name.text, contract.name, column.span, span=span))
            # Who reads it is told no more than that: it is there as promised.
            promised = context.column(column.name.text, wanted, True, span)
            items.append(Item(promised, Cast(Literal(None, NULL), wanted, nullable=True)))
            continue
        if not widens(found.type, wanted):
            context.report.add(
                ColumnType(name, column.name.text, show(wanted), show(found.type), column.span, span=found.span)
            )
            promised = context.column(column.name.text, wanted, found.nullable, found.span)
            items.append(Item(promised, Cast(found, wanted, found.nullable)))
            continue
        value = convert(found, wanted, context.report)
        if value is found and found.name == column.name.text:
            items.append(Item(found, found))
        else:
            items.append(Item(context.column(column.name.text, wanted, found.nullable, found.span), value))
    for entry, extra in given.items():
        context.report.add(ExtraColumn(name, entry, contract.name, span=extra.span))
    columns = frame.rel.columns
    same = len(items) == len(columns) and all(i.passes and i.column.id == c.id for i, c in zip(items, columns))
    rel = frame.rel if same else Project(frame.rel, tuple(items), span=span)
    nullable = {column.id: column.nullable for column in rel.columns}
    rules = [
        rule
        for rule in rules_of(contract, rel.columns, FAIL, context)
        if (proven := must_be_there(rule)) is None or nullable[proven.id]
    ]
    return checked(rel, rules, span)
