"""What the parser makes of text: the tree, the spans, the descriptions, and words that are names wherever they may."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from oftra.diagnostics.report import Report
from oftra.grammar.keywords import RESERVED, SOFT
from oftra.source import SourceFile, Span
from oftra.syntax import nodes as n
from oftra.syntax.parser import parse, parse_query


def read(text: str) -> n.File:
    report = Report()
    file = parse(SourceFile("test.oftra", text), report)
    assert not list(report), text
    return file


def read_query(text: str) -> n.Query:
    report = Report()
    query = parse_query(SourceFile("test.oftra", text), report)
    assert not list(report), text
    assert query is not None
    return query


def expression(text: str) -> n.Expr:
    match read_query(f"from t |> where {text}"):
        case n.Query(operators=(n.Where(condition),)):
            return condition
        case other:
            raise AssertionError(other)


def shape(expr: n.Expr) -> str:
    """`expr` with a parenthesis around each operator, which shows what binds tighter."""
    match expr:
        case n.Binary(operator, left, right):
            return f"({shape(left)} {operator} {shape(right)})"
        case n.Unary(operator, operand):
            return f"({operator} {shape(operand)})"
        case n.Parenthesised(operand):
            return shape(operand)
        case n.Column(n.Name(text)) | n.Number(text):
            return text
        case n.Member(operand, n.Name(text)):
            return f"{shape(operand)}.{text}"
        case n.Index(operand, index):
            return f"{shape(operand)}[{shape(index)}]"
        case n.Is(operand, what, negated):
            return f"({shape(operand)} is {'not ' * negated}{what})"
        case n.Between(operand, low, high, negated):
            return f"({shape(operand)} {'not ' * negated}between {shape(low)} and {shape(high)})"
        case n.In(operand, items, negated):
            return f"({shape(operand)} {'not ' * negated}in {', '.join(map(shape, items))})"
        case n.Like(operand, pattern, None, negated):
            return f"({shape(operand)} {'not ' * negated}like {shape(pattern)})"
        case n.IsDistinct(left, right, negated):
            return f"({shape(left)} is {'not ' * negated}distinct from {shape(right)})"
        case n.Lambda(parameters, body):
            return f"({', '.join(name.text for name in parameters)} -> {shape(body)})"
        case n.Call(function, arguments):
            return (
                f"{function.text}({', '.join(shape(one) for one in arguments if not isinstance(one, n.Star | n.Item))})"
            )
        case _:
            raise AssertionError(expr)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a or b and not c = d", "(a or (b and (not (c = d))))"),
        ("a - b - c", "((a - b) - c)"),
        ("a + b * c || d", "((a + (b * c)) || d)"),
        ("-a[1].b * c", "((- a[1].b) * c)"),
        ("a | b ^ c & d << e + f", "(a | (b ^ (c & (d << (e + f)))))"),
        ("a between b and c and d", "((a between b and c) and d)"),
        ("a not between b + 1 and c or d", "((a not between (b + 1) and c) or d)"),
        ("not a in (b, c)", "(not (a in b, c))"),
        ("a = b is null", "((a = b) is null)"),
        ("a is not distinct from b = c", "((a is not distinct from b) = c)"),
        ("a != b", "(a <> b)"),
        ("f(x -> x + a or b)", "f((x -> ((x + a) or b)))"),
        ("f((x, y) -> x -> y)", "f((x, y -> (x -> y)))"),
        ("a like b || c", "(a like (b || c))"),
        ("- - a", "(- (- a))"),
        ("a % b / c", "((a % b) / c)"),
    ],
)
def test_what_binds_tighter(text: str, meant: str) -> None:
    assert shape(expression(text)) == meant


def test_literals_mean_what_they_say() -> None:
    assert expression("'it''s' || ''") == n.Binary("||", n.String("it's"), n.String(""))
    assert expression("x'00ff' = X '00FF'") == n.Binary("=", n.TypedLiteral("x", "00ff"), n.TypedLiteral("x", "00FF"))
    assert expression("$a$ $$'` \n $a$") == n.String(" $$'` \n ", "a")
    assert expression("interval (n + 1) DAYS") == n.Interval(
        n.Parenthesised(n.Binary("+", n.Column(n.Name("n")), n.Number("1"))), "days"
    )
    assert expression("`a``b`") == n.Column(n.Name("a`b"))


def test_set_operations_group_as_in_sql() -> None:
    query = read_query("select a from x union all select a from y intersect select a from z except (from w)")
    match query.start:
        case n.CompoundQuery("except", n.Query(n.CompoundQuery("union", _, right, "all")), _):
            assert isinstance(right.start, n.CompoundQuery) and right.start.kind == "intersect"
        case other:
            raise AssertionError(other)


def test_descriptions_travel_to_declarations_and_columns() -> None:
    file = read("""
