"""Test blocks: rows given and expected, as constants of the columns' types."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as Number
from typing import TypeAlias

from oftra.check.advance import Coming
from oftra.check.allowed import ANY, Allowed, allowed_values
from oftra.check.context import BROKEN, Context
from oftra.check.contract import Contract
from oftra.check.convert import convert, fits_cell
from oftra.check.declared import declared_type
from oftra.check.scope import Scope
from oftra.check.surroundings import Surroundings
from oftra.datatypes import (
    TIMESTAMP,
    Binary,
    Boolean,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Float,
    Integer,
    Json,
    String,
    Timestamp,
    Unknown,
    show,
)
from oftra.diagnostics.contracts import CellCount, NullGiven, Untested
from oftra.diagnostics.model import nearest
from oftra.diagnostics.names import UnknownColumn, UnknownDeclaration
from oftra.diagnostics.typecheck import Mismatch
from oftra.ir.expr import Column, Expr, Literal, Value
from oftra.ir.program import ExpectedRows, GivenRows, Relation, TestCase
from oftra.ir.rel import Checked, Limit, Project, Rel, Sort, Step, must_be_there
from oftra.source import Span
from oftra.syntax import nodes

Header: TypeAlias = list[Column | None]
"""The columns that a header names; None for one that there is not."""


def check_test(test: nodes.Test, around: Surroundings, context: Context) -> TestCase:
    """The test with its rows typed. What can't be is reported and left out."""
    given: dict[str, GivenRows] = {}
    expected: list[ExpectedRows] = []
    values: dict[str, Expr] = {}
    coming = Coming()
    for step in test.steps:
        match step:
            case nodes.Given():
                found = _given(step, around, context)
                if found is not None:
                    rows, header = found
                    given[rows.relation] = rows
                    coming.rows(rows, header)
            case nodes.GivenValue():
                _value(step, values, context)
            case nodes.Expect():
                rows_expected = _expected(step, given, around, context)
                if rows_expected is not None:
                    expected.append(rows_expected)
            case nodes.Advance():
                _advance(step, given, coming, around, context)
    late = tuple(coming.late.values())
    arrivals = tuple(coming.arrivals) if any(one.to is not None for one in coming.arrivals) else ()
    return TestCase(test.title, (*given.values(), *late), tuple(expected), values, arrivals, span=test.span)


def _advance(
    step: nodes.Advance, given: dict[str, GivenRows], coming: Coming, around: Surroundings, context: Context
) -> None:
    """Move a source's time, and give it more rows."""
    relation = _relation(step.relation, around, context)
    if relation is None:
        return
    relation = around.relations.get(around.records.get(relation.name, relation.name), relation)
    time = coming.advance(relation, step, context)
    if time is None:
        return
    before, header = given[relation.name], coming.headers[relation.name]
    rows = typed_rows(step.rows, header, relation, around, context, len(before.rows))
    spans = [row.span for row in step.rows]
    on_time = coming.more(relation, rows, spans if len(spans) == len(rows) else [], time, around.relations, context)
    given[relation.name] = replace(before, rows=before.rows + on_time)


def _relation(path: nodes.Path, around: Surroundings, context: Context) -> Relation | None:
    declared = context.relation_named(path.text, path.span)
    if declared is None:
        return None
    if isinstance(declared.declaration, nodes.Sink | nodes.Task):
        kind = type(declared.declaration).__name__.lower()
        context.report.add(Untested(path.text, f"a {kind} has no rows of its own", span=path.span))
        return None
    return around.relations.get(declared.name)


def _header(names: tuple[nodes.Name, ...], relation: Relation, context: Context) -> Header:
    """The relation's columns that a header names; None for each that it doesn't have (reported)."""
    columns = {column.name: column for column in relation.columns}
    found: Header = []
    for name in names:
        column = columns.get(name.text)
        if column is None and name.text and not relation.is_broken:
            context.report.add(UnknownColumn(name.text, tuple(columns), span=name.span))
        found.append(column)
    return found


def _cells(row: nodes.TestRow, header: Header, context: Context) -> list[Expr] | None:
    """The cells of a row, each of its column's type; None if their number is wrong (reported)."""
    if len(row.cells) != len(header):
        context.report.add(CellCount(len(header), len(row.cells), span=row.span))
        return None
    scope = Scope(context, None, "a test's row")
    cells: list[Expr] = []
    for written, column in zip(row.cells, header):
        cell = scope.type_of(written)
        if column is None:
            cells.append(BROKEN)
        elif fits_cell(cell, column.type):
            cells.append(convert(cell, column.type, context.report))
        else:
            place = f"the column `{column.name}`"
            context.report.add(Mismatch(place, show(column.type), show(cell.type), span=cell.span))
            cells.append(BROKEN)
    return cells


def _given(step: nodes.Given, around: Surroundings, context: Context) -> tuple[GivenRows, Header] | None:
    relation = _relation(step.relation, around, context)
    if relation is None:
        return None
    # Rows of a source are its records, also of one whose records say what changed.
    relation = around.relations.get(around.records.get(relation.name, relation.name), relation)
    header = _header(step.columns, relation, context)
    rows = typed_rows(step.rows, header, relation, around, context)
    return GivenRows(relation.name, rows, relation.columns, span=step.span), header


