"""The targets and engines that are installed, by their entry points."""

import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import cast

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


def target(name: str) -> Target:
    """The installed target called `name`. What it needs and lacks shows as the `ImportError` that it is."""
    return cast(Target, loaded(entry_points()[TARGETS][name]))


def engine(name: str) -> Engine:
    """The installed engine called `name`."""
    return cast(Engine, loaded(entry_points()[ENGINES][name]))


def loaded(place: str) -> object:
    """What stands at `module:attribute`."""
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)


def code_folder(place: str) -> str:
    """The folder of the code behind an entry point that is loaded."""
    return os.path.dirname(sys.modules[place.partition(":")[0]].__file__ or "")


def environment_key() -> tuple[tuple[str, int], ...]:
    """When each folder of `sys.path` last changed: what is installed can't change without it."""
    seen = []
    for folder in sys.path:
        try:
            seen.append((folder, os.stat(folder or ".").st_mtime_ns if folder else 0))
        except OSError:
            continue
    return tuple(seen)
