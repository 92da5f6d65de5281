"""Tasks: what may be said of them, in which jobs they stand, and how a run does them."""

import json
from pathlib import Path

import pytest
from cli_runs import Cli
from programs import program_of

from oftra.ir.jobs import all_jobs, jobs_of
from oftra.ir.read_program import read_program
from oftra.ir.show_program import show_program

PROGRAM = """\
connection lake = files { root: 'data', format: parquet }
contract ride { id int not null, fare decimal(10, 2) }
source rides: ride from lake { path: 'rides.csv', format: csv, BEFORE }
table totals in lake { STEPS } = from rides |> aggregate sum(fare) as total
table again in lake = from totals |> select total + 1 as more
sink out from again into lake { path: 'out.csv', format: csv }
"""
COUNTING = "task fetch { writes: [rides], counts: [failed] } = shell $$ true $$\n"
STEP = "task step = shell $$ true $$\n"


def program_text(more: str, steps: str = "", source: str = "") -> str:
    """The program with more in it, and with properties of its first table and its source."""
    return PROGRAM.replace("STEPS", steps).replace(", BEFORE", source and f", {source}") + more


ORDERS = {
    "before what reads what it writes, after what it reads": (
        program_text(
            "task fetch { writes: [rides] } = shell $$ true $$\n"
            "task mail { reads: [totals] } = shell $$ true $$\n"
            "task file { reads: [out] } = shell $$ true $$\n"
        ),
        [
            "fetch ->",
            "totals again out -> fetch",
            "mail -> totals again out",
            "file -> totals again out",
        ],
    ),
    "what one task writes and another reads": (
        program_text(
            "source raw: ride from lake { path: 'raw.csv', format: csv }\n"
            "task clean { reads: [raw], writes: [rides] } = shell $$ true $$\n"
            "task fetch { writes: [raw] } = shell $$ true $$\n"
        ),
        ["fetch ->", "clean -> fetch", "totals again out -> fetch clean"],
    ),
    "a step of a table": (
        program_text(STEP, "before: [step], after: [step]"),
        ["step totals step ->", "again out -> totals"],
    ),
    "steps of a source, and of a pipeline": (
        program_text(
            STEP + "task end = shell $$ true $$\npipeline all { build: [out], granularity: table, after: [end] }\n",
            source="before: [step]",
        ),
        ["step totals ->", "again -> totals", "out end -> again"],
    ),
    "a gate about what a task writes is judged behind it, and before what reads it": (
        program_text(
            "task fetch { writes: [rides] } = shell $$ true $$\n"
            "pipeline all { build: [out], require rows(rides) > 0 else stop }\n"
        ),
        ["fetch ->", " -> fetch", "totals again out -> fetch "],
    ),
}


@pytest.mark.parametrize("shape", ORDERS)
def test_tasks_are_ordered_by_their_data(shape: str) -> None:
    text, expected = ORDERS[shape]
    program, report = program_of(text)
    assert not list(report), [one.title for one in report]
    jobs = all_jobs(program)
    writes = {job.name: " ".join(job.writes) for job in jobs}
    said = [
        " ".join([*[one.name for one in job.steps], writes[job.name], *[one.name for one in job.then]])
        + " ->"
        + "".join([f" {writes[one]}" for one in job.after])
        for job in jobs
    ]
    assert sorted(said) == sorted(expected)
    places = {job.name: at for at, job in enumerate(jobs)}
    assert all(places[one] < places[job.name] for job in jobs for one in job.after)
    # What targets compile knows nothing of tasks.
    assert not [job.name for job in jobs if job.program.tasks or (job.task is not None and job.program.relations)]


def test_a_pipeline_runs_the_tasks_that_it_needs_and_those_it_names() -> None:
    program, report = program_of(
        program_text(
            "task fetch { writes: [rides] } = shell $$ true $$\n"
            "task mail { reads: [totals] } = shell $$ true $$\n"
            "task file { reads: [again] } = shell $$ true $$\n"
            "pipeline first { build: [totals, mail, fetch] }\n"
            "pipeline second { build: [again] }\n"
        )
    )
    assert not list(report)
    assert [job.writes for job in jobs_of(program, "first")] == [("fetch",), ("totals",), ("mail",)]
    assert [job.writes for job in jobs_of(program, "second")] == [("again",)]


