"""A bundle of Databricks: `databricks.yml`, and a file for each job."""

from collections.abc import Iterator, Mapping

from oftra.ir.program import Program
from oftra.targets.databricks.as_yaml import Plain, document
from oftra.targets.databricks.variables import Variables
from oftra.targets.manifest import made_by
from oftra.targets.pyspark.naming import identifier

DEVELOPMENT = ("dev", "development", "quick", "test", "local")
PRODUCTION = ("prod", "production")


def bundle_files(
    program: Program,
    jobs: Mapping[str, Mapping[str, Plain]],
    variables: Variables,
    pipelines: Mapping[str, Mapping[str, Plain]] | None = None,
) -> Iterator[tuple[str, str]]:
    """The files of the bundle, by path: jobs, and pipelines in the declarative form."""
    head = made_by(program)
    whole: dict[str, Plain] = {
        "bundle": {"name": identifier(program.name)},
        "include": ["resources/*.yml"],
    }
    if variables.entries:
        whole["variables"] = dict(variables.entries)
    whole["targets"] = dict(_targets(program))
    yield "databricks.yml", document(whole, head)
    for name, fields in (pipelines or {}).items():
        yield f"resources/{name}.pipeline.yml", document({"resources": {"pipelines": {name: fields}}}, head)
    for name, fields in jobs.items():
        yield f"resources/{name}.job.yml", document({"resources": {"jobs": {name: fields}}}, head)


def _targets(program: Program) -> Iterator[tuple[str, Plain]]:
    """Where it may be deployed: for the environment that it was compiled for; without one to try it, or for good."""
    if program.env is None:
        yield "dev", {"mode": "development", "default": True}
        yield "prod", _production()
    elif program.env in PRODUCTION:
        yield program.env, {**_production(), "default": True}
    elif program.env in DEVELOPMENT:
        yield program.env, {"mode": "development", "default": True}
    else:
        yield identifier(program.env), {"default": True}


def _production() -> dict[str, Plain]:
    root = "/Workspace/Shared/.bundle/${bundle.name}/${bundle.target}"
    return {"mode": "production", "workspace": {"root_path": root}}
