"""OF053 and OF055: tasks, and the steps that they are of pipelines, tables, sources and sinks."""

from oftra.diagnostics.model import Diagnostic, Label, nearest
from oftra.source import Span


class TaskData(Diagnostic, code="OF0530"):
    """A task says that it writes, or reads, what it can't.

    It writes what comes in: sources. Whatever is stored under the name of a table or sink, the program writes itself.
    It reads what lies somewhere: sources, tables and what sinks wrote; nothing is stored of a view.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table totals in lake = from values (1) as t (x)
        task fetch { writes: [totals] } = shell $$ ./fetch.sh $$

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract total { x int }
        source totals: total from lake { path: 'totals.parquet' }
        task fetch { writes: [totals] } = shell $$ ./fetch.sh $$
    """

    task: str
    relation: str
    kind: str
    does: str

    @property
    def title(self) -> str:
        return f"the task `{self.task}` can't {self.does} the {self.kind} `{self.relation}`"

    @property
    def help(self) -> str:
        if self.does == "write":
            return "let it write files or tables of its own, and declare these as a source"
        return "let it read a table that is made of it"


class NoTask(Diagnostic, code="OF0531"):
    """What is to be done before or after something, or once a pipeline ends, is no task.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
        pipeline nightly { build: [t], on_failure: [t] }

    Right:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
        task tell = shell $$ ./tell.sh $$
        pipeline nightly { build: [t], on_failure: [tell] }
    """

    name: str
    place: str

    @property
    def title(self) -> str:
        return f"`{self.name}` is no task, and can't be done as `{self.place}`"

    @property
    def help(self) -> str:
        return "declare what is to be done: `task tell = shell $$ ... $$`"


class StepAlone(Diagnostic, code="OF0532"):
    """A task that is done before or after something says by itself too when it is done.

    A task runs where its data says: after what it `reads`, before what reads what it `writes`; or it is a step of
    something else, named there under `before`, `after`, `on_success` or `on_failure`. Then that says when.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table t in lake { after: [tidy] } = from values (1) as t (x)
        task tidy { reads: [t] } = shell $$ ./tidy.sh $$

    Right:

        connection lake = files { root: 'data', format: parquet }
        table t in lake { after: [tidy] } = from values (1) as t (x)
        task tidy = shell $$ ./tidy.sh $$
    """

    task: str
    says: str
    there: Span

    @property
    def title(self) -> str:
        return f"the task `{self.task}` is a step of something else, and can't have {self.says} of its own"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "it is a step here"), Label(self.there, "and this says when it runs, too"))

    @property
    def help(self) -> str:
        return "leave one of them out, or make it two tasks"


class SecretAsText(Diagnostic, code="OF0533"):
    """A secret that a task is given stands in the program, for everybody to read who can read that.

    Wrong:

        task tell { env: { API_KEY: 'let me in' } } = shell $$ ./tell.sh $$

    Right:

        task tell { env: { API_KEY: secret('api/key') } } = shell $$ ./tell.sh $$
    """

    variable: str
    task: str

    @property
    def title(self) -> str:
        return f"the secret `{self.variable}` of task `{self.task}` stands in the program"

    @property
    def help(self) -> str:
        return "`secret('scope/name')` has it read when the task runs"


class UnknownWork(Diagnostic, code="OF0534"):
    """A task says its work in words that nobody knows.

    Wrong:

        task tell = powershell $$ ./tell.ps1 $$

    Right:

        task tell = shell $$ ./tell.sh $$
    """

    kind: str
    known: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"there are no tasks in `{self.kind}`"

    @property
    def help(self) -> str:
        return f"there are {', '.join([f'`{one}`' for one in self.known])}"


class WorkSaidOtherwise(Diagnostic, code="OF0535"):
    """The work of a task is said in a way that its kind doesn't have.

    A command of a shell is a text. Python is a text, or says in which file it is, and which function is called. A
    statement of SQL names the engine whose words it is in.

    Wrong:

        task tidy = sql $$ select 1 $$

    Right:

        task tidy = sql duckdb $$ select 1 $$
    """

    kind: str
    ways: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"the work of a task in `{self.kind}` is said otherwise"

    @property
    def help(self) -> str:
        return f"write {' or '.join([f'`{way}`' for way in self.ways])}"


class NoTaskFile(Diagnostic, code="OF0536"):
    """The file that a task runs isn't there, and can't be brought to where the task will run.

    It is a file of text below the folder of the project.

    Wrong: `task score = python { file: 'score.py' }` in a project without a `score.py`.

    Right: the same with a `score.py` beside the program.
    """

    task: str
    file: str

    @property
    def title(self) -> str:
        return f"the file of the task `{self.task}` isn't there: `{self.file}`"

    @property
    def help(self) -> str:
        return "name a file below the folder of the project, by its path from there"


