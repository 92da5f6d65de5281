"""OF052: what a pipeline says of time and of other pipelines, where that can't be done."""

from oftra.diagnostics.model import Diagnostic, Edit, Label
from oftra.source import Span


class BadSchedule(Diagnostic, code="OF0520"):
    """A pipeline's schedule is no cron expression.

    It has five fields: minute (0 to 59), hour (0 to 23), day of the month (1 to 31), month (1 to 12, or `jan` to
    `dec`), and day of the week (0 to 7, or `sun` to `sat`; 0 and 7 are Sunday). A field is `*`, a number, a range
    `1-5`, any of these in steps `*/15`, or several of them between commas.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
        pipeline nightly { build: [t], schedule: '0 24 * * *' }

    Right:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
        pipeline nightly { build: [t], schedule: '0 0 * * *' }
    """

    schedule: str
    wrong: str

    @property
    def title(self) -> str:
        return f"`{self.schedule}` is no cron expression: {self.wrong}"

    @property
    def help(self) -> str:
        return "write minute, hour, day of the month, month and day of the week: `'30 6 * * mon-fri'`"


class UnknownTimeZone(Diagnostic, code="OF0521"):
    """A pipeline's time zone is not in the time zone database of the IANA.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
        pipeline nightly { build: [t], schedule: '0 0 * * *', timezone: 'Europe/Zuerich' }

    Right:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
        pipeline nightly { build: [t], schedule: '0 0 * * *', timezone: 'Europe/Zurich' }
    """

    zone: str
    near: str | None

    @property
    def title(self) -> str:
        return f"there is no time zone `{self.zone}`"

    @property
    def help(self) -> str:
        return f"did you mean `{self.near}`?" if self.near else "name it as the IANA does: `America/New_York`"

    @property
    def edit(self) -> Edit | None:
        return None if self.near is None else Edit(self.span, f"'{self.near}'")


class GateElsewhere(Diagnostic, code="OF0522"):
    """A pipeline's gate speaks of a relation that the pipeline neither builds nor reads.

    A gate is judged before anything that reads its relation is written. Where nothing of the pipeline does, there is
    nothing that it could keep from being written. A view of its own, for the gate alone, may be of anything that the
    pipeline builds or reads.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        contract ride { fare decimal(10, 2) }
        source rides: ride from lake { path: 'rides.parquet' }
        source walks: ride from lake { path: 'walks.parquet' }
        table revenue in lake = from rides |> aggregate sum(fare) as revenue
        pipeline nightly { build: [revenue], require rows(walks) > 0 else stop }

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract ride { fare decimal(10, 2) }
        source rides: ride from lake { path: 'rides.parquet' }
        source walks: ride from lake { path: 'walks.parquet' }
        table revenue in lake = from rides |> aggregate sum(fare) as revenue
        pipeline nightly { build: [revenue], require rows(rides) > 0 else stop }
    """

    relation: str
    pipeline: str

    @property
    def title(self) -> str:
        return f"the pipeline `{self.pipeline}` neither builds nor reads `{self.relation}`"

    @property
    def help(self) -> str:
        return "a gate is about what the pipeline builds, or reads for that"


class UpdateCycle(Diagnostic, code="OF0523"):
    """Pipelines wait for each other's updates in a circle: none would ever be the first, and after one all run on.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table a in lake = from values (1) as t (x)
        table b in lake = from values (1) as t (x)
        pipeline first { build: [a], on_update_of: [b] }
        pipeline second { build: [b], on_update_of: [a] }

    Right:

        connection lake = files { root: 'data', format: parquet }
        table a in lake = from values (1) as t (x)
        table b in lake = from values (1) as t (x)
        pipeline first { build: [a], schedule: '0 * * * *' }
        pipeline second { build: [b], on_update_of: [a] }
    """

    circle: tuple[str, ...]

    @property
    def title(self) -> str:
        first, *others = [f"`{name}`" for name in self.circle]
        if not others:
            return f"the pipeline {first} waits for an update of what it builds itself"
        return f"pipelines wait for each other: {' → '.join([first, *others, first])}"

    @property
    def help(self) -> str:
        if len(self.circle) == 1:
            return "take that out of its `on_update_of`, or give it a `schedule`"
        return "give one of them a `schedule` instead of its `on_update_of`"


