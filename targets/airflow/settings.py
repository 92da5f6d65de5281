"""What `[targets.airflow]` asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from oftra.diagnostics import Report
from oftra.diagnostics.project import MissingOption
from oftra.diagnostics.targets import UnsupportedOption
from oftra.source import NOWHERE
from oftra.targets.openlineage import OPTION

Runner = Literal["duckdb", "spark_submit", "kubernetes"]
RUNNERS: tuple[Runner, ...] = ("duckdb", "spark_submit", "kubernetes")
ENGINES: Mapping[Runner, str] = {"duckdb": "duckdb", "spark_submit": "spark", "kubernetes": "duckdb"}
CONNECTIONS: Mapping[Runner, str] = {"duckdb": "", "spark_submit": "spark_default", "kubernetes": "kubernetes_default"}
_OF_PODS = ("image", "jobs", "namespace", "pod_template")
_TEXTS = ("root", "connection", "pool", *_OF_PODS)


@dataclass(frozen=True)
class Settings:
    """The options, with defaults: `root` is where relative paths start, `connection` that of the runner in Airflow.

    `pools` are those of Airflow of which jobs take a slot that use a connection, by its name; `pool` is that of others.
    With `openlineage` jobs tell of their runs. Pods are of an `image` in which the folders of jobs stand in `jobs`, and
    else as a file `pod_template` says.
    """

    runner: Runner = "duckdb"
    root: str = "."
    connection: str = ""
    pool: str | None = None
    pools: Mapping[str, str] = field(default_factory=dict)
    openlineage: bool = False
    image: str = ""
    jobs: str = "/jobs"
    namespace: str | None = None
    pod_template: str | None = None

    @property
    def runs_scripts(self) -> bool:
        """Whether jobs are scripts of DuckDB, beside what runs them."""
        return self.engine == "duckdb"

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
    settings = Settings(**given)  # type: ignore[arg-type]
    if settings.runner == "kubernetes" and not settings.image:
        report.add(MissingOption("image", "[targets.airflow]", "the image that pods are made of", span=NOWHERE))
    for name in _OF_PODS if settings.runner != "kubernetes" else ():
        if name in given:
            report.add(
                UnsupportedOption(f'[targets.airflow] runner = "{settings.runner}"', name, str(given[name]), "airflow")
            )
    return replace(settings, connection=settings.connection or CONNECTIONS[settings.runner])


def _fits(name: str, value: object) -> bool:
    match value:
        case bool():
            return name == OPTION
        case str():
            return value in RUNNERS if name == "runner" else name in _TEXTS and bool(value)
        case dict():
            return name == "pools" and all(one and isinstance(one, str) for one in value.values())
        case _:
            return False
