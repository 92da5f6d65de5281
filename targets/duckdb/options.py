"""What the options of a program's connections, sources, tables and sinks come to."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from oftra.ir.expr import Runtime
from oftra.ir.program import Connection, Option, Options, Word
from oftra.targets.engines.duckdb.expressions import variable
from oftra.targets.sql import tree as sql

Settings: TypeAlias = Mapping[str, Option]

ENDINGS = {
    "parquet": "parquet",
    "pq": "parquet",
    "csv": "csv",
    "tsv": "csv",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
}
SUFFIX = {"parquet": ".parquet", "csv": ".csv", "json": ".jsonl"}


@dataclass
class Runtimes:
    """The values of the run that a script uses. Relative paths lie below `root` if one is given."""

    used: dict[str, Runtime] = field(default_factory=dict)
    root: str | None = None

    def value(self, runtime: Runtime) -> sql.Expr:
        """What stands for it in the script."""
        name = variable(runtime.kind, runtime.name)
        self.used.setdefault(name, runtime)
        return sql.Function("getvariable", (sql.Text(name),))

    def below(self, path: str) -> str:
        """`path`, from the root if it is relative."""
        if self.root is None or "://" in path:
            return path
        return os.path.normpath(os.path.join(self.root, path))


def word(option: Option, default: str = "") -> str:
    """A choice, however it was written."""
    match option:
        case Word(text):
            return text
        case str():
            return option
        case _:
            return default


def text(option: Option, default: str | None = None) -> str | None:
    """A text; None if it isn't given or not known yet."""
    return option if isinstance(option, str) else default


def words(option: Option) -> tuple[str, ...]:
    """A list of choices or columns; one alone is a list too."""
    match option:
        case tuple():
            return tuple([word(item) for item in option])
        case None:
            return ()
        case _:
            return (word(option),)


def given(own: Options, connection: Connection, name: str) -> Option:
    """An option of one data set, else of its connection."""
    found = own.get(name)
    return connection.options.get(name) if found is None else found


def place(connection: Connection, path: str, runtimes: Runtimes) -> sql.Expr:
    """A path below the connection's root, which may be known only when the script runs."""
    root = connection.options.get("root")
    match root:
        case Runtime():
            start: tuple[sql.Expr, ...] = (runtimes.value(root), sql.Text("/" + path))
            if runtimes.root is not None:
                start = (_from_root(runtimes, start[0]), start[1])
            return sql.Chain("||", start)
        case str() if root not in ("", ".") and not path.startswith("/"):
            joined = f"{root.rstrip('/')}/{path}"
            return sql.Text(runtimes.below(joined if "://" in joined else os.path.normpath(joined)))
        case _:
            return sql.Text(runtimes.below(path))


def _from_root(runtimes: Runtimes, path: sql.Expr) -> sql.Expr:
    """A path that is known only when the script runs, from the root if it is relative then."""
    absolute = sql.call("regexp_matches", path, sql.Text("^(/|[a-z0-9]+://)"))
    return sql.Case(((absolute, path),), sql.Chain("||", (sql.Text(f"{runtimes.root}/"), path)))


def format_of(own: Options, connection: Connection, path: str | None) -> str:
    """How rows are written there: as said of the data set, by the path's ending, else as the connection says."""
    chosen = own.get("format")
    if chosen is not None:
        return word(chosen)
    ending = "" if path is None else path.removesuffix(".gz").rpartition(".")[2].lower()
    return ENDINGS.get(ending) or word(connection.options.get("format"), "parquet")