class UnknownCount(Diagnostic, code="OF0537"):
    """A gate asks for a count that the task doesn't make.

    What a task counts stands under `counts`. Each is a whole number, which the task writes to the file that its
    environment names under `COUNTS`; of one that it doesn't write nothing is known, and the gate doesn't hold.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        contract ride { id int not null }
        source rides: ride from lake { path: 'rides.parquet' }
        table copies in lake = from rides
        task fetch { writes: [rides], counts: [requests, failed] } = shell $$ ./fetch.sh $$
        pipeline nightly { build: [copies], require fetch.fialed = 0 else stop }

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract ride { id int not null }
        source rides: ride from lake { path: 'rides.parquet' }
        table copies in lake = from rides
        task fetch { writes: [rides], counts: [requests, failed] } = shell $$ ./fetch.sh $$
        pipeline nightly { build: [copies], require fetch.failed = 0 else stop }
    """

    task: str
    count: str
    known: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"the task `{self.task}` counts no `{self.count}`"

    @property
    def help(self) -> str:
        near = nearest(self.count, self.known)
        if near is not None:
            return f"did you mean `{near}`?"
        if self.known:
            return f"it counts {', '.join([f'`{one}`' for one in self.known])}"
        return f"say that it does: `counts: [{self.count}]`"


class CountsNothing(Diagnostic, code="OF0538"):
    """A statement of SQL counts nothing, and neither does a request: nothing in them could write down a number.

    Wrong:

        task tidy { counts: [rows] } = sql duckdb $$ delete from t $$

    Right:

        task tidy { counts: [rows] } = shell $$ ./tidy.sh > "$COUNTS" $$
    """

    task: str
    kind: str

    @property
    def title(self) -> str:
        is_ = "a request" if self.kind == "http" else "a statement of SQL"
        return f"the task `{self.task}` is {is_}, and can't count"

    @property
    def help(self) -> str:
        return "a gate may ask a query instead: `require (from t |> aggregate count(*) as n) > 0 else stop`"


class NotCounted(Diagnostic, code="OF0539"):
    """A task is to count what its kind of work has no number for.

    A run of dbt counts the models, tests, seeds and snapshots that passed, warned, failed or were skipped; a sync of
    Airbyte the rows and bytes that it brought.

    Wrong:

        task build { counts: [models, failed] } = dbt { project: 'warehouse' }

    Right:

        task build { counts: [passed, failed] } = dbt { project: 'warehouse' }
    """

    task: str
    count: str
    kind: str
    known: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"the task `{self.task}` in `{self.kind}` can't count `{self.count}`"

    @property
    def help(self) -> str:
        return f"it can count {', '.join([f'`{one}`' for one in self.known])}"


class NotANotebook(Diagnostic, code="OF0550"):
    """What stands in the file of a notebook that a task executes is none that Jupyter stores.

    It is an object of JSON in the format of notebooks, version 4, and where it is given params its cells are Python.

    Wrong: `task score = notebook { file: 'score.ipynb' }` with a script in `score.ipynb`.

    Right: the same with what `jupyter lab` stored there.
    """

    task: str
    file: str
    lacking: str

    @property
    def title(self) -> str:
        return f"the file of the task `{self.task}` is no notebook that can be executed: `{self.file}`"

    @property
    def help(self) -> str:
        return f"{self.lacking}; store it with Jupyter"


class NotBroughtAgain(Diagnostic, code="OF0551"):
    """A gate is to have something brought again that no task brings for it alone.

    `retry SOURCE` runs the tasks again that write the source, or the task of that name, and then judges the gate
    anew, as often as the `retries` of its pipeline say. So the gate asks for what these bring, and for nothing that is
    made of it; and all other gates that ask for that are judged with it, behind the same tasks.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        contract ride { id int not null }
        source rides: ride from lake { path: 'rides.parquet' }
        table copies in lake = from rides
        pipeline nightly { build: [copies], retries: 3, require rows(rides) > 0 else retry rides }

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract ride { id int not null }
        source rides: ride from lake { path: 'rides.parquet' }
        table copies in lake = from rides
        task fetch { writes: [rides] } = shell $$ ./fetch.sh $$
        pipeline nightly { build: [copies], retries: 3, require rows(rides) > 0 else retry rides }
    """

    name: str
    why: str

    @property
    def title(self) -> str:
        return f"`{self.name}` can't be brought again for a gate: {self.why}"

    @property
    def help(self) -> str:
        return "`retry` alone has what measures for the gate done again"


class UnsupportedTask(Diagnostic, code="OF0620"):
    """The target can't run a task: work that is no query, in the words of a shell, of Python, or of another engine.

    A script of SQL or a module of PySpark has no place for it, as nothing orders its parts but their data; `oftra run`,
    Airflow and jobs of Databricks have. Nothing is written for a target that would leave a task out.

    Wrong: a program with a `task`, compiled for a target that runs queries alone.

    Right: the same program, run by `oftra run`; or what needs no task of it, by `--select`.
    """

    task: str
    target: str

    @property
    def title(self) -> str:
        return f"{self.target} can't run the task `{self.task}`"

    @property
    def help(self) -> str:
        return "`oftra run` runs it, and `--select` leaves it out with what needs it"