/// A zone,
///   as the city draws it.
contract zone {
  /// Its number.
  zone_id int,
  name string, -- no description
}
/// All of them.
view zones = from all_zones
""")
    contract, view = file.declarations
    assert isinstance(contract, n.Contract) and contract.description == "A zone,\nas the city draws it."
    columns = [item for item in contract.items if isinstance(item, n.ContractColumn)]
    assert [column.description for column in columns] == ["Its number.", None]
    assert isinstance(view, n.View) and view.description == "All of them."
    assert [comment.text for comment in file.comments] == ["-- no description"]


def test_a_description_of_nothing_is_a_comment() -> None:
    file = read("view a = from b\n  /// which is odd\n  |> limit 1\n/// the end")
    assert [comment.text for comment in file.comments] == ["-- which is odd", "-- the end"]


def test_rows_of_a_test_are_told_by_their_place() -> None:
    (test,) = read("""
test 'bits' {
  given a
    | x     | y           | -- a comment
    | 1     | 'a' || 'b'  |
    | (1|2) | f('|', [1]) |
  expect a
    | x |
}
""").declarations
    assert isinstance(test, n.Test)
    given, expect = test.steps
    assert isinstance(given, n.Given) and [name.text for name in given.columns] == ["x", "y"]
    assert [len(row.cells) for row in given.rows] == [2, 2]
    assert isinstance(given.rows[1].cells[0], n.Parenthesised)
    assert isinstance(expect, n.Expect) and expect.rows == ()


def nodes(value: Any) -> Iterator[Any]:
    """All nodes in a tree."""
    if isinstance(value, tuple) and not isinstance(value, Span):
        for part in value:
            yield from nodes(part)
    elif is_dataclass(value):
        yield value
        for field in fields(value):
            yield from nodes(getattr(value, field.name))


@pytest.mark.parametrize(
    "text",
    [
        "from a as b |> where x.y + f(1, 'a') > 2 |> select *, b.*, cast(x as decimal(1, 0)) as c, (from d) as e",
        "select a, count(*) from b join c using (d) where e group by a order by a limit 1 offset 2",
        "from (values (1, 2)) as t (x int, y) |> aggregate sum(x) filter (where y) over (order by x) as z group by y",
        "with a as (from b) (from a) union all (from c) |> call tumble(t, interval 1 hour) partition by k as w",
    ],
)
def test_spans_hold_what_they_should(text: str) -> None:
    """A node's span lies within its parent's, and a name's span is the name."""

    def check(value: Any, around: Span) -> None:
        if isinstance(value, tuple) and not isinstance(value, Span):
            for part in value:
                check(part, around)
        elif is_dataclass(value):
            node: Any = value
            span: Span = node.span
            assert around.start <= span.start < span.end <= around.end, value
            assert text[span.start : span.end].strip() == text[span.start : span.end]
            if isinstance(value, n.Name):
                assert text[span.start : span.end] == value.text
            for field in fields(value):
                if field.name != "span":
                    check(getattr(value, field.name), span)

    query = read_query(text)
    assert query.span == Span(0, len(text), "test.oftra")
    check(query, query.span)


# --- words ------------------------------------------------------------------------------------------------------------

