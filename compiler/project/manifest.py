"""Reading what generated files tell of themselves: the `manifest.json` that a target wrote beside them."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from oftra.source import Span

NAME = "manifest.json"
"""Where a folder has several scripts, each has one of its own: `NAME.manifest.json` beside `NAME.ipynb`."""


class Lines(NamedTuple):
    """Lines of a script, the first and the last, and the place that they come from."""

    first: int
    last: int
    span: Span


class Declared(NamedTuple):
    """A relation or sink that a script builds, and where its name is declared."""

    kind: str
    name: str
    span: Span


@dataclass(frozen=True)
class Manifest:
    """What is told of the script at `path`. `hashes` are those of the texts that it was made of, by path."""

    path: str
    hashes: dict[str, str]
    declared: tuple[Declared, ...]
    lines: tuple[Lines, ...]

    @cached_property
    def text(self) -> list[str]:
        """The script's lines as they are now; none if it can't be read."""
        try:
            with open(self.path, encoding="utf-8", errors="replace") as stream:
                return stream.read().splitlines()
        except OSError:
            return []

    @property
    def shown(self) -> str:
        """The script's path as one would write it here."""
        return shown(self.path)

    def around(self, line: int) -> tuple[Lines, ...]:
        """What the line comes from, outer lines before those inside them."""
        return tuple([lines for lines in self.lines if lines.first <= line <= lines.last])


def shown(path: str) -> str:
    """A path as one would write it in the current folder, in full if it is far away."""
    near = os.path.relpath(path)
    return (os.path.abspath(path) if near.startswith(os.path.join("..", "..", "..")) else near).replace(os.sep, "/")


def read_manifest(folder: str, name: str = NAME) -> Manifest | None:
    """The manifest that lies in `folder`; None if there is none, or it is none of ours."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as stream:
            read = json.load(stream)
        inputs = [(str(one["path"]), str(one["hash"])) for one in read["inputs"]]
        paths = [path for path, _ in inputs]
        declared = [
            Declared(str(one.get("kind", "sink")), str(one["name"]), span_of(one["at"], paths))
            for one in (*read["relations"], *read["sinks"])
            if "at" in one
        ]
        lines = [Lines(int(first), int(last), span_of(place[:3], paths)) for first, last, *place in read["lines"]]
        return Manifest(os.path.join(folder, str(read["script"])), dict(inputs), tuple(declared), tuple(lines))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None


def span_of(place: list[int], paths: list[str]) -> Span:
    """A place as the manifest writes it: the input by its position, and the code points in it."""
    at, start, end = place
    return Span(int(start), int(end), paths[at])


def manifest_of(path: str) -> Manifest | None:
    """The manifest that speaks of the script at `path`: beside it, or in a folder above."""
    whole = os.path.abspath(path)
    folder, file = os.path.split(whole)
    own = read_manifest(folder, f"{os.path.splitext(file)[0]}.{NAME}")
    if own is not None:
        return own
    while True:
        manifest = read_manifest(folder)
        if manifest is not None:
            return manifest if os.path.normpath(manifest.path) == whole else None
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def manifests_below(folder: str) -> Iterator[Manifest]:
    """Those in `folder` and in the folders in it, which are the targets' own."""
    try:
        inside = sorted([entry.path for entry in os.scandir(folder) if entry.is_dir()])
        names = [(place, sorted(os.listdir(place))) for place in (folder, *inside)]
    except OSError:
        return
    for place, files in names:
        for name in files:
            if name == NAME or name.endswith(f".{NAME}"):
                manifest = read_manifest(place, name)
                if manifest is not None:
                    yield manifest
