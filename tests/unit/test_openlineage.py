"""What a run tells by OpenLineage: received by a server, and held to the classes of OpenLineage's own client."""

import json
import signal
import time
from argparse import Namespace
from collections.abc import Iterator
from uuid import uuid4

import pytest
from cli_runs import Cli, started
from openlineage_events import Server, events_in, serving, slashed, well_formed

import oftra
from oftra.lineage.datasets import Datasets
from oftra.lineage.events import OpenLineage

PROGRAM = """\
contract sale { id int primary key, region string not null, amount decimal(10, 2) check (amount > 0) on violation drop }
connection inbox = files { root: 'data', format: csv }
connection out = files { root: env('OUT', 'out'), format: parquet }
source sales: sale from inbox { path: 'sales.csv' }

view dear = from sales |> where amount > 10

/// What each region brought in.
table regions in out =
  from dear
  |> aggregate sum(amount) as total, count(*) as sales group by region

sink best from regions into out { path: 'best.csv', format: csv }
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as started:
        yield started


@pytest.fixture
def shop(cli: Cli) -> Cli:
    rows = "id,region,amount\n1,north,20\n2,north,30\n3,south,5\n4,south,-1\n"
    cli.put({"oftra.toml": '[project]\nname = "shop"\n', "shop.oftra": PROGRAM, "data/sales.csv": rows})
    return cli


def test_a_run_is_told(shop: Cli, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "sesame")
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "nightly")
    monkeypatch.setenv("OUT", "elsewhere")
    url = f"http://127.0.0.1:{server.server_port}"
    window = ("--start", "2026-03-01", "--end", "2026-03-02T00:00:00Z")
    result = shop("run", "--openlineage", url, *window)
    assert (result.status, result.err) == (0, "")
    assert {(path, key) for path, key, _ in server.received} == {("/api/v1/lineage", "Bearer sesame")}
    events = [event for _, _, event in server.received]
    for event in events:
        well_formed(event)
    said = [(event["eventType"], event["job"]["namespace"], event["job"]["name"]) for event in events]
    assert said == [
        ("START", "nightly", "shop"),
        ("START", "nightly", "shop.regions"),
        ("COMPLETE", "nightly", "shop.regions"),
        ("START", "nightly", "shop.best"),
        ("COMPLETE", "nightly", "shop.best"),
        ("COMPLETE", "nightly", "shop"),
    ]
    assert len({event["run"]["runId"] for event in events}) == 3
    assert all(event["run"]["facets"].get("nominalTime") for event in events)
    parents = {event["run"]["facets"]["parent"]["run"]["runId"] for event in events[1:-1]}
    assert parents == {events[0]["run"]["runId"]} == {events[-1]["run"]["runId"]}
    (source,), (made,) = events[2]["inputs"], events[2]["outputs"]
    assert (source["namespace"], source["name"]) == ("file", f"{shop.folder}/data/sales.csv")
    assert source["inputFacets"]["inputStatistics"]["rowCount"] == 4
    rules = {one["assertion"]: one for one in source["inputFacets"]["dataQualityAssertions"]["assertions"]}
    assert (rules["amount > 0"]["success"], rules["amount > 0"]["actual"]) == (False, "1")
    assert rules["region not null"]["success"]
    assert made["name"] == f"{shop.folder}/elsewhere/regions.parquet"
    assert made["outputFacets"]["outputStatistics"]["rowCount"] == 1
    assert made["facets"]["documentation"]["description"] == "What each region brought in."
    types = {one["name"]: one["type"] for one in made["facets"]["schema"]["fields"]}
    assert types == {"region": "string", "total": "decimal(20, 2)", "sales": "bigint"}
    columns = made["facets"]["columnLineage"]["fields"]
    of = {column: [one["field"] for one in found["inputFields"]] for column, found in columns.items()}
    assert of == {"region": ["region"], "total": ["amount"], "sales": []}
    assert {one["name"] for found in columns.values() for one in found["inputFields"]} == {source["name"]}
    (taken,), (best,) = events[4]["inputs"], events[4]["outputs"]
    assert (taken["name"], best["name"]) == (made["name"], f"{shop.folder}/elsewhere/best.csv")


def test_a_failure_is_told_to_a_file(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.put({"shop.oftra": PROGRAM.replace("sum(amount)", "sum(cast(region as int))")})
    monkeypatch.setenv("OPENLINEAGE_URL", "told.jsonl")
    assert shop("run").status == 3
    events = events_in(shop.folder / "told.jsonl")
    assert [(event["eventType"], event["job"]["name"]) for event in events] == [
        ("START", "shop"),
        ("START", "shop.regions"),
        ("FAIL", "shop.regions"),
        ("FAIL", "shop"),
    ]
    for event in events[2:]:
        assert event["run"]["facets"]["errorMessage"]["message"].startswith("shop.oftra:9: ")
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    assert shop("run").status == 3
    assert len((shop.folder / "told.jsonl").read_text().splitlines()) == 4


def test_what_cannot_be_told_is_a_warning(shop: Cli, server: Server) -> None:
    server.server_close()
    result = shop("run", "--openlineage", f"http://127.0.0.1:{server.server_port}/events")
    assert result.status == 0
    (line,) = result.err.splitlines()
    assert line.startswith("warning: OpenLineage's events could not be sent to http://127.0.0.1:")


def test_an_interrupted_run_is_told(shop: Cli) -> None:
    many = "from unnest(sequence(1, 1000000)) as a |> cross join unnest(sequence(1, 1000000)) as b"
    shop.put({"shop.oftra": f"{PROGRAM}\ntable pairs in out = {many} |> aggregate sum(a + b) as total\n"})
    told = shop.folder / "told.jsonl"
    with started(shop.folder, "run", "pairs", "--openlineage", "told.jsonl") as running:
        deadline = time.monotonic() + 60
        while not told.exists() or not told.read_text().endswith("\n"):
            assert time.monotonic() < deadline and running.poll() is None
            time.sleep(0.05)
        time.sleep(1)  # the query that never ends has begun by then, or begins soon
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert running.returncode == 130
    events = events_in(told)
    assert [(event["eventType"], event["job"]["name"]) for event in events] == [("START", "shop"), ("ABORT", "shop")]
    assert events[0]["run"]["runId"] == events[1]["run"]["runId"]


def test_a_run_is_a_part_of_another(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    task, dag = (f"etl/{job}/{uuid4()}" for job in ("days.load", "days"))
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", task)
    monkeypatch.setenv("OPENLINEAGE_ROOT_PARENT_ID", dag)
    assert shop("run", "regions", "--openlineage", "told.jsonl").status == 0
    events = events_in(shop.folder / "told.jsonl")
    whole, part = events[0], events[1]
    assert part["run"]["facets"]["parent"]["run"]["runId"] == whole["run"]["runId"]
    assert slashed(whole["run"]["facets"]["parent"]) == task
    assert {slashed(event["run"]["facets"]["parent"]["root"]) for event in events} == {dag}
    # What isn't the id of a run is not told, and changes nothing else.
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", "days.load")
    assert shop("run", "--openlineage", "again.jsonl").status == 0
    first, *_ = (shop.folder / "again.jsonl").read_text().splitlines()
    assert json.loads(first)["run"]["facets"] == {}


def test_a_module_tells_if_it_is_asked_to(shop: Cli) -> None:
    silent = oftra.load(str(shop.folder)).compile("pyspark")
    assert silent.keys() == {"shop.py", "manifest.json"}
    assert "lineage" not in silent["shop.py"].lower()
    settings = '[project]\nname = "shop"\n[targets.pyspark]\nopenlineage = '
    shop.put({"oftra.toml": f"{settings}false\n"})
    assert oftra.load(str(shop.folder)).compile("pyspark") == silent
    shop.put({"oftra.toml": f"{settings}true\n"})
    told = oftra.load(str(shop.folder)).compile("pyspark", select=["regions"])
    known = json.loads(told["shop.lineage.json"])
    assert (known["outputs"].keys(), known["datasets"].keys()) == ({"regions"}, {"regions", "sales"})
    endless = PROGRAM.replace("path: 'sales.csv' }", "path: '*.csv', unbounded: true, header: false }")
    live = "\ntable kept in out = from dear |> select id\npipeline live { mode: streaming, build: [kept] }\n"
    shop.put({"shop.oftra": endless.partition("/// What each")[0].replace("id int primary key", "id int") + live})
    told = oftra.load(str(shop.folder)).compile("pyspark")
    assert json.loads(told["shop.lineage.json"])["streams"] == ["kept"]
    shop.put({"oftra.toml": f'{settings}"yes"\n'})
    with pytest.raises(oftra.ProgramError) as refused:
        oftra.load(str(shop.folder)).compile("pyspark")
    assert [found.code for found in refused.value.diagnostics] == ["OF0609"]


PLACES = {
    ("files", "'s3a://lake/raw'", ""): ("s3://lake", "raw/t.parquet"),
    ("files", "'data'", "s3a://lake/home"): ("s3://lake", "home/data/t.parquet"),
    ("files", "'file:/srv/data'", ""): ("file", "/srv/data/t.parquet"),
    ("files", "env('ROOT', 'data')", ""): ("s3://other", "t.parquet"),
    ("files", "env('ELSE', 'data')", "/srv"): ("file", "/srv/data/t.parquet"),
    ("jdbc", "'jdbc:postgresql://db/shop'", ""): ("postgres://db:5432", "shop.public.t"),
    ("jdbc", "env('DB', 'jdbc:postgresql://db/shop')", ""): ("postgres://other:5433", "shop.public.t"),
}
"""Where data lies by its connection, and where the run starts: what its dataset is called."""


@pytest.mark.parametrize("case", PLACES, ids=str)
def test_datasets_are_called_by_where_they_are(
    case: tuple[str, str, str], cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, place, root = case
    monkeypatch.setenv("ROOT", "s3://other/")
    monkeypatch.setenv("DB", "jdbc:postgresql://other:5433/shop")
    options = f"root: {place}" if kind == "files" else f"url: {place}"
    cli.put({"p.oftra": f"connection c = {kind} {{ {options} }}\ntable t in c = from values (1) as v (n)\n"})
    known = Datasets(oftra.load(str(cli.folder / "p.oftra")).ir).known("p")
    args = Namespace(openlineage=None, root=root or ".", param={})
    events = OpenLineage(args, lambda: known, print)
    events.known = known
    assert events.named("t") == PLACES[case]
