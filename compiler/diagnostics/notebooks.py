"""OF065: choices of an engine, and notebooks that nobody would read."""

from oftra.diagnostics.model import Diagnostic


class UnknownEngineChoice(Diagnostic, code="OF0650"):
    """The target can't be written for this engine.

    Some targets can be written for one of several engines: `--engine NAME`, or `engine = "NAME"` below
    `[targets.TARGET]` in `oftra.toml`, says which.

    Wrong: `oftra compile --target notebook --engine flink`.

    Right: `oftra compile --target notebook --engine spark`.
    """

    target: str
    engine: str
    offered: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.target} can't be written for the engine `{self.engine}`"

    @property
    def help(self) -> str | None:
        return f"it can for {' and '.join([f'`{name}`' for name in self.offered])}"


class NoChoiceOfEngine(Diagnostic, code="OF0651"):
    """`--engine` was given for a target that is written for one engine alone.

    Wrong: `oftra compile --target pyspark --engine duckdb`.

    Right: `oftra compile --target duckdb`.
    """

    target: str
    choosers: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"there is no choice of engine for {self.target}"

    @property
    def help(self) -> str | None:
        listed = " or ".join([f"`--target {name}`" for name in self.choosers])
        return f"leave `--engine` away, or say {listed}" if self.choosers else "leave `--engine` away"


class TooManyRelations(Diagnostic, code="OF0652"):
    """A notebook would tell of so many relations that nobody would read it.

    `oftra compile --target notebook --select NAME` makes one of what a table needs. A program that says in pipelines
    what belongs together has a notebook for each of them.

    Wrong: `oftra compile --target notebook` for a program of a thousand relations.

    Right: `oftra compile --target notebook --select daily_revenue`.
    """

    notebook: str
    relations: int
    most: int

    @property
    def title(self) -> str:
        return f"the notebook `{self.notebook}` would tell of {self.relations:,} relations; {self.most} are the most"

    @property
    def help(self) -> str | None:
        return "`--select NAME` makes one of what a table needs, and each pipeline has one of its own"