# Each line with all its places for a name; `@` stands for the word.
PLACES_IN_QUERIES = """
from @
from f.@.@ as @, @, (from @) as @, unnest(@) as @ with offset as @
from values (@, @) as @ (@, @ int)
from (values (@)) as @ (@) |> as @
from @ |> where @ = @.@ and @ in (@, @) or @ between @ and @ or not @ is null or @ is distinct from @
from @ |> where @ like @ escape @ or @ in (from @) or exists (from @) or @ not in (@)
from @ |> select @, @ as @, @.*, @.@ as @, @[@] as @, @(@) as @, @.@(@, @) as @, [@, @] as @, (@, @) as @
from @ |> select distinct @, -@ as @, @ + @ as @, struct(@ as @) as @, f(@ -> @) as @, f((@, @) -> @) as @, (@) as @
from @ |> select * except (@, @) replace (@ as @), @.* except (@), case @ when @ then @ else @ end as @
from @ |> select case when @ then @ when @ then @ end as @, cast(@ as int) as @, interval @ days as @, $$@$$ as @
from @ |> extend @(@ order by @ desc, @ nulls last) as @, @(distinct @) as @, @(@) filter (where @) over @ as @
from @ |> extend @(@) over (partition by @ order by @ asc nulls first rows between 1 preceding and (@) following) as @
from @ |> extend @() over (@) as @, @() over (@ partition by @) as @, @() over (@ order by @) as @
from @ |> extend @() over (@ rows 1 preceding) as @, @() over (@ range current row) as @, @() ignore nulls over @ as @
from @ |> set @ = @, @ = @ |> drop @, @ |> rename @ as @, @ as @ |> window @ as (@), @ as (order by @)
from @ |> aggregate @(@) as @, @ group by @ as @, @ asc, @ |> aggregate group and order by @, grouping sets (@, (@, @))
from @ |> join @ as @ on @ = @ |> left join @ using (@, @) |> semi join (from @) as @ on @ ttl interval @ days
from @ |> join lateral (from @) as @ on @ |> join @ for system_time as of @.@ as @ on @ |> cross join @
from @ |> union all (from @) |> except by name (from @), (from @) |> order by @, @ asc nulls last |> limit @ offset @
from @ |> tablesample (@ rows) repeatable (@) |> pivot (sum(@) as @ for @ in (@ as @, @)) as @
from @ |> unpivot include nulls ((@, @) for @ in ((@, @), (@, @) as @)) |> unpivot exclude nulls (@ for @ in (@))
from @ |> unpivot (@ for @ in (@, @ as @)) as @ |> call @.@(@, @) partition by @, @ as @ |> call @ as @ |> call @
from @ |> assert @ as @ on violation quarantine into @ in @.@ |> distinct
with @ as (from @), @ (@, @) as (from @) from @ |> limit @
with recursive @ as (from @) select @ from @
select @, @ as @ from @ as @ join @ on @ where @ group by @, @ having @ window @ as (@) qualify @ order by @ limit @
select @ from @ left join @ using (@) qualify @ window @ as (partition by @) union all select @ from @ order by @ desc
""".strip().splitlines()

PLACES_IN_FILES = """
contract @ { @ int, @ array<struct<@: int>> not null references @.@ (@, @) check (@) as @ on violation drop, @: @ }
contract @ { primary key (@, @), unique (@), check (@ > @) as @ on violation quarantine into @ in @, @ date event time }
contract @ { @ int default @, @ int default @ not null, @ int default @ unique, @ int default @(@) pii, @: { @: @ } }
contract @ { @ timestamp watermark @ days on late into @, @ string from 'x' }
contract @ { @ timestamp watermark 1 day on late into @ in @ unique, @ date watermark 1 day unique }
contract @ connection @ = @ { @: @ } connection @ = @ contract @
source @: @.@ from @ { @: @ } on invalid quarantine into @ in @ source @: @ from @ source @: @ from @ on invalid drop
view @: @ { @: [@, @] } = from @ view @ = (from @) view @: @ = raw @ (@, @.@) $$ $$ view @ = raw @ () $$ $$
table @: @ in @ { @: @, delete when @ } = from @ |> select @ table @ = from @ |> order by @ desc table @ = from @ as @
sink @ from @.@ into @ { @: @ } sink @ from @ into @ sink @ from @ into @
function @(@ int, @ int = @) = @ function @(@ relation { @ int, @, ... }): relation { @ int } = from @
function @(@ int): int { on @ $$ $$, on @ $$ $$ } function @(@ relation { ... }) = from @ |> select @.@ function @() = @
param @ int param @ int = @ param @ decimal(1, 0) = @.@ param @ int
pipeline @ { @: @, require @(@) >= @ else stop, @: { @: @ } } pipeline @ pipeline @ { require @ else alert }
view @ = from @ |> where @ view @ = from @ |> select @ as @ view @ = from @ |> as @ view @ = from @
""".strip().splitlines()

