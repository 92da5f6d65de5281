"""OF05: contracts, the relations that promise to keep them, where they live, and tests of them."""

from oftra.diagnostics.model import Diagnostic, Label
from oftra.source import NOWHERE, Span


class MissingColumn(Diagnostic, code="OF0501"):
    """A relation lacks a column that its contract promises.

    Wrong:

        contract c { x int, y int }
        view v: c = from values (1) as t (x)

    Right:

        contract c { x int, y int }
        view v: c = from values (1, 2) as t (x, y)
    """

    relation: str
    column: str
    contract: str
    promised: Span = NOWHERE

    @property
    def title(self) -> str:
        return f"`{self.relation}` lacks the column `{self.column}` of its contract `{self.contract}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "its query has no such column"), Label(self.promised, "promised here"))


class ColumnType(Diagnostic, code="OF0502"):
    """A column's type does not widen to the one that the contract promises.

    Wrong:

        contract c { x int }
        view v: c = from values ('a') as t (x)

    Right:

        contract c { x string }
        view v: c = from values ('a') as t (x)
    """

    relation: str
    column: str
    wanted: str
    found: str
    promised: Span = NOWHERE

    @property
    def title(self) -> str:
        return f"`{self.column}` of `{self.relation}` is `{self.found}`, and the contract says `{self.wanted}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"this is `{self.found}`"), Label(self.promised, f"promised as `{self.wanted}`"))

    @property
    def help(self) -> str:
        return f"`cast({self.column} as {self.wanted})`, or change the contract"


class ExtraColumn(Diagnostic, code="OF0503"):
    """A relation has a column that its contract does not know.

    Wrong:

        contract c { x int }
        view v: c = from values (1, 2) as t (x, y)

    Right:

        contract c { x int }
        view v: c = from values (1, 2) as t (x, y) |> drop y
    """

    relation: str
    column: str
    contract: str

    @property
    def title(self) -> str:
        return f"the contract `{self.contract}` has no column `{self.column}`"

    @property
    def help(self) -> str:
        return f"end the query with `|> drop {self.column}`, or add the column to the contract"


class NoStore(Diagnostic, code="OF0504"):
    """A table or quarantine has no place to live: it names no connection, and the project has no default store.

    Wrong:

        table t = from values (1) as t (x)

    Right:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
    """

    name: str

    @property
    def title(self) -> str:
        return f"`{self.name}` has no place to live"

    @property
    def help(self) -> str:
        return "name a connection (`in NAME`), or set `store` below `[project]` in oftra.toml"


class NoPlaceFor(Diagnostic, code="OF0505"):
    """A kind of connection can't hold tables, or can't be sent to.

    Wrong:

        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        table t in bus = from values (1) as t (x)

    Right:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
    """

    what: str
    connection: str
    kind: str

    @property
    def title(self) -> str:
        return f"the `{self.kind}` connection `{self.connection}` can't hold {self.what}"


class NeedsOption(Diagnostic, code="OF0506"):
    """One option of a table or sink needs another beside it.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table t in lake { refresh: merge } = from values (1) as t (x)

    Right:

        connection lake = files { root: 'data', format: parquet }
        table t in lake { refresh: merge, key: x } = from values (1) as t (x)
    """

    option: str
    needed: str
    owner: str

    @property
    def title(self) -> str:
        return f"`{self.option}` of {self.owner} needs `{self.needed}`"

    @property
    def help(self) -> str:
        return f"add `{self.needed}: ...`"


class RepeatedKey(Diagnostic, code="OF0507"):
    """A contract has two primary keys, or a column twice.

    Wrong:

        contract c { x int primary key, y int primary key }

    Right:

        contract c { x int, y int, primary key (x, y) }
    """

    what: str
    first: Span = NOWHERE

    @property
    def title(self) -> str:
        return f"{self.what} stands twice in this contract"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "again"), Label(self.first, "first here"))


class CellCount(Diagnostic, code="OF0508"):
    """A row of a test has more or fewer cells than its header.

    Wrong:

        view v = from values (1, 2) as t (x, y)
        test 'v' {
          expect v
            | x | y |
            | 1 |
        }

    Right:

        view v = from values (1, 2) as t (x, y)
        test 'v' {
          expect v
            | x | y |
            | 1 | 2 |
        }
    """

    wanted: int
    found: int

    @property
    def title(self) -> str:
        return f"this row has {self.found} cell{'' if self.found == 1 else 's'}, and its header {self.wanted}"


class Untested(Diagnostic, code="OF0509"):
    """A test expects rows of something that has none to show: a sink, or a relation that is given.

    Wrong:

        view v = from values (1) as t (x)
        test 'v' {
          given v
            | x |
            | 1 |
          expect v
            | x |
            | 1 |
        }

    Right:

        view v = from values (1) as t (x)
        test 'v' {
          expect v
            | x |
            | 1 |
        }
    """

    relation: str
    why: str

    @property
    def title(self) -> str:
        return f"`{self.relation}` can't be expected: {self.why}"


class NotPrimaryKeyOf(Diagnostic, code="OF0510"):
    """`references` names columns of another number than the rule's own.

    Wrong:

        view v = from values (1, 2) as t (x, y)
        contract c { a int references v (x, y) }

    Right:

        view v = from values (1, 2) as t (x, y)
        contract c { a int references v (x) }
    """

    relation: str
    wanted: int
    found: int

    @property
    def title(self) -> str:
        return f"{self.wanted} column refers to {self.found} columns of `{self.relation}`"


