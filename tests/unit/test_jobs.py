"""A pipeline is cut into jobs: what each writes and reads, which gates are judged in it, what waits for them."""

import pytest
from programs import program_of

from oftra.diagnostics import Diagnostic
from oftra.ir.jobs import Job, all_jobs, jobs_of
from oftra.ir.program import Program
from oftra.ir.read_program import read_program
from oftra.ir.show_program import show_program

PROGRAM = """\
connection lake = files { root: 'data', format: parquet }
contract ride { id int not null, started_at timestamp event time, fare decimal(10, 2), freshness: interval 2 hours }
contract zone { id int }
source rides: ride from lake { path: 'rides.parquet' } on invalid quarantine into rejected in lake
source zones: zone from lake { path: 'zones.parquet' }
view long_rides = from rides |> where fare > 10
table orders in lake = from long_rides |> aggregate count(*) as n
table places in lake = from zones |> aggregate count(*) as n
table revenue in lake = from orders |> select n * 2 as revenue
table both in lake = from revenue |> cross join places |> select revenue, n
sink out from both into lake { path: 'out.csv', format: csv }
"""


def program(pipelines: str) -> Program:
    """The program with these pipelines, which have no error."""
    found, report = program_of(PROGRAM + pipelines)
    assert not list(report), [one.title for one in report]
    return found


def said(job: Job) -> str:
    """A job in a line: what it reads and writes, its gates, and what it comes after."""
    parts = [f"{job.name}: {' '.join(job.reads)} -> {' '.join(job.writes)}"]
    parts += [f"then {gate.condition}" for gate in job.gates]
    parts += [f"after {' '.join(job.after)}"] if job.after else []
    parts += [f"if {gate.condition}" for gate in job.waits]
    return ", ".join(parts)