PLACES_IN_A_TEST = """
test 'a' { given @
 | @ | @ |
 | @ | 1 |
 given @.@
 | @ |
 given param @ = @
 advance @ to @
 | @ |
 expect @
 | @ |
}
""".strip()

ALL_PLACES = [*PLACES_IN_QUERIES, *PLACES_IN_FILES, PLACES_IN_A_TEST]
# What the words in these places mean is not a name: the unit of an interval, the part of a date.
SPECIAL = [
    "from t |> select interval 1 @ as x",
    "from t |> select extract(@ from t) as x",
    "contract c { t date watermark 1 @ }",
]


def tree(text: str, report: Report) -> Any:
    source = SourceFile("", text)
    return parse_query(source, report) if text.split()[0] in ("from", "with", "select") else parse(source, report)


@pytest.mark.parametrize("word", sorted(SOFT))
def test_soft_word_is_a_name_in_every_position(word: str) -> None:
    for written in (word, word.upper()):
        for place in ALL_PLACES:
            report = Report()
            found = repr(tree(place.replace("@", written), report))
            assert not list(report), place.replace("@", written)
            expected = repr(tree(place.replace("@", "plain"), Report())).replace("'plain'", f"'{written}'")
            # Names of functions ignore case.
            assert found == expected if written.islower() else found.lower() == expected.lower(), place
    for place in SPECIAL:
        report = Report()
        tree(place.replace("@", word), report)
        assert not list(report), place.replace("@", word)


@pytest.mark.parametrize("word", sorted(RESERVED | SOFT))
def test_any_word_is_a_name_after_a_dot_and_as_a_key(word: str) -> None:
    query = read_query(f"from a.{word} |> select t.{word}, f(u).{word} as y, b.{word}(1) as z, b[1].{word}.{word} as w")
    assert sum(name.text == word for name in nodes(query) if isinstance(name, n.Name)) == 6
    file = read(
        f"connection c = files {{ {word}: 1, other: {{ {word}: 2 }} }}\n"
        f"contract k {{ {word}: 3, s struct<{word}: int> }}\npipeline p {{ {word}: 4 }}\n"
        f"table t {{ {word}: 5 }} = from a"
    )
    assert sum(name.text == word for name in nodes(file) if isinstance(name, n.Name)) == 6


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved_word_is_a_name_in_backticks_only(word: str) -> None:
    assert expression(f"`{word}` = 1") == n.Binary("=", n.Column(n.Name(word)), n.Number("1"))
    report = Report()
    parse_query(SourceFile("", f"from a |> select b as {word} |> limit 1"), report)
    assert [one.code for one in report] == ["OF0103"]


def test_keywords_functions_and_types_ignore_case_and_names_keep_it() -> None:
    assert expression("Own.SUM(X) = `SUM`(X)") == n.Binary(
        "=",
        n.Call(n.Path((n.Name("Own"), n.Name("sum"))), (n.Column(n.Name("X")),)),
        n.Call(n.Path((n.Name("SUM"),)), (n.Column(n.Name("X")),)),
    )
    assert read("function Net(x INTEGER) = x") == read("function net(x int) = x")
    assert read("param p varchar(20)\nparam q Numeric(4, 2)") == read("param p string\nparam q decimal(4, 2)")
    assert read("VIEW V = FROM T |> SELECT Fare AS f") == read("view V = from T |> select Fare as f")
    assert read("view V = from T") != read("view v = from T")


@pytest.mark.parametrize(
    "text", ["", "\n", "\ufeffview a = from b", "view a = from b\r\n  |> limit 1\r\n", "-- only", "/// x"]
)
def test_odd_but_well(text: str) -> None:
    read(text)
