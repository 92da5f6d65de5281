"""OF06: what a target can't do. Nothing is written then."""

from oftra.diagnostics.model import Diagnostic, Label


class UnsupportedConnection(Diagnostic, code="OF0601"):
    """The target has no way to a connection of this kind.

    Which kinds a target reads and writes stands in the table of supported features. `[env.NAME]` can put another kind
    in its place: files on a laptop for a database in production.

    Wrong:

        connection lake = files { root: 'data' }
        connection shop = delta { root: 'shop' }
        contract ride { ride_id string not null }
        source rides: ride from shop { path: 'rides' }
        table copies in lake = from rides

    Right:

        connection lake = files { root: 'data' }
        contract ride { ride_id string not null }
        source rides: ride from lake { path: 'rides.jsonl', format: json }
        table copies in lake = from rides
    """

    name: str
    kind: str
    target: str

    @property
    def title(self) -> str:
        return f"{self.target} can't reach `{self.name}` yet: it is a `{self.kind}` connection"

    @property
    def help(self) -> str | None:
        return "`[env.NAME]` in oftra.toml can name another connection for it"


class UnsupportedRefresh(Diagnostic, code="OF0602"):
    """The target can't refresh a table in this way.

    DuckDB does it in its databases and in parquet, Spark and Databricks in Delta Lake, Iceberg and parquet. A `merge`
    needs `order_by` unless the query gives one row a key; a table of sessions, which go on, needs a `lookback` longer
    than they are.

    Wrong:

        connection lake = files { root: 'data', format: csv }
        table totals in lake { refresh: merge, key: [x] } = from values (1, 2) as t (x, y)

    Right:

        connection store = duckdb { path: 'store.duckdb' }
        table totals in store { refresh: full } = from values (1, 2) as t (x, y)
    """

    table: str
    refresh: str
    target: str
    is_certain: bool = True

    @property
    def title(self) -> str:
        if not self.is_certain:
            return f"nothing says which of several rows with one key stays in `{self.table}`"
        return f"{self.target} can't refresh `{self.table}` by `{self.refresh}` yet"

    @property
    def help(self) -> str | None:
        if not self.is_certain:
            return "`order_by` says which is the last; a query that gives one row a key needs none"
        return "`refresh: full` replaces the whole table in every run"


class UnsupportedViolation(Diagnostic, code="OF0603"):
    """The target can't do this to rows that break a rule.

    Wrong: a source whose rules put rows in quarantine, compiled for a target that can't part rows yet. DuckDB can.

    Right:

        connection lake = files { root: 'data' }
        contract ride { ride_id string not null, fare double check (fare >= 0) }
        source rides: ride from lake { path: 'rides.parquet' } on invalid fail
        table copies in lake = from rides
    """

    relation: str
    rules: tuple[str, ...]
    action: str
    target: str

    @property
    def title(self) -> str:
        return f"{self.target} can't `{self.action}` rows of `{self.relation}` yet"

    @property
    def labels(self) -> tuple[Label, ...]:
        rules = ", ".join(f"`{rule}`" for rule in self.rules[:6]) + (" and more" if len(self.rules) > 6 else "")
        if not rules:
            return (Label(self.span, ""),)
        return (Label(self.span, f"for the rules {rules}" if len(self.rules) > 1 else f"for the rule {rules}"),)

    @property
    def help(self) -> str | None:
        return "`on invalid fail` stops the run at such rows, `on invalid warn` counts them"


class UnsupportedSinkMode(Diagnostic, code="OF0604"):
    """The target can't write a sink in this mode.

    Wrong:

        connection lake = files { root: 'data' }
        view totals = from values (1, 2) as t (x, y)
        sink dashboard from totals into lake { path: 'totals.csv', format: csv, mode: append }

    Right:

        connection lake = files { root: 'data' }
        view totals = from values (1, 2) as t (x, y)
        sink dashboard from totals into lake { path: 'totals.csv', format: csv, mode: overwrite }
    """

    sink: str
    mode: str
    target: str

    @property
    def title(self) -> str:
        return f"{self.target} can't write `{self.sink}` in mode `{self.mode}` yet"


class UnsupportedGate(Diagnostic, code="OF0605"):
    """The target can't judge the gates of a pipeline, or can't do what is to be done where one does not hold.

    A script of DuckDB or Flink can stop and tell, but not leave out what comes behind a gate: `oftra run`, modules of
    PySpark and orchestrators can. What runs as a stream has no gates.

    Wrong:

        connection lake = files { root: 'data' }
        contract ride { ride_id string not null }
        source rides: ride from lake { path: 'rides.parquet' }
        table copies in lake = from rides
        pipeline nightly { build: [copies], require rows(rides) >= 1 else skip }

    Right:

        connection lake = files { root: 'data' }
        contract ride { ride_id string not null }
        source rides: ride from lake { path: 'rides.parquet' }
        table copies in lake = from rides
        pipeline nightly { build: [copies], require rows(rides) >= 1 else stop }
    """

    pipeline: str
    target: str
    action: str = ""

    @property
    def title(self) -> str:
        what = f"`{self.action}` at " if self.action else "judge "
        return f"{self.target} can't {what}gates of pipeline `{self.pipeline}` yet"


class MissingBody(Diagnostic, code="OF0606"):
    """A function in engines' own words has none for this engine.

    Wrong:

        function twice(x int): int { on spark $$ {x} * 2 $$ }
        view doubled = from values (1) as t (x) |> select twice(x) as y

    Right:

        function twice(x int): int { on spark $$ {x} * 2 $$, on duckdb $$ {x} * 2 $$ }
        view doubled = from values (1) as t (x) |> select twice(x) as y
    """

    name: str
    engine: str

    @property
    def title(self) -> str:
        return f"`{self.name}` says nothing for {self.engine}"

    @property
    def help(self) -> str | None:
        return f"give it a body `on {self.engine} $$ ... $$`"


