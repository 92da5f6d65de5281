"""OF054: what starts runs of a pipeline, and how many at once."""

from oftra.diagnostics.model import Diagnostic


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
