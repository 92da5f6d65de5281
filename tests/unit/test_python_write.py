"""The Python printer: black has nothing to change, and Python reads back exactly what the tree says."""

import ast

import black
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_meaning import meaning_of

from oftra.source import Span
from oftra.targets.python import tree
from oftra.targets.python.write import expression, module

MODE = black.Mode()

HOSTILE = st.text(st.sampled_from("ab'\"\\{}%$\n\r\t\x00\x7f\u00e9\u4e2d\u202e\ud800\U0001f44d` "), max_size=12)
WORDS = st.sampled_from(["a", "rides", "picked_up_at", "hourly_revenue_by_borough", "F"])
NAMES = WORDS.map(tree.Name)
STRINGS = st.one_of(WORDS, HOSTILE).map(tree.String)
LEAVES: st.SearchStrategy[tree.Expr] = st.one_of(
    NAMES, STRINGS, st.integers(0, 10**6).map(lambda value: tree.Number(str(value))), HOSTILE.map(
        lambda value: tree.Bytes(value.encode("utf-8", "surrogatepass"))
    )
)  # fmt: skip


def larger(inner: st.SearchStrategy[tree.Expr]) -> st.SearchStrategy[tree.Expr]:
    """Expressions made of `inner` ones."""
    some = st.lists(inner, max_size=4).map(tuple)
    two = st.lists(inner, min_size=2, max_size=4).map(tuple)
    argument = st.one_of(inner, st.builds(tree.Keyword, WORDS, inner))
    starred = st.one_of(inner, st.builds(tree.Starred, inner))
    arguments = st.lists(argument, max_size=4).map(in_order)
    chain = st.lists(st.tuples(WORDS, arguments), min_size=1, max_size=5)
    return st.one_of(
        st.builds(tree.Attribute, inner, WORDS),
        st.builds(tree.Call, inner, arguments, st.booleans()),
        st.builds(chained, inner, chain),
        st.builds(tree.Subscript, NAMES, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(tree.Unary, st.sampled_from(["-", "~", "not"]), inner),
        st.builds(tree.Binary, st.sampled_from(["|", "&", "<<", "+", "-", "*", "/", "%"]), inner, inner),
        st.builds(tree.Compare, st.sampled_from(["==", "<", "not in", "is", "is not"]), inner, inner),
        st.builds(tree.Logic, st.sampled_from(["and", "or"]), two),
        st.builds(tree.ListOf, st.lists(starred, max_size=4).map(tuple), st.booleans()),
        st.builds(tree.TupleOf, st.lists(starred, max_size=3).map(tuple)),
        st.builds(tree.DictOf, st.lists(st.tuples(inner, inner), max_size=3).map(tuple), st.booleans()),
        st.builds(tree.SetOf, two),
        st.builds(tree.Lambda, st.lists(WORDS, max_size=2, unique=True).map(tuple), inner),
        st.builds(
            tree.Comprehension, st.just("["), inner, st.just(("k", "v")), inner, st.lists(inner, max_size=2).map(tuple)
        ),
        st.builds(lambda made, key: tree.Comprehension("{", made, ("k",), made, (), key), inner, inner),
        st.builds(tree.Marked, inner, st.just(Span(1, 2))),
        some.map(tree.TupleOf),
    )


def in_order(arguments: list[tree.Expr | tree.Keyword]) -> tuple[tree.Expr | tree.Keyword, ...]:
    """Arguments as a call takes them: those by name last, and no name twice."""
    named = {one.name: one for one in arguments if isinstance(one, tree.Keyword)}
    return (*[one for one in arguments if not isinstance(one, tree.Keyword)], *named.values())


def chained(start: tree.Expr, calls: list[tuple[str, tuple[tree.Expr | tree.Keyword, ...]]]) -> tree.Expr:
    """A chain of methods."""
    for name, arguments in calls:
        start = tree.method(start, name, *arguments)
    return start


EXPRESSIONS = st.recursive(LEAVES, larger, max_leaves=24)

STATEMENTS: st.SearchStrategy[tree.Statement] = st.one_of(
    st.builds(tree.Return, EXPRESSIONS),
    st.builds(tree.Assign, NAMES, EXPRESSIONS),
    st.builds(tree.Assign, NAMES, EXPRESSIONS, st.just(tree.Subscript(tree.Name("Dict"), (tree.Name("str"),)))),
    st.builds(tree.Evaluate, st.builds(chained, NAMES, st.lists(st.tuples(WORDS, st.just(())), max_size=9))),
    st.builds(lambda condition: tree.If(((condition, ()),), (tree.Word("pass"),)), EXPRESSIONS),
    st.builds(lambda values: tree.For(("k", "v"), values, (tree.Word("break"),)), EXPRESSIONS),
    st.builds(lambda context: tree.With(context, "file", ()), st.builds(tree.Call, NAMES, st.tuples(EXPRESSIONS))),
    st.just(tree.Blank()),
    HOSTILE.map(tree.Comment),
)


def defined(body: list[tree.Statement], names: list[str], docstring: str | None) -> tree.Module:
    """A module with a function."""
    parameters = tuple([tree.Parameter(name, tree.Name("DataFrame")) for name in names])
    function = tree.Def("hourly", parameters, (*body, tree.Return()), tree.Name("DataFrame"), docstring)
    return tree.Module((tree.Import("os"), tree.ImportFrom("pyspark.sql", (("functions", "F"),)), function, function))


def formatted(source: str) -> str:
    return black.format_str(source, mode=MODE)


@given(
    st.lists(STATEMENTS, min_size=1, max_size=4),
    st.lists(WORDS, max_size=5, unique=True),
    st.one_of(st.none(), HOSTILE),
)
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_black_changes_nothing_and_python_reads_it_back(
    body: list[tree.Statement], names: list[str], docstring: str | None
) -> None:
    made = defined(body, names, docstring)
    printed = module(made).text
    assert formatted(printed) == printed
    ast.parse(printed, feature_version=(3, 8))


@given(EXPRESSIONS)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_python_reads_the_tree_back(expr: tree.Expr) -> None:
    wanted = ast.dump(meaning_of(expr))
    assert ast.dump(ast.parse(expression(expr), mode="eval").body) == wanted
    statement = ast.parse(module(tree.Module((tree.Assign(tree.Name("x"), expr),))).text).body[0]
    assert isinstance(statement, ast.Assign)
    assert ast.dump(statement.value) == wanted