def typed_rows(
    written: tuple[nodes.TestRow, ...],
    header: Header,
    relation: Relation,
    around: Surroundings,
    context: Context,
    after: int = 0,
) -> tuple[tuple[Expr, ...], ...]:
    """The rows under a header as rows of `relation`, which come `after` so many others."""
    at = {column.id: position for position, column in enumerate(header) if column is not None}
    contract = around.contracts.get(relation.contract) if relation.contract is not None else None
    never_null, allowed = _never_null(relation), allowed_values(relation)
    rows: list[tuple[Expr, ...]] = []
    for number, row in enumerate(written, after + 1):
        cells = _cells(row, header, context)
        if cells is None:
            continue
        for cell, column in zip(cells, header):
            null = isinstance(cell, Literal) and cell.value is None and not isinstance(cell.type, Unknown)
            if column is not None and null and column.id in never_null:
                context.report.add(NullGiven(column.name, relation.name, span=cell.span))
        rows.append(
            tuple(
                [
                    cells[at[column.id]]
                    if column.id in at
                    else _left_out(column, number, contract, allowed.get(column.id, ANY), row.span, context)
                    for column in relation.columns
                ]
            )
        )
    return tuple(rows)


def _never_null(relation: Relation) -> set[int]:
    """The columns that are null in no row that a test may give. To a source it may give what its rules keep out."""
    match relation:
        case Relation(kind="source", rel=Checked(rules=rules)):
            present = [must_be_there(rule) for rule in rules if rule.action == "fail"]
            return {column.id for column in present if column is not None}
        case _:
            return {column.id for column in relation.columns if not column.nullable}


def _left_out(
    column: Column, number: int, contract: Contract | None, allowed: Allowed, span: Span, context: Context
) -> Expr:
    """What a column is that a test doesn't name: its default, null, or where it is never null a value that it may have.

    That value differs from row to row where it can, so that it keeps a key.
    """
    declared = next((c for c, _ in contract.columns if c.name.text == column.name), None) if contract else None
    if declared is not None and declared.default is not None:
        default = Scope(context, None, "`default`").type_of(declared.default)
        if fits_cell(default, column.type):
            return convert(default, column.type, context.report)
    value = None if column.nullable else allowed.like(_some_value(column.type, number), number)
    return Literal(value, column.type, span=span)


def _some_value(type_: DataType, number: int) -> Value:
    match type_:
        case Boolean():
            return False
        case Integer():
            return min(number, 127)
        case Float() | Double():
            return float(number)
        case Decimal(precision, scale):
            return Number(number if precision - scale > 3 else 0)
        case String():
            return str(number)
        case Binary():
            return str(number).encode()
        case Date():
            return date(2000, 1, 1)
        case Timestamp():
            return datetime(2000, 1, 1, tzinfo=UTC)
        case Datetime():
            return datetime(2000, 1, 1)
        case Json():
            return "{}"
        case _:
            return None


def _value(step: nodes.GivenValue, values: dict[str, Expr], context: Context) -> None:
    """`given param x = ...`, `given run.start = ...`."""
    value = Scope(context, None, "a given value").type_of(step.value)
    if step.kind == "run":
        name, wanted = f"run.{step.name.text}", TIMESTAMP
    else:
        declared = context.names.find("param", step.name.text, context.namespace)
        if declared is None or not isinstance(declared.declaration, nodes.Param):
            near = nearest(step.name.text, context.names.visible("param", context.namespace))
            context.report.add(UnknownDeclaration("param", step.name.text, near, span=step.name.span))
            return
        name, wanted = declared.name, declared_type(declared.declaration.type, context.report)  # type: ignore[assignment]
    if fits_cell(value, wanted):
        values[name] = convert(value, wanted, context.report)
    else:
        context.report.add(Mismatch(f"`{name}`", show(wanted), show(value.type), span=value.span))


def _expected(
    step: nodes.Expect, given: dict[str, GivenRows], around: Surroundings, context: Context
) -> ExpectedRows | None:
    relation = _relation(step.relation, around, context)
    if relation is None:
        return None
    if relation.name in given:
        context.report.add(Untested(relation.name, "the test gives its rows itself", span=step.relation.span))
        return None
    header = _header(step.columns, relation, context)
    rows: list[tuple[Expr, ...]] = []
    spans: list[Span] = []
    for row in step.rows:
        cells = _cells(row, header, context)
        if cells is not None:
            rows.append(tuple(cells))
            spans.append(row.span)
    if None in header:
        return None
    columns = tuple([column for column in header if column is not None])
    return ExpectedRows(relation.name, tuple(rows), columns, is_ordered(relation.rel), tuple(spans), span=step.span)


def is_ordered(rel: Rel) -> bool:
    """Whether the rows come in an order that the query says."""
    while isinstance(rel, Limit | Project | Step):
        rel = rel.source
    return isinstance(rel, Sort)
