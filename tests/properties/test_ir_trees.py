"""Whatever tree there is, its text reads back to an equal one."""

from collections.abc import Callable
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ir_trees import exprs, names, rels, texts

from oftra.ir.columns import defined, freshen
from oftra.ir.program import Interface, Program, Relation
from oftra.ir.read import read_expr, read_rel
from oftra.ir.read_program import read_program
from oftra.ir.show import show_expr, show_rel
from oftra.ir.show_program import show_program
from oftra.ir.walk import bottom_up, map_exprs, rewriter, unchanged

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


class Tree:
    """A tree that is told by its text where a test fails: the tree itself takes minutes to print."""

    def __init__(self, tree: Any, show: Callable[[Any], str]) -> None:
        self.tree = tree
        self.text = show(tree)

    def __repr__(self) -> str:
        return self.text


@st.composite
def shown(draw: st.DrawFn, trees: st.SearchStrategy[Any], show: Callable[[Any], str]) -> Tree:
    return Tree(draw(trees), show)


@SETTINGS
@given(shown(rels(), show_rel))
def test_a_relation_reads_back(rel: Tree) -> None:
    back = read_rel(rel.text)
    assert show_rel(back) == rel.text
    assert back == rel.tree


@SETTINGS
@given(shown(exprs(), show_expr))
def test_an_expression_reads_back(expr: Tree) -> None:
    back = read_expr(expr.text)
    assert show_expr(back) == expr.text
    assert back == expr.tree


@SETTINGS
@given(shown(rels(), show_rel), names, texts, st.none() | texts)
def test_a_program_reads_back(rel: Tree, name: str, version: str, description: str | None) -> None:
    relation = Relation("v", "view", rel.tree, Interface(rel.tree.columns), description=description)
    program = Program(name, version, (relation,))
    assert read_program(show_program(program)) == program


@SETTINGS
@given(shown(rels(), show_rel))
def test_what_rewrites_nothing_gives_the_very_same(rel: Tree) -> None:
    assert bottom_up(rel.tree, unchanged) is rel.tree
    assert map_exprs(rel.tree, rewriter(lambda expr: expr)) is rel.tree


@SETTINGS
@given(shown(rels(), show_rel))
def test_a_fresh_copy_shares_no_column_that_it_makes(rel: Tree) -> None:
    copy = freshen(rel.tree, count(1000).__next__)
    assert min(defined(copy), default=1000) >= 1000
    assert len(copy.columns) == len(rel.tree.columns)
