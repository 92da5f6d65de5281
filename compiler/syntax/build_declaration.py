"""What the parser builds for each alternative that is a declaration, but for contracts. See `build_name`."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, cast

from oftra.diagnostics.syntax import GivenOfNothing, HeaderCell, NotYet, SaidTwice
from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.build_contract import description_before, properties
from oftra.syntax.build_expression import raw_text, text_of
from oftra.syntax.build_name import folded
from oftra.syntax.lexer import Tokens


def program(t: Tokens, at: int, declarations: list[n.Declaration]) -> list[n.Declaration]:
    return declarations


# --- connections, sources, views, tables, sinks -----------------------------------------------------------------------


def connection(
    t: Tokens, at: int, word: int, name: n.Name, equal: int, kind: n.Name, options: n.Properties
) -> n.Connection:
    return n.Connection(name, kind, options, description_before(t, word), span=t.since(word, at))


def source(
    t: Tokens, at: int, word: int, name: n.Name, colon: int, contract: n.Path, f: int, place: n.Path,
    options: n.Properties, on_invalid: n.OnViolation | None,
) -> n.Source:  # fmt: skip
    return n.Source(name, contract, place, options, on_invalid, description_before(t, word), span=t.since(word, at))


def view(
    t: Tokens, at: int, word: int, name: n.Name, contract: n.Path | None, options: n.Properties, equal: int,
    query: n.Query | n.RawQuery,
) -> n.View:  # fmt: skip
    return n.View(name, query, contract, options, description_before(t, word), span=t.since(word, at))


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
    return n.Table(name, query, contract, place, options, delete, description_before(t, word), span=t.since(word, at))


def sink(
    t: Tokens, at: int, word: int, name: n.Name, f: int, relation: n.Path, i: int, place: n.Path, options: n.Properties
) -> n.Sink:
    return n.Sink(name, relation, place, options, description_before(t, word), span=t.since(word, at))


# --- functions, params, models ----------------------------------------------------------------------------------------

Body = n.Expr | n.Query | tuple[n.EngineBody, ...] | n.PythonBody


def _function(
    t: Tokens, at: int, word: int, name: n.Name, parameters: list[n.Parameter], body: Any, returns: Any
) -> n.Function:
    whole = tuple(body) if isinstance(body, list) else body
    return n.Function(
        folded(name), tuple(parameters), whole, returns, description_before(t, word), span=t.since(word, at)
    )


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


def engine_body(t: Tokens, at: int, word: int, engine: n.Name, text: int) -> n.EngineBody:
    return n.EngineBody(engine, raw_text(t, text), span=t.since(word, at))


def python_body(t: Tokens, at: int, f: int, word: int, options: n.Properties) -> n.PythonBody:
    t.report.add(NotYet("a function `from python`", span=t.since(f, word + 1)))
    return n.PythonBody(options, span=t.since(f, at))


def param(t: Tokens, at: int, word: int, name: n.Name, kind: n.Type) -> n.Param:
    return n.Param(name, kind, None, description_before(t, word), span=t.since(word, at))


def param_with_default(t: Tokens, at: int, word: int, name: n.Name, kind: n.Type, equal: int, value: n.Expr) -> n.Param:
    return n.Param(name, kind, value, description_before(t, word), span=t.since(word, at))


def model(
    t: Tokens, at: int, word: int, name: n.Name, parameters: list[n.Parameter], r: int, returns: n.Type, f: int,
    place: n.Path, options: n.Properties,
) -> n.Model:  # fmt: skip
    t.report.add(NotYet("declaration `model`", span=t.span(word)))
    span = t.since(word, at)
    return n.Model(folded(name), tuple(parameters), returns, place, options, description_before(t, word), span=span)


# --- tasks and pipelines ----------------------------------------------------------------------------------------------


def task(t: Tokens, at: int, word: int, name: n.Name, items: list[n.Property], equal: int, work: n.Work) -> n.Task:
    return n.Task(name, work, properties(t, at, items), description_before(t, word), span=t.since(word, at))


def work_in_words(t: Tokens, at: int, kind: n.Name, text: int) -> n.Work:
    return n.Work(kind, raw_text(t, text), span=t.after(kind.span, at))


def work_in_words_of(t: Tokens, at: int, kind: n.Name, engine: n.Name, text: int) -> n.Work:
    return n.Work(kind, raw_text(t, text), engine, span=t.after(kind.span, at))


def work_elsewhere(t: Tokens, at: int, kind: n.Name, o: int, items: list[n.Property], c: int) -> n.Work:
    return n.Work(kind, options=properties(t, at, items), span=t.after(kind.span, at))


def pipeline(t: Tokens, at: int, word: int, name: n.Name, items: list[n.Property | n.Require]) -> n.Pipeline:
    return n.Pipeline(name, tuple(items), description_before(t, word), span=t.since(word, at))


def require(t: Tokens, at: int, word: int, condition: n.Expr, e: int, answer: int) -> n.Require:
    chosen = cast(Literal["stop", "skip", "alert", "retry"], t.word(answer))
    return n.Require(condition, chosen, span=t.since(word, at))


def require_again(t: Tokens, at: int, word: int, condition: n.Expr, e: int, r: int, again: n.Path) -> n.Require:
    return n.Require(condition, "retry", again, span=t.since(word, at))


# --- tests ------------------------------------------------------------------------------------------------------------

Step = n.Given | n.GivenValue | n.Advance | n.Expect


def test(t: Tokens, at: int, word: int, title: int, o: int, steps: list[Step], c: int) -> n.Test:
    kept = tuple(step for step in steps if step is not None)
    return n.Test(text_of(t, title), kept, description_before(t, word), span=t.since(word, at))


def test_without_steps(t: Tokens, at: int, word: int, title: int) -> n.Test:
    return n.Test(text_of(t, title), (), description_before(t, word), span=t.since(word, at))


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
    "program": program, "connection": connection, "source": source, "view": view, "raw_query": raw_query,
    "raw_query_without_inputs": raw_query_without_inputs, "delete_when": delete_when, "table": table, "sink": sink,
    "function": function, "function_of_rows": function, "typed_function": typed_function,
    "typed_function_of_rows": typed_function, "function_in_engines": function_elsewhere,
    "function_in_python": function_elsewhere, "typed_function_in_engines": typed_function_elsewhere,
    "typed_function_in_python": typed_function_elsewhere, "parameter": parameter,
    "parameter_with_default": parameter_with_default, "relation_type": relation_type,
    "relation_type_empty": relation_type_empty, "relation_type_open": relation_type_open,
    "relation_type_more": relation_type, "engine_body": engine_body, "python_body": python_body, "param": param,
    "param_with_default": param_with_default, "model": model, "task": task,
    "work_in_words": work_in_words, "work_in_words_of": work_in_words_of, "work_elsewhere": work_elsewhere,
    "pipeline": pipeline, "require": require, "require_again": require_again, "test": test,
    "test_without_steps": test_without_steps, "test_row": test_row, "given": given, "expect": expect,
    "given_param": given_param, "given_run": given_run, "advance": advance,
}  # fmt: skip
