"""Options that mean the same wherever data comes from or goes to."""

from oftra.connectors.option import OptionSpec
from oftra.ir.program import Word

OWNER = OptionSpec("owner", "scalar", "Who answers for it.")
TAGS = OptionSpec("tags", "words", "Words to select it by: `tag:nightly`.")

VIEW: tuple[OptionSpec, ...] = (OWNER, TAGS)
"""A view's options."""

CONTRACT: tuple[OptionSpec, ...] = (
    OptionSpec("version", "scalar", "The contract's version."),
    OWNER,
    TAGS,
    OptionSpec("freshness", "interval", "How old the newest row may be.", least=1),
    OptionSpec("volume", "options", "How many rows are expected."),
    OptionSpec("retention", "interval", "How long rows are kept.", least=1),
    OptionSpec("extends", "word", "The contract whose items this one adds to."),
)
"""A contract's properties."""

BEFORE = OptionSpec("before", "words", "Tasks to run before it.")
AFTER = OptionSpec("after", "words", "Tasks to run after it, where all went well.")

TASK: tuple[OptionSpec, ...] = (
    OptionSpec("reads", "words", "The sources, tables and sinks that it reads: it runs after these are there."),
    OptionSpec("writes", "words", "The sources that it writes: it runs before these are read."),
    OptionSpec("env", "options", "Environment variables that it is given."),
    OptionSpec("counts", "words", "What it counts, for gates to ask: it leaves that in a file of JSON."),
    OptionSpec("timeout", "interval", "How long it may take before it is stopped.", least=1),
    OptionSpec("retries", "integer", "How often it is tried again; as its pipeline says unless given.", least=0),
    OptionSpec("retry_delay", "interval", "How long to wait before that.", least=0),
    OWNER,
    TAGS,
)
"""A task's properties."""

WORK: tuple[OptionSpec, ...] = (
    OptionSpec("file", "string", "The file of the code, relative to the project.", required=True),
    OptionSpec("function", "string", "The function in it that is called, without arguments; else the file is run."),
)
"""What says where the work of a task is found."""

HTTP: tuple[OptionSpec, ...] = (
    OptionSpec("url", "string", "The address that is asked.", required=True),
    OptionSpec(
        "method",
        "word",
        "The method of the request; `get` unless given, or `post` where something is sent.",
        choices=("get", "post", "put", "patch", "delete"),
    ),
    OptionSpec("query", "options", "What is asked for, behind the `?` of the address."),
    OptionSpec("headers", "options", "Its headers."),
    OptionSpec("json", "options", "What is sent, as an object of JSON."),
    OptionSpec("status", "integer", "The status that is awaited; any from 200 to 299 unless given.", least=100),
)
"""What says a request of a task."""

NOTEBOOK: tuple[OptionSpec, ...] = (
    OptionSpec("file", "string", "The notebook, relative to the project.", required=True),
    OptionSpec("params", "options", "Values of its variables: behind the cell tagged `parameters`, else first."),
    OptionSpec("output", "string", "Where the notebook is written as it was executed, also if it fails."),
)
"""What says which notebook a task executes."""

DBT: tuple[OptionSpec, ...] = (
    OptionSpec("project", "string", "The folder of the project of dbt.", required=True),
    OptionSpec(
        "command",
        "word",
        "What dbt does; `build` unless given.",
        choices=("build", "run", "test", "seed", "snapshot"),
    ),
    OptionSpec("select", "string", "What of the project is meant, in the words of dbt; all unless given."),
    OptionSpec("exclude", "string", "What of that is left out."),
    OptionSpec("vars", "options", "Values of the project's variables."),
    OptionSpec("profiles", "string", "The folder of `profiles.yml`; where dbt looks for it unless given."),
    OptionSpec("profile", "string", "The profile; the project's unless given."),
    OptionSpec("target", "string", "The target of the profile; its default unless given."),
    OptionSpec("full_refresh", "boolean", "Whether incremental models and seeds are built anew."),
    OptionSpec("executable", "string", "The command; `dbt` unless given, beside the Python that runs, or of the path."),
)
"""What says a run of dbt."""

AIRBYTE: tuple[OptionSpec, ...] = (
    OptionSpec("url", "string", "The address of the API: `https://api.airbyte.com/v1`.", required=True),
    OptionSpec("connection", "string", "The id of the connection that is synchronized.", required=True),
    OptionSpec("job", "word", "What the job does; `sync` unless given.", choices=("sync", "reset", "refresh", "clear")),
    OptionSpec("token", "string", "The token that the API asks for."),
    OptionSpec("client_id", "string", "The application that asks for a token."),
    OptionSpec("client_secret", "string", "The secret of that."),
    OptionSpec(
        "poll", "interval", "How long to wait before the job is asked for again; 10 seconds unless given.", least=1
    ),
)
"""What says a job of Airbyte."""

