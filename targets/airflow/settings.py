"""What `[targets.airflow]` asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOption

Runner = Literal["duckdb", "spark_submit"]
RUNNERS: tuple[Runner, ...] = ("duckdb", "spark_submit")
ENGINES: Mapping[Runner, str] = {"duckdb": "duckdb", "spark_submit": "spark"}
_TEXTS = ("root", "connection", "pool")


@dataclass(frozen=True)
class Settings:
    """The options, with defaults: `root` is where relative paths start, `connection` is Spark's in Airflow.

    `pools` are those of Airflow of which jobs take a slot that use a connection, by its name; `pool` is that of others.
    """

    runner: Runner = "duckdb"
    root: str = "."
    connection: str = "spark_default"
    pool: str | None = None
    pools: Mapping[str, str] = field(default_factory=dict)

    @property
    def engine(self) -> str:
        """The engine that jobs are written for."""
        return ENGINES[self.runner]


def settings_of(options: Mapping[str, object], report: Report) -> Settings:
    """The options that were given; those that mean nothing are reported."""
    given: dict[str, object] = {}
    for name, value in options.items():
        if _fits(name, value):
            given[name] = value
        else:
            report.add(UnsupportedOption("[targets.airflow]", name, str(value), "airflow"))
    return Settings(**given)  # type: ignore[arg-type]


def _fits(name: str, value: object) -> bool:
    match value:
        case str():
            return value in RUNNERS if name == "runner" else name in _TEXTS and bool(value)
        case dict():
            return name == "pools" and all(one and isinstance(one, str) for one in value.values())
        case _:
            return False
