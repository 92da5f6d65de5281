"""Declarations as documents: what they hold one a line, in columns where that reads better."""

from typing import assert_never

from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.format_comments import Comments
from oftra.syntax.format_expression import expression, interval, key, name, path, raw, string, type_
from oftra.syntax.format_query import column_def, on_violation, query
from oftra.syntax.layout import HARD, LINE, SOFT, Doc, Group, IfBroken, Nest, flat, group, joined, must_break

WIDEST_TYPE = 24
"""A type wider than this does not push the columns of its contract apart."""


def declaration(one: n.Declaration, c: Comments) -> Doc:
    """A declaration without its description."""
    match one:
        case n.Contract(label, items):
            return (f"contract {name(label)}", _contract_items(items, one.span.end, c))
        case n.Connection(label, kind, properties):
            return (f"connection {name(label)} = {name(kind)}", _properties(properties, one.span.end, c))
        case n.Source(label, contract, connection, properties, on):
            head = f"source {name(label)}: {path(contract)} from {path(connection)}"
            end = on.span.start if on else one.span.end
            answer = group(Nest(2, (LINE, on_violation(on, "invalid").lstrip()))) if on else ""
            return (head, _properties(properties, end, c), answer)
        case n.View(label, body, contract, properties):
            head = f"view {name(label)}{_promises(contract)}"
            return (head, _properties(properties, body.span.start, c), " =", _body(body, c))
        case n.Table():
            return _table(one, c)
        case n.Sink(label, relation, connection, properties):
            head = f"sink {name(label)} from {path(relation)} into {path(connection)}"
            return (head, _properties(properties, one.span.end, c))
        case n.Function():
            return _function(one, c)
        case n.Param(label, kind, default):
            value: Doc = "" if default is None else (" = ", expression(default, c))
            return (f"param {name(label)} {type_(kind)}", value)
        case n.Model(label, parameters, returns, connection, properties):
            taken = _parameters(parameters, c)
            rest = f" returns {type_(returns)} from {path(connection)}"
            return (f"model {name(label)}", taken, rest, _properties(properties, one.span.end, c))
        case n.Task(label, work, properties):
            head = f"task {name(label)}"
            return (head, _properties(properties, work.span.start, c), " =", _work(work, c))
        case n.Pipeline(label, items):
            return (f"pipeline {name(label)}", _pipeline_items(items, one.span.end, c))
        case n.Test():
            return _test(one, c)
        case n.BrokenDeclaration(word, label):
            return f"{word or '...'} {name(label) if label else '...'} ..."
        case _:
            assert_never(one)


def _promises(contract: n.Path | None) -> str:
    return f": {path(contract)}" if contract else ""


def _body(body: n.Query | n.RawQuery, c: Comments) -> Doc:
    """What follows `=`: a mere `from` on the same line if it fits, else the query on lines of its own."""
    if isinstance(body, n.RawQuery):
        inputs = ", ".join(map(path, body.inputs))
        return f" raw {name(body.engine)} ({inputs}) {raw(body.text)}"
    written = query(body, c)
    simple = isinstance(body.start, n.From | n.Query) and not body.operators and not body.common
    return Group(Nest(2, (LINE, written)), not simple or must_break(written))


# --- braces -----------------------------------------------------------------------------------------------------------


def _braces(docs: list[Doc], end: int, c: Comments, *, broken: bool = False) -> Doc:
    """Items in braces: on one line, or one a line with a comma after the last."""
    left: Doc = tuple(c.dangling(end)) if c.any_before(end) else ()
    if not docs and not left:
        return ""
    inside = (joined((",", LINE), docs), IfBroken(",") if docs else "", left)
    content = (" {", Nest(2, (LINE if docs else "", inside)), LINE, "}")
    return Group(content, broken or must_break(content))


def _properties(properties: n.Properties, end: int, c: Comments) -> Doc:
    if not properties.items:
        return ""
    return _braces(c.units(properties.items, lambda one: property_(one, c)), end, c)


def property_(one: n.Property, c: Comments) -> Doc:
    """`name: value`."""
    match one.value:
        case n.Properties(()):
            return f"{key(one.name)}: {{}}"
        case n.Properties(items):
            docs = c.units(items, lambda inner: property_(inner, c))
            return (f"{key(one.name)}:", _braces(docs, one.value.span.end, c))
        case value:
            return (f"{key(one.name)}: ", expression(value, c))


# --- contracts --------------------------------------------------------------------------------------------------------


