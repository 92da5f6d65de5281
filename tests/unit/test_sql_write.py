"""The SQL printer: DuckDB reads back exactly what the tree says."""

import json
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings, strategies as st

from oftra.targets.document import render
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.sql import precedence, query as q, tree as sql
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
    [sql.column("a"), sql.column("t", "b"), sql.integer(7), sql.integer(-7), sql.Text("x"), sql.NULL, sql.Interval("1 day")]
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
@settings(max_examples=600, deadline=None)
def test_parentheses_stand_where_the_tree_needs_them(expr: sql.Expr) -> None:
    bracketed = render(Bracketed(DUCKDB).expr(expr)).text
    assert parsed(text(expr)) == parsed(bracketed)
    assert parsed(text(expr, width=10)) == parsed(bracketed)
