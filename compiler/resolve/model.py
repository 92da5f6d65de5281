"""What resolving takes and gives: the parsed files with their settings; declarations by full name with names bound."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