def _contract_items(items: tuple[n.ContractItem, ...], end: int, c: Comments) -> Doc:
    columns = [item for item in items if isinstance(item, n.ContractColumn)]
    described = any(column.description is not None for column in columns)
    narrow = _contract_docs(items, c, (0, 0)) if not described and not c.any_before(end) else None
    if narrow is not None:
        one_line = Group((" {", Nest(2, (LINE, joined((",", LINE), narrow))), LINE, "}"))
        if not must_break(one_line) and len(flat(one_line)) <= 80:
            return _braces(narrow, end, c)
    widths = [len(type_(column.type)) for column in columns]
    type_width = max((width for width in widths if width <= WIDEST_TYPE), default=0)
    name_width = max((len(name(column.name)) for column in columns), default=0)
    return _braces(_contract_docs(items, c, (name_width, type_width)), end, c, broken=True)


def _contract_docs(items: tuple[n.ContractItem, ...], c: Comments, pads: tuple[int, int]) -> list[Doc]:
    return c.units(items, lambda item: _contract_item(item, c, pads))


def _contract_item(item: n.ContractItem, c: Comments, pads: tuple[int, int]) -> Doc:
    match item:
        case n.ContractColumn():
            lines = tuple((text, HARD) for text in description(item.description))
            return (lines, _column(item, c, pads))
        case n.KeyRule(kind, columns):
            return f"{kind} ({', '.join(map(name, columns))})"
        case n.Check():
            return _check(item, c)
        case n.Property():
            return property_(item, c)
        case _:
            assert_never(item)


def description(text: str | None) -> list[str]:
    """The lines of a description, with their `///`."""
    return [] if text is None else [f"/// {line}".rstrip() for line in text.split("\n")]


def _column(column: n.ContractColumn, c: Comments, pads: tuple[int, int]) -> Doc:
    """A column in three parts: its name, its type, and what is promised about it."""
    with c.closed():
        promises = _promises_of(column, c)
    first = "not null" if column.not_null else ""
    gap = "  " if pads[0] and first and promises else " "
    rest: Doc = promises[0] if promises else ""
    if len(promises) > 1:
        rest = group(Nest(4, joined(LINE, promises)))
    kind = type_(column.type)
    if not first and not promises:
        return f"{name(column.name):<{pads[0]}} {kind}"
    return (f"{name(column.name):<{pads[0]}} {kind:<{pads[1]}} {first}", gap if first and promises else "", rest)


def _promises_of(column: n.ContractColumn, c: Comments) -> list[Doc]:
    """All that is promised about a column but `not null`."""
    found: list[Doc] = []
    if column.primary_key:
        found.append("primary key")
    if column.unique:
        found.append("unique")
    if column.references is not None:
        columns = f" ({', '.join(map(name, column.references.columns))})" if column.references.columns else ""
        found.append(f"references {path(column.references.relation)}{columns}")
    found += [_check(check, c) for check in column.checks]
    if column.default is not None:
        found.append(("default ", _default(column.default, c)))
    if column.pii is not None:
        found.append(f"pii {string(column.pii)}" if column.pii else "pii")
    if column.event_time:
        found.append("event time")
    if column.watermark is not None:
        late = {None: "", "drop": " on late drop", "into": " on late into "}[column.watermark.late]
        late += name(column.watermark.into) if column.watermark.into else ""
        late += f" in {path(column.watermark.connection)}" if column.watermark.connection else ""
        found.append(("watermark ", interval(column.watermark.delay, c), late))
    if column.path is not None:
        found.append(f"from {string(column.path)}")
    return found


def _default(value: n.Expr, c: Comments) -> Doc:
    """The default of a column: what binds loose stands in parentheses."""
    written = expression(value, c)
    loose = n.Binary | n.Is | n.IsDistinct | n.In | n.InQuery | n.Between | n.Like | n.Lambda
    bare = not isinstance(value, loose) and not (isinstance(value, n.Unary) and value.operator == "not")
    return written if bare else ("(", written, ")")


def _check(check: n.Check, c: Comments) -> Doc:
    label = f" as {name(check.name)}" if check.name else ""
    condition = group("check (", Nest(2, (SOFT, expression(check.condition, c))), SOFT, ")")
    return (condition, label + on_violation(check.on_violation))


# --- tables and functions ---------------------------------------------------------------------------------------------


def _table(table: n.Table, c: Comments) -> Doc:
    place = f" in {path(table.connection)}" if table.connection else ""
    head = f"table {name(table.name)}{_promises(table.contract)}{place}"
    items: list[n.Property | n.Expr] = [*table.properties.items]
    if table.delete_when is not None:
        items.append(table.delete_when)
        items.sort(key=lambda item: item.span)

    def write(item: n.Property | n.Expr) -> Doc:
        return property_(item, c) if isinstance(item, n.Property) else ("delete when ", expression(item, c))

    braces = _braces(c.units(items, write), table.query.span.start, c) if items else ""
    return (head, braces, " =", _body(table.query, c))


