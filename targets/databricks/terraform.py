"""The same jobs, notebooks and places of secrets for Terraform: files of its language instead of a bundle."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from oftra.ir.program import Program
from oftra.targets.databricks import hcl
from oftra.targets.databricks.as_yaml import Plain
from oftra.targets.databricks.bundle import DEVELOPMENT
from oftra.targets.databricks.jobs import shared_files
from oftra.targets.databricks.variables import Variables
from oftra.targets.manifest import made_by
from oftra.targets.pyspark.naming import Names, identifier

OWN = (
    "folder", "paused",
    "count", "depends_on", "for_each", "lifecycle", "locals", "providers", "source", "version",
)  # fmt: skip
"""Names that variables of a program can't have: two are taken, the others mean something to Terraform."""

VERSION = ">= 1.60"
SINGULAR = {
    "tasks": "task", "parameters": "parameter", "job_clusters": "job_cluster",
    "libraries": "library", "clusters": "cluster", "notifications": "notification",
}  # fmt: skip
MAPS = ("tags", "base_parameters", "spark_conf", "custom_tags", "configuration")
"""What is a value in a job or a pipeline; whatever else has parts is a block."""


def terraform_files(
    program: Program,
    jobs: Mapping[str, Mapping[str, Plain]],
    notebooks: Iterable[str],
    scopes: Iterable[str],
    variables: Variables,
    pipelines: Mapping[str, Mapping[str, Plain]] | None = None,
) -> Iterator[tuple[str, str]]:
    """The files, by path, for `notebooks` that lie below, or sources of `pipelines`, and the secret `scopes` that
    these ask for."""
    head = made_by(program)
    yield "main.tf", hcl.document(tuple(_main(notebooks, shared_files(program)["support"], scopes)), head)
    for name, fields in (pipelines or {}).items():
        yield f"{name}.pipeline.tf", hcl.document(tuple(_resource("pipeline", name, fields)), head)
    for name, fields in jobs.items():
        yield f"{name}.job.tf", hcl.document(tuple(_resource("job", name, fields)), head)
    yield "variables.tf", hcl.document(tuple(_variables(program, variables)), head)


def _main(notebooks: Iterable[str], support: str, scopes: Iterable[str]) -> Iterator[hcl.Block]:
    provider: dict[str, hcl.Value] = {"source": "databricks/databricks", "version": VERSION}
    yield hcl.Block("terraform", (hcl.Block("required_providers", (("databricks", provider),)),))
    for path in sorted(notebooks):
        file = PurePosixPath(path)
        is_file = file.stem == support or file.parent.name == "transformations"
        kind = "databricks_workspace_file" if is_file else "databricks_notebook"
        body: hcl.Body = (
            ("path", f"${{var.folder}}/{file.name if is_file else file.stem}"),
            ("source", hcl.Reference(f'"${{path.module}}/{path}"')),
        )
        yield hcl.Block("resource", body, (kind, file.stem))
    labels = Names()
    for scope in scopes:
        yield hcl.Block("resource", (("name", scope),), ("databricks_secret_scope", labels.free(identifier(scope))))


def _resource(kind: str, name: str, fields: Mapping[str, Plain]) -> Iterator[hcl.Block]:
    """A job, or a pipeline, and who may do what with it."""
    inside = {key: value for key, value in fields.items() if key != "permissions"}
    yield hcl.Block("resource", _body(inside), (f"databricks_{kind}", name))
    granted = fields.get("permissions")
    if isinstance(granted, list):
        controls = [
            hcl.Block("access_control", _body({who: one[who] for who in one if who != "level"} | _level(one)))
            for one in granted
            if isinstance(one, Mapping)
        ]
        about = (f"{kind}_id", hcl.Reference(f"databricks_{kind}.{name}.id"))
        label = name if kind == "job" else f"{name}_{kind}"
        yield hcl.Block("resource", (about, *controls), ("databricks_permissions", label))


def _level(granted: Mapping[str, Plain]) -> dict[str, Plain]:
    return {"permission_level": granted["level"]}


def _body(fields: Mapping[str, Plain]) -> hcl.Body:
    """What a block has: attributes first, then the blocks in it."""
    single: list[tuple[str, hcl.Value]] = []
    maps: list[tuple[str, hcl.Value]] = []
    blocks: list[hcl.Block] = []
    for name, value in fields.items():
        if isinstance(value, Mapping) and name in MAPS:
            maps.append((name, {key: _single(key, one) for key, one in value.items()}))
        elif isinstance(value, Mapping):
            blocks.append(hcl.Block(name, _body(value)))
        elif isinstance(value, list):
            inside = [one for one in value if isinstance(one, Mapping)]
            blocks += [hcl.Block(SINGULAR.get(name, name), _body(one)) for one in inside]
            if not inside:
                single.append((name, [_single(name, one) for one in value]))
        else:
            single.append((name, _single(name, value)))
    return (*single, *maps, *blocks)


def _single(name: str, value: Plain) -> hcl.Single:
    assert not isinstance(value, Mapping | list)
    if name == "pause_status":
        return hcl.Reference('var.paused ? "PAUSED" : "UNPAUSED"')
    if name == "notebook_path":
        return hcl.Reference(f"databricks_notebook.{PurePosixPath(str(value)).stem}.path")
    if name == "path":
        return hcl.Reference(f"databricks_workspace_file.{PurePosixPath(str(value)).stem}.path")
    if name == "pipeline_id":
        return hcl.Reference(f"databricks_pipeline.{str(value).split('.')[-2]}.id")
    return value


def _variables(program: Program, variables: Variables) -> Iterator[hcl.Block]:
    is_paused = program.env in DEVELOPMENT
    yield _variable("folder", "The folder of the workspace that notebooks go to", "string", f"/Shared/{program.name}")
    yield _variable("paused", "Whether schedules and triggers are paused", "bool", is_paused)
    for name, entry in variables.entries.items():
        default = entry.get("default")
        yield _variable(name, str(entry["description"]), "string", None if default is None else str(default))


def _variable(name: str, description: str, kind: str, default: str | bool | None) -> hcl.Block:
    body: list[tuple[str, hcl.Value] | hcl.Block] = [("description", description), ("type", hcl.Reference(kind))]
    if default is not None:
        body.append(("default", default))
    return hcl.Block("variable", tuple(body), (name,))
