"""Rows of streams that come late: where they go, and how tests let time advance."""

from pathlib import Path

import pytest
from programs import program_of

import oftra
from oftra.driver import optimized
from oftra.ir.program import Late
from oftra.ir.read_program import read_program
from oftra.ir.show import show_expr
from oftra.ir.show_program import show_program

LATE = """
connection lake = files { root: 'data', format: parquet }
connection bus = kafka { bootstrap_servers: 'localhost:9092' }
contract click {
  page string not null,
  at   timestamp not null event time watermark 10 minutes on late into tardy in lake,
}
contract tick { n int, at timestamp event time watermark 10 minutes on late drop }
source clicks: click from bus { topic: 'clicks' }
source more: click from bus { topic: 'more', metadata: [offset] }
source old: click from lake { path: 'old.parquet' }
source ticks: tick from bus { topic: 'ticks' }
table copies in lake = from clicks
table counted in lake = from ticks
"""


def test_rows_that_come_late_have_a_table() -> None:
    program, report = program_of(LATE + "pipeline live { build: [copies], mode: streaming }")
    assert program is not None, list(report)
    assert program.streams == {"copies", "tardy"}
    sources = {name: program.by_name[name].late for name in ("clicks", "more", "old", "ticks")}
    assert sources == {"clicks": Late("tardy"), "more": Late("tardy"), "old": Late("tardy"), "ticks": Late()}
    late = program.by_name["tardy"]
    assert (late.kind, late.connection, late.late_of) == ("table", "lake", ("clicks", "more", "old"))
    assert [(column.name, column.nullable) for column in late.columns] == [
        ("page", False),
        ("at", False),
        ("source", False),
    ]
    assert not late.interface.bounded and late.interface.keys == ()
    assert program_of(LATE, "batch")[0] is not None
    shown = show_program(program)
    assert show_program(read_program(shown)) == shown
    assert read_program(shown).by_name["tardy"].late_of == late.late_of
    kept = [relation.name for relation in optimized(program, ["copies"]).relations]
    assert "tardy" in kept, "who writes `copies` writes them too"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("on late into tardy in lake", "on late into tardy", "OF0504"),
        ("on late into tardy in lake", "on late into copies in lake", "OF0206"),
        ("on late into tardy in lake", "on late into tardy in bus", "OF0505"),
        ("on late into tardy in lake", "on late into tardy in lak", "OF0202"),
        ("event time watermark 10 minutes on late drop", "watermark 10 minutes on late drop", "OF0519"),
    ],
)
def test_late_rows_need_a_place_and_a_name_of_their_own(old: str, new: str, code: str) -> None:
    _, report = program_of(LATE.replace(old, new))
    assert code in [one.code for one in report], list(report)


ADVANCING = """
connection lake = files { root: 'data', format: parquet }
connection bus = kafka { bootstrap_servers: 'localhost:9092' }
contract click {
  page string not null,
  at   timestamp not null event time watermark 10 minutes on late into tardy in lake,
}
source clicks: click from bus { topic: 'clicks' } on invalid drop
table hourly in lake =
  from clicks |> call tumble(at, interval 1 hour) |> aggregate count(*) as n group by window_start
test 'a row that the watermark has passed counts nowhere' {
  given clicks
    | page | at                     |
    | '/a' | '2026-01-01 10:30:00Z' |
    | '/a' | '2026-01-01 11:30:00Z' |
    | '/a' | '2026-01-01 10:10:00Z' |
  advance clicks to '2026-01-01 11:00:00Z'
    | '/b' | '2026-01-01 10:59:59Z' |
    | '/c' | '2026-01-01 11:00:00Z' |
  advance clicks to '2026-01-01 13:00:00Z'
    | '/d' | '2026-01-01 12:59:00Z' |
  expect hourly
    | window_start           | n |
    | '2026-01-01 10:00:00Z' | 2 |
    | '2026-01-01 11:00:00Z' | 2 |
  expect tardy
    | page | source   |
    | '/b' | 'clicks' |
    | '/d' | 'clicks' |
}
"""


def test_time_advances_in_tests(tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(ADVANCING)
    program = oftra.load(tmp_path / "program.oftra")
    (verdict,) = program.test()
    assert verdict.passed, verdict
    (test,) = program.ir.tests
    came = [(one.relation, len(one.rows), None if one.to is None else show_expr(one.to)) for one in test.arrivals]
    assert came == [
        ("clicks", 3, None),
        ("clicks", 0, "timestamp '2026-01-01 11:00:00Z'"),
        ("clicks", 2, None),
        ("clicks", 0, "timestamp '2026-01-01 13:00:00Z'"),
        ("clicks", 1, None),
    ]
    shown = show_program(program.ir)
    assert show_program(read_program(shown)) == shown
    assert read_program(shown).tests[0].arrivals == test.arrivals


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("on late into tardy in lake", "", "OF0415"),
        ("to '2026-01-01 13:00:00Z'", "to '2026-01-01 10:00:00Z'", "OF0414"),
        ("advance clicks to '2026-01-01 13", "advance hourly to '2026-01-01 13", "OF0414"),
        ("event time watermark 10 minutes on late into tardy in lake", "event time", "OF0414"),
        ("to '2026-01-01 13:00:00Z'", "to 13", "OF0302"),
        ("advance clicks to '2026-01-01 13", "advance click to '2026-01-01 13", "OF0201"),
    ],
)
def test_time_that_cant_advance(old: str, new: str, code: str) -> None:
    assert ADVANCING.count(old) == 1
    _, report = program_of(ADVANCING.replace(old, new))
    assert code in [one.code for one in report], list(report)
