"""What Flink can't do with tables of Iceberg is refused at its place; catalogs are told of by themselves."""

from pathlib import Path

import pytest

import oftra

HEAD = """\
contract item { id int not null, weight double, version int not null, gone boolean }
contract timed { id int not null, at timestamp not null event time watermark 1 minute }
connection bus = kafka { bootstrap_servers: 'localhost:9092' }
connection lake = iceberg { catalog: 'lake', type: rest, uri: 'https://lake', schema: 'db', properties: {
  credential: secret('lake/credential') } }
connection bare = iceberg { catalog: 'bare', type: glue, warehouse: 's3://lake' }
connection files_ = files { root: 'data' }
source items: item from bus { topic: 'items' }
source old_items: item from files_ { path: 'items.csv' }
"""

# a program, and what of it Flink can't do
NO_STREAM = "can't run `t` as a stream"
BY_ID = "into lake { mode: upsert, key: [id] }"
STREAMS = {
    "sink t from items into lake { mode: overwrite }": "can't write `t` in mode `overwrite`",
    "table t in lake { refresh: merge, key: [id], order_by: [version], delete when gone } = from items": NO_STREAM,
    f"source now: item from bus {{ topic: 'now', changes: upsert, key: [id] }}\nsink t from now {BY_ID}": NO_STREAM,
    f"view v = from items |> aggregate count(*) as n group by id |> where n > 1\nsink t from v {BY_ID}": NO_STREAM,
    "view v = from items |> aggregate count(*) as n group by id, version\n"
    f"view w = from v |> select id, n\nsink t from w {BY_ID}": NO_STREAM,
    "source s: timed from lake\nview v = from items |> join s using (id) |> select id\n"
    "sink t from v into bus { topic: 't' }": "can't run `s` as a stream",
}
BATCHES = {
    "table t in lake { refresh: merge, key: [id], order_by: [version] } = from old_items": "can't refresh `t`",
    "table t in lake { partition_by: [id] } = from old_items": "`partition_by: [id]` of `t`",
    "sink t from old_items into lake { mode: upsert, key: [weight] }": "`key: [weight]` of `t`",
    "table t in lake { cluster_by: [id] } = from old_items": "`cluster_by: [id]` of `t`",
    "table t in bare = from old_items": "`schema: ''` of `t`",
    "table t in lake { on_schema_change: add } = from old_items": "`on_schema_change: add` of `t`",
    "source s: item from lake { metadata: [file] }\ntable t in lake = from s": "`metadata: [file]` of `s`",
    "connection other = iceberg { catalog: 'lake', type: hadoop, warehouse: 'x', schema: 'db' }\n"
    "table a in lake = from old_items\ntable b in other = from old_items": "`catalog: lake` of `other`",
}


MANY = {
    "table t in lake { partition_by: [version] } = from items": "",
    "table t in lake { refresh: merge, key: [id], order_by: [version] } = from items": "upsert-enabled",
    f"view v = from items |> where version > 1\nsink t from v {BY_ID}": "upsert-enabled",
    f"view v = from items |> aggregate count(*) as n group by id\nview w = from v |> select n + 1 as m, id\n"
    f"sink t from w {BY_ID}": "upsert-enabled",
}
"""What a stream writes to a table, and what of its insert tells how."""


@pytest.mark.parametrize("mode, program", [("streaming", one) for one in STREAMS] + [("batch", one) for one in BATCHES])
def test_what_cannot_be_done_is_refused(mode: str, program: str, tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(HEAD + program)
    with pytest.raises(oftra.ProgramError) as refused:
        oftra.load(tmp_path, mode=mode).compile("flink_sql")
    assert (STREAMS | BATCHES)[program] in str(refused.value)


@pytest.mark.parametrize("program", MANY)
def test_what_a_stream_writes(program: str, tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(HEAD + program)
    script = oftra.load(tmp_path, mode="streaming").compile("flink_sql")["program_streaming.sql"]
    assert "insert into lake.db.t " in script and ("upsert-enabled" in script) == bool(MANY[program])
    assert "overwrite" not in script and "drop table" not in script


def test_catalogs(tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(
        f"{HEAD}table a in lake = from old_items\ntable b in lake = from old_items\n"
        "sink c from a into bare { schema: 'db', mode: overwrite }\nsource d: item from lake { at_snapshot: 7 }\n"
        "sink e from d into lake { mode: upsert, key: [id] }"
    )
    script = oftra.load(tmp_path).compile("flink_sql")["program.sql"]
    assert script.count("create catalog") == 2 and script.count("create database") == 2
    assert "'uri' = 'https://lake',\n  'credential' = '${secret.lake/credential}'\n" in script
    assert script.count("secret.lake") == 2  # there, and where all values of the run are named
    assert "'catalog-impl' = 'org.apache.iceberg.aws.glue.GlueCatalog',\n  'warehouse' = 's3://lake'\n" in script
    assert "create table d_rows with (\n  'snapshot-id' = '7'\n) like lake.db.d;" in script
    assert "select id, weight, `version`, gone\n  from d_rows" in script
    assert "insert into lake.db.e /*+ options('upsert-enabled' = 'true') */ (id, weight, `version`, gone)" in script
