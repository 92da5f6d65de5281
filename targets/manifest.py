"""What files tell of themselves: which lines come from where in the program, and what relations they build."""

from collections.abc import Collection, Mapping, Sequence
from json import dumps

from oftra.datatypes import DataType, show
from oftra.ir.expr import Column
from oftra.ir.program import Program
from oftra.source import Span
from oftra.targets.document import Origin


def manifest(program: Program, names: Collection[str], path: str, origins: tuple[Origin, ...]) -> str:
    """The manifest as JSON, an entry a line, of a script at `path` that builds the relations and sinks `names`.

    A place is an input by its position and the code points in it, from and to. Each of `lines` is the first and the
    last line of the script, then the place that those lines come from, and the line of the input in which that begins;
    outer ones stand before those inside them. `at` is the place where a relation or sink is declared. An input's hash
    is the SHA-256 of its text.
    """
    types: dict[DataType, str] = {}
    files = {file: at for at, file in enumerate(program.files)}
    relations = []
    for relation in program.relations:
        if relation.name in names:
            columns = [_column(column, types) for column in relation.columns]
            at = _place(relation.span, files)
            relations.append({"name": relation.name, "kind": relation.kind, **at, "columns": columns})
    lines = ",\n".join(
        [
            f"    [{first}, {last}, {files[span.file]}, {span.start}, {span.end}, {program.line_of(span)}]"
            for first, last, span in origins
            if span.file in files
        ]
    )
    sinks = [
        {"name": sink.name, "relation": sink.relation, **_place(sink.span, files)}
        for sink in program.sinks
        if sink.name in names
    ]
    inputs = [{"path": file, "hash": program.hashes.get(file, "")} for file in program.files]
    parts = [
        f'"program": {dumps(program.name)}',
        _listed("inputs", inputs),
        _listed("relations", relations),
        _listed("sinks", sinks),
        f'"script": {dumps(path)}',
        f'"lines": [\n{lines}\n  ]' if lines else '"lines": []',
    ]
    return "{\n  " + ",\n  ".join(parts) + "\n}\n"


def _place(span: Span, files: Mapping[str, int]) -> dict[str, list[int]]:
    return {"at": [files[span.file], span.start, span.end]} if span.file in files else {}


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


def made_by(program: Program) -> str:
    """The line at the head of what is made of a program, on one line whatever files are called."""
    most = 6
    named = ", ".join(program.files[:most]) or program.name
    if len(program.files) > most:
        named += f" and {len(program.files) - most} more"
    return f"Made by oftra from {' '.join(named.split())}: edits belong there."
