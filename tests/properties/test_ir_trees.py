"""Whatever tree there is, its text reads back to an equal one."""

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from ir_trees import exprs, names, rels, texts

from oftra.ir.columns import defined, freshen
from oftra.ir.expr import Expr
from oftra.ir.program import Interface, Program, Relation
from oftra.ir.read import read_expr, read_rel
from oftra.ir.read_program import read_program
from oftra.ir.rel import Rel
from oftra.ir.show import show_expr, show_rel
from oftra.ir.show_program import show_program
from oftra.ir.walk import bottom_up, map_exprs, rewriter, unchanged

# A tree that fails is told by its text: to shrink and to print the tree itself takes minutes.
SETTINGS = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    verbosity=Verbosity.quiet,
)


@SETTINGS
@given(rels)
def test_a_relation_reads_back(rel: Rel) -> None:
    text = show_rel(rel)
    back = read_rel(text)
    assert back == rel
    assert show_rel(back) == text


@SETTINGS
@given(exprs)
def test_an_expression_reads_back(expr: Expr) -> None:
    assert read_expr(show_expr(expr)) == expr


@SETTINGS
@given(rels, names, texts, st.none() | texts)
def test_a_program_reads_back(rel: Rel, name: str, version: str, description: str | None) -> None:
    relation = Relation("v", "view", rel, Interface(rel.columns), description=description)
    program = Program(name, version, (relation,))
    assert read_program(show_program(program)) == program


@SETTINGS
@given(rels)
def test_what_rewrites_nothing_gives_the_very_same(rel: Rel) -> None:
    assert bottom_up(rel, unchanged) is rel
    assert map_exprs(rel, rewriter(lambda expr: expr)) is rel


@SETTINGS
@given(rels)
def test_a_fresh_copy_shares_no_column_that_it_makes(rel: Rel) -> None:
    counter = iter(range(1000, 10**6))
    copy = freshen(rel, counter.__next__)
    assert min(defined(copy), default=1000) >= 1000
    assert len(copy.columns) == len(rel.columns)
