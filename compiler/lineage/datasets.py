"""What a program reads and stores as datasets of OpenLineage: what each is called, its columns, what these are made of.

Names are as its specification has them: https://openlineage.io/docs/spec/naming.
"""

import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from oftra.connectors import SUFFIX, format_of
from oftra.datatypes import show
from oftra.ir.expr import Cast, Expr, Literal, Runtime
from oftra.ir.options import text
from oftra.ir.program import Connection, Option, Program, Relation, Sink
from oftra.ir.rel import Scan
from oftra.ir.walk import every_rel
from oftra.lineage.columns import ColumnName, Origins, direct_lineage

PRODUCER = "urn:oftra:compiler"
"""Who says so, as the specification wants it."""

Facet = dict[str, Any]

_JDBC = re.compile(r"jdbc:postgres(?:ql)?://(?P<host>[^:/]+)(?::(?P<port>\d+))?/(?P<name>[^?]+)")
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[^/]*)/?(?P<path>.*)")


def facet(name: str, version: str, **fields: object) -> Facet:
    """A facet, with where its schema is."""
    url = f"https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": url, **fields}


class Datasets:
    """The sources, tables and sinks of a typed program, whose relative paths start from `root`.

    `values` are those that a run was given, `environment` its variables: connections may read both.
    """

    def __init__(self, program: Program, root: str, values: Mapping[str, Expr], environment: Mapping[str, str]) -> None:
        self.program, self.root = program, root
        self.values, self.environment = values, environment
        self.sinks = {sink.name: sink for sink in program.sinks}

    def of(self, name: str) -> dict[str, Any]:
        """A source, table or sink: its namespace, its name, and the facets that are known without a run."""
        namespace, path = self.named(name)
        relation = self._relation(name)
        documented = self.sinks[name].description if name in self.sinks else relation.description
        facets = {"schema": facet("SchemaDatasetFacet", "1-2-0", fields=list(_fields(relation)))}
        if documented:
            facets["documentation"] = facet("DocumentationDatasetFacet", "1-1-0", description=documented)
        return {"namespace": namespace, "name": path, "facets": facets}

    def made(self, name: str) -> dict[str, Any]:
        """The same of what is stored, with the columns of other datasets that its own are made of."""
        found = self.of(name)
        fields = {column: self._inputs(origins) for column, origins in self._origins(name).items()}
        found["facets"]["columnLineage"] = facet("ColumnLineageDatasetFacet", "1-2-0", fields=fields)
        return found

    def read_by(self, name: str) -> tuple[str, ...]:
        """The sources and tables that a table or sink is made of, whatever views stand between them."""
        if name in self.sinks and self._relation(name).kind != "view":
            return (self.sinks[name].relation,)
        return tuple(sorted(self._read[self._relation(name).name]))

    def named(self, name: str) -> tuple[str, str]:
        """The namespace and the name of what is stored, or read, under a relation's or sink's name."""
        sink = self.sinks.get(name)
        one: Relation | Sink = self.program.by_name[name] if sink is None else sink
        connection = self.program.connections[one.connection or ""]
        own = self._text(one.options.get("path"))
        called = self._text(one.options.get("table")) or one.physical or name.rpartition(".")[2]
        match connection.kind:
            case "kafka":
                first = self._text(connection.options.get("bootstrap_servers")).partition(",")[0]
                return f"kafka://{first}", self._text(one.options.get("topic"))
            case "jdbc":
                return self._of_database(connection, called)
            case "files":
                return self._placed(connection, own or self._file(name, one, connection))
            case "delta" if connection.options.get("root") is not None:
                return self._placed(connection, own or called)
            case "duckdb":
                return self._located(self._text(connection.options.get("path"), f"{connection.name}.duckdb"), called)
            case _:
                first = self._text(connection.options.get("catalog")) or connection.name
                schema = self._text(one.options.get("schema")) or self._text(connection.options.get("schema"))
                return connection.kind, ".".join([part for part in (first, schema, called) if part])

    # -------------------------------------------------------------------------------------------------- where it is

    def _file(self, name: str, one: Relation | Sink, connection: Connection) -> str:
        return (one.physical or name).replace(".", "/") + SUFFIX[format_of(one.options, connection)]

    def _placed(self, connection: Connection, path: str) -> tuple[str, str]:
        root = self._text(connection.options.get("root"))
        return self._located(path if path.startswith("/") or not root else f"{root.rstrip('/')}/{path}")

    def _located(self, path: str, *inside: str) -> tuple[str, str]:
        """A path as the spec has it: below the bucket, or from the root of the file system; a table stands behind."""
        match = _SCHEME.match(path)
        if match is not None and match["scheme"] != "file":
            scheme = "s3" if match["scheme"] in ("s3a", "s3n") else match["scheme"]
            return f"{scheme}://{match['host']}", "#".join((match["path"], *inside))
        local = path.removeprefix("file://") if match is not None else path
        return "file", "#".join((os.path.normpath(os.path.join(os.path.abspath(self.root), local)), *inside))

    def _of_database(self, connection: Connection, table: str) -> tuple[str, str]:
        url = self._text(connection.options.get("url"))
        match = _JDBC.match(url)
        if match is None:
            return "jdbc", table
        schema = self._text(connection.options.get("schema"), "public")
        qualified = table if "." in table else f"{schema}.{table}"
        return f"postgres://{match['host']}:{match['port'] or 5432}", f"{match['name']}.{qualified}"

    def _text(self, option: Option, default: str = "") -> str:
        """A text that may be known only in a run."""
        if not isinstance(option, Runtime):
            return text(option) or default
        if option.kind == "env" and option.name in self.environment:
            return self.environment[option.name]
        given: Expr | None = self.values.get(option.name) if option.kind == "param" else None
        declared = next((param.default for param in self.program.params if param.name == option.name), None)
        for found in (given, option.default, declared):
            while isinstance(found, Cast):
                found = found.operand
            if isinstance(found, Literal) and found.value is not None:
                return str(found.value)
        return default

    # ---------------------------------------------------------------------------------------------- what it is made of

    def _relation(self, name: str) -> Relation:
        return self.program.by_name[self.sinks[name].relation if name in self.sinks else name]

    @cached_property
    def _read(self) -> Mapping[str, frozenset[str]]:
        """For each relation the sources and tables that it reads, views being none of these."""
        found: dict[str, frozenset[str]] = {}
        for relation in self.program.relations:
            scans = {part.relation for part in every_rel(relation.rel) if isinstance(part, Scan)} | {*relation.feeds}
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

    def _origins(self, name: str) -> dict[str, Origins]:
        relation = self._relation(name)
        columns = [column.name for column in relation.columns]
        if name in self.sinks and self._is_stored(relation.name):
            return {column: frozenset({(relation.name, column)}) for column in columns}
        return {column: self._columns[relation.name, column] for column in columns}

    def _inputs(self, origins: Origins) -> dict[str, Any]:
        fields = []
        for relation, column in sorted(origins):
            namespace, name = self.named(relation)
            made = [{"type": "DIRECT"}]
            fields.append({"namespace": namespace, "name": name, "field": column, "transformations": made})
        return {"inputFields": fields}


def _fields(relation: Relation) -> Iterator[dict[str, str]]:
    for column in relation.columns:
        described = relation.column_descriptions.get(column.name)
        yield {
            "name": column.name,
            "type": show(column.type),
            **({"description": described} if described else {}),
        }
