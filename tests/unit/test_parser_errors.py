"""What the parser says of mistakes, how it goes on after them, and that nothing can make it fall over."""

import random
import re
from pathlib import Path

import pytest

from oftra.diagnostics.model import Edit
from oftra.diagnostics.report import Report
from oftra.diagnostics.syntax import Unexpected
from oftra.source import SourceFile
from oftra.syntax import nodes as n
from oftra.syntax.parser import parse, parse_query

ROOT = Path(__file__).parent.parent.parent


def found_in(text: str) -> list[tuple[str, str]]:
    """The code of each diagnostic and the text that it points at."""
    report = Report()
    source = SourceFile("", text)
    if re.match(r"(?:from|select|with|\()", text):
        parse_query(source, report)
    else:
        parse(source, report)
    return [(one.code, text[one.span.start : one.span.end]) for one in report]


# One mistake a line: where it is, and the code. All that is around it is well, and must not be blamed.
SINGLE = [
    ("from a |> select x y, z", "OF0102", "y"),
    ("from a b c |> where x", "OF0104", "c"),
    ("from a |> join b c d on x", "OF0101", "d"),
    ("from a |> select f(x) as case", "OF0103", "case"),
    ("from a as from |> limit 1", "OF0103", "from"),
    ("contract c { from string }", "OF0103", "from"),
    ("contract c { a int b string }", "OF0104", "b"),
    ("from a |> where x in (1 2)", "OF0104", "2"),
    ("pipeline p { mode: batch retries: 3 }", "OF0104", "retries"),
    ("from a |> select x, |> limit 1", "OF0105", ","),
    ("from a |> order by x,", "OF0105", ","),
    ("view v = from a |> select x,\nview w = from b", "OF0105", ","),
    ("connection c = files { root = 'x' }", "OF0106", "="),
    ("contract c { a int unique unique }", "OF0107", "unique"),
    ("from a where x > 1", "OF0110", "where"),
    ("from a |> where x order by y", "OF0110", "order"),
    ("from a limit 10", "OF0110", "limit"),
    ("from a join b using (x)", "OF0110", "join"),
    ("from a |> where x group by y", "OF0111", "group"),
    ("from a |> group by x", "OF0111", "group"),
    ("from a |> order x desc", "OF0112", "x"),
    ("from a |> aggregate count(*) as n group x", "OF0112", "x"),
    ("from a |> filter x > 1", "OF0113", "filter"),
    ("from a |> wher x > 1", "OF0113", "wher"),
    ("from a |> sort x", "OF0113", "sort"),
    ("from a |> aggregate count(*) as n group by x having n > 1", "OF0113", "having"),
    ("from a |> select |> limit 1", "OF0114", "select"),
    ("select from a", "OF0114", "select"),
    ("from a |> extend", "OF0114", "extend"),
    ("from a |> select x.y.*", "OF0116", "x.y.*"),
    ("from a |> where x == 1", "OF0120", "=="),
    ("from a |> select x::decimal(10, 2) as y, z", "OF0121", "::"),
    ("from a |> where x > interval '1' day", "OF0122", "'1'"),
    ("from a |> select f((1, y) -> y) as z", "OF0123", "1"),
    ("from a |> select year(day from x) as z", "OF0124", "year(day from x)"),
    ("from a |> where present(from b)", "OF0124", "present(from b)"),
    ("tabel a = from b", "OF0130", "tabel"),
    ("view a = from b\nveiw c = from d\nview e = from f", "OF0130", "veiw"),
    ("something else entirely\nview a = from b", "OF0130", "something"),
    ("create table a as select b from c", "OF0131", "create"),
    ("view a = from b\ninsert into c values (1)\nview d = from e", "OF0131", "insert"),
    ("test 't' { given a\n | x | y |\n | 1 |   |\n }", "OF0132", "|"),
    ("test 't' { given a\n | x | y |\n | 1 ||\n }", "OF0132", "|"),
    ("test 't' { given a\n | x | y |\n || 1 |\n }", "OF0101", "||"),
    ("test 't' { given a\n | x | 1 |\n }", "OF0133", "1"),
    ("test 't' { given day = 1 }", "OF0134", "day"),
    ("view a = from b\nfrom a |> limit 1", "OF0135", "from"),
    ("param p decimal(1.5)", "OF0136", "1.5"),
    ('from a |> select "x" as y', "OF0140", '"x"'),
    ("from a;", "OF0141", ";"),
    ("from a |> select interval 10minutes as b", "OF0142", "10minutes"),
    ("from a |> select 'open as b\n|> limit 1", "OF0143", "'open as b"),
    ("from a |> select x as `open\n|> limit 1", "OF0144", "`open"),
    ("from a /* open", "OF0145", "/*"),
    ("function f(): int { on spark $$ open\n }", "OF0146", "$$"),
    ("from a |> select (x + 1 |> limit 1", "OF0147", "("),
    ("view a = from b |> where f(x\nview c = from d", "OF0147", "("),
    ("contract c { a int", "OF0147", "{"),
    ("from a |> select x) |> limit 1", "OF0148", ")"),
    ("test 't' { given a\n | x | y\n | 1 | 2 |\n }", "OF0149", "y"),
    ("from a |> select größe", "OF0150", "größe"),
    ("from a |> select x # 1", "OF0151", "#"),
    ("from a |> select x – 1", "OF0151", "–"),
    ("contract c { a time }", "OF0190", "time"),
    ("contract c { a enum('x', 'y'), b int }", "OF0190", "enum"),
    ("pipeline p { task load { x: 1 }, retries: 3 }", "OF0101", "load"),
    ("task t = shell\ntask u = shell $$ true $$", "OF0101", "task"),
    ("from a |> match_recognize (pattern (a b+))", "OF0190", "match_recognize"),
    ("function f(x int) from python { file: 'f.py' }", "OF0190", "from python"),
    ("model m(x int) returns int from c", "OF0190", "model"),
    ("from a |> where (x", "OF0147", "("),
    ("from a |> where", "OF0101", ""),
    ("from a |> select x y z", "OF0101", "y"),
    ("view = from a", "OF0101", "="),
    ("from a |> join b usng (x) |> limit 1", "OF0101", "usng"),
    ("view v = select a from b\n  wher c\nview w = from v", "OF0101", "wher"),
    ("contract c { a int nott null, b int }", "OF0101", "nott"),
]


