"""OF04: what streams can't do: what would never give a row, or keep state without end."""

from oftra.diagnostics.model import Diagnostic, Label
from oftra.source import Span


class TwoModes(Diagnostic, code="OF0401"):
    """A table or sink would be built by a pipeline that ends and by one that goes on.

    What a pipeline needs it builds too. So that it is clear who writes it, a table or sink over an unbounded source is
    named in pipelines of one mode only. What a pipeline that ends needs, without naming it, another one may keep up to
    date as a stream.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int }
        source clicks: click from bus { topic: 'clicks' }
        table pages in lake = from clicks |> where n > 0
        pipeline live { build: [pages], mode: streaming }
        pipeline nightly { build: [pages] }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int }
        source clicks: click from bus { topic: 'clicks' }
        table pages in lake = from clicks |> where n > 0
        table totals in lake = from pages |> aggregate sum(n) as n group by page
        pipeline live { build: [pages], mode: streaming }
        pipeline nightly { build: [totals] }
    """

    output: str
    streaming: str
    batch: str
    other: Span

    @property
    def title(self) -> str:
        return f"`{self.output}` is built by `{self.streaming}` as a stream, and by `{self.batch}` in batch"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (
            Label(self.span, f"`{self.streaming}` goes on, and builds it"),
            Label(self.other, f"`{self.batch}` ends, and builds it too"),
        )

    @property
    def help(self) -> str | None:
        return f"take `{self.output}` out of one of the two, or give `--mode` for all"


class UnboundedOrder(Diagnostic, code="OF0402"):
    """All rows of a stream would have to be there to put them in order, or to tell the first ones.

    The first rows of each window can be told once the watermark has passed it: by `row_number` over its rows.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        table top in lake = from clicks |> order by n desc |> limit 10
        pipeline live { build: [top], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        view ranked =
          from clicks
          |> call tumble(at, interval 1 hour)
          |> extend row_number() over (partition by window_start, window_end order by n desc) as place
        table top in lake = from ranked |> where place <= 10
        pipeline live { build: [top], mode: streaming }
    """

    operator: str

    @property
    def title(self) -> str:
        return f"`{self.operator}` needs all rows, and these never end"

    @property
    def help(self) -> str | None:
        return "number the rows of each window: `row_number() over (partition by window_end order by ...)`"


class AppendOnly(Diagnostic, code="OF0403"):
    """Rows that may yet change go where rows can only be added.

    A group without a window is never done, and neither is the row that another one with its key may replace. Such rows
    go to a table with `refresh: merge`, or to a sink with `mode: upsert`. The rows of a window are final once the
    watermark has passed it.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        table totals in lake = from clicks |> aggregate sum(n) as n group by page
        pipeline live { build: [totals], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        table totals in lake { refresh: merge, key: [page] } =
          from clicks |> aggregate sum(n) as n group by page
        table hourly in lake =
          from clicks |> call tumble(at, interval 1 hour) |> aggregate sum(n) as n group by page, window_start
        pipeline live { build: [totals], mode: streaming }
    """

    output: str
    kind: str
    place: str
    key: tuple[str, ...]
    operator: str
    changed: Span

    @property
    def title(self) -> str:
        return f"rows of `{self.output}` may yet change, and {self.place} only adds rows"

    @property
    def labels(self) -> tuple[Label, ...]:
        first = Label(self.span, f"{self.place} can't change what it has")
        return (first, Label(self.changed, f"`{self.operator}` gives rows that later ones replace or take back"))

    @property
    def help(self) -> str | None:
        key = f"[{', '.join(self.key)}]" if self.key else "[...]"
        change = f"refresh: merge, key: {key}" if self.kind == "table" else f"mode: upsert, key: {key}"
        windowed = ", or aggregate windows of time: `call tumble(...)`" if self.operator == "aggregate" else ""
        return f"`{{ {change} }}` lets rows change{windowed}"


