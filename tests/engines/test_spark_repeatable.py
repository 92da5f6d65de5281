"""Tables of which a run makes a part, on Spark: windows in any order and more than once give the table of one run over
all, as DuckDB makes it. `OFTRA_TABLES` says how many tables are made up, for more than there is time for in CI.
"""

import json
import os
import random
import subprocess
from pathlib import Path

import jars
import sparks
from places import engine_of
from test_repeatable_runs import HEAD, Place, program, rides, windows
from test_spark_repeatable_kills import SCRIPT, plain, told

TABLES = int(os.environ.get("OFTRA_TABLES", "6"))
LAKES = """
connection delta = delta { root: 'delta' }
connection ice = iceberg { catalog: 'ice', type: hadoop, warehouse: env('WAREHOUSE', 'ice'), schema: 'db' }
"""


def test_windows_in_any_order_give_the_tables_of_one_full_build(tmp_path: Path) -> None:
    chance = random.Random(175)
    made = program(chance, TABLES, ["delta", "folders", "ice"]).removeprefix(HEAD)
    rows, order = rides(chance), [list(window) for window in windows(chance)]
    whole = Place(tmp_path / "whole", HEAD + made.replace(" in delta ", " in store ").replace(" in ice ", " in store "))
    whole.fill(rows).run()
    parts = Place(tmp_path / "parts", HEAD + LAKES + made).fill(rows)
    (parts.folder / "program.py").write_text(parts.program.compile("pyspark")["program.py"])
    lines = {line.split()[1]: line for line in made.splitlines()}
    places = {}
    for name, line in lines.items():
        if " in ice " in line:
            places[name] = ("iceberg", f"ice.db.{name}")
        else:
            is_delta = " in delta " in line
            places[name] = ("delta", f"delta/{name}") if is_delta else ("parquet", f"folders/{name}.parquet")
    (parts.folder / "asked.json").write_text(json.dumps({"tables": places, "ended": order, "parts": []}))
    given = sparks.environment("--jars", ",".join(map(str, jars.lake_jars())))
    given |= {"WAREHOUSE": str(parts.folder / "ice"), "TZ": "UTC", "PYTHONPATH": str(parts.folder)}
    command = [str(sparks.python_of(sparks.INSTALLED)), str(SCRIPT)]
    done = subprocess.run(command, cwd=parts.folder, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads((parts.folder / "done.json").read_text())
    session = engine_of("duckdb").open(str(whole.folder))
    try:
        expected = {name: session.read(whole.program.ir, name).to_pylist() for name in lines}
    finally:
        session.close()
    for name, line in lines.items():
        assert told(found[name]) == told([plain(row) for row in expected[name]]), line
