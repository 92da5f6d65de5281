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


def test_late_rows_have_no_table_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "program.oftra"
    late = HEAD.replace("watermark 5 minutes }", "watermark 5 minutes on late into too_late in lake }")
    file.write_text(f"{late}{TABLE} from clicks |> distinct")
    with pytest.raises(oftra.ProgramError) as refused:
        oftra.load(file, mode="streaming").compile("pyspark")
    assert {found.title for found in refused.value.diagnostics} == {"Spark can't do `on late into` in a stream"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_stream(program: str, tmp_path: Path) -> None:
    file = tmp_path / "program.oftra"
    file.write_text(HEAD + program)
    loaded = oftra.load(file, mode="streaming")
    refused = ""
    try:
        module = loaded.compile("pyspark")["program.py"]
        assert ".writeStream" in module
    except oftra.ProgramError as error:
        refused = "; ".join([found.title for found in error.diagnostics])
        assert {found.code for found in error.diagnostics} == {"OF0636"}, error
        assert all(found.span.end for found in error.diagnostics)
    wanted = PROGRAMS[program]
    assert f"Spark can't do {wanted} in a stream" in refused if wanted else not refused
