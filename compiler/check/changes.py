"""Sources whose records say what changed: the rows that they are of are the last state of each key.

Such a source is two relations: its records, under a name of their own, judged as those of any source, and above them a
view under the source's name, in the operators that there are: of each key the record that is last, unless that deletes.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from oftra import functions
from oftra.check.context import Context
from oftra.check.contract import Consequence, Contract
from oftra.check.fit import apply
from oftra.check.option import word, words
from oftra.connectors.model import Connector
from oftra.datatypes import BIGINT, BOOLEAN, STRING, String, Unknown, show
from oftra.diagnostics import Report
from oftra.diagnostics.contracts import NeedsOption, OnlyByKey
from oftra.diagnostics.names import UnknownColumn
from oftra.diagnostics.typecheck import Mismatch, NotGroupable
from oftra.ir.expr import Column, Expr, Literal, SortKey, WindowCall
from oftra.ir.judge import free_name
from oftra.ir.program import Interface, Options, Relation, Word
from oftra.ir.rel import Filter, Item, Project, Rel, Rule, Scan, Window, must_be_there
from oftra.source import Span

DELETES = ("d", "delete", "-d")
"""What is said of a row that is gone, in any case of letters: by Debezium, in words, by engines."""

BEFORE = ("-u", "update_before", "update_preimage")
"""What is said of a row as it was before another record says what it became: it says nothing new."""

TELLS = (
    "c", "r", "u", "i", "create", "read", "insert", "update", "upsert",
    "+i", "+u", "update_after", "update_postimage",
)  # fmt: skip
"""What is said of a row as it is now."""


class Changing(NamedTuple):
    """What tells one row from another, which record is later, and the column that says what happened.

    A record for which `tombstone` is true deletes.
    """

    kind: str
    key: tuple[str, ...]
    order: tuple[str, ...]
    op: str | None
    tombstone: str | None = None


def changing_of(
    options: Options, contract: Contract, connector: Connector, owner: str, span: Span, context: Context
) -> tuple[Changing | None, Options]:
    """How records change rows, if they do, and the options with the metadata that this takes."""
    kind = word(options, "changes") or "append"
    given = {name: words(options, name) for name in ("key", "op", "order_by") if name in options}
    if kind == "append":
        # Where what is said of changes is none of its choices, that is reported.
        for name, (first, *_) in given.items() if "changes" in options else ():
            context.report.add(NeedsOption(name, "changes", owner, span=first.span))
        return None, options
    key = tuple([name.text for name in given.get("key", ())]) or contract.primary_key
    if not key:
        context.report.add(NeedsOption(f"changes: {kind}", "key", owner, span=span))
    if kind == "cdc" and "op" not in given:
        context.report.add(NeedsOption("changes: cdc", "op", owner, span=span))
    order = tuple([name.text for name in given.get("order_by", ())])
    spec = next((spec for spec in connector.source if spec.name == "metadata"), None)
    known = spec.choices if spec is not None else ()
    if not order and "offset" not in known:
        context.report.add(NeedsOption(f"changes: {kind}", "order_by", owner, span=span))
    elif not order:
        # Records of a key come in their order: that is the order of their offsets.
        order, options = ("offset",), _with_metadata("offset", options, span)
    op = next((name.text for name in given.get("op", ())), None)
    if op is not None or kind != "upsert" or "tombstone" not in known or not set(order) <= set(known):
        return Changing(kind, key, order, op), options
    if (word(options, "format") or "json") != "json" or "tombstone" in [one.name.text for one, _ in contract.columns]:
        return Changing(kind, key, order, op), options
    # A message without a value has a key alone: no other column tells when it was.
    return Changing(kind, key, order, op, "tombstone"), _with_metadata("tombstone", options, span)


def _with_metadata(name: str, options: Options, span: Span) -> Options:
    asked = words(options, "metadata")
    if name in [one.text for one in asked]:
        return options
    return {**options, "metadata": (*asked, Word(name, span=span))}


def judge_columns(changing: Changing, options: Options, columns: tuple[Column, ...], report: Report) -> bool:
    """Whether the columns that options name are there, and of types that can be so used; else it is reported."""
    named = {column.name: column for column in columns}
    places = {(option, name.text): name.span for option in ("key", "op", "order_by") for name in words(options, option)}
    before = report.errors
    for (option, name), span in places.items():
        column = named.get(name)
        if column is None:
            report.add(UnknownColumn(name, tuple(named), span=span))
        elif option == "op" and not isinstance(column.type, String | Unknown):
            report.add(Mismatch("`op`", "string", show(column.type), span=span))
        elif option != "op" and not functions.comparable(column.type):
            report.add(NotGroupable(f"`{option}`", show(column.type), span=span))
    return report.errors == before and all(name in named for name in (*changing.key, *changing.order))


def rules_of_changes(
    rules: list[Rule], changing: Changing, columns: tuple[Column, ...], default: Consequence, context: Context
) -> list[Rule]:
    """The rules of a contract as records keep them: keys come again, and what deletes needs no more than a key."""
    named = {column.name: column for column in columns}
    op = None if changing.op is None else named[changing.op]
    found: list[Rule] = []
    present = set[str]()
    for rule in rules:
        needed = must_be_there(rule)
        if needed is not None:
            present.add(needed.name)
        if rule.kind == "unique":
            if not {column.name for column in rule.columns} >= set(changing.key):
                context.report.add(OnlyByKey(rule.name, changing.key, span=rule.span))
            continue
        deletes = _deletes(changing, named, rule.span, context)
        is_of_all = needed is not None and needed.name in (*changing.key, changing.op)
        if rule.condition is None or deletes is None or is_of_all:
            found.append(rule)
        else:
            found.append(replace(rule, condition=_or(deletes, rule.condition, context)))
    for name in (*changing.key, *([op.name] if op is not None else [])):
        if name not in present:
            column = named[name]
            there = apply("not", (apply("is_null", (column,), column.span, context),), column.span, context)
            found.append(Rule(f"{name} not null", "check", default.action, there, into=default.into, span=column.span))
    if op is not None:
        known = _says(op, (*DELETES, *BEFORE, *TELLS), op.span, context)
        found.append(
            Rule(f"{op.name} says what happened", "check", default.action, known, into=default.into, span=op.span)
        )
    return found


def last_state(
    records: Relation, name: str, changing: Changing, present: frozenset[str], asked: tuple[str, ...], context: Context
) -> Relation:
    """The view of the rows that `records` tell of, with the columns that were `asked` for; `present` are not null."""
    span = records.span
    columns = tuple([context.column(c.name, c.type, c.nullable, c.span) for c in records.columns])
    named = {column.name: column for column in columns}
    rel: Rel = Scan(records.name, columns, span=span)
    op = None if changing.op is None else named[changing.op]
    if op is not None:
        rel = Filter(rel, apply("not", (_says(op, BEFORE, span, context),), span, context), span=span)
    number = context.column(free_name("nth_last", columns), BIGINT, False, span)
    later = tuple([SortKey(named[one], descending=True, nulls_first=False) for one in changing.order])
    keys = tuple([named[one] for one in changing.key])
    rel = Window(rel, (Item(number, WindowCall("row_number", (), BIGINT, False, keys, later, span=span)),), span=span)
    last = apply("equal", (number, Literal(1, BIGINT, span=span)), span, context)
    deletes = _deletes(changing, named, span, context)
    if deletes is not None:
        last = apply("and", (last, apply("not", (deletes,), span, context)), span, context)
    rel = Filter(rel, last, span=span)
    items = []
    for one in asked:
        value = named[one]
        # A record that deletes may lack what all others have: none of these is left.
        is_there = value.nullable and one in present
        items.append(Item(context.column(one, value.type, False, value.span) if is_there else value, value))
    return Relation(
        name,
        "view",
        Project(rel, tuple(items), span=span),
        Interface(()),
        contract=records.contract,
        tags=records.tags,
        owner=records.owner,
        description=records.description,
        column_descriptions=records.column_descriptions,
        is_broken=records.is_broken,
        span=span,
    )


def _deletes(changing: Changing, named: Mapping[str, Column], span: Span, context: Context) -> Expr | None:
    """Whether a record deletes; None if none of them does."""
    if changing.op is not None:
        return _says(named[changing.op], DELETES, span, context)
    if changing.tombstone is None:
        return None
    differs = apply("is_distinct", (named[changing.tombstone], Literal(True, BOOLEAN, span=span)), span, context)
    return apply("not", (differs,), span, context)


def _says(op: Column, words_: tuple[str, ...], span: Span, context: Context) -> Expr:
    lower = apply("lower", (op,), span, context)
    return apply("in", (lower, *[Literal(one, STRING, span=span) for one in words_]), span, context)


def _or(one: Expr, other: Expr, context: Context) -> Expr:
    return apply("or", (one, other), other.span, context)
