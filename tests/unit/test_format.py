"""The formatter: the layout, every comment kept, the same tree read back, and nothing left to do the second time."""

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sentences import sentence

from oftra.diagnostics.report import Report
from oftra.diagnostics.syntax import NotYet
from oftra.source import SourceFile
from oftra.syntax import nodes as n
from oftra.syntax.format import format_expr, format_file, format_query
from oftra.syntax.parser import parse, parse_query

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = sorted(
    path for folder in ("examples", "tests") for path in (ROOT / folder).rglob("*.oftra") if path.is_file()
)
EXAMPLES = [
    text
    for _, text in re.findall(
        r"^```oftra( not yet)?\n(.*?)^```$", (ROOT / "docs" / "grammar.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
]


def read(text: str) -> n.File | None:
    """The tree of a file, None if something in it is wrong."""
    report = Report()
    tree = parse(SourceFile("test.oftra", text), report)
    return None if any(not isinstance(found, NotYet) for found in report) else tree


def texts(comments: tuple[n.Comment, ...]) -> list[str]:
    return sorted(comment.text for comment in comments)


def check(text: str) -> str | None:
    """Format `text`; whatever it is, the result says the same and stays as it is."""
    tree = read(text)
    if tree is None:
        return None
    written = format_file(tree, text)
    again = read(written)
    assert again == tree, written
    assert texts(again.comments) == texts(tree.comments), written
    assert format_file(again, written) == written
    return written


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_programs(path: Path) -> None:
    check(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split("\n")[0][:40])
def test_every_form(text: str) -> None:
    if re.match(r"from|select|with|values|\(", text):
        text = f"view a = {text}"
    written = check(text)
    assert written is not None
    lines = re.sub(r"match_recognize \(.*?\n\)", "", written, flags=re.DOTALL).splitlines()
    assert all(len(line) <= 100 for line in lines), max(lines, key=len)


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(min_value=0, max_value=2**32), st.sampled_from((0.0, 0.05, 0.3)))
def test_any_sentence_of_the_grammar(seed: int, comments: float) -> None:
    check(sentence("program", Random(seed), comments))


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(min_value=0, max_value=2**32))
def test_any_query(seed: int) -> None:
    report = Report()
    query = parse_query(SourceFile("", sentence("query", Random(seed))), report)
    if query is not None and all(isinstance(found, NotYet) for found in report):
        written = format_query(query)
        assert parse_query(SourceFile("", written), Report()) == query, written


# --- the layout -------------------------------------------------------------------------------------------------------