def _function(function: n.Function, c: Comments) -> Doc:
    returns = "" if function.returns is None else f": {_parameter_type(function.returns)}"
    head: Doc = (f"function {name(function.name)}", _parameters(function.parameters, c), returns)
    match function.body:
        case n.Query():
            return (head, " =", _body(function.body, c))
        case tuple():
            return (head, _engine_bodies(function.body, function.span.end, c))
        case n.PythonBody(properties):
            return (head, " from python", _properties(properties, function.span.end, c))
        case body:
            return (head, " =", group(Nest(2, (LINE, expression(body, c)))))


def _engine_bodies(bodies: tuple[n.EngineBody, ...], end: int, c: Comments) -> Doc:
    return _braces(c.units(bodies, lambda one: f"on {name(one.engine)} {raw(one.text)}"), end, c)


def _parameters(parameters: tuple[n.Parameter, ...], c: Comments) -> Doc:
    docs = c.units(parameters, lambda one: _parameter(one, c))
    if not docs:
        return "()"
    return group("(", Nest(2, (SOFT, joined((",", LINE), docs))), SOFT, ")")


def _parameter(one: n.Parameter, c: Comments) -> Doc:
    default: Doc = "" if one.default is None else (" = ", expression(one.default, c))
    return (f"{name(one.name)} {_parameter_type(one.type)}", default)


def _parameter_type(kind: n.Type | n.RelationType) -> str:
    if not isinstance(kind, n.RelationType):
        return type_(kind)
    columns = [column_def(column) for column in kind.columns] + (["..."] if kind.open else [])
    return f"relation {{ {', '.join(columns)} }}" if columns else "relation {}"


# --- tasks, pipelines and tests ---------------------------------------------------------------------------------------


def _work(work: n.Work, c: Comments) -> Doc:
    """What a task does, on the line of its name."""
    if work.text is None:
        return (f" {name(work.kind)}", _properties(work.options, work.span.end, c))
    engine = f" {name(work.engine)}" if work.engine else ""
    return f" {name(work.kind)}{engine} {raw(work.text)}"


def _pipeline_items(items: tuple[n.Property | n.Require, ...], end: int, c: Comments) -> Doc:
    conditions = [flat(_closed(item.condition, c)) for item in items if isinstance(item, n.Require)]
    width = max((len(text) for text in conditions if len(text) <= 60), default=0)

    def write(item: n.Property | n.Require) -> Doc:
        if isinstance(item, n.Property):
            return property_(item, c)
        condition, again = _closed(item.condition, c), "" if item.again is None else f" {path(item.again)}"
        return ("require ", condition, " " * (width - len(flat(condition))), f" else {item.action}", again)

    return _braces(c.units(items, write), end, c)


def _closed(expr: n.Expr, c: Comments) -> Doc:
    with c.closed():
        return expression(expr, c)


def _test(test: n.Test, c: Comments) -> Doc:
    head = f"test {string(test.title)}"
    steps = c.units(test.steps, lambda step: _step(step, c))
    left = c.dangling(test.span.end) if c.any_before(test.span.end) else []
    if not steps and not left:
        return f"{head} {{}}"
    lines = tuple((HARD, step) for step in steps)
    return (f"{head} {{", Nest(2, (lines, tuple(left))), HARD, "}")


def _step(step: n.Given | n.GivenValue | n.Advance | n.Expect, c: Comments) -> Doc:
    match step:
        case n.Given(relation, columns, rows):
            return (f"given {path(relation)}", _rows(columns, rows, step.span.end, c))
        case n.Expect(relation, columns, rows):
            return (f"expect {path(relation)}", _rows(columns, rows, step.span.end, c))
        case n.Advance(relation, time, rows):
            return (f"advance {path(relation)} to ", expression(time, c), _rows((), rows, step.span.end, c))
        case n.GivenValue(kind, label, value):
            target = f"param {name(label)}" if kind == "param" else f"run.{label.text}"
            return (f"given {target} = ", expression(value, c))
        case _:
            assert_never(step)


def _rows(columns: tuple[n.Name, ...], rows: tuple[n.TestRow, ...], end: int, c: Comments) -> Doc:
    """The rows of a table, cells filled up so that they stand in columns."""
    with c.closed():
        cells = [[flat(expression(cell, c)) for cell in row.cells] for row in rows]
    header = [name(column) for column in columns]
    table = [header, *cells] if columns else cells
    widths = [max(len(row[at]) for row in table if at < len(row)) for at in range(max(map(len, table), default=0))]

    def line(row: list[str]) -> str:
        return "| " + " | ".join(f"{cell:<{widths[at]}}" for at, cell in enumerate(row)) + " |"

    lines: list[Doc] = []
    if columns:
        span = Span(columns[0].span.start, columns[-1].span.end)
        lines.append(c.unit(span, lambda: line(header), rows[0].span.start if rows else end))
    texts = {id(row): line(row_cells) for row, row_cells in zip(rows, cells)}
    lines += c.units(rows, lambda row: texts[id(row)])
    return Nest(2, tuple((HARD, written) for written in lines))