class NoEventTime(Diagnostic, code="OF0404"):
    """A window of time stands over rows that never end and have no event time: it could never be known to be full.

    The contract of a source marks the event time, and a relation keeps it as long as the column goes through as it is.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        table hourly in lake =
          from clicks
          |> select page, date_trunc('minute', at) as minute
          |> call tumble(minute, interval 1 hour)
          |> aggregate count(*) as n group by page, window_start
        pipeline live { build: [hourly], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        table hourly in lake =
          from clicks
          |> select page, at
          |> call tumble(at, interval 1 hour)
          |> aggregate count(*) as n group by page, window_start
        pipeline live { build: [hourly], mode: streaming }
    """

    window: str
    event_time: str | None
    lost: Span | None
    lost_name: str | None

    @property
    def title(self) -> str:
        if self.event_time is not None:
            return f"`{self.window}` goes by another time than the event time `{self.event_time}`"
        return f"`{self.window}` needs an event time, and its rows have none"

    @property
    def labels(self) -> tuple[Label, ...]:
        first = Label(self.span, "when such a window is full can't be known")
        if self.lost is None:
            return (first,)
        return (first, Label(self.lost, f"the event time `{self.lost_name}` goes no further"))

    @property
    def help(self) -> str | None:
        if self.event_time is not None:
            return f"`call {self.window}({self.event_time}, ...)`"
        if self.lost_name is not None:
            return f"let `{self.lost_name}` through as it is"
        return "mark it in the contract: `event time watermark 10 minutes` behind a column"


class UnboundedJoin(Diagnostic, code="OF0405"):
    """Two streams are joined, and nothing says how long the rows of one wait for the other's.

    A bound on how far apart their event times are says it by the rows' own time, so that a batch finds the same pairs.
    A `ttl` says it by the clock: rows are kept as long as that.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        contract order { page string, paid int, paid_at timestamp event time watermark 10 minutes }
        source orders: order from bus { topic: 'orders' }
        table paid in lake =
          from clicks |> join orders on clicks.page = orders.page |> select clicks.page, paid
        pipeline live { build: [paid], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        contract order { page string, paid int, paid_at timestamp event time watermark 10 minutes }
        source orders: order from bus { topic: 'orders' }
        table paid in lake =
          from clicks
          |> join orders on clicks.page = orders.page and paid_at between at and at + interval 1 hour
          |> select clicks.page, paid
        pipeline live { build: [paid], mode: streaming }
    """

    times: tuple[str, str] | None

    @property
    def title(self) -> str:
        return "two streams are joined without a bound, and would wait for each other for ever"

    @property
    def help(self) -> str | None:
        if self.times is None:
            return "`ttl interval 1 hour` behind the join says how long rows are kept"
        left, right = self.times
        bound = f"and {right} between {left} and {left} + interval 1 hour"
        return f"add `{bound}`, or `ttl interval 1 hour` behind the join"


class NoWatermark(Diagnostic, code="OF0406"):
    """A stream's event time has no watermark, so that nothing says when a window is full, or a row found no partner.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        contract view { page string, at timestamp event time }
        source views: view from bus { topic: 'views' }
        table hourly in lake =
          from views |> call tumble(at, interval 1 hour) |> aggregate count(*) as n group by page, window_start
        pipeline live { build: [hourly], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        contract view { page string, at timestamp event time watermark 1 minute }
        source views: view from bus { topic: 'views' }
        table hourly in lake =
          from views |> call tumble(at, interval 1 hour) |> aggregate count(*) as n group by page, window_start
        pipeline live { build: [hourly], mode: streaming }
    """

    operator: str
    event_time: str

    @property
    def title(self) -> str:
        return f"`{self.operator}` needs a watermark of `{self.event_time}`"

    @property
    def help(self) -> str | None:
        return f"say in the contract how late rows may come: `event time watermark 10 minutes` of `{self.event_time}`"


class KeepsGivenRows(Diagnostic, code="OF0407", severity="warning"):
    """What a stream has given is kept for good, to tell the rows that it has not given yet.

    Rows that can come again only within a while are told apart within their window of time, or with their event time:
    what the watermark has passed can be forgotten then. Spark forgets it in both cases, Flink within windows alone:
    what is told apart with the event time it keeps unless `table.exec.state.ttl` says how long. Where so many different
    rows are as it should be, the warning is allowed.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        table pages in lake = from clicks |> select distinct page
        pipeline live { build: [pages], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        table pages in lake = from clicks |> select distinct page, at
        pipeline live { build: [pages], mode: streaming }
    """

    operator: str
    what: str

    @property
    def title(self) -> str:
        return f"`{self.operator}` keeps {self.what} for good"

    @property
    def help(self) -> str | None:
        return (
            "add the window, or the event time (Spark alone forgets by it), to what is told apart; or allow OF0407 here"
        )


