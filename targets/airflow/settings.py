"""What `[targets.airflow]` asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from oftra.diagnostics import Report
from oftra.diagnostics.project import MissingOption
from oftra.diagnostics.targets import UnsupportedOption
from oftra.source import NOWHERE
from oftra.targets.openlineage import OPTION

Runner = Literal["duckdb", "spark_submit", "kubernetes", "flink_gateway", "databricks"]
ENGINES: Mapping[Runner, str] = {
    "duckdb": "duckdb",
    "spark_submit": "spark",
    "kubernetes": "duckdb",
    "flink_gateway": "flink",
    "databricks": "notebooks",
}
CONNECTIONS: Mapping[Runner, str] = {
    "duckdb": "",
    "spark_submit": "spark_default",
    "kubernetes": "kubernetes_default",
    "flink_gateway": "flink_default",
    "databricks": "databricks_default",
}
OWN: Mapping[str, tuple[Runner, ...]] = {
    "connection": ("spark_submit", "kubernetes", "flink_gateway", "databricks"),
    "image": ("kubernetes",),
    "namespace": ("kubernetes",),
    "pod_template": ("kubernetes",),
    "jobs": ("kubernetes", "databricks"),
    "cluster": ("databricks",),
    OPTION: ("duckdb", "spark_submit", "kubernetes"),
}
"""Options that only some runners know."""
_TEXTS = ("root", "pool", *(name for name in OWN if name != OPTION))


@dataclass(frozen=True)
class Settings:
    """The options, with defaults: `root` is where relative paths start, `connection` that of the runner in Airflow.

    `pools` are those of Airflow of which jobs take a slot that use a connection, by its name; `pool` is that of others.
    With `openlineage` jobs tell of their runs. Pods are of an `image` in which the folders of jobs stand in `jobs`, and
    else as a file `pod_template` says. In a workspace of Databricks these stand in `jobs` too; they run on a `cluster`
    that is there, or on one made for each.
    """

    runner: Runner = "duckdb"
    root: str = "."
    connection: str = ""
    pool: str | None = None
    pools: Mapping[str, str] = field(default_factory=dict)
    openlineage: bool = False
    image: str = ""
    jobs: str = ""
    namespace: str | None = None
    pod_template: str | None = None
    cluster: str = ""

    @property
    def runs_scripts(self) -> bool:
        """Whether jobs are scripts of DuckDB, beside what runs them."""
        return self.engine == "duckdb"

    @property
    def engine(self) -> str:
        """What jobs are written for."""
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
    needed = {"kubernetes": ("image", "the image that pods are made of")}
    needed["databricks"] = ("jobs", "the folder of the workspace in which the folders of jobs stand")
    lacking, what = needed.get(settings.runner, ("", ""))
    if lacking and lacking not in given:
        report.add(MissingOption(lacking, "[targets.airflow]", what, span=NOWHERE))
    for name, runners in OWN.items():
        if name in given and settings.runner not in runners:
            where = f'[targets.airflow] runner = "{settings.runner}"'
            report.add(UnsupportedOption(where, name, str(given[name]), "airflow"))
    jobs = settings.jobs or ("/jobs" if settings.runner == "kubernetes" else "")
    return replace(settings, jobs=jobs, connection=settings.connection or CONNECTIONS[settings.runner])


def _fits(name: str, value: object) -> bool:
    match value:
        case bool():
            return name == OPTION
        case str():
            return value in ENGINES if name == "runner" else name in _TEXTS and bool(value)
        case dict():
            return name == "pools" and all(one and isinstance(one, str) for one in value.values())
        case _:
            return False
