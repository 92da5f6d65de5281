"""Which outputs run as streams, what is refused of them, and what their state is."""

from collections.abc import Mapping

import pytest
from programs import program_of

from oftra.diagnostics import Report
from oftra.driver import compile_for
from oftra.ir.program import Mode, Program
from oftra.ir.read_program import read_program
from oftra.ir.show_program import show_program
from oftra.project import installed

PLACES = """
connection lake = files { root: 'data', format: parquet }
connection bus = kafka { bootstrap_servers: 'localhost:9092' }
contract click {
  click_id string not null,
  page string,
  n int,
  at timestamp not null event time watermark 10 minutes,
}
contract page { page string primary key, title string }
source clicks: click from bus { topic: 'clicks' } on invalid quarantine into rejected in lake
source pages: page from lake { path: 'pages.parquet' }
"""

OUTPUTS = f"""{PLACES}
table raw in lake = from clicks |> where n > 0
table titles in lake = from pages |> where title is not null
view totals = from raw |> aggregate sum(n) as n group by page
table daily in lake {{ refresh: merge, key: [page] }} = from totals
sink counted from totals into bus {{ topic: 'counted', mode: upsert }}
sink names from titles into lake {{ path: 'names.csv', format: csv, mode: overwrite }}
"""


UNBOUNDED = {"raw", "daily", "counted", "rejected"}


@pytest.mark.parametrize(
    ("mode", "pipelines", "streams"),
    [
        (None, "", set()),
        ("batch", "pipeline p { build: [counted], mode: streaming }", set()),
        ("streaming", "", UNBOUNDED),
        ("streaming", "pipeline p { build: [daily, names] }", UNBOUNDED),
        (None, "pipeline p { build: [raw, names], mode: streaming }", {"raw", "rejected"}),
        (None, "pipeline p { build: [counted], mode: streaming }", {"counted", "raw", "rejected"}),
        (
            None,
            "pipeline p { build: [counted], mode: streaming } pipeline q { build: [daily, names] }",
            {"counted", "raw", "rejected"},
        ),
    ],
)
def test_outputs_that_run_as_streams(mode: Mode | None, pipelines: str, streams: set[str]) -> None:
    program, report = program_of(OUTPUTS + pipelines, mode)
    assert program is not None, list(report)
    assert program.streams == streams
    shown = show_program(program)
    assert show_program(read_program(shown)) == shown
    assert read_program(shown).streams == streams and read_program(shown).mode == mode


@pytest.mark.parametrize(
    ("target", "mode", "pipeline", "refused"),
    [
        ("duckdb", "streaming", "", ["copies", "counted", "rejected"]),
        ("duckdb", None, "pipeline p { build: [copies], mode: streaming }", []),
        ("pyspark", "batch", "pipeline p { build: [copies], mode: streaming }", []),
    ],
)
def test_what_has_no_streams_makes_batch_unless_streams_are_asked_for(
    target: str, mode: Mode | None, pipeline: str, refused: list[str]
) -> None:
    outputs = """
table copies in lake = from clicks |> where n > 0
sink counted from copies into lake { path: 'copies.csv', format: csv, mode: overwrite }
"""
    program, report = program_of(PLACES + outputs + pipeline, mode)
    assert program is not None, list(report)
    assert refusals(program, target) == refused


def refusals(program: Program, target: str) -> list[str]:
    """The outputs that `target` can't run as streams."""
    report = Report()
    found = installed.find_target(target, report)
    assert found is not None
    compile_for(program, [found], (), all_must=True, report=report)
    facts: list[Mapping[str, object]] = [vars(one) for one in report if one.code == "OF0641"]
    return sorted([str(one["output"]) for one in facts])


MORE = """
contract order { page string, paid int, paid_at timestamp not null event time watermark 5 minutes }
contract bare { page string, at timestamp event time }
source orders: order from bus { topic: 'orders' }
source bares: bare from bus { topic: 'bares' }
"""
HOUR = "call tumble(at, interval 1 hour)"
NEAR = "paid_at between at and at + interval 1 hour"