@pytest.mark.parametrize(("text", "code", "at"), SINGLE, ids=[text[:50] for text, _, _ in SINGLE])
def test_one_mistake_gives_one_diagnostic_at_its_place(text: str, code: str, at: str) -> None:
    found = found_in(text)
    # `a # b` also lacks a comma or an alias once the sign is gone: the first mistake is what counts.
    assert found[:1] == [(code, at)]
    assert len(found) == 1 or code == "OF0151", found


def test_five_mistakes_in_one_run() -> None:
    found = found_in(
        "contract c { a int b string }\n"
        "view v = from c |> select x y |> wher z |> limit 1\n"
        "tabel t = from v\n"
        "view w = from t where x == 'a'\n"
        "sink s from t into lake { path = 'x' }\n"
    )
    assert [code for code, _ in found] == ["OF0120", "OF0104", "OF0102", "OF0113", "OF0130", "OF0110", "OF0106"]


MENDED = [
    "from a |> select x + 1 y",
    "from a where x > 1",
    "from a |> order x",
    "from a |> filter x > 1",
    "from a |> select x, |> limit 1",
    "from a |> where x == 1",
    "from a;",
    "from a |> select interval 10minutes as b",
    "from a |> select x as case",
    "from a |> where x > interval '1' day",
    "from a |> select größe",
    "contract c { a int b string }",
    "connection c = files { root = 'x' }",
    "tabel a = from b",
    "from a |> join b usng (x)",
    "test 't' { given a\n | x | y |\n | 1 |   |\n }",
]


@pytest.mark.parametrize("text", MENDED)
def test_the_edit_mends_the_mistake(text: str) -> None:
    report = Report()
    source = SourceFile("", text)
    query = text.startswith("from")
    if query:
        parse_query(source, report)
    else:
        parse(source, report)
    (diagnostic,) = report
    edit = diagnostic.edit
    assert isinstance(edit, Edit)
    assert found_in(text[: edit.span.start] + edit.replacement + text[edit.span.end :]) == []


def test_what_is_expected_is_said_in_words() -> None:
    def expected(text: str) -> tuple[str, ...]:
        report = Report()
        source = SourceFile("", text)
        if text.startswith("from"):
            parse_query(source, report)
        else:
            parse(source, report)
        (diagnostic,) = report
        assert isinstance(diagnostic, Unexpected)
        return diagnostic.expected

    assert expected("from a |> where") == ("an expression",)
    assert expected("view = from a") == ("a name",)
    assert expected("view v from a") == ("`:`", "`=`", "`{`")
    assert expected("param p = 1") == ("a type",)
    assert expected("from a |> limit 1 2") == ("an operator", "`|>`", "`offset`", "the end")
    assert expected("test { }") == ("a string",)


# --- what is left -----------------------------------------------------------------------------------------------------


def tree_of(text: str) -> n.File:
    return parse(SourceFile("", text), Report())


