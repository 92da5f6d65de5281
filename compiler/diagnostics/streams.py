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
