"""What resolving takes and gives: the parsed files with their settings; declarations by full name with names bound."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from oftra.source import Span
from oftra.syntax import nodes


@dataclass(frozen=True)
class Settings:
    """What `oftra.toml` says (or the defaults, for a file without a project), with the environment chosen.

    `overrides` is the table of the chosen `[env.NAME]` as TOML gives it; `targets` those of `[targets.NAME]`.
    """

    name: str = "program"
    version: str = "0.0.0"
    store: str | None = None
    env: str | None = None
    overrides: Mapping[str, object] = field(default_factory=dict)
    targets: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True)
class Module:
    """One parsed file and the namespace that its folder makes: '' at the root, `finance` or `finance.eu` below."""

    namespace: str
    tree: nodes.File


Category = Literal["relation", "contract", "connection", "function", "param", "pipeline", "model"]
"""Names of one category share a scope; a contract and a relation may have one name. A sink is a relation here."""

RelationDeclaration: TypeAlias = nodes.Source | nodes.View | nodes.Table | nodes.Sink


@dataclass(frozen=True)
class Declared:
    """A declaration under its full name. `uses` are the full names of the relations that its rows come from.

    `declaration` has every relation's name written in full; other names are looked up with `Names` when needed.
    A quarantine is declared by the relations that fill it: `declaration` is then the first of them, `made_by` its full
    name, `uses` are all of them, and `made_at` are the places that say so. So is a table of rows that come late: it
    `is_late`. A function `calls` others, by these names.
    """

    name: str
    namespace: str
    category: Category
    declaration: nodes.Declaration
    span: Span
    uses: tuple[str, ...] = ()
    made_by: str | None = None
    made_at: tuple[nodes.OnViolation | nodes.Watermark, ...] = ()
    is_late: bool = False
    calls: tuple[str, ...] = ()


class Names:
    """All declared names, and how a name that stands somewhere finds its declaration."""

    def __init__(self) -> None:
        self.declared: dict[Category, dict[str, Declared]] = {
            category: {}
            for category in ("relation", "contract", "connection", "function", "param", "pipeline", "model")
        }

        self.folded: dict[Category, dict[str, str]] = {category: {} for category in self.declared}

    def find(self, category: Category, name: str, namespace: str) -> Declared | None:
        """The declaration that `name` means in `namespace`: its own folder first, then upwards; full at the root."""
        declared = self.declared[category]
        while namespace:
            if found := declared.get(f"{namespace}.{name}"):
                return found
            namespace = namespace.rpartition(".")[0]
        return declared.get(name)

    def visible(self, category: Category, namespace: str) -> tuple[str, ...]:
        """Names that could have been meant in `namespace`, as one would write them there."""
        prefix = f"{namespace}." if namespace else ""
        return tuple(name.removeprefix(prefix) for name in self.declared[category])


@dataclass(frozen=True)
class Resolved:
    """The program with its names bound. `order` are all relations, each after those it uses; sinks last of theirs."""

    settings: Settings
    names: Names
    order: tuple[Declared, ...]
    tests: tuple[tuple[str, nodes.Test], ...]
    files: tuple[str, ...] = ()
