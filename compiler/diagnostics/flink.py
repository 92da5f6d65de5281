"""OF068: what Flink can't do, and other engines can."""

from oftra.diagnostics.model import Diagnostic, Label


class MayHaveNoTime(Diagnostic, code="OF0680"):
    """The event time of a stream's records may be null, and Flink has no rows without one.

    Where the contract says `not null`, a record that has no event time breaks that rule, and goes where the source's
    `on invalid` says. A contract that lets it be null, or warns of it alone, would have the record go on, which Flink
    can't. Other engines can, and Flink in batch.

    Wrong: a stream on Flink of records whose contract has `at timestamp event time watermark 10 minutes`.

    Right: the same with `at timestamp not null event time watermark 10 minutes`, and `on invalid drop` or `quarantine`
    where the records are read.
    """

    source: str
    time: str

    @property
    def title(self) -> str:
        return f"records of `{self.source}` may have no `{self.time}`, and Flink streams none without an event time"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"its contract lets `{self.time}` be null"),)

    @property
    def help(self) -> str | None:
        return f"say `not null` of `{self.time}`; the source's `on invalid` says what becomes of records without it"
