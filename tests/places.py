"""Projects in folders, and what the engines make of them."""

from pathlib import Path
from typing import Any

import oftra
from oftra.diagnostics import Report
from oftra.driver import optimized
from oftra.project import installed
from oftra.target import Judged, Outcome, Session

ENGINES = ["duckdb", "spark"]


def engine_of(name: str) -> Any:
    """The engine of that name."""
    found = installed.find_engine(name, Report())
    assert found is not None
    return found


def compiled(project: Path, into: Path, target: str = "airflow") -> None:
    """Write what a target makes of the project `project` below `into`."""
    for path, text in oftra.load(str(project)).compile(target).items():
        place = into / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


class Place:
    """A project in a folder, and its runs on an engine."""

    def __init__(self, folder: Path, engine: Any) -> None:
        self.folder = folder
        self.engine = engine
        (folder / "data").mkdir()

    def write(self, files: dict[str, list[str]]) -> None:
        for name, lines in files.items():
            path = self.folder / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def load(self, program: str) -> None:
        (self.folder / "program.oftra").write_text(program, encoding="utf-8")
        self.program = oftra.load(self.folder)

    def session(self) -> Session:
        session: Session = self.engine.open(str(self.folder))
        return session

    def run(self, *only: str) -> Outcome:
        return self.session().run(optimized(self.program.ir), only or None, {}, lambda _: None)

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.session().read(self.program.ir, table).to_pylist()

    def query(self, text: str) -> list[dict[str, Any]]:
        return self.program.query(text, engine=self.engine.name).to_pylist()


def judged(outcome: Outcome, name: str) -> Judged:
    """What rules found in a relation. Whatever they did, what was read is what became of it."""
    (found,) = [run.judged for run in outcome.relations if run.name == name]
    assert found is not None
    assert found.read == found.passed + found.dropped + found.quarantined
    return found


def broken(found: Judged) -> dict[str, int]:
    """How many records break each rule, of the rules that are broken."""
    return {rule.name: rule.records for rule in found.rules if rule.records}


def ids(rows: list[dict[str, Any]]) -> list[Any]:
    return sorted([row["id"] for row in rows if row["id"] is not None])


def timeless(told: Any) -> Any:
    """What is told, without when it was and how long it took."""
    match told:
        case dict():
            return {name: timeless(value) for name, value in told.items() if name not in ("seconds", "read_at")}
        case list():
            return [timeless(value) for value in told]
        case _:
            return told
