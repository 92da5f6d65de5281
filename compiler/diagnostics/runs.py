"""OF054: what starts runs of a pipeline, how many at once, and what they leave."""

from oftra.diagnostics.model import Diagnostic, Label


class OnlyAlone(Diagnostic, code="OF0540"):
    """Runs of a pipeline are to be at work at once, and what comes out would depend on which of them is first.

    What is made whole of the rows of one run holds those of whichever run was last, and so it is with a `merge` table
    that no `order_by` orders. Tables of which each run replaces its own part may be written in any order.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        contract ride { at timestamp not null event time, fare decimal(10, 2) }
        source rides: ride from lake { path: 'rides.parquet' }
        table fares in lake = from rides |> where at >= run.start and at < run.end
        pipeline hourly { build: [fares], schedule: '0 * * * *', concurrency: 4 }

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract ride { at timestamp not null event time, fare decimal(10, 2) }
        source rides: ride from lake { path: 'rides.parquet' }
        table fares in lake { refresh: append, window: at } = from rides
        pipeline hourly { build: [fares], schedule: '0 * * * *', concurrency: 4 }
    """

    pipeline: str
    output: str
    why: str

    @property
    def title(self) -> str:
        return f"runs of `{self.pipeline}` can't be at work at once: `{self.output}` {self.why}"

    @property
    def help(self) -> str:
        return "leave `concurrency` out, or let each run replace its own part: `refresh: append`, `partitions`, `merge`"


class WaitsForNothing(Diagnostic, code="OF0541"):
    """A pipeline says whether it waits for any or for all updates, and names none that it waits for.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        table t in lake = from values (1) as t (x)
        pipeline nightly { build: [t], schedule: '0 0 * * *', wait_for: all }

    Right:

        connection lake = files { root: 'data', format: parquet }
        table a in lake = from values (1) as t (x)
        table b in lake = from values (1) as t (x)
        table t in lake = from a |> join b using (x)
        pipeline first { build: [a], schedule: '0 0 * * *' }
        pipeline second { build: [b], schedule: '0 1 * * *' }
        pipeline both { build: [t], on_update_of: [a, b], wait_for: all }
    """

    pipeline: str

    @property
    def title(self) -> str:
        return f"the pipeline `{self.pipeline}` names nothing to wait for"

    @property
    def help(self) -> str:
        return "`on_update_of: [a, b]` names the relations whose updates start it"


class LeavesMoved(Diagnostic, code="OF0542", severity="warning"):
    """A table made in parts counts rows of a merged table, which later runs may move to another part, or take away.

    A row that is merged takes the place of the one with its key. Where its time is another one, it has left the part
    that it was in; runs make that part again only if it lies in their slice, so until then the old row is still counted
    there. So it is with rows that `delete when` takes away.

    A `lookback` says how long ago what changes may lie: as far as that, each run makes the parts again. Nothing moves
    whose time is in the key and doesn't come to be deleted by a later row. `-- oftra: allow OF0542` says that rows keep
    their time, or that the parts are to stay as they were.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        contract parcel { id int not null, cost decimal(10, 2), changed_at timestamp not null event time }
        source parcels: parcel from lake { path: 'parcels.parquet' }
        table latest in lake { refresh: merge, key: [id], order_by: [changed_at], window: changed_at } = from parcels
        table costs in lake { refresh: partitions, window: day } =
          from latest
          |> aggregate sum(cost) as cost group by cast(changed_at as date) as day

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract parcel { id int not null, cost decimal(10, 2), changed_at timestamp not null event time }
        source parcels: parcel from lake { path: 'parcels.parquet' }
        table latest in lake { refresh: merge, key: [id], order_by: [changed_at], window: changed_at } = from parcels
        table costs in lake { refresh: partitions, window: day, lookback: interval 30 days } =
          from latest
          |> aggregate sum(cost) as cost group by cast(changed_at as date) as day
    """

    table: str
    merged: str
    column: str

    @property
    def title(self) -> str:
        return f"`{self.table}` may keep rows of `{self.merged}` in parts that they have left"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"its parts go by `{self.merged}.{self.column}`, which a later row may change"),)

    @property
    def help(self) -> str:
        return "say by `lookback` how old a row may be that changes, make it whole (`refresh: full`), or allow OF0542"
