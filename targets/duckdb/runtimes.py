"""Values of the run and places of files, as they stand in a script."""

import os
from dataclasses import dataclass, field

from oftra.ir.expr import Runtime
from oftra.ir.program import Connection
from oftra.targets.engines.duckdb.expressions import variable
from oftra.targets.sql import tree as sql


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
