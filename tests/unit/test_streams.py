"""Which outputs run as streams, what is refused of them, and what their state is."""

from collections.abc import Mapping

import pytest
from programs import project_of

from oftra.diagnostics import Report
from oftra.driver import check_all, compile_for, parse_all
from oftra.ir.program import Mode, Program
from oftra.ir.read_program import read_program
from oftra.ir.show_program import show_program
from oftra.project import installed

PLACES = """
connection lake = files { root: 'data', format: parquet }
connection bus = kafka { bootstrap_servers: 'localhost:9092' }
contract click {
  click_id string primary key,
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
table daily in lake = from totals
sink counted from totals into bus {{ topic: 'counted', mode: upsert }}
sink names from titles into lake {{ path: 'names.csv', format: csv, mode: overwrite }}
"""


def program_of(text: str, mode: Mode | None = None) -> tuple[Program | None, Report]:
    report = Report()
    checked = check_all(parse_all(project_of({"program.oftra": text}), None, report), report, mode)
    return None if checked is None else checked.program, report


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
    program, _ = program_of(PLACES + outputs + pipeline, mode)
    assert program is not None
    assert refusals(program, target) == refused


def refusals(program: Program, target: str) -> list[str]:
    """The outputs that `target` can't run as streams."""
    report = Report()
    found = installed.find_target(target, report)
    assert found is not None
    compile_for(program, [found], (), all_must=True, report=report)
    facts: list[Mapping[str, object]] = [vars(one) for one in report if one.code == "OF0641"]
    return sorted([str(one["output"]) for one in facts])
