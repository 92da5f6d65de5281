"""`manifest.json`: which lines of the script come from where in the program, and what relations it builds."""

from collections.abc import Mapping, Sequence
from json import dumps

from oftra.datatypes import show
from oftra.ir.program import Program
from oftra.targets.document import Origin
from oftra.targets.duckdb.script import Script


def manifest(program: Program, script: Script, path: str, origins: tuple[Origin, ...]) -> str:
    """The manifest as JSON, an entry a line."""
    relations = []
    for part in script.parts:
        relation = program.by_name.get(part.name)
        if part.kind in ("head", "rules", "sink") or relation is None:
            continue
        columns = [
            {"name": column.name, "type": show(column.type), "nullable": column.nullable} for column in relation.columns
        ]
        relations.append({"name": relation.name, "kind": relation.kind, "columns": columns})
    lines = [
        {"first": first, "last": last, "file": span.file, "start": span.start, "end": span.end}
        for first, last, span in origins
    ]
    sinks = [
        {"name": sink.name, "relation": sink.relation}
        for sink in program.sinks
        if any(part.name == sink.name for part in script.parts)
    ]
    parts = [
        f'"program": {dumps(program.name)}',
        f'"inputs": {dumps(list(program.files))}',
        _listed("relations", relations),
        _listed("sinks", sinks),
        f'"script": {dumps(path)}',
        _listed("lines", lines),
    ]
    return "{\n  " + ",\n  ".join(parts) + "\n}\n"


def _listed(name: str, entries: Sequence[Mapping[str, object]]) -> str:
    if not entries:
        return f'"{name}": []'
    inside = ",\n".join([f"    {dumps(entry, ensure_ascii=False)}" for entry in entries])
    return f'"{name}": [\n{inside}\n  ]'