SHAPES = {
    "no gate: one job": (
        "pipeline all { build: [out] }",
        ["all: rides zones -> orders places revenue both rejected out"],
    ),
    "a source's gate comes first, in a job that writes nothing": (
        "pipeline all { build: [revenue], require rows(rides) > 5 else stop }",
        [
            "all_start: rides -> , then rows(rides) > 5",
            "all_revenue: rides -> orders revenue rejected, after all_start, if rows(rides) > 5",
        ],
    ),
    "a view over sources is as good as a source": (
        "pipeline all { build: [places], require exists (from zones) else stop }",
        [
            "all_start: zones -> , then exists (from zones)",
            "all_places: zones -> places, after all_start, if exists (from zones)",
        ],
    ),
    "a table's gate: what doesn't read it need not wait": (
        "pipeline all { build: [out], require rows(orders) = 1 else skip }",
        [
            "all_places: rides zones -> orders places rejected, then rows(orders) = 1",
            "all_out: orders places -> revenue both out, after all_places, if rows(orders) = 1",
        ],
    ),
    "a gate of what nothing reads is judged in the end": (
        "pipeline all { build: [revenue], require rows(revenue) = 1 else alert }",
        ["all: rides -> orders revenue rejected, then rows(revenue) = 1"],
    ),
    "several gates over what is made one from the other": (
        "pipeline all { build: [out], require rows(orders) = 1 else stop, require rows(revenue) = 1 else stop }",
        [
            "all_places: rides zones -> orders places rejected, then rows(orders) = 1",
            "all_revenue: orders -> revenue, then rows(revenue) = 1, after all_places, if rows(orders) = 1",
            "all_out: places revenue -> both out, after all_places all_revenue"
            ", if rows(orders) = 1, if rows(revenue) = 1",
        ],
    ),
    "a gate over a source and a table made of it": (
        "pipeline all { build: [revenue], require rows(rides) >= rows(orders) else stop }",
        [
            "all_orders: rides -> orders rejected, then rows(rides) >= rows(orders)",
            "all_revenue: orders -> revenue, after all_orders, if rows(rides) >= rows(orders)",
        ],
    ),
    "what was put apart is written before what else is made of the source": (
        "pipeline all { build: [orders], require rows(rejected) < 3 else stop }",
        [
            "all_rejected: rides -> rejected, then rows(rejected) < 3",
            "all_orders: rides -> orders rejected, after all_rejected, if rows(rejected) < 3",
        ],
    ),
    "a job a table": (
        "pipeline all { build: [revenue, places], granularity: table }",
        [
            "all_orders: rides -> orders rejected",
            "all_places: zones -> places",
            "all_revenue: orders -> revenue, after all_orders",
        ],
    ),
    "a gate over tables of several jobs, none of which comes after the other": (
        "pipeline all { build: [both], granularity: table, require rows(places) = rows(orders) else stop }",
        [
            "all_orders: rides -> orders rejected",
            "all_places: zones -> places",
            "all_gate: orders places -> , then rows(places) = rows(orders), after all_orders all_places",
            "all_revenue: orders -> revenue, after all_orders all_gate, if rows(places) = rows(orders)",
            "all_both: places revenue -> both, after all_places all_gate all_revenue, if rows(places) = rows(orders)",
        ],
    ),
    "a param alone": (
        "param go boolean = true pipeline all { build: [places], require go else skip }",
        ["all_start:  -> , then go", "all_places: zones -> places, after all_start, if go"],
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_jobs_of_a_pipeline(shape: str) -> None:
    pipelines, jobs = SHAPES[shape]
    assert [said(job) for job in jobs_of(program(pipelines), "all")] == jobs


SEVERAL = """\
pipeline base { build: [orders], require rows(rides) > 0 else stop }
pipeline top { build: [revenue], require rows(orders) = 1 else stop }
"""


def test_what_another_pipeline_writes_is_read_as_it_was_left() -> None:
    found = program(SEVERAL)
    assert [said(job) for job in jobs_of(found, "top")] == [
        "top_start: orders -> , then rows(orders) = 1",
        "top_revenue: orders -> revenue, after top_start, if rows(orders) = 1",
    ]
    assert [said(job) for job in jobs_of(found, "base")] == [
        "base_start: rides -> , then rows(rides) > 0",
        "base_orders: rides -> orders rejected, after base_start, if rows(rides) > 0",
    ]


def test_what_lies_behind_what_another_pipeline_writes_is_not_needed() -> None:
    found = program("pipeline base { build: [revenue] }\npipeline top { build: [both], on_update_of: [revenue] }\n")
    assert [said(job) for job in jobs_of(found, "top")] == ["top: zones revenue -> places both"]


def test_all_pipelines_and_what_none_of_them_writes() -> None:
    assert [said(job) for job in all_jobs(program(SEVERAL))] == [
        "base_start: rides -> , then rows(rides) > 0",
        "base_orders: rides -> orders rejected, after base_start, if rows(rides) > 0",
        "top_gate: orders -> , then rows(orders) = 1, after base_orders",
        "program_places: zones -> places",
        "top_revenue: orders -> revenue, after base_orders top_gate, if rows(orders) = 1",
        "program_out: places revenue -> both out, after program_places top_revenue",
    ]


def test_a_job_is_a_program_of_its_own() -> None:
    shape, _ = SHAPES["several gates over what is made one from the other"]
    for job in jobs_of(program(shape), "all"):
        assert job.program.name == job.name
        assert read_program(show_program(job.program)) == job.program
        for relation in job.program.relations:
            assert relation.is_stored == (relation.kind == "source" and relation.name not in ("rides", "zones"))
    orders = job.program.by_name["places"]
    assert [(one.name, one.nullable) for one in orders.columns] == [("n", False)]
    assert orders.physical == "places"


def test_gates_that_wait_for_each_other() -> None:
    pipelines = """pipeline all {
      build: [revenue, places],
      require rows(orders) = 1 and rows(zones) > 1 else stop,
      require rows(places) = 1 and rows(rides) > 1 else stop,
    }"""
    _, report = program_of(PROGRAM + pipelines)
    found: list[Diagnostic] = list(report)
    assert [one.code for one in found] == ["OF0528"]
    assert found[0].title == "gates of the pipeline `all` wait for each other: `orders` → `places` → `orders`"