# What a stream is made of, and the code with the place that it is refused at; None where it runs.
REFUSED: list[tuple[str, str | None, str]] = [
    # order
    ("from clicks |> order by n", "OF0402", "order by n"),
    ("from clicks |> order by n |> limit 3", "OF0402", "limit 3"),
    ("from clicks |> limit 3", "OF0402", "limit 3"),
    ("from pages |> order by title |> limit 3 |> join clicks using (page) |> drop title", None, ""),
    # windows of time
    (f"from clicks |> {HOUR} |> aggregate count(*) as n group by page, window_end", None, ""),
    (f"from clicks |> {HOUR} |> aggregate count(*) as n group by page, window_end |> where n > 3", None, ""),
    (f"from clicks |> extend at as t |> {HOUR.replace('at,', 't,')}", None, ""),
    ("from clicks |> extend date_trunc('day', at) as d |> call tumble(d, interval 1 hour)", "OF0404", "call tumble(d,"),
    (f"from clicks |> set at = at + interval 1 day |> {HOUR}", "OF0404", HOUR),
    (f"from pages |> extend timestamp '2026-01-01 00:00:00Z' as at |> {HOUR} |> join clicks using (page)", None, ""),
    (f"from bares |> {HOUR}", "OF0406", HOUR),
    # joins
    ("from clicks |> join orders using (page)", "OF0405", "join orders using (page)"),
    ("from clicks |> join orders using (page) ttl interval 2 hours", None, ""),
    (f"from clicks as c |> join orders as o on c.page = o.page and {NEAR} |> select c.page", None, ""),
    (f"from clicks as c |> left join orders as o on c.page = o.page and {NEAR} |> select c.page", None, ""),
    (
        "from clicks as c |> join orders as o on c.page = o.page and paid_at > at |> select c.page",
        "OF0405",
        "join orders",
    ),
    ("from clicks |> cross join orders as o |> select n, paid", "OF0405", "cross join orders"),
    ("from clicks as c |> left join bares as b on c.at = b.at |> select c.page", "OF0406", "left join bares"),
    ("from clicks as c |> join orders for system_time as of c.at as o using (page) |> select paid", None, ""),
    ("from clicks |> left join pages using (page)", None, ""),
    ("from clicks |> join pages using (page)", None, ""),
    # rows over rows
    ("from clicks |> extend sum(n) over (partition by page) as s", "OF0409", "sum(n) over (partition by page)"),
    ("from clicks |> extend sum(n) over (partition by page order by at) as s", None, ""),
    ("from clicks |> extend lead(n) over (partition by page order by at) as s", "OF0409", "lead(n) over"),
    ("from clicks |> extend row_number() over (order by n) as r", "OF0409", "row_number() over (order by n)"),
    (f"from clicks |> {HOUR} |> extend rank() over (partition by window_end order by n) as r", None, ""),
    # what was given is kept
    ("from clicks |> select distinct page", "OF0407", "distinct"),
    ("from clicks |> select distinct page, at", None, ""),
    (
        "from clicks |> extend row_number() over (partition by page order by at) as r |> where r = 1",
        "OF0407",
        "row_num",
    ),
    ("(from clicks |> select page) union all (from orders |> select page)", None, ""),
    ("(from clicks |> select page) union distinct (from orders |> select page)", "OF0407", "(from clicks"),
    # all rows
    ("(from clicks |> select page) except distinct (from pages |> select page)", "OF0408", "(from clicks"),
    ("from clicks |> tablesample (10 percent)", "OF0408", "tablesample (10 percent)"),
    ("from clicks |> tablesample (10 rows)", "OF0408", "tablesample (10 rows)"),
    # queries as values, the run
    ("from clicks |> where page in (from orders |> select page)", "OF0411", "page in (from orders"),
    ("from clicks |> where exists (from orders |> where orders.page = clicks.page)", "OF0411", "exists (from orders"),
    ("from clicks |> extend (from orders |> aggregate max(paid) as p) as p", "OF0411", "(from orders"),
    ("from clicks |> where page in (from pages |> select page)", None, ""),
    ("from clicks |> where at < run.end", "OF0412", "run.end"),
    # through other relations
    ("from hidden |> call tumble(at, interval 1 hour)", "OF0404", "call tumble(at, interval 1 hour)"),
]


