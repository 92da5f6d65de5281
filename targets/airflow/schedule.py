"""When a DAG runs, and what it does about failure, as arguments of `@dag`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oftra.diagnostics import Report
from oftra.diagnostics.airflow import NoLengthOfTime, NoValue
from oftra.ir.expr import Duration
from oftra.ir.options import text, word, words
from oftra.ir.program import Option, Param, Pipeline, Program
from oftra.targets.airflow.naming import asset
from oftra.targets.airflow.params import param
from oftra.targets.airflow.times import length
from oftra.targets.python import tree as py


@dataclass(frozen=True)
class Schedule:
    """What the options of a pipeline come to."""

    program: Program
    pipeline: Pipeline
    params: Sequence[Param]
    report: Report

    @property
    def alerts(self) -> tuple[str, ...]:
        """The connections that are told of trouble."""
        return words(self.pipeline.options.get("alert"))

    @property
    def has_deadline(self) -> bool:
        """Whether somebody is to be told when a run takes long."""
        return self.pipeline.options.get("deadline") is not None and bool(self.alerts)

    def arguments(self, dag_id: str) -> Iterator[py.Keyword]:
        """All of them, in the order in which people look for them."""
        options, pipeline = self.pipeline.options, self.pipeline
        yield py.Keyword("dag_id", py.String(dag_id))
        if pipeline.description:
            yield py.Keyword("description", py.String(pipeline.description.strip().split("\n")[0]))
            yield py.Keyword("doc_md", py.String(pipeline.description))
        yield py.Keyword("schedule", self._schedule())
        yield py.Keyword("catchup", py.FALSE)
        at_once = options.get("concurrency")
        yield py.Keyword("max_active_runs", py.number(at_once if isinstance(at_once, int) else 1))
        yield py.Keyword("default_args", py.DictOf(tuple(self._of_tasks())))
        if (limit := options.get("timeout")) is not None:
            yield py.Keyword("dagrun_timeout", self._interval(limit, "timeout"))
        if (deadline := options.get("deadline")) is not None:
            if not self.alerts:
                self.report.add(NoValue(pipeline.name, "deadline", "alert", span=pipeline.span))
            yield py.Keyword("deadline", self._deadline(deadline))
        yield py.Keyword("params", py.DictOf(tuple(self._params()), exploded=True))
        if tags := words(options.get("tags")):
            yield py.Keyword("tags", py.ListOf(tuple([py.String(tag) for tag in tags])))

    def _schedule(self) -> py.Expr:
        options = self.pipeline.options
        cron, updates = text(options.get("schedule")), words(options.get("on_update_of"))
        assets: list[py.Expr] = [py.call("Asset", py.String(asset(self.program.name, name))) for name in updates]
        timetable: py.Expr = py.NONE
        if cron is not None:
            zone = text(options.get("timezone"), "UTC") or "UTC"
            timetable = py.call("CronDataIntervalTimetable", py.String(cron), py.Keyword("timezone", py.String(zone)))
        if not assets:
            return timetable
        awaited: py.Expr = assets[0]
        for other in assets[1:]:
            awaited = py.Binary("&" if word(options.get("wait_for")) == "all" else "|", awaited, other)
        if cron is None:
            return awaited if len(assets) > 1 else py.ListOf((awaited,))
        return py.call("AssetOrTimeSchedule", py.Keyword("timetable", timetable), py.Keyword("assets", awaited))

    def _of_tasks(self) -> Iterator[tuple[py.Expr, py.Expr]]:
        options = self.pipeline.options
        if owner := text(options.get("owner")):
            yield py.String("owner"), py.String(owner)
        if isinstance(retries := options.get("retries"), int):
            yield py.String("retries"), py.number(retries)
        if (delay := options.get("retry_delay")) is not None:
            yield py.String("retry_delay"), self._interval(delay, "retry_delay")
        if self.alerts:
            yield py.String("on_failure_callback"), py.Name("alert")
        # A backfill has as many runs at work as it is told, whatever the DAG says: no two may write the same table.
        yield py.String("max_active_tis_per_dag"), py.number(1)

    def _deadline(self, deadline: Option) -> py.Expr:
        return py.call(
            "DeadlineAlert",
            py.Keyword("reference", py.name("DeadlineReference.DAGRUN_QUEUED_AT")),
            py.Keyword("interval", self._interval(deadline, "deadline")),
            py.Keyword("callback", py.call("SyncCallback", py.Name("late"))),
        )

    def _interval(self, option: Option, name: str) -> py.Expr:
        """An interval as a `timedelta`, in the largest units that it is whole in."""
        if not isinstance(option, Duration) or option.months:
            self.report.add(NoLengthOfTime(self.pipeline.name, name, span=self.pipeline.span))
            return py.NONE
        return length(option)

    def _params(self) -> Iterator[tuple[py.Expr, py.Expr]]:
        is_scheduled = any(self.pipeline.options.get(name) is not None for name in ("schedule", "on_update_of"))
        yield py.String("run.start"), _moment("Where the run's window begins; that of the schedule unless given.")
        yield py.String("run.end"), _moment("Where the run's window ends; that of the schedule unless given.")
        for one in self.params:
            if one.default is None and is_scheduled:
                self.report.add(NoValue(self.pipeline.name, "schedule", f"param {one.name}", span=one.span))
            yield py.String(one.name), param(one)


def _moment(said: str) -> py.Expr:
    types = py.ListOf((py.String("null"), py.String("string")))
    return py.call(
        "Param",
        py.NONE,
        py.Keyword("type", types),
        py.Keyword("format", py.String("date-time")),
        py.Keyword("description", py.String(said)),
    )
