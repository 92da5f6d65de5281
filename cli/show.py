"""`oftra show`."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from oftra.cli.mode import MODE
from oftra.cli.report import sources_of, tell
from oftra.cli.session import ENV, end_if_wrong
from oftra.cli.status import WELL
from oftra.diagnostics import Report
from oftra.project import installed
from oftra.project.find import find_project

if TYPE_CHECKING:  # the compiler comes once there is something to show
    from oftra.driver import Parsed
    from oftra.ir.program import Mode, Program
    from oftra.resolve.model import Resolved
    from oftra.source import SourceFile
    from oftra.target import Stage

STAGES = ("syntax", "resolved", "typed", "optimized", "lowered", "plan")


@click.command("show")
@click.argument("path", default=".")
@click.option(
    "--stage", type=click.Choice(STAGES), default="typed", show_default=True, help="The stage to show it after."
)
@click.option("--target", default="duckdb", show_default=True, help="Whose stage `lowered` or `plan` is.")
@click.option("--why", is_flag=True, help="Not the optimized program, but what each pass did to it and why it could.")
@ENV
@MODE
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
def command(path: str, stage: str, target: str, why: bool, env: str | None, mode: "Mode | None", format_: str) -> int:
    """Show the program at PATH as it is after a stage of the compile.

    As JSON: the syntax tree (a versioned format), names and what they read, or the typed tree.
    """
    if why and stage != "optimized":
        raise click.UsageError("--why goes with --stage optimized: other stages change no rows.")
    report = Report()
    project = find_project(path, report)
    if project is None or report.has_errors:
        return tell(report, {} if project is None else sources_of(project))
    # The compiler is heavy: only once there is something to compile.
    from oftra.driver import optimized, parse_all, resolve_all, type_all

    parsed = parse_all(project, env, report)
    as_json = format_ == "json"
    if stage == "syntax":
        click.echo(syntax_text(parsed, as_json))
        return tell(report, sources_of(project))
    resolved = resolve_all(parsed, report)
    if stage == "resolved":
        click.echo(resolved_text(resolved, as_json))
        return tell(report, sources_of(project))
    checked = type_all(parsed, resolved, report, mode)
    status = tell(report, sources_of(project))
    if checked is None:
        return status
    if why:
        click.echo(reasons_text(checked.program, as_json))
        return WELL
    program = checked.program if stage == "typed" else optimized(checked.program)
    if stage in ("typed", "optimized"):
        click.echo(program_text(program, as_json))
        return WELL
    if as_json:
        raise click.UsageError(f"the stage {stage!r} is {target}'s own, and has no JSON.")
    click.echo(target_text(program, target, "plan" if stage == "plan" else "lowered", sources_of(project)))
    return WELL


def syntax_text(parsed: "Parsed", as_json: bool) -> str:
    """The trees of all files: as JSON, or each as the formatter prints it."""
    from oftra.syntax.format import format_file  # only this stage is about text
    from oftra.syntax.tree import to_json

    if as_json:
        trees = {module.tree.span.file: to_json(module.tree) for module in parsed.modules}
        return json.dumps(trees, indent=2, ensure_ascii=False)
    return "\n".join(f"-- {module.tree.span.file}\n{format_file(module.tree)}" for module in parsed.modules)


def resolved_text(resolved: "Resolved", as_json: bool) -> str:
    """Every relation in the order in which it is checked, and the relations that it reads."""
    if as_json:
        rows = [
            {"name": one.name, "kind": kind_of(one.declaration), "file": one.span.file, "uses": list(one.uses)}
            for one in resolved.order
        ]
        return json.dumps(rows, indent=2, ensure_ascii=False)
    return "\n".join(
        f"{kind_of(one.declaration)} {one.name}" + (f" <- {', '.join(one.uses)}" if one.uses else "")
        for one in resolved.order
    )


def kind_of(declaration: object) -> str:
    """The keyword that a declaration began with."""
    return type(declaration).__name__.lower()


def program_text(program: "Program", as_json: bool) -> str:
    """A typed program in the IR's text form, or its tree."""
    # Only the two stages of this form print it.
    if as_json:
        from oftra.ir.json import to_json

        return json.dumps(to_json(program), indent=2, ensure_ascii=False)
    from oftra.ir.show_program import show_program

    return show_program(program).rstrip("\n")


def reasons_text(program: "Program", as_json: bool) -> str:
    """What was done to each relation: the pass, what it did, and the facts that it used."""
    from oftra.optimize.why import stories  # only this asks for reasons

    found = stories(program)
    if as_json:
        rows = [
            {
                "relation": story.relation.name,
                "kind": story.relation.kind,
                "changes": [
                    {"pass": one.pass_name, "what": one.what, "facts": [fact._asdict() for fact in one.facts]}
                    for one in story.done
                ],
            }
            for story in found
        ]
        return json.dumps(rows, indent=2, ensure_ascii=False)
    lines = []
    for story in found:
        lines.append(f"{story.relation.kind} {story.relation.name}")
        for one in story.done:
            lines.append(f"  {one.pass_name}: {one.what}")
            lines += [f"    {fact.claim}: {fact.proof}" for fact in one.facts]
    return "\n".join(lines) if lines else "no pass changed anything"


def target_text(program: "Program", name: str, stage: "Stage", sources: "Mapping[str, SourceFile]") -> str:
    """The program after a stage of a target."""
    from oftra.target import Request  # beside the program it is there already

    report = Report()
    target = installed.find_target(name, report)
    end_if_wrong(report)
    assert target is not None
    text = target.show(Request(program, program.targets.get(name, {})), stage, report)
    end_if_wrong(report, sources)
    return text.rstrip("\n")