def test_a_broken_operator_leaves_the_rest_of_its_query() -> None:
    (view,) = tree_of("view v = from a |> where in (x) |> select y |> limit 1").declarations
    assert isinstance(view, n.View) and isinstance(view.query, n.Query)
    assert [type(operator) for operator in view.query.operators] == [n.BrokenOperator, n.Select, n.Limit]


def test_a_broken_start_leaves_the_operators() -> None:
    (view,) = tree_of("view v = from 1 |> select y").declarations
    assert isinstance(view, n.View) and isinstance(view.query, n.Query)
    assert isinstance(view.query.start, n.BrokenOperator)
    assert [type(operator) for operator in view.query.operators] == [n.Select]


def test_a_broken_item_leaves_the_others() -> None:
    (contract,) = tree_of("contract c { a int, b, c 1 2 3, check (x)), d string }").declarations
    assert isinstance(contract, n.Contract)
    names = [item.name.text for item in contract.items if isinstance(item, n.ContractColumn)]
    assert names == ["a", "d"]


def test_a_broken_declaration_keeps_its_name() -> None:
    broken, view = tree_of("source rides: ride bus\nview v = from rides").declarations
    assert broken == n.BrokenDeclaration("source", n.Name("rides"))
    assert isinstance(view, n.View)


def test_a_broken_row_leaves_the_others() -> None:
    (test,) = tree_of("test 't' { given a\n | x |\n | 1 + |\n | 2 |\n expect b\n | y |\n }").declarations
    assert isinstance(test, n.Test)
    given, expect = test.steps
    assert isinstance(given, n.Given) and [row.cells for row in given.rows] == [(n.Number("2"),)]
    assert isinstance(expect, n.Expect)


def test_an_inner_query_may_break_alone() -> None:
    query = parse_query(SourceFile("", "from (from a |> wher |> limit 1) as b |> select x"), Report())
    assert query is not None
    assert [type(operator) for operator in query.operators] == [n.Select]


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(" * 2_000_000, "OF0152"),
        ("from a |> where " + "(" * 300_000 + "1" + ")" * 300_000, "OF0152"),
        ("from a |> where " + "(" * 201 + "1" + ")" * 201, "OF0152"),
        ("from a |> where " + "not " * 100_000 + "x", "OF0152"),
        ("from a |> where " + "a." * 20_000 + "x", "OF0152"),
        ("from a |> where " + " or ".join(["x = 1"] * 500), "OF0152"),
        ("from a |> where x = " + "case when 1 then " * 20_000 + "1" + " end" * 20_000, "OF0152"),
        ("param p " + "array<" * 300 + "int" + ">" * 300, "OF0152"),
        ("view v = from a" + " |> where x\n" * 300 + "|> select " + "- " * 400 + "1", "OF0152"),
        (")" * 500_000, "OF0148"),
        ("view a = \n" * 5_000, "OF0101"),
        ("'\n" * 20_000, "OF0143"),
        ("\x00\x01\x02" * 1_000, "OF0151"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_monstrous_text_is_refused_at_once(text: str, code: str) -> None:
    found = found_in(text)
    assert found and code in {one for one, _ in found}
    assert len(found) <= 205


def test_two_hundred_deep_is_well() -> None:
    assert found_in("from a |> where " + "(" * 200 + "1" + ")" * 200) == []
    assert found_in("from a |> where " + " or ".join(["x"] * 150)) == []
    assert found_in("from a |> select " + ", ".join(f"a.x{at} + 1 as y{at}" for at in range(2_000))) == []


def test_no_text_makes_the_parser_fall_over() -> None:
    """Real programs with words lost, doubled and swapped: there is always a tree, and each diagnostic has its words."""
    pieces = [
        re.findall(r"\w+|\s+|.", path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "examples").rglob("*.oftra"))
        if path.is_file()
    ]
    odd = [
        "|>",
        "(",
        ")",
        "{",
        "}",
        "select",
        "from",
        ",",
        "'",
        '"',
        "$$",
        "|",
        "\n| a |\n",
        "view",
        "case",
        "é",
        "1a",
        ";",
    ]
    chance = random.Random(7)
    for _ in range(400):
        text = list(chance.choice(pieces))
        for _ in range(chance.choice((1, 2, 8, 30))):
            at = chance.randrange(len(text))
            text[at : at + chance.choice((0, 1, 2))] = chance.choice(
                ([], [chance.choice(odd)], [" ", chance.choice(odd), " "])
            )
        source = SourceFile("", "".join(text))
        report = Report()
        assert isinstance(parse(source, report), n.File)
        parse_query(source, report)
        for diagnostic in report:
            assert diagnostic.title and diagnostic.labels
            assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(source.text)
            assert (diagnostic.help != "" and diagnostic.edit is None) or diagnostic.edit
