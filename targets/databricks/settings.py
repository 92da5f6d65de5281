"""What `[targets.databricks]` asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOption

RUNTIMES: Mapping[str, tuple[str, tuple[int, int]]] = {
    "15.4": ("15.4.x-scala2.12", (3, 5)),
    "16.4": ("16.4.x-scala2.12", (3, 5)),
    "17.3": ("17.3.x-scala2.13", (4, 0)),
}
"""Runtimes with long support: the name that clusters know each by, and its Spark."""

LEVELS = ("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER")
PRIVILEGES = ("SELECT", "MODIFY", "APPLY TAG", "MANAGE", "ALL PRIVILEGES")
"""What Unity Catalog lets others do with a table."""

WHO = {"user": "user_name", "group": "group_name", "service_principal": "service_principal_name"}
"""Who may be given a permission: our word, and that of the API."""

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "notebooks": ("py", "ipynb"),
    "compute": ("cluster", "serverless"),
    "deploy": ("bundle", "terraform"),
    "form": ("notebooks", "declarative"),
    "runtime": tuple(RUNTIMES),
}
_TEXTS = ("node_type", "root", "secret_scope", "catalog")
_PRINCIPAL = re.compile(rf"({'|'.join(WHO)}):(.+)", re.DOTALL)


@dataclass(frozen=True)
class Permission:
    """What somebody may do with the jobs: `kind` is the API's word for who `name` is."""

    level: str
    kind: str
    name: str


@dataclass(frozen=True)
class Settings:
    """The options, with defaults. `node_type` is the clusters' kind of machine; None leaves it to who deploys."""

    notebooks: Literal["py", "ipynb"] = "py"
    compute: Literal["cluster", "serverless"] = "cluster"
    deploy: Literal["bundle", "terraform"] = "bundle"
    form: Literal["notebooks", "declarative"] = "notebooks"
    expectations: bool = True
    runtime: str = "17.3"
    workers: int = 2
    node_type: str | None = None
    root: str | None = None
    secret_scope: str | None = None
    catalog: str | None = None
    permissions: tuple[Permission, ...] = ()
    grants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def spark(self) -> tuple[int, int]:
        """The Spark that notebooks run on."""
        return RUNTIMES[self.runtime][1]

    @property
    def spark_version(self) -> str:
        """The runtime's name for clusters."""
        return RUNTIMES[self.runtime][0]


def settings_of(options: Mapping[str, object], report: Report) -> Settings:
    """The options that were given; those that mean nothing are reported."""
    given: dict[str, object] = {}
    for name, value in options.items():
        choices = _CHOICES.get(name)
        if choices is not None and str(value) in choices:
            given[name] = str(value)
        elif (name in _TEXTS and isinstance(value, str) and value) or _is_plain(name, value):
            given[name] = value
        elif name == "permissions" and isinstance(value, Mapping):
            given[name] = tuple(_permissions(value, report))
        elif name == "grants" and isinstance(value, Mapping):
            given[name] = _grants(value, report)
        else:
            _refuse(name, value, report)
    return Settings(**given)  # type: ignore[arg-type]


def _is_plain(name: str, value: object) -> bool:
    """Whether it is an option that takes no text, and what it takes."""
    match name:
        case "workers":
            return type(value) is int and value >= 0
        case "expectations":
            return isinstance(value, bool)
        case _:
            return False


def _permissions(table: Mapping[str, object], report: Report) -> list[Permission]:
    found: list[Permission] = []
    for level, names in table.items():
        listed: list[object] = names if isinstance(names, list) else [names]
        for name in listed:
            match = _PRINCIPAL.fullmatch(name) if isinstance(name, str) and "${" not in name else None
            if level not in LEVELS or match is None:
                _refuse(f"permissions.{level}", name, report)
            else:
                found.append(Permission(level, WHO[match[1]], match[2]))
    return found


def _grants(table: Mapping[str, object], report: Report) -> dict[str, tuple[str, ...]]:
    """Who may do what with the tables that are made: Unity Catalog knows users, groups and others by name alone."""
    found: dict[str, tuple[str, ...]] = {}
    for privilege, names in table.items():
        listed: list[object] = names if isinstance(names, list) else [names]
        for name in listed:
            match = _PRINCIPAL.fullmatch(name) if isinstance(name, str) and "${" not in name else None
            if privilege not in PRIVILEGES or match is None:
                _refuse(f"grants.{privilege}", name, report)
            else:
                found[privilege] = (*found.get(privilege, ()), match[2])
    return found


def _refuse(name: str, value: object, report: Report) -> None:
    report.add(UnsupportedOption("[targets.databricks]", name, str(value), "databricks"))