class UnboundedOperator(Diagnostic, code="OF0408"):
    """An operator would keep all rows of a stream for ever, or can tell its result only once they are all there.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        contract order { page string, paid int, paid_at timestamp event time watermark 10 minutes }
        source orders: order from bus { topic: 'orders' }
        table seen in lake = (from clicks |> select page) intersect (from orders |> select page)
        pipeline live { build: [seen], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        contract order { page string, paid int, paid_at timestamp event time watermark 10 minutes }
        source orders: order from bus { topic: 'orders' }
        table seen in lake =
          from clicks
          |> semi join orders on clicks.page = orders.page and paid_at between at and at + interval 1 hour
          |> select page
        pipeline live { build: [seen], mode: streaming }
    """

    operator: str
    advice: str

    @property
    def title(self) -> str:
        return f"`{self.operator}` needs all rows, and these never end"

    @property
    def help(self) -> str | None:
        return self.advice


class UnboundedWindowFunction(Diagnostic, code="OF0409"):
    """A function over a window of rows would keep all rows of a stream for ever, as later ones change what it gives.

    It forgets if the rows are parted by a window of time, if a condition right behind it keeps but the first few of
    them, or if it goes by the event time up to the current row.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        table shares in lake = from clicks |> extend n / sum(n) over (partition by page) as share
        pipeline live { build: [shares], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        table shares in lake =
          from clicks
          |> call tumble(at, interval 1 hour)
          |> extend n / sum(n) over (partition by page, window_start) as share
        pipeline live { build: [shares], mode: streaming }
    """

    functions: str

    @property
    def title(self) -> str:
        return f"`{self.functions}` over these rows keeps all of them, and they never end"

    @property
    def help(self) -> str | None:
        return "part them by a window of time too, keep the first few (`where r <= 10`), or order by the event time"


class UnboundedRule(Diagnostic, code="OF0410"):
    """A rule would have to look at all rows of a stream, those to come too.

    `primary key` and `unique` hold in a stream if the event time is among their columns: what the watermark has passed
    is forgotten then. Of records that mean changes, `changes: upsert` or `cdc` takes the last one for each key. What
    comes twice is left out by a query.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        contract view { view_id string, at timestamp event time watermark 1 minute, primary key (view_id) }
        source views: view from bus { topic: 'views' }
        table copies in lake = from views
        pipeline live { build: [copies], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        contract view { view_id string, at timestamp event time watermark 1 minute, primary key (view_id, at) }
        source views: view from bus { topic: 'views' }
        table copies in lake = from views
        pipeline live { build: [copies], mode: streaming }
    """

    rule: str
    kind: str
    target: str | None

    @property
    def title(self) -> str:
        if self.target is not None:
            return f"`{self.rule}` looks among all rows of `{self.target}`, and these never end"
        return f"`{self.rule}` looks at all rows, and these never end"

    @property
    def help(self) -> str | None:
        if self.target is not None:
            return "join the two within a bound of time instead"
        return "add the event time to its columns, or leave the rule to the batch: `--mode batch`"


class QueryOverStream(Diagnostic, code="OF0411"):
    """A query that stands as a value reads rows that never end: its value would never be known.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        contract order { page string, paid int, paid_at timestamp event time watermark 10 minutes }
        source orders: order from bus { topic: 'orders' }
        table paid in lake = from clicks |> where page in (from orders |> select page)
        pipeline live { build: [paid], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        contract order { page string, paid int, paid_at timestamp event time watermark 10 minutes }
        source orders: order from bus { topic: 'orders' }
        table paid in lake =
          from clicks |> semi join orders on clicks.page = orders.page and paid_at between at and at + interval 1 hour
        pipeline live { build: [paid], mode: streaming }
    """

    form: str

    @property
    def title(self) -> str:
        return f"{self.form} reads rows that never end, so that its value is never known"

    @property
    def help(self) -> str | None:
        return "join the two with a bound on their event times: `semi join`, `anti join`, `join`"


class TimeOfTheRun(Diagnostic, code="OF0412"):
    """A stream has no run that begins and ends, so that `run.start` and `run.end` say nothing in it.

    They are settled when it is started, and are others after a restart: rows would depend on that.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        table fresh in lake = from clicks |> where at > run.end - interval 1 day
        pipeline live { build: [fresh], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        param since timestamp = timestamp '2026-01-01 00:00:00Z'
        table fresh in lake = from clicks |> where at > since
        pipeline live { build: [fresh], mode: streaming }
    """

    name: str

    @property
    def title(self) -> str:
        return f"`{self.name}` means nothing in a stream, which has no run"

    @property
    def help(self) -> str | None:
        return "compare event times with each other, or with a `param`"


