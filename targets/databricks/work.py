"""Tasks of the program as notebooks: each starts a process, with the values of the run in its environment, or has the
cells of the notebook that it executes."""

import posixpath
from collections.abc import Iterator
from textwrap import dedent

from oftra.datatypes import Timestamp
from oftra.ir.counts import VARIABLE, counts_of
from oftra.ir.expr import Literal, Runtime
from oftra.ir.program import Option, Program
from oftra.ir.task_files import cells_of
from oftra.ir.texts import text_of
from oftra.targets.cells import Cell, Code, Markdown, plain
from oftra.targets.databricks.jobs import Task
from oftra.targets.databricks.settings import Settings
from oftra.targets.databricks.widgets import Given, got
from oftra.targets.document import render
from oftra.targets.manifest import made_by
from oftra.targets.python import tree as py
from oftra.targets.python import write
from oftra.targets.python.lines import LIMIT

CODE: dict[str, str] = {
    "call": '''\
def call(what: str, command: list[str], root: str, variables: dict[str, str]) -> None:
    """Run a command in a folder, and show what it says.

    If it is stopped it has seconds to end. Nothing that it starts is left behind.
    """
    with subprocess.Popen(
        command,
        cwd=root,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        errors="replace",
    ) as process:
        reader = threading.Thread(target=show_lines, args=(process.stdout,))
        reader.start()
        try:
            status = process.wait()
        except BaseException:
            try:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
            raise
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            reader.join()
    if status:
        raise RuntimeError(f"{what} ended with status {status}")
''',
    "show_lines": '''\
def show_lines(lines: Any) -> None:
    """Show each line as it comes."""
    for line in lines:
        print(line.rstrip(), flush=True)
''',
    "task_counts": '''\
def task_counts(path: str, names: tuple[str, ...]) -> dict[str, int]:
    """What a command counted, as it left it in a file: an object of JSON."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        found = json.load(file)
    counts = {name: found[name] for name in names if found.get(name) is not None}
    wrong = [name for name, value in counts.items() if type(value) is not int]
    if wrong:
        raise ValueError(f"no whole numbers were counted: {', '.join(wrong)}")
    return counts
''',
    "moment": '''\
def moment(text: str) -> str:
    """A moment of UTC as commands take it: `2026-01-31 10:00:00Z`; nothing for none."""
    if not text:
        return ""
    found = instant(text).astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return f"{found.isoformat(' ')}Z"
''',
}

CALL = "import runpy, sys; runpy.run_path(sys.argv[1])[sys.argv[2]]()"
"""Calls the function of a file, given both."""


