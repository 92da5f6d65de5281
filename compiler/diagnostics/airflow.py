"""OF0670 to OF0679: what a DAG of Airflow can't say."""

from oftra.diagnostics.model import Diagnostic


class NothingScheduled(Diagnostic, code="OF0670"):
    """A DAG is made of a pipeline, and the program has none.

    Wrong: a program without a `pipeline`, compiled with `--target airflow`.

    Right:

        connection store = duckdb { path: 'store.duckdb' }
        table totals in store = from values (1, 2) as t (x, y)
        pipeline nightly { build: [totals], schedule: '0 3 * * *' }
    """

    program: str

    @property
    def title(self) -> str:
        return f"`{self.program}` has no pipeline that a DAG could be made of"

    @property
    def help(self) -> str | None:
        return "`pipeline NAME { build: [...], schedule: '0 3 * * *' }` says what runs, and when"


class NoLengthOfTime(Diagnostic, code="OF0671"):
    """Airflow takes lengths of time, and months have none.

    Wrong: `timeout: interval 1 month` of a pipeline.

    Right: `timeout: interval 30 days`.
    """

    pipeline: str
    option: str

    @property
    def title(self) -> str:
        return f"Airflow can't take months as the `{self.option}` of `{self.pipeline}`"

    @property
    def help(self) -> str | None:
        return "say it in days, hours or minutes"


class NoValue(Diagnostic, code="OF0672"):
    """A DAG needs a value that nobody would give it.

    A run that a schedule starts is given no params, so that each param needs a default; and a deadline needs somebody
    in `alert` who is told.

    Wrong: a pipeline with a `schedule` over a query that reads `param day date`, which has no default.

    Right: the same with `param day date = date '2026-01-01'`.
    """

    pipeline: str
    option: str
    lacking: str

    @property
    def title(self) -> str:
        return f"Airflow can't run `{self.pipeline}` by its `{self.option}`: nothing says what its {self.lacking} is"

    @property
    def help(self) -> str | None:
        return "a param may have a default: `param day date = date '2026-01-01'`; `alert: [NAME]` names who is told"


class SeveralPools(Diagnostic, code="OF0673"):
    """A task of Airflow takes a slot of one pool, and a job uses connections of several.

    Wrong: a table made of a source in `shop` and written to `lake`, with

        [targets.airflow.pools]
        shop = "shop_slots"
        lake = "lake_slots"

    Right: the same with a pool for one of them.
    """

    job: str
    pools: tuple[str, ...]

    @property
    def title(self) -> str:
        names = " and ".join([f"`{name}`" for name in self.pools])
        return f"the job `{self.job}` would need slots of the pools {names}"

    @property
    def help(self) -> str | None:
        return "leave one of them out of `[targets.airflow.pools]`, or have the connections share a pool"