LAYOUTS = {
    "operators stand one a line, items together where they fit": (
        "view a=from b|>where x>1|>select x,y+1 as z|>limit 5",
        """
view a =
  from b
  |> where x > 1
  |> select x, y + 1 as z
  |> limit 5
""",
    ),
    "a mere name stays beside its view": ("view a = from\nb as c", "\nview a = from b as c\n"),
    "items that do not fit stand one a line, keys below": (
        "view a = from b |> aggregate "
        + ", ".join(f"sum(column_{at}) as total_{at}" for at in range(4))
        + " group by k",
        """
view a =
  from b
  |> aggregate sum(column_0) as total_0,
       sum(column_1) as total_1,
       sum(column_2) as total_2,
       sum(column_3) as total_3
     group by k
""",
    ),
    "words, functions and types have one spelling": (
        "VIEW A = FROM B |> SELECT SUM(X) AS Y, CAST(z AS VARCHAR(9)) AS w |> WHERE a != 1\nPARAM p INTEGER",
        """
view A =
  from B
  |> select sum(X) as Y, cast(z as string) as w
  |> where a <> 1

param p int
""",
    ),
    "columns of a contract stand below one another": (
        "contract c {\n/// The key.\n a int not null primary key, long_name decimal(10,2) check(long_name>0), "
        "e:interval 1 hour }",
        """
contract c {
  /// The key.
  a         int            not null  primary key,
  long_name decimal(10, 2) check (long_name > 0),
  e: interval 1 hour,
}
""",
    ),
    "a short contract stands on one line": (
        "contract c {\n a int,\n b string,\n}",
        "\ncontract c { a int, b string }\n",
    ),
    "rows of a test stand in columns": (
        "test 't' { given a\n|x|long_name|\n|'text'|1|\nexpect a\n| x |\n}",
        """
test 't' {
  given a
    | x      | long_name |
    | 'text' | 1         |
  expect a
    | x |
}
""",
    ),
    "declarations of one line may stand together, connections in columns": (
        "connection a = kafka\nconnection lake = files { root: 'x' } -- here\n\n\nconnection other_one = kafka\n"
        "view d = from e |> limit 1",
        """
connection a    = kafka
connection lake = files { root: 'x' }  -- here

connection other_one = kafka

view d =
  from e
  |> limit 1
""",
    ),
    "long conditions break before their operators": (
        "view a = from b |> where first_condition = 'some text' and second_condition = 'some more text' "
        "and (third_one or fourth_one)",
        """
view a =
  from b
  |> where first_condition = 'some text'
       and second_condition = 'some more text'
       and (third_one or fourth_one)
""",
    ),
    "calls, cases and subqueries break inside their brackets": (
        "function f(x int) = case when x > 1000000 then coalesce(some_column, another_column, 'nothing at all') "
        "when x in (from some_relation |> where y > 1 |> select y) then 'b' else 'c' end",
        """
function f(x int) =
  case
    when x > 1000000 then coalesce(some_column, another_column, 'nothing at all')
    when x in (from some_relation |> where y > 1 |> select y) then 'b'
    else 'c'
  end
""",
    ),
    "comments stay where they were": (
        "-- head\n\n-- of a\nview a = from b -- source\n  -- only some\n  |> where x -- x\n and /* why */ y\n"
        "  |> select x, -- one\n z\n-- end",
        """
-- head

-- of a
view a =
  from b  -- source
  -- only some
  |> where x  -- x
       and /* why */
       y
  |> select x,  -- one
       z

-- end
""",
    ),
    "standard SQL stands clause by clause": (
        "view a = select distinct x, count(*) as n from b join c using (k) where x > 1 group by x having n > 1 "
        "order by n limit 3",
        """
view a =
  select distinct x, count(*) as n
  from b
  join c using (k)
  where x > 1
  group by x
  having n > 1
  order by n
  limit 3
""",
    ),
}


@pytest.mark.parametrize(("text", "written"), LAYOUTS.values(), ids=LAYOUTS)
def test_layout(text: str, written: str) -> None:
    assert check(text) == written.lstrip("\n")


def test_the_first_program_of_the_reference_stays_as_it_is() -> None:
    """Lines that are too long apart, it is laid out as people do it."""
    text = (ROOT / "tests" / "unit" / "taxi.oftra").read_text(encoding="utf-8")
    assert check(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a+b*c", "a + b * c"),
        ("not a=1 or - -b<2", "not a = 1 or - -b < 2"),
        ("F(X, distinct_)over w", "f(X, distinct_) over w"),
        ("interval N Days", "interval N days"),
        ("X 'ff'", "x'ff'"),
        ("`a b`.`c`.select", "`a b`.`c`.select"),
        ("(k,v)->k", "(k, v) -> k"),
        ("a in(1,2)and exists(from b|>limit 1)", "a in (1, 2) and exists (from b |> limit 1)"),
    ],
)
def test_an_expression_stands_on_one_line(text: str, written: str) -> None:
    query = parse_query(SourceFile("", f"from t |> where {text}"), Report())
    assert query is not None and isinstance(query.operators[0], n.Where)
    assert format_expr(query.operators[0].condition) == written


def test_a_tree_that_nobody_wrote_gets_the_parentheses_it_needs() -> None:
    a, b, c = (n.Column(n.Name(name)) for name in ("a", "b", "select"))
    tree = n.Binary("*", n.Binary("+", a, b), n.Unary("not", n.Is(c, "null")))
    assert format_expr(tree) == "(a + b) * (not `select` is null)"
    assert format_expr(n.Binary("-", a, n.Binary("-", b, c))) == "a - (b - `select`)"
    assert format_expr(n.Interval(n.Binary("+", a, b), "days")) == "interval (a + b) days"
    assert format_expr(n.String("two\nlines $$")) == "$q$two\nlines $$$q$"


def test_a_query_on_its_own() -> None:
    query = parse_query(SourceFile("", "from a|>where x|>limit 1"), Report())
    assert query is not None and format_query(query) == "from a\n|> where x\n|> limit 1"
