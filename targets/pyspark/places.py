"""Where data lies: paths below a connection's root, names of tables in a catalog."""

from collections.abc import Mapping
from typing import TypeGuard

from oftra.ir.expr import Runtime
from oftra.ir.options import text
from oftra.ir.program import Connection, Option, Options
from oftra.targets.engines.spark.datatypes import identifier
from oftra.targets.python import tree as py

ROOT = py.Name("root")
"""The parameter of functions that read and write: where the connection's data lies."""

SERVERS = py.Name("servers")
"""The same for topics: the brokers that have them."""

BROKER = py.Name("broker")
"""The same where a run says more of brokers: `servers`, the `login` as Kafka's client takes it, and properties."""


def logs_in(connection: Connection) -> bool:
    """Whether brokers are told who asks."""
    return connection.kind == "kafka" and "user" in connection.options


def given_properties(options: Options) -> dict[str, Runtime]:
    """The properties of a client that a run is given: params, which `main` alone knows."""
    properties = options.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    return {name: value for name, value in properties.items() if _is_given(value)}


def _is_given(value: Option) -> TypeGuard[Runtime]:
    return isinstance(value, Runtime) and value.kind in ("param", "run")


def has_more(connection: Connection) -> bool:
    """Whether `main` says more of brokers than where they are."""
    return logs_in(connection) or (connection.kind == "kafka" and bool(given_properties(connection.options)))


def place_of(connection: Connection) -> str:
    """What the parameter is called."""
    if has_more(connection):
        return "broker"
    return {"kafka": "servers", "jdbc": "database"}.get(connection.kind, "root")


def place_type(connection: Connection) -> py.Expr:
    """The parameter's type."""
    text_ = py.Name("str")
    is_several = connection.kind == "jdbc" or has_more(connection)
    return py.Subscript(py.Name("dict"), (text_, text_)) if is_several else text_


def path_of(path: str) -> py.Expr:
    """A path below the root."""
    if is_whole(path):
        return py.String(path)
    return py.Formatted((ROOT, "/" + path.removeprefix("./")))


def is_whole(path: str) -> bool:
    """Whether a path starts from nothing: it names its file system, or is absolute."""
    return ":/" in path or path.startswith("/")


def has_root(connection: Connection) -> bool:
    """Whether it takes a folder, brokers or a database's address to find data, rather than a name in a catalog."""
    is_folder = connection.kind == "delta" and connection.options.get("root") is not None
    return is_folder or connection.kind in ("files", "kafka", "jdbc")


def root_of(connection: Connection) -> "Runtime | str":
    """The folder that a connection's data lies below; of topics their brokers."""
    root = connection.options.get("bootstrap_servers" if connection.kind == "kafka" else "root")
    return root if isinstance(root, Runtime | str) else "."


def table_name(full: str, physical: str, options: Options, connection: Connection, ending: str = "") -> py.Expr:
    """The name of a table in a catalog: its schema is the connection's, else the folder that declares it."""
    schema = text(options.get("schema")) or text(connection.options.get("schema"))
    folder, _, short = full.rpartition(".")
    catalog = text(connection.options.get("catalog"))
    table = (text(options.get("table")) or physical or short) + ending
    parts = [catalog or "", schema or folder.replace(".", "_"), table]
    return py.String(".".join([identifier(part) for part in parts if part]))