class DeadlineUnmet(Diagnostic, code="OF0524"):
    """A pipeline's deadline can't mean anything beside its timeout, or beside its retries.

    A deadline is when someone is told that a run takes long. A run that is stopped before has none, and one that is
    still waiting for its retries is not late yet.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
        pipeline nightly {
          build: [t], retries: 3, retry_delay: interval 20 minutes, deadline: interval 30 minutes,
        }

    Right:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
        pipeline nightly {
          build: [t], retries: 3, retry_delay: interval 20 minutes, deadline: interval 2 hours,
        }
    """

    pipeline: str
    because: str

    @property
    def title(self) -> str:
        return f"the deadline of `{self.pipeline}` {self.because}"

    @property
    def help(self) -> str:
        return "a deadline is longer than all retries take, and shorter than the timeout"


class TwoBuilders(Diagnostic, code="OF0525"):
    """Two pipelines would write one table or sink, or run one task, each at its own times.

    What a pipeline needs it builds too, unless another pipeline names it under `build`: then it reads what that one
    left.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table orders in lake = from values (1, 2.5) as t (id, price)
        table totals in lake = from orders |> aggregate sum(price) as total
        table counts in lake = from orders |> aggregate count(*) as n
        pipeline hourly { build: [counts], schedule: '0 * * * *' }
        pipeline nightly { build: [totals], schedule: '0 0 * * *' }

    Right:

        connection lake = files { root: 'data', format: parquet }
        table orders in lake = from values (1, 2.5) as t (id, price)
        table totals in lake = from orders |> aggregate sum(price) as total
        table counts in lake = from orders |> aggregate count(*) as n
        pipeline hourly { build: [orders, counts], schedule: '0 * * * *' }
        pipeline nightly { build: [totals], schedule: '0 0 * * *' }
    """

    output: str
    pipeline: str
    other: str
    there: Span
    is_task: bool = False

    @property
    def title(self) -> str:
        done = "run" if self.is_task else "written"
        return f"`{self.output}` would be {done} by `{self.other}` and by `{self.pipeline}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        does = "runs" if self.is_task else "builds"
        return (Label(self.span, f"`{self.pipeline}` {does} it"), Label(self.there, f"`{self.other}` {does} it too"))

    @property
    def help(self) -> str:
        return f"name `{self.output}` under `build` of one of them alone; the other one then reads what that one left"


class NeverFresh(Diagnostic, code="OF0526"):
    """A gate asks whether a relation is fresh, and nothing says when it would be.

    `fresh(r)` compares the newest event time of `r` with the `freshness` of its contract.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        contract ride { started_at timestamp event time, fare decimal(10, 2) }
        source rides: ride from lake { path: 'rides.parquet' }
        table revenue in lake = from rides |> aggregate sum(fare) as revenue
        pipeline nightly { build: [revenue], require fresh(rides) else alert }

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract ride { started_at timestamp event time, fare decimal(10, 2), freshness: interval 2 hours }
        source rides: ride from lake { path: 'rides.parquet' }
        table revenue in lake = from rides |> aggregate sum(fare) as revenue
        pipeline nightly { build: [revenue], require fresh(rides) else alert }
    """

    relation: str
    lacking: str

    @property
    def title(self) -> str:
        return f"`fresh({self.relation})` can't be told: {self.lacking}"

    @property
    def help(self) -> str:
        return "its contract has to name an `event time`, and a `freshness` such as `freshness: interval 2 hours`"


class NotMeasured(Diagnostic, code="OF0527"):
    """`rows` or `fresh` of a gate is asked of something else than one relation.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
        pipeline nightly { build: [t], require rows('t') > 0 else stop }

    Right:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
        pipeline nightly { build: [t], require rows(t) > 0 else stop }
    """

    measure: str

    @property
    def title(self) -> str:
        return f"`{self.measure}` is asked of one relation"

    @property
    def help(self) -> str:
        return f"name it: `{self.measure}(rides)`"


