"""What Structured Streaming can't do is refused at its place; what it can, becomes a module."""

from pathlib import Path

import pytest

import oftra

HEAD = """\
contract click { id int not null, page string not null, at timestamp not null event time watermark 5 minutes }
contract page { page string not null, section string }
connection inbox = files { root: 'data' }
connection lake = delta { root: 'lake' }
source clicks: click from inbox { path: 'clicks', format: json, unbounded: true }
source views: click from inbox { path: 'views', format: json, unbounded: true }
source pages: page from inbox { path: 'pages.csv' }
"""
TABLE = "table found in lake ="
MERGED = "table found in lake { refresh: merge, key: [KEY] } ="

# a program: what of it Spark can't do; nothing if it can
PROGRAMS: dict[str, str] = {
    f"{TABLE} from clicks |> where page <> '/'": "",
    f"{TABLE} from clicks |> left join pages using (page)": "",
    f"{TABLE} from clicks |> distinct": "",
    f"{TABLE} from clicks |> union all (from views)": "",
    f"{TABLE} from clicks |> semi join pages using (page)": "",
    f"{TABLE} from clicks |> anti join pages using (page)": "",
    f"""{TABLE} from clicks
    |> extend row_number() over (partition by id, at order by at) as nth |> where nth = 1""": "",
    f"""{TABLE} from clicks |> call hop(at, interval 5 minutes, interval 1 hour)
    |> aggregate count(*) as n, count(distinct id) as ids group by page, window_start""": "",
    f"""{TABLE} from clicks |> call cumulate(at, interval 5 minutes, interval 1 hour)
    |> aggregate count(*) as n group by window_start, window_end""": "",
    f"""{TABLE} from clicks |> call session(at, interval 5 minutes) partition by id
    |> aggregate count(*) as n group by id, window_start, window_end""": "",
    f"""{TABLE} from clicks as c |> join views as v on c.id = v.id and v.at between c.at and c.at + interval 5 minutes
    |> select c.id, c.at, v.page""": "",
    MERGED.replace("KEY", "page") + " from clicks |> aggregate count(*) as n group by page": "",
    f"""{TABLE} from clicks as c |> join views as v on v.at between c.at and c.at + interval 5 minutes
    |> select c.id, c.at, v.page""": "a join of two streams without an equation",
    f"""{TABLE} from clicks |> call cumulate(at, interval 5 minutes, interval 1 hour)
    |> aggregate count(*) as n group by window_end""": "`cumulate` grouped by its end alone",
    f"""{TABLE} from clicks |> call tumble(at, interval 5 minutes)
    |> aggregate count(*) as n, sum(distinct id) as ids group by window_start""": "`sum(distinct …)`",
    MERGED.replace("KEY", "n")
    + """ from clicks |> aggregate count(*) as n group by page
    |> aggregate count(*) as pages group by n""": "an aggregate of aggregates",
    MERGED.replace("KEY", "page")
    + """ from clicks |> aggregate count(*) as n group by rollup(page)""": "grouping sets",
}

HOURLY = """table hourly in lake = from clicks |> call tumble(at, interval 1 hour)
  |> aggregate count(*) as n group by page, window_start, window_end
"""
BY_PAGE = MERGED.replace("KEY", "page") + " from clicks |> aggregate count(*) as n group by page"

# The same where clicks, and views, say what becomes of late ones.
LATE: dict[str, str] = {
    f"{TABLE} from clicks |> where page <> '/'": "",
    f"{TABLE} from clicks |> union all (from views) |> distinct": "",
    f"{HOURLY} table again in lake {{ refresh: merge, key: [id], order_by: [at] }} = from clicks |> select id, at": "",
    f"{HOURLY.replace('in lake', 'in lake { refresh: merge, key: [page, window_start] }')} {TABLE} from too_late": "",
    BY_PAGE: "",
    f"{HOURLY} {BY_PAGE}": "an aggregate without a window of time here",
    f"{TABLE} from too_late |> distinct": "what keeps a state of late rows",
    f"""{TABLE} from clicks as c |> join others as o on c.id = o.id and o.at between c.at and c.at + interval 5 minutes
    |> select c.id, c.at, o.page""": "`on late` of `clicks` alone",
}


@pytest.mark.parametrize("program", LATE)
def test_a_stream_whose_late_rows_are_told_from_others(program: str, tmp_path: Path) -> None:
    late = HEAD.replace("watermark 5 minutes }", "watermark 5 minutes on late into too_late in lake }")
    late += """contract other { id int, page string, at timestamp event time watermark 5 minutes }
source others: other from inbox { path: 'others', format: json, unbounded: true }
"""
    module = judge(late + program, LATE[program], tmp_path)
    if module:
        assert module.count("stream(\n") == 2, "one query, and the function that starts it"
        assert module.count(" = came_late(") == 2, "clicks and views"


def test_late_rows_that_are_dropped_are_counted_behind_what_is_judged(tmp_path: Path) -> None:
    late = HEAD.replace("watermark 5 minutes }", "watermark 5 minutes on late drop }").replace("json", "parquet")
    module = judge(f"{late}{HOURLY}", "", tmp_path)
    judged = module.index('judge(report, "clicks", broken_clicks(rows["clicks_records"]))')
    assert judged < module.index("came_late(")
    assert "= came_late(" not in module


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_stream(program: str, tmp_path: Path) -> None:
    judge(HEAD + program, PROGRAMS[program], tmp_path)


def judge(program: str, wanted: str, tmp_path: Path) -> str:
    """The module that a program becomes, and nothing if that is refused as it should be."""
    file = tmp_path / "program.oftra"
    file.write_text(program)
    loaded = oftra.load(file, mode="streaming")
    refused = module = ""
    try:
        module = loaded.compile("pyspark")["program.py"]
        assert ".writeStream" in module
    except oftra.ProgramError as error:
        refused = "; ".join([found.title for found in error.diagnostics])
        assert {found.code for found in error.diagnostics} == {"OF0636"}, error
        assert all(found.span.end for found in error.diagnostics)
    assert f"Spark can't do {wanted} in a stream" in refused if wanted else not refused
    return module