def test_the_typed_program_reads_back() -> None:
    program, _ = program_of(
        program_text(
            "param least int = 3\n"
            "/// Brings rides.\n"
            "task fetch { writes: [rides], counts: [failed, asked],"
            " env: { DAY: run.start, LEAST: least, KEY: secret('a/b') } }"
            " = shell $$ it's {all} \\n $$\n"
            "task score { reads: [totals] } = python { file: 'score.py', function: 'main' }\n"
            "task tidy = sql duckdb $$ select 1 $$\n"
            "pipeline p { build: [out, score], on_failure: [tidy], require fetch.failed = 0 else stop }\n"
        )
    )
    text = show_program(program)
    assert read_program(text).tasks == program.tasks
    assert show_program(read_program(text)) == text


WRONG = {
    "a table is written by a query": ("task t { writes: [totals] } = shell $$ true $$", "OF0530"),
    "nothing is stored of a view": ("view v = from rides\ntask t { reads: [v] } = shell $$ true $$", "OF0530"),
    "an unknown relation": ("task t { reads: [ryde] } = shell $$ true $$", "OF0201"),
    "a circle": ("task t { reads: [totals], writes: [rides] } = shell $$ true $$", "OF0208"),
    "what is no task": ("pipeline p { build: [out], before: [totals] }", "OF0531"),
    "a step with data": (
        "task t { reads: [totals] } = shell $$ true $$\npipeline p { build: [out], after: [t] }",
        "OF0532",
    ),
    "a step that is built": (STEP + "pipeline p { build: [out, step], after: [step] }", "OF0532"),
    "a count of nobody": (COUNTING + "pipeline p { build: [out], require fetch.fialed = 0 else stop }", "OF0537"),
    "a count of another pipeline's task": (
        COUNTING + "pipeline p { build: [out], require fetch.failed = 0 else stop }\npipeline q { build: [fetch] }",
        "OF0522",
    ),
    "a step that counts": (
        "task t { counts: [n] } = shell $$ true $$\npipeline p { build: [out], after: [t] }",
        "OF0532",
    ),
    "a statement that counts": ("task t { counts: [n] } = sql duckdb $$ select 1 $$", "OF0538"),
    "a secret as text": ("task t { env: { API_TOKEN: 'hush' } } = shell $$ true $$", "OF0533"),
    "a variable of many values": ("task t { env: { DAYS: ['a', 'b'] } } = shell $$ true $$", "OF0704"),
    "words of nobody": ("task t = perl $$ 1 $$", "OF0534"),
    "a count that its kind of work hasn't": ("task t { counts: [models] } = dbt { project: 'models' }", "OF0539"),
    "a shell in a file": ("task t = shell { file: 'a.sh' }", "OF0535"),
    "SQL of no engine": ("task t = sql $$ select 1 $$", "OF0535"),
    "Python in no file": ("task t = python { function: 'f' }", "OF0703"),
    "an option that there isn't": ("task t { schedule: 'x' } = shell $$ true $$", "OF0702"),
    "two pipelines would run it": (
        "task f { writes: [rides] } = shell $$ true $$\ntable other in lake = from rides\n"
        "pipeline a { build: [totals] }\npipeline b { build: [other] }",
        "OF0525",
    ),
    "rows of a task": (STEP + "table t in lake = from step", "OF0216"),
    "rows of a sink": ("table t in lake = from out", "OF0216"),
    "a gate about a task": (
        "task t { reads: [totals] } = shell $$ true $$\npipeline p { build: [out, t], require rows(t) > 0 else stop }",
        "OF0216",
    ),
    "a rule that looks into a task": (
        STEP + "contract c { id int references step (id) }\nsource s: c from lake { path: 's.parquet' }",
        "OF0216",
    ),
    "rows given to a task": (STEP + "test 't' {\n  given step\n    | id |\n    | 1  |\n}", "OF0509"),
    "a task that is called like a table": ("task totals = shell $$ true $$", "OF0206"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_task_is_told(case: str) -> None:
    more, code = WRONG[case]
    _, report = program_of(program_text(more))
    assert {one.code for one in report} == {code}, [one.title for one in report]


RUN = """\
connection lake = files { root: 'data', format: parquet }
contract ride { id int not null, fare decimal(10, 2) }
param least int = 3
source rides: ride from lake { path: 'rides.csv', format: csv }
task fetch { writes: [rides], env: { DAY: run.start, LEAST: least, KEY: secret('rides/key') } } = shell $$
  echo "of $DAY, at least $LEAST, with $KEY"
  mkdir -p data
  printf 'id,fare\\n1,2.50\\n2,3.50\\n' > data/rides.csv
$$
table totals in lake { before: [ready] } = from rides |> aggregate sum(fare) as total
task ready = python $$
  import os
  print("totals are there:", os.path.exists("data/totals.parquet"))
$$
task mail { reads: [totals] } = python { file: 'post/mail.py', function: 'send' }
task tell = shell $$ echo told $$
task worse = shell $$ exit 9 $$
pipeline all { build: [totals, mail], on_success: [tell], on_failure: [worse, tell] }
"""
MAIL = "import os\nfrom words import WORD\ndef send():\n    print(WORD, os.path.exists('data/totals.parquet'))\n"


@pytest.fixture
def folder(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("RIDES_KEY", "hush")
    cli.put({"all.oftra": RUN, "post/mail.py": MAIL, "post/words.py": "WORD = 'sent'\n"})
    return cli


def tasks_of(report: Path) -> list[tuple[str, str, bool, int | None]]:
    """What a report says of its tasks: which they are and what for, and how they ended."""
    return [(one["task"], one["role"], one["well"], one["status"]) for one in json.loads(report.read_text())["tasks"]]


def test_a_run_does_its_tasks(folder: Cli) -> None:
    result = folder("run", "all.oftra", "--start", "2026-01-31", "--param", "least=7", "--report", "report.json")
    assert result.status == 0, result.err
    said = [line for line in result.err.splitlines() if ": " in line]
    assert said == [
        "fetch: of 2026-01-31 00:00:00Z, at least 7, with ***",
        "ready: totals are there: False",
        "mail: sent True",
        "tell: told",
    ]
    assert "6.00" in result.out
    assert tasks_of(folder.folder / "report.json") == [
        ("fetch", "task", True, 0),
        ("ready", "before", True, 0),
        ("mail", "task", True, 0),
        ("tell", "on_success", True, 0),
    ]


def test_a_task_that_fails_ends_the_run_with_its_place(folder: Cli) -> None:
    folder.put({"all.oftra": RUN.replace("  mkdir -p data\n", "  false\n")})
    result = folder("run", "all.oftra", "--report", "report.json")
    assert result.status == 3
    assert "the task `fetch` failed: it ended with status 1 (all.oftra:5)" in result.err
    assert "warning: the task `worse` failed: it ended with status 9" in result.err
    assert not (folder.folder / "data").exists()
    assert tasks_of(folder.folder / "report.json") == [
        ("fetch", "task", False, 1),
        ("worse", "on_failure", False, 9),
        ("tell", "on_failure", True, 0),
    ]


def test_a_task_is_tried_again_and_stopped_at_its_limit(cli: Cli) -> None:
    cli.put(
        {
            "two.oftra": "task late { retries: 1 } = shell $$ test -e there || { touch there; exit 5; } $$\n",
            "slow.oftra": "task slow { timeout: interval 1 second } = shell $$ sleep 600 & sleep 600 $$\n",
        }
    )
    again = cli("run", "two.oftra")
    assert again.status == 0, again.err
    assert "retry, 1 more time: the task `late` failed: it ended with status 5 (two.oftra:1)" in again.err
    slow = cli("run", "slow.oftra")
    assert slow.status == 3
    assert "the task `slow` failed: it was stopped after 1 s" in slow.err


def test_a_statement_of_the_engine(cli: Cli) -> None:
    cli.put(
        {"sql.oftra": "task made = sql duckdb $$ attach 'made.duckdb' as m; create table m.t as select 1 as x $$\n"}
    )
    result = cli("run", "sql.oftra")
    assert result.status == 0, result.err
    assert (cli.folder / "made.duckdb").exists()
    cli.put({"sql.oftra": "task made = sql duckdb $$ create table $$\n"})
    assert cli("run", "sql.oftra").status == 3
    cli.put({"sql.oftra": "task made = sql spark $$ select 1 $$\n"})
    assert "duckdb can't run the task `made`" in cli("run", "sql.oftra").err


def test_a_gate_about_a_task_that_nothing_reads_is_judged(cli: Cli) -> None:
    cli.put({"p.oftra": "task n { counts: [a] } = shell $$ echo '{\"a\": 1}' > $COUNTS $$\n" + ALONE})
    result = cli("run", "--pipeline", "p")
    assert result.status == 4 and "`n.a > 1` does not hold: n.a is 1" in result.err
    _, report = program_of((cli.folder / "p.oftra").read_text())
    assert not list(report)
    assert cli("compile", "--target", "airflow").status == 0
    assert [path for path in cli.files("build") if path.endswith("p_gate.sql")]


ALONE = """\
connection lake = files { root: 'data', format: parquet }
table t in lake = from values (1) as t (x)
pipeline p { build: [t, n], require n.a > 1 else stop }
"""


def test_only_what_is_asked_for_is_run(folder: Cli) -> None:
    folder.put({"all.oftra": RUN + "table other in lake = from values (1) as t (x)\n"})
    result = folder("run", "all.oftra", "other", "--report", "report.json")
    assert result.status == 0, result.err
    assert "fetch" not in result.err
    result = folder("run", "all.oftra", "totals", "--report", "report.json")
    assert [name for name, *_ in tasks_of(folder.folder / "report.json")] == ["fetch", "ready", "tell"], result.err
    assert (folder.folder / "data" / "other.parquet").stat().st_size


def test_targets_refuse_what_they_would_leave_out(folder: Cli) -> None:
    result = folder("compile", "all.oftra", "--target", "duckdb")
    assert result.status == 1
    assert "duckdb can't run the task `fetch`" in result.err
    assert not (folder.folder / "build").exists()


def test_what_needs_no_task_is_compiled(folder: Cli) -> None:
    Path("all.oftra").write_text(program_text("task mail { reads: [totals] } = shell $$ true $$\n"))
    assert folder("compile", "all.oftra", "--target", "duckdb").status == 1
    assert folder("compile", "all.oftra", "--target", "duckdb", "--select", "totals").status == 0


def test_a_file_that_a_task_runs_is_compiled_again_when_it_changes(folder: Cli) -> None:
    Path("oftra.toml").write_text('[project]\nname = "shop"\nstore = "lake"\n')
    text = "task score { reads: [totals] } = python { file: 'score.py' }\npipeline p { build: [totals, score] }\n"
    Path("all.oftra").write_text(program_text(text))
    missing = folder("compile", "--target", "airflow")
    assert missing.status == 1 and "OF0536" in missing.err
    for version in ("1", "2"):
        Path("score.py").write_text(f"print({version})\n")
        assert folder("compile", "--target", "airflow").status == 0
        copied = Path("build/airflow/dags/shop_p_jobs/project/score.py").read_text()
        assert copied == f"print({version})\n"


COUNTED = """\
param says string = '{}'
task fetch { writes: [rides], counts: [asked, failed], env: { SAYS: says } } = shell $$
  mkdir -p data; printf 'id,fare\\n1,2\\n' > data/rides.csv
  test -z "$SAYS" || echo "$SAYS" > "$COUNTS"
$$
pipeline p { build: [totals], require fetch.failed * 10 < fetch.asked else stop }
"""


@pytest.mark.parametrize(
    "says, status, told",
    [
        ('{"asked": 30, "failed": 2, "more": "x"}', 0, "totals: 1 row"),
        ('{"asked": 30, "failed": 3}', 4, "fetch.failed is 3, fetch.asked is 30"),
        ('{"asked": 30}', 4, "fetch.failed is null, fetch.asked is 30"),
        ("", 4, "fetch.failed is null, fetch.asked is null"),
        ('{"asked": 30, "failed": "none"}', 3, "what it counted as `failed` is no whole number"),
        ('{"failed": true}', 3, "what it counted as `failed` is no whole number"),
        ("30", 3, "what it counted is no object of JSON"),
        ("{", 3, "what it counted is no object of JSON"),
    ],
)
def test_a_gate_asks_what_a_task_counted(cli: Cli, says: str, status: int, told: str) -> None:
    cli.put({"all.oftra": program_text(COUNTED)})
    result = cli("run", "all.oftra", "--pipeline", "p", "--param", f"says={says}", "--report", "report.json")
    assert result.status == status, result.err
    assert told in result.out + result.err
    if status == 0:
        (task,) = json.loads((cli.folder / "report.json").read_text())["tasks"]
        assert task["counts"] == {"asked": 30, "failed": 2}
