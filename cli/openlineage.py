"""Telling of a run by events of OpenLineage: its start, what it stored of what, how it ended."""

import os
from argparse import Namespace
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from oftra.cli.log import warn

if TYPE_CHECKING:  # the compiler comes once there is something to run
    from collections.abc import Iterator

    from oftra.cli.jobs import Done
    from oftra.ir.expr import Expr
    from oftra.ir.program import Program
    from oftra.lineage.events import OpenLineage
    from oftra.target import Outcome, RunError

PLACE = click.option(
    "--openlineage",
    "place",
    metavar="FILE|URL",
    envvar="OPENLINEAGE_URL",
    help="Where to tell of the run by events of OpenLineage. [default: OPENLINEAGE_URL, if that is set]",
)


class Teller:
    """Tells of one run of a typed program; `done` is what its jobs did so far. Without a place nothing is told."""

    def __init__(
        self, place: str | None, program: "Program", root: str, values: "Mapping[str, Expr]", done: "Done"
    ) -> None:
        self.program = program
        given = {name: getattr(value, "value", None) for name, value in values.items()}
        self.args = Namespace(
            openlineage=place,
            parent=os.environ.get("OPENLINEAGE_PARENT_ID"),
            root_parent=os.environ.get("OPENLINEAGE_ROOT_PARENT_ID"),
            root=root,
            param={name: value for name, value in given.items() if value is not None},
            start=given.get("run.start"),
            end=given.get("run.end"),
        )
        self.done = done
        self.events: OpenLineage | None = None

    @contextmanager
    def telling(self) -> "Iterator[None]":
        """Tell that the run begins; and, where the block is left before anybody told of an end, that it was cut off."""
        if self.args.openlineage:
            from oftra.lineage.datasets import Datasets  # the compiler is there by now
            from oftra.lineage.events import OpenLineage

            datasets = Datasets(self.program)
            self.events = OpenLineage(self.args, lambda: datasets.known(self.program.name), warn)
            self.events.begun = self.done.begun
            self.events.begin()
        try:
            yield
        except BaseException:
            self._end("abort", self.done.outcome)
            raise

    def end(self, outcome: "Outcome", error: "RunError | None" = None) -> None:
        """The run has ended, with an error or without."""
        self._end("well" if error is None else "failed", outcome, error)

    def _end(self, status: str, outcome: "Outcome", error: "RunError | None" = None) -> None:
        if self.events is not None:
            report: Any = outcome.report(self.program, error)
            self.events.end(status, report["relations"], report["error"])
