"""What the parser builds for each alternative of the grammar that is a declaration or a part of one. See `build_expression`."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, cast

from oftra.diagnostics.syntax import GivenOfNothing, HeaderCell, NotYet, SaidTwice
from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.build_expression import text_of
from oftra.syntax.lexer import Tokens

ActionWord = Literal["fail", "drop", "warn", "quarantine"]


def program(t: Tokens, at: int, declarations: list[n.Declaration]) -> list[n.Declaration]:
    return declarations


def described(t: Tokens, offset: int) -> str | None:
    """What `///` said directly before `offset`; it is taken, so that what is left over belongs to nothing."""
    found = t.descriptions.pop(offset, None)
    return "\n".join(line for line, _ in found) if found else None


def _description(t: Tokens, word: int) -> str | None:
    """What `///` said before the declaration that begins with the token `word`."""
    return described(t, t.ends[word] - len(t.texts[word])) if t.descriptions else None


# --- contracts --------------------------------------------------------------------------------------------------------


def contract(t: Tokens, at: int, word: int, name: n.Name, items: list[n.ContractItem]) -> n.Contract:
    return n.Contract(name, tuple(items), _description(t, word), span=t.since(word, at))


class Attribute(NamedTuple):
    """One promise about a column: the field it sets, and to what."""

    field: str
    value: Any
    span: Span


def contract_column(
    t: Tokens, at: int, name: n.Name, kind: n.Type, attributes: list[Attribute | n.Check]
) -> n.ContractColumn:
    span = t.after(name.span, at)
    description = described(t, span[0]) if t.descriptions else None
    if not attributes:
        return n.ContractColumn(name, kind, description=description, span=span)
    found: dict[str, Any] = {}
    checks: list[n.Check] = []
    for attribute in attributes:
        if isinstance(attribute, n.Check):
            checks.append(attribute)
            continue
        if attribute.field in found:
            t.report.add(SaidTwice(attribute.field.replace("_", " "), span=attribute.span))
        found[attribute.field] = attribute.value
    return n.ContractColumn(name, kind, checks=tuple(checks), description=description, span=span, **found)


def not_null(t: Tokens, at: int, word: int, null: int) -> Attribute:
    return Attribute("not_null", True, t.since(word, at))


def primary_key(t: Tokens, at: int, word: int, key: int) -> Attribute:
    return Attribute("primary_key", True, t.since(word, at))


def unique(t: Tokens, at: int, word: int) -> Attribute:
    return Attribute("unique", True, t.since(word, at))


def references(t: Tokens, at: int, word: int, relation: n.Path, columns: list[n.Name]) -> Attribute:
    span = t.since(word, at)
    return Attribute("references", n.References(relation, tuple(columns), span=span), span)


def default(t: Tokens, at: int, word: int, value: n.Expr) -> Attribute:
    return Attribute("default", value, t.since(word, at))


def pii(t: Tokens, at: int, word: int) -> Attribute:
    return Attribute("pii", "", t.since(word, at))


def pii_kind(t: Tokens, at: int, word: int, kind: int) -> Attribute:
    return Attribute("pii", text_of(t, kind), t.since(word, at))


def event_time(t: Tokens, at: int, word: int, time: int) -> Attribute:
    return Attribute("event_time", True, t.since(word, at))


def record_path(t: Tokens, at: int, word: int, path: int) -> Attribute:
    return Attribute("path", text_of(t, path), t.since(word, at))


def watermark(t: Tokens, at: int, word: int, amount: n.Expr, unit: n.Name, late: n.Name | str | None) -> Attribute:
    delay = n.Interval(amount, unit.text.lower(), span=Span(amount.span[0], unit.span[1], t.path))
    span = t.since(word, at)
    match late:
        case None:
            return Attribute("watermark", n.Watermark(delay, span=span), span)
        case n.Name():
            return Attribute("watermark", n.Watermark(delay, "into", late, span=span), span)
        case _:
            return Attribute("watermark", n.Watermark(delay, "drop", span=span), span)


def late_drop(t: Tokens, at: int, o: int, late: int, word: int) -> str:
    return "drop"


def late_into(t: Tokens, at: int, o: int, late: int, into: int, name: n.Name) -> n.Name:
    return name


def key_rule(t: Tokens, at: int, word: int, key: int, o: int, columns: list[n.Name], c: int) -> n.KeyRule:
    return n.KeyRule("primary key", tuple(columns), span=t.since(word, at))


def unique_rule(t: Tokens, at: int, word: int, o: int, columns: list[n.Name], c: int) -> n.KeyRule:
    return n.KeyRule("unique", tuple(columns), span=t.since(word, at))


def check(
    t: Tokens, at: int, word: int, o: int, condition: n.Expr, c: int, name: n.Name | None, on: n.OnViolation | None
) -> n.Check:
    return n.Check(condition, name, on, span=t.since(word, at))


class Action(NamedTuple):
    """What happens to a row that breaks a rule, and where it goes."""

    word: ActionWord
    into: n.Name | None
    connection: n.Path | None


def action(t: Tokens, at: int, word: int) -> Action:
    return Action(cast(ActionWord, t.word(word)), None, None)


def action_into(t: Tokens, at: int, word: int, i: int, into: n.Name) -> Action:
    return Action("quarantine", into, None)


def action_into_in(t: Tokens, at: int, word: int, i: int, into: n.Name, n_: int, connection: n.Path) -> Action:
    return Action("quarantine", into, connection)


def on_violation(t: Tokens, at: int, word: int, violation: int, chosen: Action) -> n.OnViolation:
    return n.OnViolation(*chosen, span=t.since(word, at))


# --- properties -------------------------------------------------------------------------------------------------------


def property_(t: Tokens, at: int, key: n.Name, colon: int, value: n.Expr | n.Properties) -> n.Property:
    return n.Property(key, value, span=t.after(key.span, at))


def braced_properties(t: Tokens, at: int, opening: int, items: list[n.Property], closing: int) -> n.Properties:
    return n.Properties(tuple(items), span=t.since(opening, at))


def empty_properties(t: Tokens, at: int, opening: int, closing: int) -> n.Properties:
    return n.Properties((), span=t.since(opening, at))


def properties(t: Tokens, at: int, items: list[n.Property]) -> n.Properties:
    if not items:
        return n.Properties()
    return n.Properties(tuple(items), span=Span(items[0].span[0], items[-1].span[1], t.path))


# --- connections, sources, views, tables, sinks -----------------------------------------------------------------------


def connection(
    t: Tokens, at: int, word: int, name: n.Name, equal: int, kind: n.Name, options: n.Properties
) -> n.Connection:
    return n.Connection(name, kind, options, _description(t, word), span=t.since(word, at))


def source(
    t: Tokens, at: int, word: int, name: n.Name, colon: int, contract: n.Path, f: int, place: n.Path,
    options: n.Properties, on_invalid: n.OnViolation | None,
) -> n.Source:  # fmt: skip
    return n.Source(name, contract, place, options, on_invalid, _description(t, word), span=t.since(word, at))


def view(
    t: Tokens, at: int, word: int, name: n.Name, contract: n.Path | None, options: n.Properties, equal: int,
    query: n.Query | n.RawQuery,
) -> n.View:  # fmt: skip
    return n.View(name, query, contract, options, _description(t, word), span=t.since(word, at))


def raw_query(
    t: Tokens, at: int, word: int, engine: n.Name, o: int, inputs: list[n.Path], c: int, text: int
) -> n.RawQuery:
    return n.RawQuery(engine, tuple(inputs), raw_text(t, text), span=t.since(word, at))


def raw_query_without_inputs(t: Tokens, at: int, word: int, engine: n.Name, o: int, c: int, text: int) -> n.RawQuery:
    return n.RawQuery(engine, (), raw_text(t, text), span=t.since(word, at))


class DeleteWhen(NamedTuple):
    """`delete when e` among the properties of a table."""

    condition: n.Expr
    span: Span


def delete_when(t: Tokens, at: int, word: int, w: int, condition: n.Expr) -> DeleteWhen:
    return DeleteWhen(condition, t.since(word, at))


def table(
    t: Tokens, at: int, word: int, name: n.Name, contract: n.Path | None, place: n.Path | None,
    items: list[n.Property | DeleteWhen], equal: int, query: n.Query,
) -> n.Table:  # fmt: skip
    kept: list[n.Property] = []
    delete: n.Expr | None = None
    for item in items:
        if isinstance(item, n.Property):
            kept.append(item)
        elif delete is not None:
            t.report.add(SaidTwice("delete when", span=item.span))
        else:
            delete = item.condition
    options = properties(t, at, kept)
    return n.Table(name, query, contract, place, options, delete, _description(t, word), span=t.since(word, at))


def sink(
    t: Tokens, at: int, word: int, name: n.Name, f: int, relation: n.Path, i: int, place: n.Path, options: n.Properties
) -> n.Sink:
    return n.Sink(name, relation, place, options, _description(t, word), span=t.since(word, at))


# --- functions, params, models ----------------------------------------------------------------------------------------

Body = n.Expr | n.Query | tuple[n.EngineBody, ...] | n.PythonBody


def _function(
    t: Tokens, at: int, word: int, name: n.Name, parameters: list[n.Parameter], body: Any, returns: Any
) -> n.Function:
    whole = tuple(body) if isinstance(body, list) else body
    return n.Function(name, tuple(parameters), whole, returns, _description(t, word), span=t.since(word, at))


def function(
    t: Tokens, at: int, word: int, name: n.Name, parameters: list[n.Parameter], equal: int, body: Body
) -> n.Function:
    return _function(t, at, word, name, parameters, body, None)


def typed_function(
    t: Tokens, at: int, word: int, name: n.Name, parameters: list[n.Parameter], colon: int, returns: Any, equal: int,
    body: Body,
) -> n.Function:  # fmt: skip
    return _function(t, at, word, name, parameters, body, returns)


def function_elsewhere(
    t: Tokens, at: int, word: int, name: n.Name, parameters: list[n.Parameter], body: Body
) -> n.Function:
    return _function(t, at, word, name, parameters, body, None)


def typed_function_elsewhere(
    t: Tokens, at: int, word: int, name: n.Name, parameters: list[n.Parameter], colon: int, returns: Any, body: Body
) -> n.Function:
    return _function(t, at, word, name, parameters, body, returns)


def parameter(t: Tokens, at: int, name: n.Name, kind: n.Type | n.RelationType) -> n.Parameter:
    return n.Parameter(name, kind, span=t.after(name.span, at))


def parameter_with_default(t: Tokens, at: int, name: n.Name, kind: n.Type, equal: int, value: n.Expr) -> n.Parameter:
    return n.Parameter(name, kind, value, span=t.after(name.span, at))


def relation_type(t: Tokens, at: int, word: int, o: int, columns: list[n.ColumnDef], *closing: int) -> n.RelationType:
    return n.RelationType(tuple(columns), len(closing) > 1, span=t.since(word, at))


def relation_type_empty(t: Tokens, at: int, word: int, o: int, c: int) -> n.RelationType:
    return n.RelationType((), span=t.since(word, at))


def relation_type_open(t: Tokens, at: int, word: int, o: int, dots: int, c: int) -> n.RelationType:
    return n.RelationType((), True, span=t.since(word, at))


def raw_text(t: Tokens, token: int) -> n.String:
    """The raw text that `token` is, and its tag."""
    text = t.texts[token]
    tag = text[: text.index("$", 1) + 1]
    closed = len(text) >= 2 * len(tag) and text.endswith(tag)
    return n.String(text[len(tag) : -len(tag) if closed else None], tag[1:-1], span=t.span(token))


def engine_body(t: Tokens, at: int, word: int, engine: n.Name, text: int) -> n.EngineBody:
    return n.EngineBody(engine, raw_text(t, text), span=t.since(word, at))


def python_body(t: Tokens, at: int, f: int, word: int, options: n.Properties) -> n.PythonBody:
    t.report.add(NotYet("a function `from python`", span=t.since(f, word + 1)))
    return n.PythonBody(options, span=t.since(f, at))


def param(t: Tokens, at: int, word: int, name: n.Name, kind: n.Type) -> n.Param:
    return n.Param(name, kind, None, _description(t, word), span=t.since(word, at))


def param_with_default(t: Tokens, at: int, word: int, name: n.Name, kind: n.Type, equal: int, value: n.Expr) -> n.Param:
    return n.Param(name, kind, value, _description(t, word), span=t.since(word, at))


def model(
    t: Tokens, at: int, word: int, name: n.Name, parameters: list[n.Parameter], r: int, returns: n.Type, f: int,
    place: n.Path, options: n.Properties,
) -> n.Model:  # fmt: skip
    t.report.add(NotYet("declaration `model`", span=t.span(word)))
    span = t.since(word, at)
    return n.Model(name, tuple(parameters), returns, place, options, _description(t, word), span=span)


# --- pipelines --------------------------------------------------------------------------------------------------------


def pipeline(t: Tokens, at: int, word: int, name: n.Name, items: list[n.Property | n.Require]) -> n.Pipeline:
    for item in items:
        if isinstance(item, n.Property) and item.name.text in ("task", "before", "after"):
            t.report.add(NotYet(f"`{item.name.text}` in a pipeline", span=item.name.span))
    return n.Pipeline(name, tuple(items), _description(t, word), span=t.since(word, at))


def require(t: Tokens, at: int, word: int, condition: n.Expr, e: int, answer: int) -> n.Require:
    chosen = cast(Literal["stop", "skip", "alert", "retry"], t.word(answer))
    return n.Require(condition, chosen, span=t.since(word, at))


# --- tests ------------------------------------------------------------------------------------------------------------

Step = n.Given | n.GivenValue | n.Advance | n.Expect


def test(t: Tokens, at: int, word: int, title: int, o: int, steps: list[Step], c: int) -> n.Test:
    kept = tuple(step for step in steps if step is not None)
    return n.Test(text_of(t, title), kept, _description(t, word), span=t.since(word, at))


def test_without_steps(t: Tokens, at: int, word: int, title: int) -> n.Test:
    return n.Test(text_of(t, title), (), _description(t, word), span=t.since(word, at))


def test_row(t: Tokens, at: int, opening: int, cells: list[n.Expr], closing: int) -> n.TestRow:
    return n.TestRow(tuple(cells), span=t.since(opening, at))


def given(t: Tokens, at: int, word: int, relation: n.Path, rows: list[n.TestRow]) -> n.Given:
    return n.Given(relation, _header(t, rows[0]), tuple(rows[1:]), span=t.since(word, at))


def expect(t: Tokens, at: int, word: int, relation: n.Path, rows: list[n.TestRow]) -> n.Expect:
    return n.Expect(relation, _header(t, rows[0]), tuple(rows[1:]), span=t.since(word, at))


def _header(t: Tokens, row: n.TestRow) -> tuple[n.Name, ...]:
    """The names in the first row of a table."""
    names: list[n.Name] = []
    for cell in row.cells:
        if isinstance(cell, n.Column):
            names.append(cell.name)
        else:
            t.report.add(HeaderCell(span=cell.span))
            names.append(n.Name("", span=cell.span))  # names nothing: no stage looks for it
    return tuple(names)


def given_param(t: Tokens, at: int, word: int, p: int, name: n.Name, equal: int, value: n.Expr) -> n.GivenValue:
    return n.GivenValue("param", name, value, span=t.since(word, at))


def given_run(t: Tokens, at: int, word: int, path: n.Path, equal: int, value: n.Expr) -> n.GivenValue | None:
    match path.parts:
        case (n.Name("run"), n.Name("start" | "end") as name):
            return n.GivenValue("run", name, value, span=t.since(word, at))
        case _:
            t.report.add(GivenOfNothing(path.text, span=path.span))
            return None


def advance(t: Tokens, at: int, word: int, relation: n.Path, to: int, time: n.Expr, rows: list[n.TestRow]) -> n.Advance:
    return n.Advance(relation, time, tuple(rows), span=t.since(word, at))


BUILDERS: dict[str, Callable[..., Any]] = {
    "program": program,
    "contract": contract, "contract_column": contract_column, "not_null": not_null, "primary_key": primary_key,
    "unique": unique, "references": references, "default": default, "pii": pii, "pii_kind": pii_kind,
    "event_time": event_time, "record_path": record_path, "watermark": watermark, "late_drop": late_drop,
    "late_into": late_into, "key_rule": key_rule, "unique_rule": unique_rule, "check": check, "action": action,
    "action_into": action_into, "action_into_in": action_into_in, "on_violation": on_violation,
    "property": property_, "braced_properties": braced_properties, "empty_properties": empty_properties,
    "properties": properties, "connection": connection, "source": source, "view": view, "raw_query": raw_query,
    "raw_query_without_inputs": raw_query_without_inputs, "delete_when": delete_when, "table": table, "sink": sink,
    "function": function, "function_of_rows": function, "typed_function": typed_function,
    "typed_function_of_rows": typed_function, "function_in_engines": function_elsewhere,
    "function_in_python": function_elsewhere, "typed_function_in_engines": typed_function_elsewhere,
    "typed_function_in_python": typed_function_elsewhere, "parameter": parameter,
    "parameter_with_default": parameter_with_default, "relation_type": relation_type,
    "relation_type_empty": relation_type_empty, "relation_type_open": relation_type_open,
    "relation_type_more": relation_type, "engine_body": engine_body, "python_body": python_body,
    "param": param, "param_with_default": param_with_default, "model": model,
    "pipeline": pipeline, "require": require,
    "test": test, "test_without_steps": test_without_steps, "test_row": test_row, "given": given, "expect": expect,
    "given_param": given_param, "given_run": given_run, "advance": advance,
}  # fmt: skip
