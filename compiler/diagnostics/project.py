"""OF07: connections, their options, and the project around a program."""

from dataclasses import dataclass

from oftra.diagnostics.model import Diagnostic, Label, nearest


def listed(names: tuple[str, ...]) -> str:
    """`names` as words for people: `` `a`, `b`, `c` ``."""
    return ", ".join(f"`{name}`" for name in names)


def near_or_all(name: str, available: tuple[str, ...], noun: str) -> str:
    """What to advise somebody who wrote `name`: the one that is near, else all there are."""
    near = nearest(name, available)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"the {noun} here are {listed(available)}" if available else f"there are no {noun} here"


# --- options ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class UnknownConnector(Diagnostic, code="OF0701"):
    """A connection is of a kind that Oftra doesn't know.

    Wrong:

        connection lake = file { root: 'data' }

    Right:

        connection lake = files { root: 'data' }
    """

    kind: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"unknown kind of connection `{self.kind}`"

    @property
    def help(self) -> str:
        return near_or_all(self.kind, self.available, "kinds")


@dataclass(frozen=True)
class UnknownOption(Diagnostic, code="OF0702"):
    """A connection, source, table, sink, contract or pipeline is given an option that it doesn't have.

    Which options there are depends on the kind of connection: a topic has no `path`.

    Wrong:

        connection lake = files { root: 'data', fromat: csv }

    Right:

        connection lake = files { root: 'data', format: csv }
    """

    name: str
    owner: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.owner} has no option `{self.name}`"

    @property
    def help(self) -> str:
        return near_or_all(self.name, self.available, "options")


@dataclass(frozen=True)
class MissingOption(Diagnostic, code="OF0703"):
    """An option is left out that has no default.

    Wrong:

        connection bus = kafka { security: ssl }

    Right:

        connection bus = kafka { bootstrap_servers: 'localhost:9092', security: ssl }
    """

    name: str
    owner: str
    expected: str

    @property
    def title(self) -> str:
        return f"{self.owner} needs the option `{self.name}`"

    @property
    def help(self) -> str:
        return f"add `{self.name}: ...`, {self.expected}"


@dataclass(frozen=True)
class MistypedOption(Diagnostic, code="OF0704"):
    """The value of an option isn't of the kind that the option takes.

    Wrong:

        connection lake = files { root: 'data', header: 'yes' }

    Right:

        connection lake = files { root: 'data', header: true }
    """

    name: str
    owner: str
    expected: str
    choices: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"the option `{self.name}` of {self.owner} takes {self.expected}"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"expected {self.expected}"),)

    @property
    def help(self) -> str | None:
        return f"the choices are {listed(self.choices)}" if self.choices else None


@dataclass(frozen=True)
class UnknownChoice(Diagnostic, code="OF0705"):
    """An option that takes one of a few words is given another.

    Wrong:

        connection lake = files { root: 'data', format: parket }

    Right:

        connection lake = files { root: 'data', format: parquet }
    """

    word: str
    name: str
    owner: str
    choices: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"the option `{self.name}` of {self.owner} can't be `{self.word}`"

    @property
    def help(self) -> str:
        return near_or_all(self.word, self.choices, "choices")
