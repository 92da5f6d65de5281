"""Diagnostics on their way to people and machines, and the exit status that they make."""

import os
import sys
from collections.abc import Iterable, Mapping
from typing import IO

import click

from oftra.cli.status import AT_FAULT, USAGE, WELL
from oftra.diagnostics import Diagnostic
from oftra.diagnostics.importing import NeedsPackage, NothingToImport, UnknownDialect, WouldOverwrite
from oftra.diagnostics.project import (
    BackwardWindow,
    BrokenTarget,
    MistypedValue,
    NoProject,
    NoSuchPath,
    NotAProgram,
    NothingStored,
    UnknownEnvironment,
    UnknownParam,
    UnknownSelection,
    UnknownTarget,
)
from oftra.diagnostics.trace import LineNotMapped, NoManifest, NothingTraced, SourceMissing
from oftra.project.find import MANIFEST, Project
from oftra.source import SourceFile

# What is wrong with the command, not with the program.
OF_USAGE = (
    BackwardWindow,
    BrokenTarget,
    LineNotMapped,
    MistypedValue,
    NeedsPackage,
    NoManifest,
    NoProject,
    NoSuchPath,
    NotAProgram,
    NothingStored,
    NothingToImport,
    NothingTraced,
    SourceMissing,
    UnknownDialect,
    UnknownEnvironment,
    UnknownParam,
    UnknownSelection,
    UnknownTarget,
    WouldOverwrite,
)

FORMATS = ("text", "json", "github", "sarif")


def wants_color(stream: IO[str]) -> bool:
    """Whether somebody looks at `stream` who has not asked for no colour."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def status_of(diagnostics: Iterable[Diagnostic]) -> int:
    """The exit status that `diagnostics` make."""
    errors = [found for found in diagnostics if found.severity == "error"]
    if not errors:
        return WELL
    return USAGE if all(isinstance(found, OF_USAGE) for found in errors) else AT_FAULT


def rendered(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile], format_: str, color: bool = False
) -> str:
    """`diagnostics` in one of `FORMATS`."""
    # Rendering is needed only where there is something to say, and in the machines' formats.
    from oftra.diagnostics import render

    match format_:
        case "json":
            return render.render_json(diagnostics, sources)
        case "github":
            return render.render_github(diagnostics, sources)
        case "sarif":
            return render.render_sarif(diagnostics, sources)
        case _:
            return render.render_text(diagnostics, sources, color)


def tell(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile]) -> int:
    """Show `diagnostics` to people, on stderr; gives the exit status that they make."""
    found = list(diagnostics)
    if found:
        click.echo(rendered(found, sources, "text", wants_color(sys.stderr)), err=True, nl=False)
    return status_of(found)


def sources_of(project: Project) -> dict[str, SourceFile]:
    """The texts of a project as diagnostics show them: under the paths that lead there from the current folder."""
    from oftra.project.read import shown  # only where there is something to say

    sources = {file.path: shown(file) for file in project.files}
    if project.manifest is not None:
        sources[MANIFEST] = SourceFile(MANIFEST, project.manifest.decode("utf-8", errors="replace"))
    above = os.path.relpath(project.root)
    if above != ".":
        for source in sources.values():
            source.path = f"{above}/{source.path}".replace(os.sep, "/")
    return sources