@pytest.mark.parametrize(("query", "code", "place"), REFUSED, ids=[query[:70] for query, _, _ in REFUSED])
def test_what_never_ends_is_refused_where_it_is_written(query: str, code: str | None, place: str) -> None:
    text = f"""{PLACES}{MORE}
view hidden = from clicks |> select page, date_trunc('second', at) as at
table made in lake {{ refresh: merge, key: [page] }} = {query} |> select 'x' as page
pipeline live {{ build: [made], mode: streaming }}
"""
    _, report = program_of(text)
    found = list(report)
    assert [one.code for one in found] == ([] if code is None else [code]), found
    for one in found:
        assert text[one.span.start : one.span.end].startswith(place) or place in text[one.span.start : one.span.end]
        assert one.help
    program, batch = program_of(text, "batch")
    assert program is not None and not list(batch)


SUM = "from clicks |> aggregate sum(n) as n group by page"


@pytest.mark.parametrize(
    ("query", "left", "right"),
    [
        ("from clicks as c |> where n > 0 |> join orders using (page)", "c.at", "orders.paid_at"),
        ("from clicks |> join bares as b on n = 1 and b.page = clicks.page", "clicks.at", "b.at"),
        ("from clicks |> join (from orders |> select page, paid_at) using (page)", "clicks.at", "paid_at"),
    ],
)
def test_a_bound_is_told_as_it_can_be_written(query: str, left: str, right: str) -> None:
    table = f"table t in lake = {query} |> select n"
    _, report = program_of(f"{PLACES}{MORE}{table}\npipeline live {{ build: [t], mode: streaming }}\n")
    bound = f"and {right} between {left} and {left} + interval 1 hour"
    (found,) = list(report)
    assert found.help == f"add `{bound}`, or `ttl interval 1 hour` behind the join"


FIRST = "from clicks |> extend row_number() over (partition by page order by n) as r |> where r <= 3"

# What goes where, and what changes it, if the place only takes rows that don't change.
GOES: list[tuple[str, str]] = [
    (f"table t in lake = {SUM}", SUM[15:]),
    (f"table t in lake {{ refresh: merge, key: [page] }} = {SUM}", ""),
    (f"table t in lake {{ refresh: append, window: page }} = {SUM}", SUM[15:]),
    (f"view v = {SUM} sink t from v into bus {{ topic: 't' }}", SUM[15:]),
    (f"view v = {SUM} sink t from v into bus {{ topic: 't', mode: upsert }}", ""),
    (f"view v = {FIRST} sink t from v into bus {{ topic: 't' }}", "row_number() over (partition by page order by n)"),
    (f"table t in lake = from clicks |> {HOUR} |> aggregate sum(n) as n group by page, window_end", ""),
    (f"table t in lake = {SUM} |> where n > 3", SUM[15:]),
    ("table t in lake = from clicks |> left join orders using (page) ttl interval 1 day", "left join"),
    (f"table t in lake = from clicks |> left join orders on clicks.page = orders.page and {NEAR} |> select n", ""),
    ("table t in lake = from pages |> left join clicks using (page)", "left join clicks"),
]