class GateCycle(Diagnostic, code="OF0528"):
    """Gates of a pipeline wait for each other: what one is about can't be written before the other one is judged.

    A gate is judged once all that it speaks of is written, and before anything that reads one of these. Each of two
    gates may then need what waits for the other.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        contract ride { fare decimal(10, 2) }
        source rides: ride from lake { path: 'rides.parquet' }
        source walks: ride from lake { path: 'walks.parquet' }
        table ridden in lake = from rides |> aggregate sum(fare) as fare
        table walked in lake = from walks |> aggregate sum(fare) as fare
        pipeline nightly {
          build: [ridden, walked],
          require rows(ridden) = 1 and rows(walks) > 0 else stop,
          require rows(walked) = 1 and rows(rides) > 0 else stop,
        }

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract ride { fare decimal(10, 2) }
        source rides: ride from lake { path: 'rides.parquet' }
        source walks: ride from lake { path: 'walks.parquet' }
        table ridden in lake = from rides |> aggregate sum(fare) as fare
        table walked in lake = from walks |> aggregate sum(fare) as fare
        pipeline nightly {
          build: [ridden, walked],
          require rows(walks) > 0 and rows(rides) > 0 else stop,
          require rows(ridden) = 1 and rows(walked) = 1 else stop,
        }
    """

    pipeline: str
    circle: tuple[str, ...]

    @property
    def title(self) -> str:
        way = " → ".join([f"`{name}`" for name in (*self.circle, self.circle[0])])
        return f"gates of the pipeline `{self.pipeline}` wait for each other: {way}"

    @property
    def help(self) -> str:
        return "let each gate speak of what is written at one time: `require a and b` may stand as two gates"


class ReadsWhole(Diagnostic, code="OF0529", severity="warning"):
    """A run makes a part of a table, and reads all that there is for it.

    The rows of a run are those whose `window` column lies in its slice. That condition goes down to what is read, past
    joins, aggregates that group by the time, windows of time and views. It can't pass an operator that makes a row of
    rows from other times: all of them are read and computed in every run, and then most are left out. The table is
    right all the same.

    A `where` below the operator that asks about `run.start` or `run.end` says how far it has to look, and so does
    `-- oftra: allow OF0529` on its line that all is meant.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        contract ride { id int not null, zone string, at timestamp not null event time }
        source rides: ride from lake { path: 'rides.parquet' }
        table numbered in lake { refresh: append, window: at } =
          from rides
          |> extend row_number() over (partition by zone order by at, id) as nth

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract ride { id int not null, zone string, at timestamp not null event time }
        source rides: ride from lake { path: 'rides.parquet' }
        table numbered in lake { refresh: append, window: day } =
          from rides
          |> extend cast(at as date) as day
          |> extend row_number() over (partition by zone, day order by at, id) as nth
    """

    table: str
    operator: str

    @property
    def title(self) -> str:
        return f"each run of `{self.table}` reads all that there is, not only its slice"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, _IN_THE_WAY.get(self.operator, "the slice can't be cut before this")),)

    @property
    def help(self) -> str | None:
        return "cut the rows before it by `run.start` and `run.end`, or allow OF0529"


_IN_THE_WAY = {
    "Aggregate": "a row here is made of rows from other times, too",
    "Join": "which rows these are is known only behind this join",
    "Limit": "which rows are left depends on those of other times",
    "Opaque": "what this takes of other times isn't known",
    "Project": "the time of a row is computed here",
    "Session": "a session may begin before the slice and end behind it",
    "Sample": "which rows are left depends on those of other times",
    "Step": "others take these rows, too",
    "TimeWindow": "what is asked of these windows isn't known of the times in them",
    "Unnest": "the time of a row comes out of a list",
    "Window": "what is computed here looks at rows of other times, too",
}
"""What is said of an operator, by the name of its node."""