class WorkCells:
    """The cells of the notebook of a task."""

    def __init__(self, task: Task, program: Program, settings: Settings, support: str) -> None:
        assert task.work is not None
        self.task, self.work, self.program, self.support = task, task.work, program, support
        self.given = Given(program, settings)
        self.given.uses_root = True
        self.used: set[str] = set()
        self.imports: set[str] = set()

    def cells(self) -> tuple[Cell, ...]:
        """All of them."""
        work = tuple(self._executed() if self.work.kind == "notebook" else self._started())
        said = [f"# {plain(self.work.name)}"]
        if self.work.description:
            said.append(plain(self.work.description))
        title = Markdown("\n\n".join([*said, plain(made_by(self.program))]), "title")
        widgets: list[py.Statement] = [
            py.Evaluate(
                py.call("dbutils.widgets.text", py.String(one.name), py.String(one.default or ""), py.String(one.label))
            )
            for one in self.given.asked
        ]
        ended = f"{self.work.name} ended well"
        end: py.Statement = py.Evaluate(py.call("dbutils.notebook.exit", py.String(ended)))
        if self.task.role == "on_failure":
            # The run is told to have ended as its last tasks have.
            end = py.Raise(py.call("RuntimeError", py.String("the run failed before this task, which ended well")))
        lines = [*[f"import {name}" for name in sorted(self.imports)], *([""] if self.imports and self.used else [])]
        if self.used:
            lines.append(f"from {self.support} import {', '.join(sorted(self.used))}")
        return (
            title,
            Code("\n".join(lines), "setup"),
            Code(_text(widgets), "widgets"),
            *work,
            Code(_text([end]), "end"),
        )

    def _started(self) -> Iterator[Cell]:
        """The cells that start a process for the work."""
        self.used.add("call")
        yield Code(_text([self._script()]), "script")
        yield Code(_text(list(self._body())), "run")

    def _executed(self) -> Iterator[Cell]:
        """The cells of the notebook that is the work, behind what it is given."""
        given = cells_of(self.work)
        assert not isinstance(given, str)  # it was refused
        self.imports.add("os")
        names, variables = counts_of(self.work), self._variables()
        if names:
            self.imports.add("tempfile")
            path = py.call("os.path.join", py.call("tempfile.mkdtemp"), py.String("counts.json"))
            variables.append((py.String(VARIABLE), path))
        first: list[py.Statement] = [py.Evaluate(py.call("os.chdir", got("root")))]
        if variables:
            first.append(py.Evaluate(py.call("os.environ.update", py.DictOf(tuple(variables)))))
        yield Code(_text(first), "environment")
        tagged = [at for at, cell in enumerate(given) if "parameters" in cell.tags]
        cells = [
            Code(one.text, f"{at}", is_given=True) if one.is_code else Markdown(one.text, f"{at}")
            for at, one in enumerate(given)
        ]
        if self.work.text:
            cells.insert(tagged[0] + 1 if tagged else 0, Code(self.work.text.rstrip("\n"), "parameters"))
        yield from cells
        if names:
            yield Code(_text(list(self._told(py.Subscript(py.name("os.environ"), (py.String(VARIABLE),))))), "counts")

    def _variables(self) -> list[tuple[py.Expr, py.Expr]]:
        """The environment variables that the work is given."""
        return [(py.String(name), self._value(value)) for name, value in self.work.variables.items()]

    def _script(self) -> py.Statement:
        words = self.work.code if self.work.text is None else self.work.text
        text = dedent(words or "").strip("\n") if self.work.kind == "python" else (words or "").strip("\n")
        if "\n" in text:
            return py.AssignText("script", text, False)
        return py.Assign(py.Name("script"), py.String(text))

    def _body(self) -> Iterator[py.Statement]:
        """The call; what it counted is told to the tasks behind it."""
        entries, names, file = self._variables(), counts_of(self.work), self.work.file
        if names:
            entries.append((py.String(VARIABLE), py.Name("path")))
        place = py.String(f"{self.work.name} ({self.work.span.file}:{self.work.line})")
        call = py.call("call", place, self._command(), got("root"), py.DictOf(tuple(entries)))
        body: list[py.Statement] = []
        if file is not None:
            name = py.String(posixpath.basename(posixpath.normpath(file)))
            body.append(py.Assign(py.Name("file"), py.call("os.path.join", py.Name("folder"), name)))
            opened = py.call("open", py.Name("file"), py.String("w"), py.Keyword("encoding", py.String("utf-8")))
            body.append(py.With(opened, "stream", (py.Evaluate(py.call("stream.write", py.Name("script"))),)))
        if names:
            path = py.call("os.path.join", py.Name("folder"), py.String("counts.json"))
            body.append(py.Assign(py.Name("path"), path))
        body.append(py.Evaluate(call))
        told = list(self._told(py.Name("path"))) if names else []
        body += told[:1]
        if len(body) > 1:
            self.imports |= {"os", "tempfile"}
            yield py.With(py.call("tempfile.TemporaryDirectory"), "folder", tuple(body))
        else:
            yield from body
        yield from told[1:]

    def _told(self, path: py.Expr) -> Iterator[py.Statement]:
        """What was counted is read, and told to the tasks behind this one."""
        self.used.add("task_counts")
        names = [py.String(name) for name in counts_of(self.work)]
        yield py.Assign(py.Name("counts"), py.call("task_counts", path, py.TupleOf(tuple(names))))
        # A count that wasn't made is told as nothing: who asks for what was never told fails.
        number = py.call("str", py.method(py.Name("counts"), "get", py.Name("name"), py.String("")))
        told = py.call("dbutils.jobs.taskValues.set", py.Keyword("key", py.Name("name")), py.Keyword("value", number))
        yield py.For(("name",), py.ListOf(tuple(names)), (py.Evaluate(told),))

    def _command(self) -> py.Expr:
        if self.work.kind == "shell":
            return py.ListOf((py.String("/bin/sh"), py.String("-e"), py.String("-c"), py.Name("script")))
        self.imports.add("sys")
        python = py.name("sys.executable")
        if self.work.text is not None:
            return py.ListOf((python, py.String("-c"), py.Name("script")))
        function = self.work.options.get("function")
        if function is None:
            return py.ListOf((python, py.Name("file")))
        return py.ListOf((python, py.String("-c"), py.String(CALL), py.Name("file"), py.String(str(function))))

    def _value(self, value: Option) -> py.Expr:
        """What a variable is given, as text."""
        match value:
            case Runtime("run", "start"):
                return self._moment(got("start"))
            case Runtime("run"):
                self.used.add("now")
                now = py.call("now().isoformat", py.Keyword("timespec", py.String("seconds")))
                return self._moment(py.Logic("or", (got("end"), now)))
            case Runtime("param", _, type_):
                text = self.given.text_of(value)
                self._needed(text)
                return self._moment(text) if isinstance(type_, Timestamp) else text
            case Runtime():
                text = self.given.text_of(value)
                self._needed(text)
                return text
            case Literal(constant):
                return py.String(text_of(constant))
            case _:
                return py.String(text_of(value))

    def _needed(self, text: py.Expr) -> None:
        if isinstance(text, py.Call) and text.function == py.Name("needed"):
            self.used.add("needed")

    def _moment(self, text: py.Expr) -> py.Expr:
        self.used.add("moment")
        return py.call("moment", text)


def _text(statements: list[py.Statement]) -> str:
    return render(write.body(statements, 0), LIMIT).text.rstrip("\n")
