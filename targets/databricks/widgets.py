"""What notebooks are given: values of the run, of the environment and secrets, each where Databricks keeps such."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from oftra.ir.expr import Runtime
from oftra.ir.options import variable_of
from oftra.ir.program import Option, Program
from oftra.targets.databricks.settings import Settings
from oftra.targets.pyspark.naming import Names, identifier
from oftra.targets.pyspark.runtimes import constant, read, shown
from oftra.targets.python import tree as py
from oftra.targets.python.rewrite import exchanged

ALWAYS = (
    ("start", "", "Where the run's window begins; if empty, at the beginning of time"),
    ("end", "", "Where the run's window ends; if empty, now"),
)
RESERVED = ("start", "end", "catalog", "root", "report", "show", "gate")

ENVIRON = py.name("os.environ")
ROOT = py.name("args.root")


@dataclass(frozen=True)
class Widget:
    """A value that a notebook asks for, and a job has a parameter for. Without a `default` it must be given."""

    name: str
    default: str | None
    label: str
    is_env: bool = False


class Given:
    """The widgets of a notebook, in the order in which they are asked for, and the expressions that read them."""

    def __init__(self, program: Program, settings: Settings) -> None:
        self.program, self.settings = program, settings
        self.names = Names(RESERVED)
        self.widgets: dict[str, Widget] = {name: Widget(name, default, label) for name, default, label in ALWAYS}
        self.secrets = {variable_of(name): name for name in _secrets(program)}
        self.uses_root = False
        self.scopes: set[str] = set()

    def value(self, runtime: Runtime) -> py.Expr:
        """A value of the run."""
        match runtime.kind:
            case "run" if runtime.name == "start":
                first = py.Logic("or", (got("start"), py.String("0001-01-01")))
                return py.call("instant", first)
            case "run" if runtime.name == "end":
                now = py.method(py.call("now"), "isoformat")
                return py.call("instant", py.Logic("or", (got("end"), now)))
            case "run":
                return py.call("now")
            case "param":
                return self._param(runtime)
            case "env":
                return read(self._env(runtime.name, constant(runtime.default)), runtime.type)
            case "secret":
                return self._secret(runtime.name)

    def text_of(self, runtime: Runtime) -> py.Expr:
        """A param, a variable of the environment or a secret, as text."""
        if runtime.kind == "secret":
            return self._secret(runtime.name)
        if runtime.kind == "env":
            default = constant(runtime.default)
            return self._asked(runtime.name, None if default is None else shown(default.value, default.type))
        declared = next((one for one in self.program.params if one.name == runtime.name), None)
        default = constant(runtime.default or (declared.default if declared is not None else None))
        label = (declared.description if declared is not None else None) or runtime.name
        if default is None:
            widget = self._widget(f"param {runtime.name}", runtime.name, None, label)
            return py.call("needed", py.String(runtime.name), got(widget.name))
        text = "" if default.value is None else shown(default.value, runtime.type)
        return got(self._widget(f"param {runtime.name}", runtime.name, text, label).name)

    def counts(self, counted: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, tuple[str, str]]]:
        """The widgets of what tasks counted: the name of each, the task, and what it counted."""
        for key, widget in self.widgets.items():
            if (found := counted.get(key.removeprefix("param "))) is not None and key.startswith("param "):
                yield widget.name, found

    def _param(self, runtime: Runtime) -> py.Expr:
        declared = next((one for one in self.program.params if one.name == runtime.name), None)
        default = constant(runtime.default or (declared.default if declared is not None else None))
        label = (declared.description if declared is not None else None) or runtime.name
        if default is None:
            widget = self._widget(f"param {runtime.name}", runtime.name, None, label)
            return read(py.call("needed", py.String(runtime.name), got(widget.name)), runtime.type)
        if default.value is None:
            widget = self._widget(f"param {runtime.name}", runtime.name, "", label)
            how = py.Lambda(("text",), read(py.Name("text"), runtime.type))
            return py.call("given", got(widget.name), how)
        widget = self._widget(f"param {runtime.name}", runtime.name, shown(default.value, runtime.type), label)
        return read(got(widget.name), runtime.type)

    def _env(self, name: str, default: Any) -> py.Expr:
        text = None if default is None else shown(default.value, default.type)
        return self._asked(name, text)

    def _asked(self, name: str, default: str | None) -> py.Expr:
        widget = self._widget(f"env {name}", name, default, f"What the environment's {name} is elsewhere", is_env=True)
        if default is None:
            return py.call("needed", py.String(name), got(widget.name))
        return got(widget.name)

    def goes_on(self) -> None:
        """A run that isn't told where it begins goes on where tables end."""
        start = self.widgets["start"]
        self.widgets["start"] = replace(
            start, label=start.label.replace("at the beginning of time", "where tables end")
        )

    @property
    def asked(self) -> tuple[Widget, ...]:
        """What a job has parameters for."""
        places: list[Widget] = []
        if self.settings.catalog is not None:
            places.append(Widget("catalog", self.settings.catalog, "The catalog of tables that name none"))
        if self.uses_root:
            places.append(Widget("root", self.settings.root or ".", "Where relative paths start"))
        return (*self.widgets.values(), *places)

    def _widget(self, key: str, name: str, default: str | None, label: str, is_env: bool = False) -> Widget:
        found = self.widgets.get(key)
        if found is None:
            label = " ".join(label.split())
            found = self.widgets[key] = Widget(self.names.free(identifier(name)), default, label, is_env)
        return found

    def _secret(self, name: str) -> py.Expr:
        scope, slash, key = name.rpartition("/")
        if not slash:
            scope = self.settings.secret_scope or self.program.name
        self.scopes.add(scope)
        return py.call("dbutils.secrets.get", py.Keyword("scope", py.String(scope)), py.Keyword("key", py.String(key)))

    def settled(self, node: Any) -> Any:
        """Code of a PySpark module where Databricks gives what a command line and an environment give there."""
        return exchanged(node, self._settled)

    def _settled(self, part: Any) -> Any:
        match part:
            case py.Call(py.Attribute(asked, "get"), (py.String(name), py.String(default))) if asked == ENVIRON:
                return self._asked(name, default)
            case py.Subscript(asked, (py.String(name),)) if asked == ENVIRON:
                return self._secret(self.secrets[name]) if name in self.secrets else self._asked(name, None)
            case _ if part == ROOT:
                self.uses_root = True
                return py.Name("root")
            case _:
                return part


def got(name: str) -> py.Expr:
    """What a widget holds."""
    return py.call("dbutils.widgets.get", py.String(name))


def _secrets(program: Program) -> Iterator[str]:
    """The secrets that connections, sources and sinks name."""
    waiting: list[Option] = [connection.options for connection in program.connections.values()]
    waiting += [relation.options for relation in program.relations]
    waiting += [sink.options for sink in program.sinks]
    while waiting:
        match waiting.pop():
            case Runtime(kind="secret", name=name):
                yield name
            case Mapping() as inside:
                waiting.extend(inside.values())
            case tuple() as items:
                waiting.extend(items)
            case _:
                pass
