"""Tasks of a program as tasks of a DAG: a function each, and the files that it runs."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from json import dumps
from textwrap import dedent

from oftra.datatypes import Timestamp
from oftra.diagnostics import Report
from oftra.diagnostics.airflow import NoLengthOfTime, NoValue
from oftra.diagnostics.tasks import UnsupportedTask
from oftra.ir.counts import VARIABLE, counts_of
from oftra.ir.expr import Cast, Duration, Literal, Runtime
from oftra.ir.jobs import Job
from oftra.ir.options import variable_of
from oftra.ir.program import Option, Param, Pipeline, Program, Task
from oftra.ir.steps import Step, listeners, steps_of
from oftra.ir.task_files import refuse_lost_file
from oftra.ir.texts import text_of
from oftra.targets.airflow.naming import Names, asset, identifier, plain
from oftra.targets.airflow.scripts import Known
from oftra.targets.airflow.times import length
from oftra.targets.manifest import made_by
from oftra.targets.python import text
from oftra.targets.python import tree as py

LISTENERS = ("on_success", "on_failure")
CODE = "project"
"""The folder of the project's own files, below that of the jobs."""


@dataclass(frozen=True)
class Use:
    """A task of a DAG: `role` is the word under which it listens for the end of a run, empty if it doesn't."""

    task: Task
    role: str


@dataclass(frozen=True)
class Work:
    """The tasks of a pipeline: the functions that do them, by use, and the files that they run, by task."""

    program: Program
    pipeline: Pipeline
    steps: tuple[Step, ...]
    functions: Mapping[tuple[str, str], str]
    scripts: Mapping[str, str]
    uses: tuple[Use, ...]

    @property
    def listening(self) -> tuple[Use, ...]:
        """Those that run once a run has ended."""
        return tuple([use for use in self.uses if use.role])

    @property
    def counting(self) -> tuple[Task, ...]:
        """Those that count something."""
        return tuple([use.task for use in self.uses if counts_of(use.task)])

    def function(self, task: Task, role: str = "") -> str:
        """The function that does it."""
        return self.functions[task.name, role]


def work_of(program: Program, pipeline: Pipeline, jobs: Sequence[Job], names: Names, own: str) -> Work:
    """The tasks of a pipeline. `names` gives out the names of files; `own` is the function of the DAG."""
    steps = steps_of(program, jobs)
    done = {job.task.name: job.task for job in jobs if job.task is not None}
    done |= {step.task.name: step.task for step in steps}
    uses = {(name, ""): Use(task, "") for name, task in done.items()}
    for word in LISTENERS:
        uses |= {(task.name, word): Use(task, word) for task in listeners(program, pipeline, word)}
    taken = Names([own])
    functions = {(name, role): taken.free(identifier(name)) for name, role in uses}
    scripts = {name: names.free(plain(name)) for name in dict.fromkeys([name for name, _ in uses])}
    return Work(program, pipeline, steps, functions, scripts, tuple(uses.values()))


def params_of(work: Work) -> set[str]:
    """The names of the params that tasks are given."""
    given = [value for use in work.uses for value in use.task.variables.values()]
    return {value.name for value in given if isinstance(value, Runtime) and value.kind == "param"}


def refuse(work: Work, engine: str, report: Report) -> None:
    """Report the tasks that no DAG can have done."""
    params = {param.name: param for param in work.program.params}
    for use in work.uses:
        task = use.task
        if task.kind == "sql" and (task.engine != engine or engine != "duckdb"):
            report.add(UnsupportedTask(task.name, "airflow", span=task.span))
        refuse_lost_file(task, report)
        for value in task.variables.values():
            if isinstance(value, Runtime) and value.kind == "param" and not _has_value(params[value.name]):
                report.add(NoValue(work.pipeline.name, f"task {task.name}", f"param {value.name}", span=task.span))
        delay = task.options.get("retry_delay"), task.options.get("timeout")
        for name, time in zip(("retry_delay", "timeout"), delay):
            if isinstance(time, Duration) and time.months:
                report.add(NoLengthOfTime(task.name, name, span=task.span))


def _has_value(param: Param) -> bool:
    """Whether a run that is started by hand has to give it, or its default is a constant: not one that is computed."""
    default = param.default
    while isinstance(default, Cast):
        default = default.operand
    return default is None or isinstance(default, Literal)


# ------------------------------------------------------------------------------------------------------------- files


def files_of(work: Work) -> Iterator[tuple[str, str]]:
    """What the tasks run, by path below the folder of the jobs: their texts, and files of the project."""
    by = f"# {text.escaped(made_by(work.program))}\n"
    for task in {use.task.name: use.task for use in work.uses}.values():
        name = work.scripts[task.name]
        if task.kind == "shell":
            yield f"{name}.sh", f"{by}{(task.text or '').lstrip(chr(10)).rstrip()}\n"
        elif task.kind == "sql":
            yield f"{name}.sql", f"-{by.replace('#', '-', 1)}{dedent(task.text or '').strip()}\n"
            yield f"{name}.json", dumps(asdict(Known(task.name)), indent=2) + "\n"
        elif task.text or (task.text is not None and task.kind == "python"):
            yield f"{name}.py", f"{by}{dedent(task.text).strip()}\n"
        if task.code is not None:
            yield posixpath.join(CODE, posixpath.normpath(str(task.options["file"]))), task.code


def shared_files(work: Work) -> Iterator[str]:
    """What runs files of the project: the scripts that tasks share."""
    if any("function" in use.task.options for use in work.uses):
        yield "call_function"
    if any(use.task.kind == "notebook" for use in work.uses):
        yield "run_notebook"


