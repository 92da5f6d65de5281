"""What a program reads and stores as datasets of OpenLineage: what each is called, its columns, what these are made of.

Names are as its specification has them: https://openlineage.io/docs/spec/naming. Of a name that only a run can know it
is said what it is made of; the run tells of it by `OpenLineage` of `events`.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from oftra.connectors import SUFFIX, format_of
from oftra.datatypes import show
from oftra.ir.expr import Cast, Literal, Runtime
from oftra.ir.options import text
from oftra.ir.program import Connection, Option, Program, Relation, Sink
from oftra.ir.rel import Scan
from oftra.ir.walk import every_rel
from oftra.lineage.columns import ColumnName, Origins, direct_lineage
from oftra.lineage.events import PRODUCER

Place = Mapping[str, "str | Mapping[str, str]"]
"""The parts of a name: texts, or the variable or param that a run takes one from, with a default."""


class Datasets:
    """The sources, tables and sinks of a typed program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.sinks = {sink.name: sink for sink in program.sinks}

    def known(self, job: str, outputs: Collection[str] | None = None, streams: Collection[str] = ()) -> dict[str, Any]:
        """What is known without a run of the tables and sinks that are stored, or `outputs` of these, as JSON has it.

        The run is called `job`; of the outputs some run as `streams`.
        """
        stored = [one.name for one in self.program.relations if one.kind == "table" and self._is_stored(one.name)]
        names = [name for name in (*stored, *self.sinks) if outputs is None or name in outputs]
        reads = {name: self._read_by(name) for name in names}
        columns = {name: self._made_of(name) for name in names}
        origins = [one for made in columns.values() for found in made.values() for one, _ in found]
        used = [*names, *[one for name in names for one in reads[name]], *origins]
        return {
            "producer": PRODUCER,
            "program": self.program.name,
            "job": job,
            "streams": [name for name in names if name in streams],
            "outputs": {name: {"reads": reads[name], "columns": columns[name]} for name in names},
            "datasets": {name: self._dataset(name) for name in dict.fromkeys(used)},
        }

    def _dataset(self, name: str) -> dict[str, Any]:
        """A source, table or sink: where it is, its description and its columns."""
        relation = self._relation(name)
        documented = self.sinks[name].description if name in self.sinks else relation.description
        described = {"description": documented} if documented else {}
        return {"place": self._place(name), **described, "columns": list(_fields(relation))}

    # -------------------------------------------------------------------------------------------------- where it is

    def _place(self, name: str) -> Place:
        """What says where that is which is stored, or read, under a relation's or sink's name."""
        sink = self.sinks.get(name)
        one: Relation | Sink = self.program.by_name[name] if sink is None else sink
        connection = self.program.connections[one.connection or ""]
        of, given = connection.options, one.options
        table = self._part(given.get("table")) or one.physical or name.rpartition(".")[2]
        path = self._part(given.get("path"))
        schema = self._part(given.get("schema"))
        match connection.kind:
            case "kafka":
                return {"servers": self._part(of.get("bootstrap_servers")), "topic": self._part(given.get("topic"))}
            case "jdbc":
                return {"url": self._part(of.get("url")), "schema": self._part(of.get("schema")), "table": table}
            case "files":
                return {"root": self._part(of.get("root")), "path": path or _file(name, one, connection)}
            case "delta" if of.get("root") is not None:
                return {"root": self._part(of.get("root")), "path": path or table}
            case "duckdb":
                return {"path": self._part(of.get("path")) or f"{connection.name}.duckdb", "table": table}
            case kind:
                catalog = self._part(of.get("catalog")) or connection.name
                own = {"catalog": catalog, "schema": schema or self._part(of.get("schema")), "table": table}
                return {"kind": kind, **own}

    def _part(self, option: Option) -> str | Mapping[str, str]:
        """A text, or what a run takes it from; an empty text for none."""
        if not isinstance(option, Runtime):
            return text(option) or ""
        declared = next((param.default for param in self.program.params if param.name == option.name), None)
        default = ""
        for found in (declared if option.kind == "param" else None, option.default):
            while isinstance(found, Cast):
                found = found.operand
            if isinstance(found, Literal) and found.value is not None:
                default = str(found.value)
        return {option.kind: option.name, "default": default} if option.kind in ("env", "param") else default

    # ---------------------------------------------------------------------------------------------- what it is made of

    def _relation(self, name: str) -> Relation:
        return self.program.by_name[self.sinks[name].relation if name in self.sinks else name]

    def _read_by(self, name: str) -> list[str]:
        """The sources and tables that a table or sink is made of, whatever views stand between them."""
        relation = self._relation(name).name
        return [relation] if name in self.sinks and self._is_stored(relation) else sorted(self._read[relation])

    @cached_property
    def _read(self) -> Mapping[str, frozenset[str]]:
        """For each relation the sources and tables that it reads, views being none of these."""
        found: dict[str, frozenset[str]] = {}
        for relation in self.program.relations:
            scans = {part.relation for part in every_rel(relation.rel) if isinstance(part, Scan)} | {
                *relation.feeds,
                *relation.late_of,
            }
            stored = [name for name in scans if self._is_stored(name)]
            through = [found[name] for name in scans if not self._is_stored(name)]
            found[relation.name] = frozenset(stored).union(*through)
        return found

    @cached_property
    def _columns(self) -> Mapping[ColumnName, Origins]:
        """For each column the columns of sources and tables that it is made of."""
        found: dict[ColumnName, Origins] = {}
        for column, steps in direct_lineage(self.program).items():
            parts = [frozenset({step}) if self._is_stored(step[0]) else found.get(step, frozenset()) for step in steps]
            found[column] = frozenset[ColumnName]().union(*parts)
        return found

    def _is_stored(self, name: str) -> bool:
        relation = self.program.by_name[name]
        return relation.kind != "view" and relation.connection is not None

    def _made_of(self, name: str) -> dict[str, list[ColumnName]]:
        """For each column those of sources and tables that it is made of."""
        relation = self._relation(name)
        columns = [column.name for column in relation.columns]
        if name in self.sinks and self._is_stored(relation.name):
            return {column: [(relation.name, column)] for column in columns}
        return {column: sorted(self._columns[relation.name, column]) for column in columns}


def _file(name: str, one: Relation | Sink, connection: Connection) -> str:
    return (one.physical or name).replace(".", "/") + SUFFIX[format_of(one.options, connection)]


def _fields(relation: Relation) -> Iterator[dict[str, str]]:
    for column in relation.columns:
        described = relation.column_descriptions.get(column.name)
        yield {
            "name": column.name,
            "type": show(column.type),
            **({"description": described} if described else {}),
        }