@pytest.mark.parametrize(("output", "changes"), GOES, ids=[output for output, _ in GOES])
def test_rows_that_may_change_need_a_place_that_takes_changes(output: str, changes: str) -> None:
    text = f"{PLACES}{MORE}{output}\npipeline live {{ build: [t], mode: streaming }}\n"
    _, report = program_of(text)
    found = list(report)
    assert [one.code for one in found] == (["OF0403"] if changes else []), found
    for one in found:
        assert text[one.span.start : one.span.end] == "t"
        changed = one.labels[1].span
        assert text[changed.start : changed.end].startswith(changes)
        assert one.help and "key: [" in one.help


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("id string primary key", "OF0410"),
        ("id string unique", "OF0410"),
        ("id string, primary key (id, at)", None),
        ("id string references pages (page)", None),
        ("id string references clicks (page)", "OF0410"),
        ("id string check (length(id) > 3)", None),
    ],
)
def test_rules_over_rows_to_come_are_refused(rule: str, code: str | None) -> None:
    text = f"""{PLACES}
contract ruled {{ at timestamp not null event time watermark 1 minute, {rule} }}
source things: ruled from bus {{ topic: 'things' }}
table t in lake = from things
"""
    _, report = program_of(text, "streaming")
    assert [one.code for one in report] == ([] if code is None else [code])
    assert program_of(text)[0] is not None


def test_a_table_that_another_pipeline_builds_is_told_of() -> None:
    text = f"""{PLACES}
table names in lake = from pages
table t in lake = from clicks |> join names using (page)
pipeline live {{ build: [t], mode: streaming }}
"""
    assert not list(program_of(text)[1])
    _, report = program_of(text + "pipeline nightly { build: [names] }")
    assert [(one.code, text[one.span.start : one.span.end]) for one in report] == [("OF0413", "names")]


@pytest.mark.parametrize("late", ["drop", "into too_late in lake"])
def test_no_record_of_changes_is_left_out_since_it_is_late(late: str) -> None:
    text = f"""{PLACES}
connection tables = delta {{ root: 'tables' }}
contract change {{ id int primary key, op string, changed_at timestamp event time watermark 1 hour on late {late} }}
source users: change from bus {{ topic: 'users', changes: cdc, op: op, order_by: [changed_at] }}
table users_now in tables {{ refresh: merge, key: [id] }} = from users |> select id
"""
    _, report = program_of(text, "streaming")
    assert [(one.code, text[one.span.start : one.span.end]) for one in report] == [("OF0416", "users")]
    assert not list(program_of(text, "batch")[1])


KEPT: list[tuple[str, list[str]]] = [
    (SUM, ["aggregate keeps a row for each (page) for good"]),
    ("from clicks |> aggregate count(*) as n", ["aggregate keeps one row for good"]),
    (
        f"from clicks |> {HOUR} |> aggregate sum(n) as n group by page, window_end",
        ["aggregate keeps a row for each (page, window_end) until the watermark has passed"],
    ),
    ("from clicks |> join orders using (page) ttl interval 2 hours", ["join keeps the rows of both sides for 2 hours"]),
    (
        f"from clicks |> join pages using (page) |> join orders on clicks.page = orders.page and {NEAR} |> select n",
        [
            "join keeps all rows of its right side for good",
            "join keeps the rows of both sides until the watermark has passed",
        ],
    ),
    (FIRST, ["row_number keeps the first rows of each (page) for good"]),
    ("from clicks |> order by n", ["order by keeps all rows without end"]),
    ("from pages |> order by title", []),
]


@pytest.mark.parametrize(("query", "kept"), KEPT, ids=[query for query, _ in KEPT])
def test_what_operators_keep_is_shown(query: str, kept: list[str]) -> None:
    program, report = program_of(f"{PLACES}{MORE}table t in lake = {query}")
    assert program is not None, list(report)
    shown = show_program(program)
    about = shown[shown.index("table t ") :].partition("  =\n")[0]
    assert [line.strip().removeprefix("-- ") for line in about.splitlines() if "--" in line] == kept
    assert show_program(read_program(shown)) == shown
