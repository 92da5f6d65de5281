"""Gates that have tasks run again: what they may name, in which jobs they are judged, and how a run does it."""

import json

import pytest
from cli_runs import Cli
from programs import program_of

from oftra.ir.jobs import jobs_of
from oftra.ir.read_program import read_program
from oftra.ir.show_program import show_program

PROGRAM = """\
connection here = files { root: 'data', format: csv }
contract ride { id int not null }
source rides: ride from here { path: 'rides.csv' }
source others: ride from here { path: 'others.csv' }
param need int = 2
task fetch { writes: [rides], counts: [tries] } = shell $$
  mkdir -p data
  echo 1 >> fetched
  test "$(wc -l < fetched)" -lt 5
  (echo id; cat fetched) > data/rides.csv
  echo "{\\"tries\\": $(wc -l < fetched)}" > "$COUNTS"
$$
table counted in here { path: 'counted.csv' } = from rides |> aggregate count(*) as n
table copied in here { path: 'copied.csv' } = from others
"""
PIPELINE = """\
pipeline p {
  build: [counted], retries: 2, retry_delay: interval 10 milliseconds,
  require fetch.tries < 4 else stop, require rows(rides) >= need else retry rides,
}
"""


def tasks_of(cli: Cli) -> list[tuple[str, bool, dict[str, int]]]:
    """How often tasks were run in the last run."""
    found = json.loads((cli.folder / "report.json").read_text())["tasks"]
    return [(one["task"], one["well"], one["counts"]) for one in found]


def test_what_a_gate_asks_for_is_brought_again(cli: Cli) -> None:
    cli.put({"p.oftra": PROGRAM + PIPELINE})
    done = cli("run", "--pipeline", "p", "--report", "report.json")
    assert done.status == 0, done.err
    told = [line for line in done.err.splitlines() if line.startswith("retry")]
    assert told == ["retry, 2 more times: `rows(rides) >= need` does not hold: rows(rides) is 1 (p.oftra:17)"]
    assert tasks_of(cli) == [("fetch", True, {"tries": 1}), ("fetch", True, {"tries": 2})]
    assert (cli.folder / "data/counted.csv").read_text() == "n\n2\n"


def test_what_never_comes_stops_the_run_after_all_tries(cli: Cli) -> None:
    cli.put({"p.oftra": PROGRAM + PIPELINE})
    done = cli("run", "--pipeline", "p", "--param", "need=9", "--report", "report.json")
    assert done.status == 4
    assert "retry: `rows(rides) >= need` does not hold: rows(rides) is 3 (p.oftra:17)" in done.err
    assert [counts["tries"] for _, _, counts in tasks_of(cli)] == [1, 2, 3]
    assert not (cli.folder / "data/counted.csv").exists()


def test_other_gates_are_judged_anew_with_it(cli: Cli) -> None:
    cli.put({"p.oftra": PROGRAM + PIPELINE.replace("retries: 2", "retries: 9")})
    done = cli("run", "--pipeline", "p", "--param", "need=9", "--report", "report.json")
    assert done.status == 4 and "stop: `fetch.tries < 4` does not hold: fetch.tries is 4" in done.err
    assert len(tasks_of(cli)) == 4


def test_a_task_that_fails_when_it_is_run_again_ends_the_run(cli: Cli) -> None:
    text = PIPELINE.replace("retries: 2", "retries: 9").replace("fetch.tries < 4 else stop, require", "")
    cli.put({"p.oftra": PROGRAM.replace("counts: [tries] }", "counts: [tries], retries: 0 }") + text})
    done = cli("run", "--pipeline", "p", "--param", "need=9", "--report", "report.json")
    assert done.status == 3 and "the task `fetch` failed: it ended with status 1" in done.err
    assert [well for _, well, _ in tasks_of(cli)] == [True] * 4 + [False]


def test_gates_behind_the_same_tasks_are_judged_in_one_job() -> None:
    program, report = program_of(PROGRAM + PIPELINE)
    assert not list(report), [one.title for one in report]
    jobs = jobs_of(program, "p")
    assert [(job.writes, [gate.again for gate in job.gates]) for job in jobs] == [
        (("fetch",), []),
        ((), [(), ("fetch",)]),
        (("counted",), []),
    ]
    text = show_program(program)
    assert read_program(text).pipelines == program.pipelines and show_program(read_program(text)) == text


RIGHT = {
    "a task by its name": "require fetch.tries > 1 else retry fetch",
    "a view of the source": "require (from seen |> aggregate count(*) as n) > 1 else retry rides",
    "what comes from elsewhere beside it": "require rows(rides) > rows(others) else retry rides",
}


@pytest.mark.parametrize("gate", RIGHT.values(), ids=RIGHT)
def test_what_can_be_brought_again(gate: str) -> None:
    text = f"view seen = from rides |> where id > 0\npipeline p {{ build: [counted, copied], {gate} }}\n"
    program, report = program_of(PROGRAM + text)
    assert not list(report), [one.title for one in report]
    assert [one.again for one in program.pipelines[0].gates] == [("fetch",)]


WRONG = {
    "a source of nobody": ("require rows(others) > 0 else retry others", "OF0551"),
    "what the gate doesn't ask for": ("require rows(others) > 0 else retry rides", "OF0551"),
    "what is made of it": ("require rows(counted) > 0 else retry rides", "OF0551"),
    "both": ("require rows(rides) > rows(counted) else retry rides", "OF0551"),
    "a table": ("require rows(counted) > 0 else retry counted", "OF0551"),
    "an unknown name": ("require rows(rides) > 0 else retry rydes", "OF0201"),
    "a gate elsewhere that asks for it too": (
        "require rows(rides) > 0 else retry rides, require fetch.tries < rows(copied) else stop",
        "OF0551",
    ),
}


@pytest.mark.parametrize(("gates", "code"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_brought_again(gates: str, code: str) -> None:
    _, report = program_of(f"{PROGRAM}pipeline p {{ build: [counted, copied], {gates} }}\n")
    assert [one.code for one in report] == [code], [one.title for one in report]


def test_databricks_refuses_it(cli: Cli) -> None:
    cli.put({"p.oftra": PROGRAM + PIPELINE})
    done = cli("compile", "p.oftra", "--target", "databricks")
    assert done.status == 1 and "databricks can't `retry fetch` at gates of pipeline `p` yet" in done.err
