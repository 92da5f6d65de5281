"""The SQL printer: DuckDB reads back exactly what the tree says."""

import json
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from oftra.targets.document import render
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.sql import precedence
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.write_query import Writer

WRITER = Writer(DUCKDB)
CONNECTION = duckdb.connect()


def text(expr: sql.Expr, width: int = 100) -> str:
    return render(WRITER.expr(expr), width).text.rstrip("\n")


def parsed(source: str) -> Any:
    """What DuckDB's own parser makes of an expression, without positions."""
    row = CONNECTION.execute("select json_serialize_sql(?)", [f"select {source}"]).fetchone()
    assert row is not None
    tree = json.loads(row[0])
    assert not tree["error"], f"{source}: {tree['error_message']}"
    return without_positions(tree["statements"][0]["node"]["select_list"])


def without_positions(tree: Any) -> Any:
    match tree:
        case dict():
            return {key: without_positions(value) for key, value in tree.items() if "location" not in key}
        case list():
            return [without_positions(item) for item in tree]
        case _:
            return tree


class Bracketed(Writer):
    """Puts every operand in parentheses: what the tree means beyond doubt."""

    def expr(self, expr: sql.Expr, at_least: int = precedence.LOWEST) -> Any:
        doc = super().expr(expr, 0)
        match expr:
            case sql.Named() | sql.Lambda() | sql.Word("*"):
                return doc
            case _:
                return ("(", doc, ")")


leaves: st.SearchStrategy[sql.Expr] = st.sampled_from(
    [
        sql.column("a"),
        sql.column("t", "b"),
        sql.integer(7),
        sql.integer(-7),
        sql.Text("x"),
        sql.NULL,
        sql.Interval("1 day"),
    ]
)


def operators(inner: st.SearchStrategy[sql.Expr]) -> st.SearchStrategy[sql.Expr]:
    binary = sorted(set(precedence.BINARY) - {"&&", "@>", "->", "->>"})
    pairs = st.tuples(inner, inner)
    return st.one_of(
        st.builds(sql.Binary, st.sampled_from(binary), inner, inner),
        st.builds(sql.Chain, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(sql.Unary, st.sampled_from(["-", "not"]), inner),
        st.builds(sql.Postfix, inner, st.sampled_from(["is null", "is not null", "is true"])),
        st.builds(sql.Between, inner, inner, inner, st.booleans()),
        st.builds(sql.In, inner, pairs, st.booleans()),
        st.builds(sql.Like, st.sampled_from(["like", "not like", "ilike"]), inner, inner),
        st.builds(sql.Cast, inner, st.sampled_from(["bigint", "decimal(10, 2)", "integer[]"]), st.booleans()),
        st.builds(sql.Case, pairs.map(lambda pair: (pair,)), st.none() | inner),
        st.builds(sql.Function, st.just("f"), pairs),
        st.builds(sql.Index, inner, inner),
        st.builds(sql.Member, inner, st.just("m")),
        st.builds(sql.Extract, st.just("year"), inner),
        st.builds(sql.ListOf, pairs),
    )


expressions = st.recursive(leaves, operators, max_leaves=8)


@given(expressions)
@settings(max_examples=300, deadline=None)
def test_parentheses_stand_where_the_tree_needs_them(expr: sql.Expr) -> None:
    bracketed = render(Bracketed(DUCKDB).expr(expr)).text
    assert parsed(text(expr)) == parsed(bracketed)
    assert parsed(text(expr, width=10)) == parsed(bracketed)


# Whatever a file can hold: quotes, braces, line breaks, control characters, every script.
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
KEYWORDS = sorted({row[0] for row in CONNECTION.execute("select keyword_name from duckdb_keywords()").fetchall()})
words = st.sampled_from(KEYWORDS)
hostile = st.sampled_from(
    ["'", '"', "''", '"";--', "{{ x }}", "${x}", "%s", "$$", "a\nb", "\\", "--", "/*", "*/", "ünï", "🦆", "\x00", "\r"]
)
values = st.lists(anything | hostile, min_size=1, max_size=4)
names = (words | hostile | anything).filter(lambda name: name != "" and "\x00" not in name)


@given(st.lists(names, min_size=2, max_size=4, unique_by=str.lower), values, names, anything)
@settings(max_examples=200, deadline=None)
def test_names_and_texts_come_out_as_they_are(columns: list[str], texts: list[str], table: str, note: str) -> None:
    first, *_ = columns
    rows = q.RowsOf(tuple([tuple([sql.Text(text) for _ in columns]) for text in texts]))
    inner = q.Select((q.SelectItem(sql.STAR),), q.Derived(rows, table, tuple(columns)))
    items = [q.SelectItem(sql.Name((table, name)), name) for name in columns]
    outer = q.Select(tuple(items), q.Table(sql.Name((table,))), order_by=(sql.OrderItem(sql.Name((table, first))),))
    query = q.With((q.Cte(table, inner, description=note),), outer)
    found = CONNECTION.execute(render(WRITER.statement(q.Run(query, description=note))).text)
    assert [column[0] for column in found.description or ()] == columns
    assert sorted(found.fetchall()) == sorted([tuple([text] * len(columns)) for text in texts])


@given(st.lists(names, min_size=1, max_size=3, unique_by=str.lower))
@settings(max_examples=200, deadline=None)
def test_fields_keep_their_names(fields: list[str]) -> None:
    made = sql.StructOf(tuple([(name, sql.Text(name)) for name in fields]))
    for name in fields:
        query = q.Select((q.SelectItem(sql.Member(made, name)),))
        assert CONNECTION.execute(render(WRITER.statement(q.Run(query))).text).fetchall() == [(name,)]


def test_every_keyword_is_a_name_everywhere() -> None:
    for word in KEYWORDS:
        inner = q.Select((q.SelectItem(sql.Number("1"), word),))
        join = q.Join("join", q.Table(sql.Name(("other",)), word), using=(word,))
        order = (sql.OrderItem(sql.Name(("other", word))),)
        again = q.Select((q.SelectItem(sql.Name((word, word)), word),), q.Table(sql.Name(("other",)), "x"), (join,))
        other = q.Select((q.SelectItem(sql.Name(("other", word)), word),), q.Table(sql.Name((word,)), "other"))
        listed = q.Select(other.items, other.source, group_by=q.Grouping((sql.Name((word,)),)), order_by=order)
        query = q.With((q.Cte(word, inner), q.Cte("other", listed)), again)
        found = CONNECTION.execute(render(WRITER.statement(q.Run(query))).text)
        assert ([column[0] for column in found.description or ()], found.fetchall()) == ([word], [(1,)])
