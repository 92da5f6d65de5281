"""`oftra fmt`."""

import sys
from typing import TYPE_CHECKING

import click

from oftra.cli.report import tell
from oftra.cli.status import AT_FAULT, WELL
from oftra.diagnostics import Report
from oftra.project.find import ProjectFile, program_paths, read_file
from oftra.project.output import replace_text
from oftra.project.read import decoded, shown

if TYPE_CHECKING:  # with it come the parser and the formatter
    from oftra.source import SourceFile


@click.command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a file is laid out otherwise.")
@click.option("--pipe", "in_pipes", is_flag=True, help="Write standard SQL in pipe form.")
def command(paths: tuple[str, ...], only_check: bool, in_pipes: bool) -> int:
    """Lay out the .oftra files at each PATH, and in all folders below. Every comment is kept.

    PATH `-` is standard input, laid out on standard output. A file with a syntax error stays as it is. With --pipe,
    `select ... from ...` becomes `from ... |> ...` with the same rows.
    """
    if paths == ("-",):
        return format_stdin(in_pipes)
    report = Report()
    names = list(dict.fromkeys([name for path in paths or (".",) for name in program_paths(path, report)]))
    status = tell(report, {})
    changed = 0
    for name in names:
        wrong, new = format_at(name, in_pipes)
        status = max(status, wrong)
        if new is not None:
            changed += 1
            click.echo(f"{'would lay out' if only_check else 'laid out'} {name}")
            if not only_check:
                replace_text(name, new)
    if not changed and status == WELL:
        click.echo(f"{len(names)} file{'' if len(names) == 1 else 's'}, nothing to lay out", err=True)
    return status or (AT_FAULT if changed and only_check else WELL)


def format_at(path: str, in_pipes: bool) -> tuple[int, str | None]:
    """The status of reading a file, and its new text if that is another."""
    report = Report()
    file = read_file("", path, "", report)
    source = decoded(file, report) if file is not None else None
    if file is None or source is None:
        return tell(report, {path: shown(file)} if file is not None else {}), None
    text = formatted(source, report, in_pipes)
    if text is None:
        return tell(report, {path: source}), None
    return WELL, text if text.encode() != file.data else None


def format_stdin(in_pipes: bool) -> int:
    """Standard input, laid out on standard output."""
    report = Report()
    file = ProjectFile("stdin", "", sys.stdin.buffer.read())
    source = decoded(file, report)
    text = formatted(source, report, in_pipes) if source is not None else None
    if text is None:
        return tell(report, {"stdin": source or shown(file)})
    click.echo(text, nl=False)
    return WELL


def formatted(source: "SourceFile", report: Report, in_pipes: bool) -> str | None:
    """The text in our layout; None if it has an error that keeps it from being read whole."""
    # The parser is heavier than finding the files.
    from oftra.diagnostics.syntax import NotYet
    from oftra.source import SourceFile
    from oftra.syntax.format import format_file
    from oftra.syntax.parser import parse

    tree = parse(source, report)
    if any(found.severity == "error" and not isinstance(found, NotYet) for found in report):
        return None
    if in_pipes:
        from oftra.syntax.pipe_form import piped  # only where it is asked for

        tree = piped(tree)
    text = format_file(tree, source.text)
    # The text is somebody's work: it is only replaced by one that says the same.
    again = parse(SourceFile(source.path, text), Report())
    assert again == tree, f"laid out, {source.path} would say something else"
    kept, given = ([comment.text for comment in one.comments] for one in (again, tree))
    assert (sorted(kept) == sorted(given)) if in_pipes else (kept == given), source.path
    return text
