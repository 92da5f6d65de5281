"""`oftra run --log`: what is said meanwhile, as the records that generated code logs."""

import json
from datetime import datetime
from typing import Any

from cli_runs import Cli

PROGRAM = """
contract sale {
  id    int not null,
  price decimal(6, 2) not null check (price > 0) on violation drop,
  check (price < 100) as plausible on violation warn,
}
connection data = files { root: 'data', format: csv }
source sales: sale from data { path: 'sales.csv' }
table taken in data = from sales |> aggregate sum(price) as total
table dear in data { format: parquet } = from sales |> where price > 10
task greet = shell $$ echo hello $$
pipeline daily {
  build: [taken, dear],
  before: [greet],
  require rows(taken) > 1 else alert,
  require rows(sales) > 1 else stop,
}
"""


def records(err: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in err.splitlines()]


def project(cli: Cli, rows: str) -> None:
    cli.put({"p.oftra": PROGRAM, "data/sales.csv": "id,price\n" + rows})


def test_each_record_is_a_line_of_json(cli: Cli) -> None:
    project(cli, "1,20\n2,-1\n3,200\n")
    result = cli("run", "--log", "json", "--start", "2026-03-01", "--end", "2026-03-02")
    said = records(result.err)
    assert result.status == 0
    same = {(one["run"], one["start"], one["end"]) for one in said}
    assert [one[1:] for one in same] == [("2026-03-01 00:00:00+00:00", "2026-03-02 00:00:00+00:00")]
    times = [datetime.fromisoformat(one["time"]) for one in said]
    assert all(at.tzinfo is not None for at in times)
    first, *_, last = said
    assert first["message"].startswith(f"run {first['run']}, from 2026-03-01 ")
    assert (last["status"], [one["relation"] for one in last["relations"]]) == ("well", ["sales", "taken", "dear"])
    done = {one["relation"]: one for one in said if "relation" in one}
    assert (done["sales"]["read"], done["sales"]["dropped"], "written" in done["sales"]) == (3, 1, False)
    assert done["dear"]["written"] == 2
    begins = "relation=dear read=2 written=2 dropped=0 quarantined=0 late=0 seconds="
    assert done["dear"]["message"].startswith(begins)
    warned = [one["message"] for one in said if one["level"] == "WARNING"]
    assert warned == ["alert: `rows(taken) > 1` does not hold: rows(taken) is 1 (p.oftra:15)", WARNING]
    assert "greet: hello" in [one["message"] for one in said]


WARNING = "1 row of `sales` breaks `plausible`"


def test_a_failure_is_a_record(cli: Cli) -> None:
    project(cli, "1,x\n2,20\n")
    said = records(cli("run", "--log", "json").err)
    assert [one["level"] for one in said if one["level"] != "INFO"] == ["ERROR"]
    assert said[-1]["message"] == "stopped: in sales (p.oftra:8), 1 row breaks `readable`"
    project(cli, "1,20\n")
    result = cli("run", "--log", "json")
    assert result.status == 4
    assert records(result.err)[-1]["message"].startswith("stopped: `rows(sales) > 1` does not hold")


def test_as_text_people_are_shown_the_place_too(cli: Cli) -> None:
    project(cli, "1,20\n2,30\n")
    silent = cli("run", "taken")
    result = cli("run", "taken", "--log", "text")
    assert result.status == silent.status == 0
    head, *lines = result.err.splitlines()
    assert head.startswith("run ")
    assert any(line.startswith("relation=taken read=1 written=1 ") for line in lines)
    assert "relation  read  written  dropped  quarantined  late  seconds" in lines
    assert lines[-1].startswith("well in ")
    assert silent.out.splitlines()[:5] == result.out.splitlines()[:5]
    assert "relation=" not in silent.err
    project(cli, "1,x\n")
    assert "error: the run failed in `sales`" in cli("run", "--log", "text").err
