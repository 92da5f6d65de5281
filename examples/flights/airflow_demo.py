"""The flights' DAG in a real Airflow: on the data as it is, then without a day of it.

`python examples/flights/airflow_demo.py` works in a copy of the example. The first run goes to its end; then the
departures of its day are taken out of the data, and the gate stops the next. Airflow lies in an environment of its own.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

import oftra

EXAMPLE = Path(__file__).resolve().parent
sys.path.insert(0, str(EXAMPLE.parent))

from airflow_environment import Home  # noqa: E402  (beside the folder of this example)

DAG = "flights.daily"
DAY, MIDNIGHT_AFTER = "2013-07-15", "2013-07-16T04:00:00+00:00"
"""A day in New York, and the instant that it ends at: when its run begins."""


def compiled(folder: Path) -> Path:
    """A copy of the example with its DAG; gives the folder of DAGs."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("build", ".oftra", "*.py"))
    with open(folder / "oftra.toml", "a", encoding="utf-8") as settings:
        settings.write(f'\n[targets.airflow]\nroot = "{folder}"\n')
    for path, text in oftra.load(str(folder)).compile("airflow").items():
        place = folder / "build" / "airflow" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return folder / "build" / "airflow" / "dags"


def without_the_day(flights: Path) -> int:
    """Take the departures of the day out of the data, and tell how many they were."""
    rest = flights.with_name("rest.parquet")
    is_of_day = f"cast(timezone('America/New_York', time_hour) as date) = date '{DAY}'"
    with duckdb.connect() as connection:
        (gone,) = connection.sql(f"select count(*) from '{flights}' where {is_of_day}").fetchall()[0]
        connection.sql(f"copy (from '{flights}' where not {is_of_day}) to '{rest}' (format parquet)")
    rest.replace(flights)
    return int(gone)


def run(home: Home) -> dict[str, Any]:
    """A run of the day, as Airflow tells of it."""
    found: dict[str, Any] = home.run([{"dag": DAG, "date": MIDNIGHT_AFTER}])["runs"][0]
    for task, (state, _) in sorted(found["tasks"].items()):
        print(f"  {task}: {state}", flush=True)
    return found


def main() -> int:
    """Both runs, and whether they came out as they have to."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "flights"
        home = Home(Path(place) / "airflow", compiled(folder))
        print("setting up Airflow", flush=True)
        home.make()
        print(f"{DAG}, the run of {DAY}:", flush=True)
        whole = run(home)
        reports = [told["report"] for told in whole["xcom"].values() if "report" in told]
        stored = {one["name"]: one["rows"] for report in reports for one in report["relations"] if one["stored"]}
        gone = without_the_day(folder / "data" / "flights.parquet")
        print(f"{DAG}, the run of {DAY} without its {gone} departures:", flush=True)
        stopped = run(home)
        said = [line for line in stopped["log"].split("\n") if "AirflowFailException: `require" in line]
        print("\n".join(said))
    gates = [told["gate"] for told in stopped["xcom"].values() if "gate" in told]
    closed = [gate for gate in gates if not gate["holds"]]
    if whole["state"] != "success" or stopped["state"] != "failed" or len(closed) != 1 or len(said) != 1:
        print("this is not how it should be")
        return 1
    (gate,) = closed
    measured = ", ".join([f"{text} = {value}" for text, value in gate["measured"].items()])
    print(
        f"{DAG} ran to its end and stored {sum(stored.values()):,} rows in {len(stored)} tables and files; without the "
        f"{gone} departures of {DAY} `require {gate['gate']} else {gate['action']}` ({gate['file']}:{gate['line']}) "
        f"stopped it: {measured}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
