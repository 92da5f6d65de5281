"""The relations of a connection of the program: files in its folder, tables of its database."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from oftra.importing.data import FORMATS, READERS, Draft, literal, quoted
from oftra.importing.left import Left
from oftra.ir.expr import Literal, Runtime
from oftra.ir.program import Connection, Word
from oftra.syntax import nodes

if TYPE_CHECKING:
    import duckdb


class Place(NamedTuple):
    """A relation: what it is called, what its rows say, and the options of a source that reads them."""

    name: str
    draft: Draft
    options: dict[str, nodes.Expr]


def places_of(connection: Connection, root: str, session: "duckdb.DuckDBPyConnection") -> Iterator[Place]:
    """All that is there to read; relative paths start from `root`."""
    match connection.kind:
        case "files":
            yield from _files(connection, os.path.join(root, _text(connection, "root") or "."), session)
        case "duckdb" | "catalog":
            path = _text(connection, "path" if connection.kind == "duckdb" else "attach")
            if path is None:
                raise Left(f"a `{connection.kind}` connection that doesn't say where its database is")
            yield from _tables(connection, os.path.join(root, path), session)
        case kind:
            raise Left(f"a `{kind}` connection")


def _text(connection: Connection, option: str) -> str | None:
    """An option's value; one of the run is what it would be now."""
    match connection.options.get(option):
        case str() as value:
            return value
        case Runtime("env", name, _, default):
            found = os.environ.get(name)
            if found is None and not isinstance(default, Literal):
                raise Left(f"a `{option}` that the environment variable `{name}` holds, which is not set")
            return found if found is not None else str(default.value) if isinstance(default, Literal) else None
        case Runtime():
            raise Left(f"a `{option}` that only a run knows")
        case _:
            return None


def _files(connection: Connection, folder: str, session: "duckdb.DuckDBPyConnection") -> Iterator[Place]:
    usual = connection.options.get("format")
    for file in sorted(os.listdir(folder)):
        stem, ending = os.path.splitext(file)
        reader = READERS.get(ending.lower())
        if reader is None or file.startswith((".", "_")):
            continue
        path = os.path.join(folder, file)
        # A table that an engine wrote in parts is a folder.
        written = os.path.join(path, f"*{ending}") if os.path.isdir(path) else path
        options: dict[str, nodes.Expr] = {"path": nodes.String(file)}
        if not isinstance(usual, Word) or usual.text != FORMATS[reader]:
            options["format"] = nodes.Column(nodes.Name(FORMATS[reader]))
        yield Place(stem, Draft(session, f"{reader}({literal(written)})"), options)


def _tables(connection: Connection, path: str, session: "duckdb.DuckDBPyConnection") -> Iterator[Place]:
    session.execute(f"attach {literal(path)} as imported (read_only)")
    own = _text(connection, "schema")
    asked = "select schema_name, table_name from duckdb_tables() where database_name = 'imported' order by all"
    for schema, table in session.execute(asked).fetchall():
        if own is not None and schema != own:
            continue
        options: dict[str, nodes.Expr] = {"table": nodes.String(table)}
        if schema != (own or "main"):
            options["schema"] = nodes.String(schema)
        yield Place(table, Draft(session, f"imported.{quoted(schema)}.{quoted(table)}"), options)