class MovingTable(Diagnostic, code="OF0413", severity="warning"):
    """A stream looks into a table that a pipeline builds anew while the stream runs.

    Which of its rows are found depends on when they are looked for, so that a batch may find others.

    Wrong:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        table names in lake = from values ('/', 'Home') as t (page, name)
        table named in lake = from clicks |> join names using (page)
        pipeline nightly { build: [names] }
        pipeline live { build: [named], mode: streaming }

    Right:

        connection lake = files { root: 'data' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract click { page string, n int, at timestamp event time watermark 10 minutes }
        source clicks: click from bus { topic: 'clicks' }
        view names = from values ('/', 'Home') as t (page, name)
        table named in lake = from clicks |> join names using (page)
        pipeline live { build: [named], mode: streaming }
    """

    table: str
    pipeline: str

    @property
    def title(self) -> str:
        return f"`{self.table}` changes while the stream runs: `{self.pipeline}` builds it anew"

    @property
    def help(self) -> str | None:
        return "versions with an event time are found as they were then: `for system_time as of`; or allow OF0413"


class CantAdvance(Diagnostic, code="OF0414"):
    """A test moves the time of something that has none, or moves it back.

    Wrong:

        connection lake = files { root: 'data' }
        contract click { page string, at timestamp event time }
        source clicks: click from lake { path: 'clicks.jsonl' }
        test 'clicks' {
          given clicks
            | page | at                     |
            | '/'  | '2026-01-01 00:00:00Z' |
          advance clicks to '2026-01-01 01:00:00Z'
        }

    Right:

        connection lake = files { root: 'data' }
        contract click { page string, at timestamp event time watermark 10 minutes }
        source clicks: click from lake { path: 'clicks.jsonl' }
        test 'clicks' {
          given clicks
            | page | at                     |
            | '/'  | '2026-01-01 00:00:00Z' |
          advance clicks to '2026-01-01 01:00:00Z'
        }
    """

    relation: str
    why: str

    @property
    def title(self) -> str:
        return f"the time of `{self.relation}` can't be moved: {self.why}"


class LateInTest(Diagnostic, code="OF0415"):
    """A row of a test comes late, and its contract doesn't say what becomes of late rows.

    Without a word on that, such a row goes as far as nothing has forgotten what it belongs to: a batch, which forgets
    nothing, has it, and a stream may or may not.

    Wrong:

        connection lake = files { root: 'data' }
        contract click { page string, at timestamp event time watermark 10 minutes }
        source clicks: click from lake { path: 'clicks.jsonl' }
        test 'clicks' {
          given clicks
            | page | at                     |
            | '/'  | '2026-01-01 00:00:00Z' |
          advance clicks to '2026-01-01 01:00:00Z'
            | '/'  | '2026-01-01 00:30:00Z' |
        }

    Right:

        connection lake = files { root: 'data' }
        contract click { page string, at timestamp event time watermark 10 minutes on late drop }
        source clicks: click from lake { path: 'clicks.jsonl' }
        test 'clicks' {
          given clicks
            | page | at                     |
            | '/'  | '2026-01-01 00:00:00Z' |
          advance clicks to '2026-01-01 01:00:00Z'
            | '/'  | '2026-01-01 00:30:00Z' |
        }
    """

    source: str

    @property
    def title(self) -> str:
        return f"this row of `{self.source}` is late, and nothing says what becomes of it"

    @property
    def help(self) -> str | None:
        return "say so in the contract: `on late drop` or `on late into NAME` behind the watermark"


class LateChanges(Diagnostic, code="OF0416"):
    """A stream would leave out records that say what became of rows, since they come late.

    Of each key the last record counts, whenever it comes: one that deletes may come late and be the last, and without
    it the row would stay. What is older than what is known of a key says nothing anyway. In batch nothing is late.

    Wrong:

        connection lake = delta { root: 'lake' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract change { id int primary key, op string, at timestamp event time watermark 1 hour on late drop }
        source users: change from bus { topic: 'users', changes: cdc, op: op, order_by: [at] }
        table users_now in lake { refresh: merge, key: [id] } = from users |> select id
        pipeline live { build: [users_now], mode: streaming }

    Right:

        connection lake = delta { root: 'lake' }
        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract change { id int primary key, op string, at timestamp event time watermark 1 hour }
        source users: change from bus { topic: 'users', changes: cdc, op: op, order_by: [at] }
        table users_now in lake { refresh: merge, key: [id] } = from users |> select id
        pipeline live { build: [users_now], mode: streaming }
    """

    source: str

    @property
    def title(self) -> str:
        return f"`on late` would leave out records of `{self.source}` that say what changed"

    @property
    def help(self) -> str | None:
        return "leave `on late` out of its contract: an older record says nothing of a key that a newer one is there of"