PIPELINE: tuple[OptionSpec, ...] = (
    OptionSpec("build", "words", "The tables and sinks to build, with all that they need.", required=True),
    OptionSpec(
        "mode", "word", "Whether it runs to an end, or goes on.", default=Word("batch"), choices=("batch", "streaming")
    ),
    OptionSpec(
        "granularity",
        "word",
        "What runs as one: all that lies between its gates, or each table.",
        default=Word("job"),
        choices=("job", "table"),
    ),
    OptionSpec("schedule", "string", "When it runs, as a cron expression of five fields."),
    OptionSpec("on_update_of", "words", "It runs whenever one of these relations changed."),
    OptionSpec(
        "wait_for",
        "word",
        "Whether any of `on_update_of` starts it, or all of them since its last run; any unless given.",
        choices=("any", "all"),
    ),
    OptionSpec("timezone", "string", "The zone of `schedule`, by its IANA name.", default="UTC"),
    OptionSpec("retries", "integer", "How often a failed task is tried again.", least=0),
    OptionSpec("retry_delay", "interval", "How long to wait before that.", least=0),
    OptionSpec("timeout", "interval", "How long a run may take before it is stopped.", least=1),
    OptionSpec("deadline", "interval", "How long a run may take before someone is told.", least=1),
    OptionSpec("concurrency", "integer", "How many runs may be at work at once; one unless given.", least=1),
    OptionSpec("alert", "words", "Who is told of a failure."),
    BEFORE,
    AFTER,
    OptionSpec("on_success", "words", "Tasks to run when a run has ended well."),
    OptionSpec("on_failure", "words", "Tasks to run when a run has failed, or was stopped by a gate."),
    OWNER,
    TAGS,
)
"""A pipeline's properties."""

_TABLE: tuple[OptionSpec, ...] = (
    OptionSpec(
        "refresh",
        "word",
        "What a run replaces: all, the slice of its window, or rows by `key`.",
        default=Word("full"),
        choices=("full", "append", "partitions", "merge", "history"),
    ),
    OptionSpec("key", "columns", "What tells one row from another."),
    OptionSpec("window", "column", "The column of time that a run's window is cut from."),
    OptionSpec("lookback", "interval", "How far before the run's window rows are built again.", least=0),
    OptionSpec("order_by", "columns", "Of two rows with one key, the later in this order stays."),
    OptionSpec("partition_by", "columns", "The columns whose values lie apart in the store."),
    OptionSpec("cluster_by", "columns", "The columns by which rows lie close together in the store."),
    OptionSpec(
        "on_schema_change",
        "word",
        "What happens when the stored table has other columns.",
        choices=("fail", "add", "sync", "ignore"),
    ),
    BEFORE,
    AFTER,
    OWNER,
    TAGS,
)

SCHEMA = OptionSpec("schema", "string", "The schema that tables live in; the namespace (folder) of each unless given.")
CATALOG = OptionSpec("catalog", "string", "The catalog that `schema` is in.")
PREFIX = OptionSpec("prefix", "string", "Stands before the name of every table stored here.")


def source(*own: OptionSpec, metadata: tuple[str, ...], missing: str = "null") -> tuple[OptionSpec, ...]:
    """All options of a source: a connector's `own`, and those that every source has."""
    return (
        *own,
        OptionSpec(
            "extra",
            "word",
            "What happens to fields of a record that the contract doesn't have.",
            default=Word("ignore"),
            choices=("ignore", "fail", "keep"),
        ),
        OptionSpec(
            "missing",
            "word",
            "What a column is that a record doesn't have.",
            default=Word(missing),
            choices=("null", "fail"),
        ),
        OptionSpec("metadata", "columns", "Columns that say where a record came from.", choices=metadata),
        OptionSpec(
            "changes",
            "word",
            "What a record means for those before it with its key.",
            default=Word("append"),
            choices=("append", "upsert", "cdc"),
        ),
        OptionSpec("key", "columns", "What tells one row from another; the contract's primary key unless given."),
        OptionSpec("op", "column", "The field that says insert, update or delete."),
        OptionSpec("order_by", "columns", "The order in which changes of a key came about."),
        BEFORE,
        AFTER,
        OWNER,
        TAGS,
    )


def table(*own: OptionSpec) -> tuple[OptionSpec, ...]:
    """All options of a table: a connector's `own`, and those that every table has."""
    return (*own, *_TABLE)


def sink(*own: OptionSpec, modes: tuple[str, ...]) -> tuple[OptionSpec, ...]:
    """All options of a sink: a connector's `own`, and those of every sink. The first of `modes` is the default."""
    return (
        *own,
        OptionSpec("mode", "word", "How rows meet those that are there.", default=Word(modes[0]), choices=modes),
        OptionSpec("key", "columns", "What an upsert finds its row by; the relation's key unless given."),
        BEFORE,
        AFTER,
        OWNER,
        TAGS,
    )
