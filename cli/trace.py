"""`oftra trace`."""

import json
import os
import sys
from typing import TYPE_CHECKING

import click

from oftra.cli.report import tell, wants_color
from oftra.cli.status import WELL
from oftra.diagnostics import Report
from oftra.project.find import root_above

if TYPE_CHECKING:  # as heavy as its rendering
    from oftra.project.trace import Traced


@click.command("trace")
@click.argument("place", metavar="FILE:LINE|-")
@click.option("-o", "--output", metavar="FOLDER", help="Where the files are that ran. [default: build, in the project]")
@click.option("-p", "--project", "root", metavar="FOLDER", help="Where the program is. [default: above FILE, or here]")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
def command(place: str, output: str | None, root: str | None, format_: str) -> int:
    """Show the place of the program that LINE of a generated FILE comes from.

    With `-`, read an error from standard input, as an engine or Python printed it, and show the places it is about.
    """
    from oftra.project.manifest import manifest_of, manifests_below, shown  # needed by this command alone
    from oftra.project.trace import trace_line, trace_text, with_sources

    report = Report()
    found: list[Traced] = []
    roots = [root or root_above(os.getcwd()) or os.getcwd()]
    if place == "-":
        folder = output or os.path.join(roots[0], "build")
        manifests = list(manifests_below(folder))
        if not manifests:
            return lost(shown(folder), True)
        found = trace_text(sys.stdin.read(), manifests, shown(folder), report)
    else:
        path, line = parted(place)
        manifest = manifest_of(path)
        if manifest is None:
            return lost(path, False)
        traced = trace_line(manifest, line, report)
        found = [traced] if traced is not None else []
    if root is not None:
        roots.insert(0, root)
    places = [traced for one in found if (traced := with_sources(one, roots, report)) is not None]
    click.echo(as_json(places) if format_ == "json" else as_text(places), nl=False)
    # A line without a place among others that have one is no mistake of whoever pasted them.
    wrong = [one for one in report if one.severity == "warning" or not places]
    return tell(wrong, {}) if wrong else WELL


def parted(place: str) -> tuple[str, int]:
    """`FILE:LINE` taken apart; a column behind it, as editors write one, is not needed."""
    parts = place.split(":")
    while len(parts) > 2 and parts[-1].isdigit() and parts[-2].isdigit():
        parts.pop()
    if len(parts) < 2 or not parts[-1].isdigit():
        raise click.UsageError(f"say FILE:LINE, or `-` to paste an error; {place!r} is neither.")
    return ":".join(parts[:-1]), int(parts[-1])


def lost(path: str, is_folder: bool) -> int:
    """Say that there is no file of that name, or nothing that tells where it comes from."""
    from oftra.diagnostics.project import NoSuchPath  # only where something is wrong
    from oftra.diagnostics.trace import NoManifest

    if is_folder or os.path.lexists(path):
        return tell([NoManifest(path, is_folder)], {})
    return tell([NoSuchPath(path)], {})


def as_text(found: "list[Traced]") -> str:
    """The places as diagnostics show them."""
    from oftra.diagnostics.render import render_place  # only where there is something to show

    color = wants_color(sys.stdout)
    return "\n".join([render_place(one.title, one.labels, one.sources, color) for one in found])


def as_json(found: "list[Traced]") -> str:
    """An array of objects, a place each; lines and columns count from 1, as those of `check`."""
    rows = []
    for one, span in [(traced, place) for traced in found for place in traced.places]:
        source = one.sources[span.file]
        start, end = source.position(span.start), source.position(span.end)
        rows.append(
            {
                "generated": one.manifest.shown,
                "generated_line": one.line,
                "relation": one.relation,
                "path": source.path,
                "line": start.line,
                "column": start.column,
                "end_line": end.line,
                "end_column": end.column,
            }
        )
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
