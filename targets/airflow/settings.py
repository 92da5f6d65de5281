"""What `[targets.airflow]` asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOption

Runner = Literal["duckdb", "spark_submit"]
RUNNERS: tuple[Runner, ...] = ("duckdb", "spark_submit")
ENGINES: Mapping[Runner, str] = {"duckdb": "duckdb", "spark_submit": "spark"}
_TEXTS = ("root", "connection")


@dataclass(frozen=True)
class Settings:
    """The options, with defaults: `root` is where relative paths start, `connection` is Spark's in Airflow."""

    runner: Runner = "duckdb"
    root: str = "."
    connection: str = "spark_default"

    @property
    def engine(self) -> str:
        """The engine that jobs are written for."""
        return ENGINES[self.runner]


def settings_of(options: Mapping[str, object], report: Report) -> Settings:
    """The options that were given; those that mean nothing are reported."""
    given: dict[str, object] = {}
    for name, value in options.items():
        if (name == "runner" and value in RUNNERS) or (name in _TEXTS and isinstance(value, str) and value):
            given[name] = value
        else:
            report.add(UnsupportedOption("[targets.airflow]", name, str(value), "airflow"))
    return Settings(**given)  # type: ignore[arg-type]
