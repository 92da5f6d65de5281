"""The targets and engines that are installed, by their entry points."""

import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from oftra.diagnostics import Report
from oftra.diagnostics.project import BrokenTarget, UnknownTarget

if TYPE_CHECKING:  # with these comes the typed program, which the cache makes unneeded
    from oftra.target import Engine, Target

TARGETS = "oftra.targets"
ENGINES = "oftra.engines"


@cache
def entry_points() -> Mapping[str, Mapping[str, str]]:
    """What every installed distribution offers in our groups: group to name to `module:attribute`.

    `importlib.metadata` says the same, and takes longer to import than a small project to compile.
    """
    groups: dict[str, dict[str, str]] = {TARGETS: {}, ENGINES: {}}
    for folder in sys.path:
        for text in declarations(folder or "."):
            group: dict[str, str] | None = None
            for line in text.splitlines():
                line = line.strip()
                if line.startswith("["):
                    group = groups.get(line.strip("[] "))
                elif group is not None and "=" in line and not line.startswith(("#", ";")):
                    name, _, place = line.partition("=")
                    # The first folder on the path wins, as for imports.
                    group.setdefault(name.strip(), place.partition("[")[0].strip())
    return groups


def declarations(folder: str) -> Iterator[str]:
    """The `entry_points.txt` of each distribution in a folder of `sys.path`."""
    try:
        entries = sorted(entry.path for entry in os.scandir(folder) if entry.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return
    for entry in entries:
        try:
            with open(os.path.join(entry, "entry_points.txt"), encoding="utf-8") as stream:
                text = stream.read()
        except (OSError, UnicodeDecodeError):
            continue
        if TARGETS in text or ENGINES in text:
            yield text


def target_names() -> tuple[str, ...]:
    """The targets that are installed, in order of names."""
    return tuple(sorted(entry_points()[TARGETS]))


def engine_names() -> tuple[str, ...]:
    """The engines that are installed, in order of names."""
    return tuple(sorted(entry_points()[ENGINES]))


def find_target(name: str, report: Report) -> "Target | None":
    """The installed target called `name`; None, with a diagnostic, if there is none or it lacks what it needs."""
    return cast("Target | None", found(name, "target", entry_points()[TARGETS], report))


def find_engine(name: str, report: Report) -> "Engine | None":
    """The installed engine called `name`; None, with a diagnostic, if there is none or it lacks what it needs."""
    return cast("Engine | None", found(name, "engine", entry_points()[ENGINES], report))


def found(name: str, noun: str, offered: Mapping[str, str], report: Report) -> object:
    """What stands at the entry point `name`, written `module:attribute`."""
    if name not in offered:
        report.add(UnknownTarget(name, noun, tuple(sorted(offered))))
        return None
    module, _, attribute = offered[name].partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        report.add(BrokenTarget(name, noun, str(error)))
        return None


def foreign_folders() -> list[str]:
    """The folders of the code of targets that are loaded and not Oftra's own."""
    folders = []
    for place in entry_points()[TARGETS].values():
        package = sys.modules.get(place.partition(":")[0].partition(".")[0])
        if package is not None and package.__name__ != "oftra":
            folders += list(getattr(package, "__path__", ()))
    return folders


def environment_key() -> tuple[tuple[str, int], ...]:
    """When each folder of `sys.path` last changed: what is installed can't change without it."""
    seen = []
    for folder in sys.path:
        try:
            seen.append((folder, os.stat(folder).st_mtime_ns if folder else 0))
        except OSError:
            continue
    return tuple(seen)
