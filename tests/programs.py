"""Programs in memory: what a compile of some text says, as the driver says it of files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from oftra.diagnostics import Diagnostic, Report
from oftra.diagnostics.render import render_text, without_allowed
from oftra.driver import ask, check_all, compile_for, parse_all
from oftra.ir.program import Mode, Program
from oftra.project import installed
from oftra.project.find import Project, ProjectFile
from oftra.source import SourceFile
from oftra.syntax.format import format_file, format_query
from oftra.syntax.parser import parse, parse_query

_COMMENTS = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_QUERY = re.compile(_COMMENTS + r"(?:(?:from|select|with)\b|\()", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Outcome:
    """What was found, after what the program allows was left out, and the texts that it was found in."""

    found: tuple[Diagnostic, ...]
    sources: Mapping[str, SourceFile]

    @property
    def codes(self) -> list[str]:
        """The codes, in the order of their places."""
        return [one.code for one in sorted(self.found, key=lambda one: (one.span.file, one.span.start))]

    @property
    def errors(self) -> list[Diagnostic]:
        """What keeps the program from compiling."""
        return [one for one in self.found if one.severity == "error"]

    @property
    def text(self) -> str:
        """What people get to see."""
        return render_text(self.found, self.sources)


def is_query(text: str) -> bool:
    """Whether `text` is an ad hoc query rather than a file."""
    return _QUERY.match(text) is not None


def compiled(files: Mapping[str, str], manifest: str | None = None, env: str | None = None) -> Outcome:
    """A project of `files`, checked; and compiled for DuckDB if it is well."""
    report = Report()
    parsed = parse_all(project_of(files, manifest), env, report)
    checked = check_all(parsed, report)
    if checked is not None:
        target = installed.find_target("duckdb", report)
        compile_for(checked.program, [target] if target else [], (), all_must=True, report=report)
    return Outcome(tuple(without_allowed(report, parsed.sources)), parsed.sources)


def checked(files: Mapping[str, str], query: str | None = None, manifest: str | None = None) -> Outcome:
    """A project of `files`, checked but not compiled for a target; and then `query` over it."""
    report = Report()
    parsed = parse_all(project_of(files, manifest), None, report)
    sources = dict(parsed.sources)
    program = check_all(parsed, report)
    if query is not None and program is not None:
        sources["query"] = SourceFile("query", query)
        ask(program, query, report)
    return Outcome(tuple(without_allowed(report, sources)), sources)


def outcome_of(text: str, compile_it: bool = False) -> Outcome:
    """What there is to say of a single text, a file or a query over nothing; of a file also by a target if asked."""
    if is_query(text):
        return checked({}, text)
    return compiled({"program.oftra": text}) if compile_it else checked({"program.oftra": text})


def formatted(text: str) -> str:
    """`text` as `oftra fmt` lays it out. A query with comments stays as it is: only files keep them."""
    report = Report()
    source = SourceFile("text.oftra", text)
    if not is_query(text):
        return format_file(parse(source, report), text)
    return text if "--" in text else format_query(parse_query(source, report)) + "\n"


def program_of(text: str, mode: Mode | None = None) -> tuple[Program | None, Report]:
    """The typed program that a single text is, None if it has an error, and what there is to say of it."""
    report = Report()
    found = check_all(parse_all(project_of({"program.oftra": text}), None, report), report, mode)
    return None if found is None else found.program, report


def project_of(files: Mapping[str, str], manifest: str | None = None) -> Project:
    """A project of `files`, by their paths."""
    described = tuple(
        ProjectFile(path, path.rpartition("/")[0].replace("/", "."), text.encode())
        for path, text in sorted(files.items())
    )
    return Project(".", manifest.encode() if manifest is not None else None, described)
