"""OF0340 to OF0349: functions over relations, and what stands in an engine's own words."""

from oftra.diagnostics.model import Diagnostic, Label, nearest
from oftra.source import NOWHERE, Span


class UnknownHole(Diagnostic, code="OF0340"):
    """A hole in an engine's own words is called like none of the parameters, or of the inputs.

    Wrong:

        function twice(x int): int { on duckdb $$ {y} * 2 $$ }
        view doubled = from values (1) as t (x) |> select twice(x) as y

    Right:

        function twice(x int): int { on duckdb $$ {x} * 2 $$ }
        view doubled = from values (1) as t (x) |> select twice(x) as y
    """

    name: str
    owner: str
    known: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.owner}` has nothing called `{self.name}` to put here"

    @property
    def help(self) -> str:
        if (near := nearest(self.name, self.known)) is not None:
            return f"did you mean `{{{near}}}`?"
        return f"`{{{{{self.name}}}}}` is text in braces"


class HoleInQuotes(Diagnostic, code="OF0341"):
    """A hole stands in quotes or in a comment of an engine's own words. A hole is a value, never a part of a text.

    Wrong:

        function greeting(name string): string { on duckdb $$ 'hello {name}' $$ }
        view greetings = from values ('Ann') as t (name) |> select greeting(name) as text

    Right:

        function greeting(name string): string { on duckdb $$ 'hello ' || {name} $$ }
        view greetings = from values ('Ann') as t (name) |> select greeting(name) as text
    """

    name: str

    @property
    def title(self) -> str:
        return f"the hole `{{{self.name}}}` stands in quotes or in a comment"

    @property
    def help(self) -> str:
        return f"put it outside, beside an operator; `{{{{{self.name}}}}}` is text in braces"


class NeedsReturnType(Diagnostic, code="OF0342"):
    """A function in engines' own words doesn't say its type, which nothing else can tell.

    Wrong:

        function twice(x int) { on duckdb $$ {x} * 2 $$ }
        view doubled = from values (1) as t (x) |> select twice(x) as y

    Right:

        function twice(x int): int { on duckdb $$ {x} * 2 $$ }
        view doubled = from values (1) as t (x) |> select twice(x) as y
    """

    name: str

    @property
    def title(self) -> str:
        return f"`{self.name}` doesn't say what type it gives"

    @property
    def help(self) -> str:
        return f"`function {self.name}(...): TYPE {{ on ... }}`"


class NotSuchRows(Diagnostic, code="OF0343"):
    """A function over relations is given rows that lack a column it needs, or have one of another type.

    Wrong:

        function recent(r relation { at timestamp, ... }) = from r |> where at >= run.start
        view visits = from values (1, '2026-01-01') as t (id, day) |> call recent

    Right:

        function recent(r relation { at timestamp, ... }) = from r |> where at >= run.start
        view visits = from values (1, '2026-01-01') as t (id, day)
          |> extend cast(day as timestamp) as at
          |> call recent
    """

    function: str
    column: str
    wanted: str
    found: str | None
    names: tuple[str, ...]
    declared: Span = NOWHERE

    @property
    def title(self) -> str:
        kind = f" of type `{self.wanted}`" if self.wanted else ""
        return f"`{self.function}` needs a column `{self.column}`{kind}"

    @property
    def labels(self) -> tuple[Label, ...]:
        given = "these rows have none" if self.found is None else f"here it is `{self.found}`"
        return (Label(self.span, given), Label(self.declared, "declared here"))

    @property
    def help(self) -> str:
        if self.found is not None:
            return f"convert it before: `|> set {self.column} = cast({self.column} as {self.wanted})`"
        if (near := nearest(self.column, self.names)) is not None:
            return f"is it `{near}`? `|> rename {near} as {self.column}`"
        return f"the columns here are {', '.join(f'`{name}`' for name in self.names)}"


class DuplicateParameter(Diagnostic, code="OF0344"):
    """Two parameters of a function have one name, or names that differ by case alone.

    Wrong:

        function area(side int, side int) = side * side

    Right:

        function area(width int, height int) = width * height
    """

    name: str
    first: Span

    @property
    def title(self) -> str:
        return f"two parameters are called `{self.name}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, ""), Label(self.first, "the other"))
