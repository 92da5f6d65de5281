"""What starts a job that waits for tables or files of others."""

import re

from oftra.diagnostics import Report
from oftra.diagnostics.databricks import NotWatched
from oftra.ir.options import text
from oftra.ir.program import Connection, Pipeline, Program, Relation, Word
from oftra.targets.databricks.as_yaml import Plain
from oftra.targets.databricks.settings import Settings
from oftra.targets.databricks.variables import REFERENCE, Variables
from oftra.targets.pyspark.places import root_of

_OWN = re.compile(r"^\$\{var\.(root|catalog)\}")


def trigger_of(
    pipeline: Pipeline, program: Program, settings: Settings, variables: Variables, report: Report
) -> dict[str, Plain] | None:
    """The trigger of a pipeline that runs on updates of others' tables or files; None if there is none (reported)."""
    tables: list[Plain] = []
    folders: list[str] = []
    for item in _listed(pipeline):
        relation = program.by_name.get(item.text)
        connection = program.connections.get(relation.connection or "") if relation is not None else None
        if relation is None or connection is None:
            report.add(NotWatched(item.text, "it is stored nowhere", span=item.span))
            continue
        match connection.kind:
            case "catalog" | "delta" if connection.options.get("root") is None:
                name = _table(relation, connection, settings, variables)
                if name is None:
                    report.add(NotWatched(item.text, "the catalog of its connection isn't named", span=item.span))
                else:
                    tables.append(name)
            case "files" | "delta" if not isinstance(root_of(connection), str):
                report.add(NotWatched(item.text, "its folder is known only when it runs", span=item.span))
            case "files" | "delta":
                folders.append(_folder(relation, connection, settings, variables))
            case kind:
                report.add(NotWatched(item.text, f"it is in a `{kind}` connection", span=item.span))
    for watched in (*tables, *folders):
        name = str(watched)
        if REFERENCE.search(_OWN.sub("", name)) is not None:
            report.add(NotWatched(name, "its name would be taken for a reference", span=pipeline.span))
    waits_for_all = pipeline.options.get("wait_for") == Word("all")
    if len(folders) > 1 and waits_for_all:
        report.add(NotWatched(pipeline.name, "files of any of them start it, not of all", span=pipeline.span))
        return None
    if len(set(folders)) > 1 or (folders and tables):
        report.add(NotWatched(pipeline.name, "a job watches tables, or one folder", span=pipeline.span))
        return None
    if folders:
        return {"file_arrival": {"url": folders[0]}}
    condition = "ALL_UPDATED" if waits_for_all else "ANY_UPDATED"
    return {"table_update": {"table_names": tables, "condition": condition}} if tables else None


def _listed(pipeline: Pipeline) -> tuple[Word, ...]:
    value = pipeline.options.get("on_update_of")
    items = value if isinstance(value, tuple) else (value,)
    return tuple([one for one in items if isinstance(one, Word)])


def _table(relation: Relation, connection: Connection, settings: Settings, variables: Variables) -> str | None:
    """A table by catalog, schema and name."""
    schema = text(relation.options.get("schema")) or text(connection.options.get("schema"))
    folder, _, short = relation.name.rpartition(".")
    catalog = text(connection.options.get("catalog"))
    if catalog is None and settings.catalog is not None:
        catalog = variables.add("catalog", "The catalog of tables that name none", settings.catalog)
    schema = schema or folder.replace(".", "_")
    if not catalog or not schema:
        return None
    return f"{catalog}.{schema}.{text(relation.options.get('table')) or relation.physical or short}"


def _folder(relation: Relation, connection: Connection, settings: Settings, variables: Variables) -> str:
    """The folder that files come into, with the slash at its end that Databricks asks for."""
    path = text(relation.options.get("path")) or f"{relation.physical or relation.name.replace('.', '/')}/"
    pattern = min([at for mark in "*?[{" if (at := path.find(mark)) >= 0], default=len(path))
    folder = path[:pattern].rpartition("/")[0].removeprefix("./")
    root = root_of(connection)
    if not _is_whole(folder) and isinstance(root, str) and root not in ("", "."):
        folder = f"{root.rstrip('/')}/{folder}".removeprefix("./").rstrip("/")
    if not _is_whole(folder):
        before = variables.add("root", "Where relative paths start", settings.root)
        folder = f"{before}/{folder}" if folder else before
    return folder.rstrip("/") + "/"


def _is_whole(path: str) -> bool:
    return ":/" in path or path.startswith("/")
