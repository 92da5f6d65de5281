"""What notebooks say in words: what is built and of what, what each relation is and what is promised of it."""

from collections.abc import Collection, Iterator

from oftra.ir.picture import mermaid
from oftra.ir.program import Gate, Program, Relation, Sink
from oftra.targets.cells import Markdown, fenced, plain, span
from oftra.targets.databricks.jobs import Task
from oftra.targets.manifest import made_by
from oftra.targets.needs import Survey

DONE = {
    "fail": "stops the run",
    "drop": "is left out",
    "warn": "is counted",
    "quarantine": "is put apart",
}
"""What becomes of a record that breaks a rule."""

ELSE = {
    "stop": "or the run fails",
    "skip": "or the rest is skipped",
    "alert": "or somebody is told",
    "retry": "or this is tried again",
}
"""What becomes of a run whose gate does not hold."""


def headline(task: Task, survey: Survey, names: Collection[str]) -> Markdown:
    """The notebook's title, with the picture of what is made of what."""
    program = survey.program
    parts = [f"# {plain(task.name)}"]
    for pipeline in program.pipelines:
        if pipeline.description:
            parts.append(plain(pipeline.description))
    parts.append(plain(made_by(program)))
    parts.append(fenced("\n".join(picture(survey, names)), "mermaid"))
    return Markdown("\n\n".join(parts), "title")


def picture(survey: Survey, names: Collection[str]) -> Iterator[str]:
    """What is made of what, as a flowchart."""
    program = survey.program
    relations = [one for one in program.relations if one.name in names]
    sinks = [one for one in program.sinks if one.name in names]
    kinds: dict[str, str] = {one.name: one.kind for one in relations} | {one.name: "sink" for one in sinks}
    reads: dict[str, tuple[str, ...]] = {}
    for one in relations:
        needed = {*survey.of(one.name).needs, *one.feeds} - {one.name}
        reads[one.name] = tuple([name for name in kinds if name in needed])
    reads |= {one.name: (one.relation,) for one in sinks}
    return mermaid(kinds, reads)


def paragraph(program: Program, survey: Survey, name: str) -> str:
    """What a relation or sink is: its description, where it lies, the rules that its rows are held to."""
    relation = program.by_name.get(name)
    if relation is None:
        sink = next(one for one in program.sinks if one.name == name)
        what = f"Rows of {span(sink.relation)} into {span(sink.connection)}."
        return "\n\n".join([f"## {plain(name)}", *_described(sink), what])
    parts = [f"## {plain(name)}", *_described(relation)]
    where = f" in {span(relation.connection)}" if relation.connection else ""
    parts.append(f"A {relation.kind}{where} of {_count(len(relation.columns), 'column')}.")
    rules = [rule for checked in survey.of(name).checks for rule in checked.rules]
    if rules:
        parts.append("A record that breaks")
        parts.append("\n".join([f"- {span(rule.name)} {DONE[rule.action]}" for rule in rules]))
    return "\n\n".join(parts)


def required(gate: Gate) -> str:
    """What a gate asks, what is done if it does not hold, and where it stands."""
    what = f"This has to hold, {ELSE[gate.action]} ({plain(gate.span.file)}:{gate.line})."
    return f"## Gate {span(gate.condition)}\n\n{what}"


def _described(one: Relation | Sink) -> list[str]:
    return [plain(one.description)] if one.description else []


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
