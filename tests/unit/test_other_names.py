"""What other engines call by another name is found, and what is offered instead is right."""

from functools import cache

import pytest

from oftra import functions
from oftra.check import check_query
from oftra.diagnostics import Report
from oftra.driver import QUERY, Checked, check_all, parse_all
from oftra.functions.other_names import CLAUSES, MISSING, SAID
from oftra.project.find import Project
from oftra.source import SourceFile
from oftra.syntax.parser import parse_query

COLUMNS = {
    "s": "string", "t": "string", "i": "int", "n": "bigint", "x": "double", "y": "double", "d": "decimal(10, 2)",
    "day": "date", "at": "timestamp", "clock": "datetime", "xs": "array<int>", "m": "map<string, int>", "j": "json",
    "flag": "boolean", "raw": "binary",
}  # fmt: skip

ASKED_FOR = """
    nvl ifnull isnull nvl2 decode iif iff zeroifnull substr mid len charindex instr locate position stuff space
    concat_ws strftime strptime to_char to_date str_to_date date_format getdate now current_date dateadd date_add
    datediff timestampdiff months_between add_months from_unixtime unix_timestamp eomonth dayofweek listagg
    group_concat collect_list collect_set array_length cardinality array_contains explode posexplode unnest first
    last max_by min_by count_distinct approx_distinct percentile_cont safe_divide safe_cast named_struct element_at
    get_json_object json_extract_scalar regexp_extract regexp_substr rlike generate_series range pow ceiling
    truncate rand uuid hash sha2 soundex to_json printf format_number try_divide
""".split()


@cache
def nothing() -> Checked:
    """A program that declares nothing."""
    checked = check_all(parse_all(Project(".", None, ()), None, Report()), Report())
    assert checked is not None
    return checked


def reported(operator: str) -> list[str]:
    """What is wrong with an operator behind a row of all the columns."""
    names = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS.items())
    nulls = ", ".join("null" for _ in COLUMNS)
    report = Report()
    query = parse_query(SourceFile(QUERY, f"from values ({nulls}) as r ({names}) {operator}"), report)
    if query is not None:
        check_query(nothing().resolved, nothing().program, query, report)
    return [diagnostic.title for diagnostic in report if diagnostic.severity == "error"]


@pytest.mark.parametrize("name", SAID)
def test_an_expression_stands_for_it(name: str) -> None:
    assert not reported(f"|> select {SAID[name]} as said") or not reported(f"|> aggregate {SAID[name]} as said")


@pytest.mark.parametrize("name", CLAUSES)
def test_operators_stand_for_it(name: str) -> None:
    assert not reported(CLAUSES[name])


def test_a_name_is_known_in_one_way() -> None:
    also = [other for name in functions.names() if (one := functions.lookup(name)) is not None for other in one.also]
    everywhere = [*functions.names(), *also, *SAID, *CLAUSES, *MISSING]
    assert len(everywhere) == len(set(everywhere))


@pytest.mark.parametrize("name", ASKED_FOR)
def test_what_people_ask_for_is_known(name: str) -> None:
    of_another = any(name in one.also for other in functions.names() if (one := functions.lookup(other)) is not None)
    assert functions.lookup(name) or functions.elsewhere(name) or of_another


@pytest.mark.parametrize(
    ("call", "help"),
    [
        ("nvl(s, t)", "did you mean `coalesce`?"),
        ("CharIndex('a', s)", "it is said so: `strpos(s, t)`"),
        ("explode(xs)", "it is said so: `|> cross join unnest(xs) as e`"),
        ("rand()", MISSING["rand"]),
        ("coalesc(s, t)", "did you mean `coalesce`?"),
        ("qqqq(s)", "`oftra functions` lists all that there are"),
    ],
)
def test_the_help_says_so(call: str, help: str) -> None:
    report = Report()
    query = parse_query(SourceFile(QUERY, f"from values ('a', 'b', [1]) as r (s, t, xs) |> select {call} as z"), report)
    assert query is not None
    check_query(nothing().resolved, nothing().program, query, report)
    assert [diagnostic.help for diagnostic in report] == [help]
