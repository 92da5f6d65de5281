"""The flights example's dirt, written as rules of contracts: every engine counts the same records, and keeps them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import oftra
from oftra.diagnostics import Report
from oftra.driver import optimized
from oftra.project import installed
from oftra.target import Judged, Session

ENGINES = ["duckdb", "spark"]
DATA = Path(__file__).parent.parent.parent / "examples" / "flights" / "data"

PROGRAM = """\
contract departure {{
  time_hour timestamp not null,
  carrier   string    not null,
  flight    int       not null,
  origin    string    not null,
  dep_time  int       not null,
  tailnum   string    not null  references planes (tailnum),
}}
contract plane {{ tailnum string primary key, year int }}
contract observation {{
  origin string not null,
  year   int    not null,
  month  int    not null,
  day    int    not null,
  hour   int    not null,
  unique (origin, year, month, day, hour),
}}
connection lake = files {{ root: 'data', format: parquet }}
connection store = files {{ root: 'out', format: parquet }}
source flights: departure from lake {{ path: 'flights.parquet' }} on invalid {action}
source planes: plane from lake {{ path: 'planes.parquet' }}
source weather: observation from lake {{ path: 'weather.parquet' }} on invalid {action}
table hours in store = from weather |> aggregate count(*) as observations group by origin
table carriers in store = from flights |> aggregate count(*) as departures group by carrier
"""

FLIGHTS = {"dep_time not null": 8_255, "tailnum not null": 2_512, "tailnum references planes (tailnum)": 50_094}
WEATHER = {"unique (origin, year, month, day, hour)": 6}
"""Three keys repeat, each in two records: both break the rule, for neither is the first."""


@pytest.fixture(params=ENGINES)
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """An engine at work beside the data."""
    engine: Any = installed.find_engine(request.param, Report())
    (tmp_path / "data").symlink_to(DATA)
    session: Session = engine.open(str(tmp_path))
    yield session
    session.close()


def loaded(folder: Path, action: str) -> oftra.Program:
    (folder / "dirt.oftra").write_text(PROGRAM.format(action=action), encoding="utf-8")
    return oftra.load(folder)


def judged(session: Session, program: oftra.Program) -> dict[str, Judged]:
    outcome = session.run(optimized(program.ir), None, {}, lambda _: None)
    return {run.name: run.judged for run in outcome.relations if run.judged is not None}


def broken(found: Judged) -> dict[str, int]:
    return {rule.name: rule.records for rule in found.rules if rule.records}


def test_warnings_count_the_dirt(session: Session, tmp_path: Path) -> None:
    found = judged(session, loaded(tmp_path, "warn"))
    assert (found["flights"].read, found["flights"].passed) == (336_776, 336_776)
    assert broken(found["flights"]) == FLIGHTS
    assert broken(found["weather"]) == WEATHER
    assert broken(found["planes"]) == {}


def test_a_quarantine_keeps_it(session: Session, tmp_path: Path) -> None:
    program = loaded(tmp_path, "quarantine into dirt in store")
    found = judged(session, program)
    flights, weather = found["flights"], found["weather"]
    assert (broken(flights), broken(weather)) == (FLIGHTS, WEATHER)
    assert (flights.read, flights.passed + flights.quarantined) == (336_776, 336_776)
    assert (weather.quarantined, weather.passed) == (6, weather.read - 6)
    kept = session.read(program.ir, "dirt").to_pylist()
    assert len(kept) == flights.quarantined + weather.quarantined
    for rule, records in {**FLIGHTS, **WEATHER}.items():
        assert sum(rule in row["rules"] for row in kept) == records
    assert sum(row["departures"] for row in session.read(program.ir, "carriers").to_pylist()) == flights.passed
