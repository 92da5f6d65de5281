"""`manifest.json`: which lines of the script come from where in the program, and what relations it builds."""

from collections.abc import Mapping, Sequence
from json import dumps

from oftra.datatypes import DataType, show
from oftra.ir.expr import Column
from oftra.ir.program import Program
from oftra.targets.document import Origin
from oftra.targets.duckdb.script import Script


def manifest(program: Program, script: Script, path: str, origins: tuple[Origin, ...]) -> str:
    """The manifest as JSON, an entry a line.

    Each of `lines` is the first and the last line of the script, then the input by its position and the code points
    in it, from and to, that those lines come from; outer ones stand before those inside them.
    """
    types: dict[DataType, str] = {}
    relations = []
    for part in script.parts:
        relation = program.by_name.get(part.name)
        if part.kind in ("head", "rules", "sink") or relation is None:
            continue
        columns = [_column(column, types) for column in relation.columns]
        relations.append({"name": relation.name, "kind": relation.kind, "columns": columns})
    files = {file: at for at, file in enumerate(program.files)}
    lines = ",\n".join(
        [
            f"    [{first}, {last}, {files[span.file]}, {span.start}, {span.end}]"
            for first, last, span in origins
            if span.file in files
        ]
    )
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
        f'"lines": [\n{lines}\n  ]' if lines else '"lines": []',
    ]
    return "{\n  " + ",\n  ".join(parts) + "\n}\n"


def _column(column: Column, types: dict[DataType, str]) -> dict[str, object]:
    type_ = types.get(column.type) or _shown(types, column.type)
    return {"name": column.name, "type": type_, "nullable": column.nullable}


def _shown(types: dict[DataType, str], type_: DataType) -> str:
    shown = types[type_] = show(type_)
    return shown


def _listed(name: str, entries: Sequence[Mapping[str, object]]) -> str:
    if not entries:
        return f'"{name}": []'
    inside = ",\n".join([f"    {dumps(entry, ensure_ascii=False)}" for entry in entries])
    return f'"{name}": [\n{inside}\n  ]'
