"""What the tables of a declarative pipeline are called: those in its own schema by their names alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oftra.ir.options import text, word
from oftra.ir.program import Connection, Program, Relation
from oftra.targets.engines.spark.datatypes import identifier

DEFAULT = "default"
"""The schema that there always is."""


@dataclass(frozen=True)
class Published:
    """The schema of a pipeline, its catalog if the program names one, and what each of its tables is called in it."""

    catalog: str | None
    schema: str
    names: Mapping[str, str]


def place_of(relation: Relation, connection: Connection) -> tuple[str | None, str, str]:
    """A table's catalog, if one is named, its schema and its name there."""
    folder, _, short = relation.name.rpartition(".")
    schema = text(relation.options.get("schema")) or text(connection.options.get("schema")) or folder.replace(".", "_")
    table = text(relation.options.get("table")) or relation.physical or short
    return text(connection.options.get("catalog")), schema or DEFAULT, table


def published(program: Program, tables: Iterable[str]) -> Published:
    """The names of `tables`, the first of which says where the pipeline is at home."""
    places = {name: _place(program, name) for name in tables}
    catalog, schema, _ = next(iter(places.values()), (None, DEFAULT, ""))
    names: dict[str, str] = {}
    for name, (own, inside, table) in places.items():
        parts = [table] if (own, inside) == (catalog, schema) else [own or "", inside, table]
        names[name] = ".".join([identifier(part) for part in parts if part])
    return Published(catalog, schema, names)


def _place(program: Program, name: str) -> tuple[str | None, str, str]:
    relation = program.by_name[name]
    return place_of(relation, program.connections[relation.connection or ""])


def is_published(connection: Connection) -> bool:
    """Whether tables of a connection are what a pipeline can make: such of a catalog, in the format that it has."""
    if connection.kind == "delta":
        return connection.options.get("root") is None
    return connection.kind == "catalog" and word(connection.options.get("format"), "delta") == "delta"