# --------------------------------------------------------------------------------------------------------- functions


def functions_of(work: Work) -> tuple[py.Statement, ...]:
    """A function for each task."""
    return tuple([_function(work, use) for use in work.uses])


def _function(work: Work, use: Use) -> py.Def:
    task, name = use.task, work.function(use.task, use.role)
    about = tuple(_about(work, use, name))
    decorator: py.Expr = py.Call(py.Name("task"), about) if about else py.Name("task")
    body: list[py.Statement] = []
    if use.role:
        failed = py.TRUE if use.role == "on_failure" else py.FALSE
        body.append(py.Evaluate(py.call("go_on_after", py.Keyword("failed", failed))))
    if task.kind == "sql":
        body.append(py.Evaluate(py.call("run_job.function", py.String(work.scripts[task.name]))))
    else:
        variables = task.variables
        if any(isinstance(value, Runtime) and value.kind in ("param", "run") for value in variables.values()):
            body.append(py.Assign(py.Name("given"), py.call("run_values")))
        entries = [(py.String(name), _value(work, value)) for name, value in variables.items()]
        if counts_of(task):
            entries.append((py.String(VARIABLE), py.Name("path")))
        place = py.String(f"{task.name} ({task.span.file}:{task.line})")
        arguments: list[py.Expr | py.Keyword] = [place, _command(work, task), py.DictOf(tuple(entries))]
        if hidden := [name for name, one in variables.items() if isinstance(one, Runtime) and one.kind == "secret"]:
            arguments.append(py.Keyword("hidden", py.TupleOf(tuple([py.String(name) for name in hidden]))))
        body += _called(task, arguments)
    returns = py.Subscript(py.Name("dict"), (py.Name("str"), py.Name("int"))) if counts_of(task) else py.NONE
    return py.Def(name, (), tuple(body), returns, task.description, (decorator,))


def _called(task: Task, arguments: Sequence[py.Expr | py.Keyword]) -> Iterator[py.Statement]:
    """The call of a command, and if it counts something what that is."""
    call = py.call("call", *arguments)
    if not (names := counts_of(task)):
        yield py.Evaluate(call)
        return
    path = py.call("os.path.join", py.Name("folder"), py.String("counts.json"))
    wanted = py.TupleOf(tuple([py.String(name) for name in names]))
    body = (
        py.Assign(py.Name("path"), path),
        py.Evaluate(call),
        py.Return(py.call("counted", py.Name("path"), wanted)),
    )
    yield py.With(py.call("tempfile.TemporaryDirectory"), "folder", body)


def _about(work: Work, use: Use, name: str) -> Iterator[py.Keyword]:
    """What Airflow is told of a task."""
    task, options = use.task, use.task.options
    if plain(task.name) != name:
        yield py.Keyword("task_id", py.String(plain(task.name)))
    if counts_of(task):
        yield py.Keyword("multiple_outputs", py.FALSE)
    if isinstance(retries := options.get("retries"), int):
        yield py.Keyword("retries", py.number(retries))
    for word, known in (("retry_delay", "retry_delay"), ("timeout", "execution_timeout")):
        if isinstance(time := options.get(word), Duration):
            yield py.Keyword(known, length(time))
    if isinstance(owner := options.get("owner"), str):
        yield py.Keyword("owner", py.String(owner))
    for word, relations in (("inlets", task.reads), ("outlets", task.writes)):
        if relations:
            assets = [py.call("Asset", py.String(asset(work.program.name, one))) for one in relations]
            yield py.Keyword(word, py.ListOf(tuple(assets)))


def _command(work: Work, task: Task) -> py.Expr:
    """What is started: a shell that ends at the first command that fails, or Python."""
    parts: list[py.Expr] = [py.name("sys.executable")]
    script = f"{work.scripts[task.name]}.py"
    if task.kind == "shell":
        parts = [py.String("/bin/sh"), py.String("-e"), _file(f"{work.scripts[task.name]}.sh")]
    elif task.kind == "notebook":
        parts += [_file("run_notebook.py"), _project_file(task)]
        parts += [py.String("--parameters"), _file(script)] if task.text else []
        output = task.options.get("output")
        parts += [py.String("--output"), py.String(output)] if isinstance(output, str) else []
    elif task.text is not None:
        parts.append(_file(script))
    else:
        function = task.options.get("function")
        called = [_file("call_function.py"), _project_file(task), py.String(str(function))]
        parts += [_project_file(task)] if function is None else called
    return py.ListOf(tuple(parts))


def _project_file(task: Task) -> py.Expr:
    return _file(posixpath.join(CODE, posixpath.normpath(str(task.options["file"]))))


def _file(path: str) -> py.Expr:
    return py.call("str", py.Binary("/", py.Name("JOBS"), py.String(path)))


def _value(work: Work, value: Option) -> py.Expr:
    """What a variable is given, as text."""
    match value:
        case Runtime("param", name):
            given: py.Expr = py.Subscript(py.Name("given"), (py.String(name),))
            declared = next(param for param in work.program.params if param.name == name)
            return py.call("moment", given) if isinstance(declared.type, Timestamp) else given
        case Runtime("run", name):
            return py.Subscript(py.Name("given"), (py.String(f"run.{name}"),))
        case Runtime("env", name, _, None):
            return py.Subscript(py.name("os.environ"), (py.String(name),))
        case Runtime("env", name, _, default):
            return py.call("os.environ.get", py.String(name), _value(work, default))
        case Runtime(_, name):
            return py.call("secret", py.String(variable_of(name).lower()))
        case Literal(constant):
            return py.String(text_of(constant))
        case _:
            return py.String(text_of(value))
