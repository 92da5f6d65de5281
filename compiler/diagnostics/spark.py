"""OF0630 to OF0649: what Spark can't do, or not as old a one as the program asks for."""

from oftra.diagnostics.model import Diagnostic


class NeedsNewerSpark(Diagnostic, code="OF0630"):
    """An older Spark than the target's `spark` option names has no way to say this.

    Wrong: `try_cast(x as int)` in a project whose `oftra.toml` says `[targets.pyspark] spark = "3.5"`.

    Right: the same with `spark = "4.0"`, or what can be said without it.
    """

    what: str
    since: str
    asked: str

    @property
    def title(self) -> str:
        return f"Spark {self.asked} can't do {self.what}"

    @property
    def help(self) -> str | None:
        return f'`spark = "{self.since}"` in oftra.toml, if that is what it runs on'


class UnsupportedFrame(Diagnostic, code="OF0631"):
    """Spark has no window frame of this kind.

    Wrong: a frame with `exclude current row`, `exclude group` or `exclude ties`.

    Right: a frame with `rows between`, `range between` or `groups between` alone.
    """

    what: str

    @property
    def title(self) -> str:
        return f"Spark has no window frame {self.what}"

    @property
    def help(self) -> str | None:
        return "`rows between`, `range between` and `groups between` can be said without `exclude`"


class TooManyDigits(Diagnostic, code="OF0632"):
    """The exact result needs more digits on its way than the 38 that Spark's decimals have.

    Wrong: `divide(a, b, 10)` of two columns of type `decimal(38, 10)`.

    Right: the same of columns that are cast to as many digits as they have: `divide(cast(a as decimal(15, 2)), ...)`.
    """

    function: str

    @property
    def title(self) -> str:
        return f"`{self.function}` of so many digits can't be exact on Spark"

    @property
    def help(self) -> str | None:
        return "cast its arguments to fewer digits"


class UnsupportedDistinct(Diagnostic, code="OF0633"):
    """Spark can't leave out repeated values for this aggregate in this place.

    Wrong: `stddev(distinct x) over (partition by y)`, compiled for Spark.

    Right: the same over rows that are distinct already.
    """

    function: str
    place: str

    @property
    def title(self) -> str:
        return f"Spark can't do `{self.function}(distinct …)` {self.place}"

    @property
    def help(self) -> str | None:
        return "make the rows distinct before, in a step of their own"


class ForeignNeedsColumns(Diagnostic, code="OF0634"):
    """A function in Spark's own words takes columns and constants: they stand in a text that Spark reads.

    What is given to it instead is computed before, as a column. That can't be done with the parameter of a lambda, with
    columns of both sides in the condition of a join, in rows of `values`, nor with what may fail for rows that would
    never have come to it, as behind `when`.

    Wrong: `case when is_known then h3(cast(lat as double), lon) end`, where `h3` is declared with a body `on spark`.

    Right: `extend try_cast(lat as double) as latitude |> extend case when is_known then h3(latitude, lon) end as cell`.
    """

    name: str

    @property
    def title(self) -> str:
        return f"`{self.name}` takes columns and constants only here, on Spark"

    @property
    def help(self) -> str | None:
        return "compute the argument in an `extend` before"


class UnsupportedOrder(Diagnostic, code="OF0635"):
    """Spark can't order the values that an aggregate collects in this way.

    Wrong: `array_agg(distinct x order by y)`, which needs one `y` for each different `x`.

    Right: `array_agg(distinct x order by x)`.
    """

    function: str

    @property
    def title(self) -> str:
        return f"Spark can't order what `{self.function}` collects in this way"


class UnsupportedInStream(Diagnostic, code="OF0636"):
    """Structured Streaming can't do this with rows that never end, though a batch can.

    Spark keeps the state of few operators from batch to batch: of aggregates, of joins that are bounded in time, and of
    what tells rows apart. It lets a row go when it is final, so that most operators can't stand behind another one.

    Wrong: an aggregate over an aggregate of a topic, in a pipeline of `mode: streaming`.

    Right: the same with `mode: batch`, or the inner aggregate in a table of its own, and the outer one in batch.
    """

    what: str
    remedy: str = ""

    @property
    def title(self) -> str:
        return f"Spark can't do {self.what} in a stream"

    @property
    def help(self) -> str | None:
        return self.remedy or "`--mode batch` gives the same rows, over what is there when it runs"