class NotBuilt(Diagnostic, code="OF0511"):
    """A pipeline builds something that is neither a table nor a sink.

    Wrong:

        view v = from values (1) as t (x)
        pipeline p { build: [v] }

    Right:

        connection lake = files { root: 'data', format: parquet }
        table v in lake = from values (1) as t (x)
        pipeline p { build: [v] }
    """

    name: str
    kind: str

    @property
    def title(self) -> str:
        return f"a pipeline can't build the {self.kind} `{self.name}`"

    @property
    def help(self) -> str:
        return "it builds tables and sinks, with all that they need"


class BadEventTime(Diagnostic, code="OF0512"):
    """A column can't be the event time: it has no time, or another column is it already.

    Wrong:

        contract c { x int event time }

    Right:

        contract c { x timestamp event time }
    """

    column: str
    why: str

    @property
    def title(self) -> str:
        return f"`{self.column}` can't be the event time: {self.why}"


class CyclicContracts(Diagnostic, code="OF0513"):
    """A contract extends itself, perhaps by way of others.

    Wrong:

        contract a { extends: b }
        contract b { extends: a }

    Right:

        contract a { extends: b }
        contract b { x int }
    """

    name: str

    @property
    def title(self) -> str:
        return f"the contract `{self.name}` extends itself"


class NullGiven(Diagnostic, code="OF0514"):
    """A test gives null in a column that is never null.

    Wrong:

        view v = from values (1) as t (x)
        view w = from v |> select x + 1 as y
        test 'w' {
          given v
            | x |
            | null |
          expect w
            | y |
            | null |
        }

    Right:

        view v = from values (1) as t (x)
        view w = from v |> select x + 1 as y
        test 'w' {
          given v
            | x |
            | 1 |
          expect w
            | y |
            | 2 |
        }
    """

    column: str
    relation: str

    @property
    def title(self) -> str:
        return f"`{self.column}` of `{self.relation}` is never null"


class NoQuarantine(Diagnostic, code="OF0515"):
    """Rows go to a quarantine that has no name.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        contract ride { fare double check (fare >= 0) on violation quarantine }
        source rides: ride from lake { path: 'rides.parquet' }

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract ride { fare double check (fare >= 0) on violation quarantine into rejected in lake }
        source rides: ride from lake { path: 'rides.parquet' }
    """

    @property
    def title(self) -> str:
        return "nothing says which quarantine"

    @property
    def help(self) -> str:
        return "name it here (`quarantine into NAME`), or for all rules of a source: `on invalid quarantine into NAME`"


class TwoPlaces(Diagnostic, code="OF0516"):
    """A quarantine that several relations fill is said to live in two connections.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        connection attic = files { root: 'attic', format: parquet }
        contract ride { fare double not null }
        source rides: ride from lake { path: 'rides.parquet' } on invalid quarantine into rejected in lake
        source trips: ride from lake { path: 'trips.parquet' } on invalid quarantine into rejected in attic

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract ride { fare double not null }
        source rides: ride from lake { path: 'rides.parquet' } on invalid quarantine into rejected in lake
        source trips: ride from lake { path: 'trips.parquet' } on invalid quarantine into rejected in lake
    """

    quarantine: str
    connection: str
    other: str
    first: Span = NOWHERE

    @property
    def title(self) -> str:
        return f"the quarantine `{self.quarantine}` can't live in `{self.connection}` and in `{self.other}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"in `{self.other}` here"), Label(self.first, f"in `{self.connection}` here"))


class CircularReference(Diagnostic, code="OF0517"):
    """The rows of a relation refer to a relation that is made of them: neither could be judged before the other.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        contract ride { zone int references busy (zone) }
        source rides: ride from lake { path: 'rides.parquet' }
        view busy = from rides |> aggregate count(*) as rides group by zone

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract zone { zone int primary key }
        contract ride { zone int references zones (zone) }
        source zones: zone from lake { path: 'zones.parquet' }
        source rides: ride from lake { path: 'rides.parquet' }
        view busy = from rides |> aggregate count(*) as rides group by zone
    """

    relation: str
    target: str

    @property
    def title(self) -> str:
        return f"`{self.relation}` can't refer to `{self.target}`, which is made of it"


class OnlyByKey(Diagnostic, code="OF0518"):
    """Records that say what changed keep a rule that tells rows apart by something else than their key.

    One record after the other may have a value that is given up by one key and taken by another: the rule is about
    rows, not about records. A table of the rows can keep it.

    Wrong:

        connection lake = files { root: 'data' }
        contract user { id int, email string unique, op string, at timestamp, primary key (id) }
        source users: user from lake { path: 'users.jsonl', changes: cdc, op: op, order_by: [at] }

    Right:

        connection lake = files { root: 'data' }
        contract change { id int, email string, op string, at timestamp, primary key (id) }
        contract user { id int primary key, email string unique }
        source users: change from lake { path: 'users.jsonl', changes: cdc, op: op, order_by: [at] }
        table current: user in lake = from users |> select id, email
    """

    rule: str
    key: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.rule}` can't be judged on records that say what changed by `{', '.join(self.key)}`"

    @property
    def help(self) -> str | None:
        return "leave it to the contract of a table of their rows"


class WatermarkAlone(Diagnostic, code="OF0519"):
    """A watermark says how late an event time may come, and this column isn't the event time.

    Wrong:

        contract click { page string, at timestamp watermark 10 minutes }

    Right:

        contract click { page string, at timestamp event time watermark 10 minutes }
    """

    column: str

    @property
    def title(self) -> str:
        return f"`{self.column}` has a watermark, and is no event time"

    @property
    def help(self) -> str | None:
        return "`event time` goes before `watermark`"