class WrittenElsewhere(Diagnostic, code="OF0612"):
    """A view is written in the words of another engine than the one that it would run on.

    Wrong:

        contract word { word string }
        view lines = from values ('a b') as t (line)
        view words: word = raw elsewhere (lines) $$ select line as word from {lines} $$
        view longest = from words |> order by length(word) desc |> limit 1

    Right:

        contract word { word string }
        view lines = from values ('a b') as t (line)
        view words: word = from lines |> select line as word
        view longest = from words |> order by length(word) desc |> limit 1
    """

    view: str
    written: str
    engine: str

    @property
    def title(self) -> str:
        return f"`{self.view}` is written in the words of {self.written}, and can't run on {self.engine}"

    @property
    def help(self) -> str | None:
        return "leave it out with `--select`, or say it as a query"


class UnsupportedStoredType(Diagnostic, code="OF0614"):
    """Files of this format can't hold values of this type so that every engine reads them as they were.

    Wrong:

        connection lake = files { root: 'data', format: csv }
        table tagged in lake = from values (1, ['a', 'b']) as t (id, tags)

    Right:

        connection lake = files { root: 'data', format: parquet }
        table tagged in lake = from values (1, ['a', 'b']) as t (id, tags)
    """

    owner: str
    column: str
    type: str
    format: str
    target: str

    @property
    def title(self) -> str:
        return f"{self.target} can't write `{self.column}` of `{self.owner}` to {self.format}: it is {self.type}"

    @property
    def help(self) -> str | None:
        if self.format == "csv":
            return "a cell is one text: `format: json` and `format: parquet` hold lists, maps and structs"
        return "`format: parquet` holds values of every type"


class UnknownCatalog(Diagnostic, code="OF0613"):
    """DuckDB doesn't know a catalog by its name, as a cluster does: to it a catalog is a database file.

    Wrong:

        connection shop = catalog { schema: 'sales' }
        contract ride { ride_id string }
        source rides: ride from shop
        table copies in shop = from rides

    Right:

        connection shop = catalog { schema: 'sales', attach: 'shop.duckdb' }
        contract ride { ride_id string }
        source rides: ride from shop
        table copies in shop = from rides
    """

    connection: str

    @property
    def title(self) -> str:
        return f"duckdb needs to know which file the catalog `{self.connection}` is"

    @property
    def help(self) -> str | None:
        return "`attach: 'FILE.duckdb'` says so, or `[env.NAME]` names another connection for it"


class UnsupportedFunction(Diagnostic, code="OF0607"):
    """The target's engine can't compute this function.

    Wrong: a call of a function whose page says that the engine lacks it.

    Right: a function that the engine has, or one of your own with a body in the engine's words.
    """

    function: str
    engine: str

    @property
    def title(self) -> str:
        return f"{self.engine} can't compute `{self.function}` yet"


class UnsupportedStreaming(Diagnostic, code="OF0641"):
    """The target has no streams, or not yet of this output: it makes it in batch only.

    Wrong: a table over a Kafka topic, compiled with `--mode streaming --target duckdb`.

    Right: the same with `--mode batch`, or for a target that has streams.
    """

    output: str
    target: str
    why: str = "its rows never end"
    way: str = "`--mode batch` gives the same rows, over what is there when it runs"

    @property
    def title(self) -> str:
        return f"{self.target} can't run `{self.output}` as a stream"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, self.why),)

    @property
    def help(self) -> str | None:
        return self.way


class NeedsARun(Diagnostic, code="OF0616"):
    """DuckDB alone reaches no topics and no tables of Postgres, so that a script of it can't either.

    `oftra run` reads and writes them.

    Wrong: a table over a Kafka topic, compiled with `--target duckdb`.

    Right: the same program run by `oftra run`, or compiled for a target whose engine reaches topics.
    """

    name: str
    connection: str
    what: str

    @property
    def title(self) -> str:
        return f"a script of duckdb can't reach `{self.name}`: its {self.what} is in `{self.connection}`"

    @property
    def help(self) -> str | None:
        return f"`oftra run` reads and writes {self.what}s; `[env.NAME]` in oftra.toml can name files in their place"


class UnsupportedOption(Diagnostic, code="OF0609"):
    """The target can't do what an option asks for.

    Wrong:

        connection lake = files { root: 'data' }
        contract ride { ride_id string primary key }
        source rides: ride from lake { path: 'rides.parquet', extra: keep }
        table copies in lake = from rides

    Right:

        connection lake = files { root: 'data' }
        contract ride { ride_id string primary key }
        source rides: ride from lake { path: 'rides.parquet' }
        table copies in lake = from rides
    """

    owner: str
    option: str
    value: str
    target: str

    @property
    def title(self) -> str:
        return f"{self.target} can't do `{self.option}: {self.value}` of `{self.owner}` yet"


class UnsupportedSecret(Diagnostic, code="OF0610"):
    """The target can't read secrets.

    Wrong: a program that reads `secret(...)`, compiled to a file that a shell runs as it stands.

    Right: a connection that needs no secret in this environment.
    """

    name: str
    target: str

    @property
    def title(self) -> str:
        return f"{self.target} can't read the secret `{self.name}` yet"


class UnsupportedOperator(Diagnostic, code="OF0611"):
    """The target can't do this operator in this place.

    Wrong: an operator that the table of supported features marks as missing for the engine.

    Right: the same said with other operators.
    """

    operator: str
    target: str

    @property
    def title(self) -> str:
        return f"{self.target} can't do {self.operator} yet"
