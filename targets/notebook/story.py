"""What a notebook tells in words: what it is about, what is made of what, and each relation before its code."""

from collections.abc import Collection, Iterator

from oftra.datatypes import show
from oftra.ir.options import text, word
from oftra.ir.picture import mermaid
from oftra.ir.program import Pipeline, Relation, Sink
from oftra.ir.rel import Checked
from oftra.ir.walk import every_rel
from oftra.targets.cells import Markdown, fenced, plain, span
from oftra.targets.manifest import made_by
from oftra.targets.needs import Survey

ACTIONS = {
    "fail": "the run stops",
    "drop": "the record is left out",
    "warn": "it is counted",
    "quarantine": "the record is put apart",
}


class Story:
    """The words of a notebook about `names`, which are all of a program's or what a `pipeline` builds."""

    def __init__(self, survey: Survey, names: Collection[str], pipeline: Pipeline | None) -> None:
        self.survey, self.program, self.pipeline = survey, survey.program, pipeline
        self.relations = [relation for relation in self.program.relations if relation.name in names]
        self.sinks = [sink for sink in self.program.sinks if sink.name in names]
        self.names = {*[one.name for one in self.relations], *[one.name for one in self.sinks]}

    @property
    def title(self) -> str:
        """What it is called: as its pipeline, else as the program."""
        return self.program.name if self.pipeline is None else self.pipeline.name

    def beginning(self) -> Iterator[Markdown]:
        """Title, description, and the picture."""
        lines = [f"# {plain(self.title)}", ""]
        if self.pipeline is not None and self.pipeline.description:
            lines += [plain(self.pipeline.description), ""]
        lines += [f"*{plain(made_by(self.program))}*", ""]
        lines += [
            "Run it from top to bottom. It reads the sources and makes everything else in memory: nothing is stored."
        ]
        if self.pipeline is not None:
            lines += ["", *self._pipeline(self.pipeline)]
        yield Markdown("\n".join(lines), "title")
        if self.names:
            yield Markdown("\n".join(self._picture()), "picture")
        else:
            yield Markdown("The program has no relation yet.", "picture")

    def _pipeline(self, pipeline: Pipeline) -> Iterator[str]:
        """What a pipeline says of when it runs and of what must hold; the notebook does none of that."""
        said = [(name, value) for name, value in pipeline.options.items() if isinstance(value, str | int)]
        if said:
            yield (
                "The pipeline as it is deployed: "
                + ", ".join([f"{name} {span(str(value))}" for name, value in said])
                + "."
            )
        if pipeline.gates:
            yield ""
            yield "Its gates, which runs of the pipeline judge and this notebook does not:"
            yield ""
            for gate in pipeline.gates:
                yield f"- {span(f'require {gate.condition} else {gate.action}')}"

    def _picture(self) -> Iterator[str]:
        kinds: dict[str, str] = {one.name: one.kind for one in self.relations}
        kinds |= {sink.name: "sink" for sink in self.sinks}
        reads = {name: tuple([one for one in self.reads(name) if one in self.names]) for name in kinds}
        yield "## What is made of what"
        yield ""
        yield fenced("\n".join(mermaid(kinds, reads)), "mermaid")
        yield ""
        for name, kind in kinds.items():
            of = "whose rules look into" if kind == "source" else "of"
            made = f" {of} {listed(reads[name])}" if reads[name] else ""
            yield f"- {span(name)}, a {kind}{made}"

    def reads(self, name: str) -> tuple[str, ...]:
        """What a relation or sink reads, and what its rules look into."""
        if name in self.survey.sinks:
            return (self.survey.sinks[name],)
        needs = {*self.survey.of(name).needs, *self.program.by_name[name].feeds, *self.program.by_name[name].late_of}
        return tuple([one.name for one in self.program.relations if one.name in needs and one.name != name])

    # ---------------------------------------------------------------------------------------------- of each relation

    def about(self, relation: Relation) -> Markdown:
        """What stands above the code of a relation."""
        lines = [f"## {plain(relation.name)}", ""]
        if relation.description:
            lines += [plain(relation.description), ""]
        lines += [" ".join(self._kind(relation))]
        if relation.column_descriptions:
            lines += ["", "| column | type | |", "| --- | --- | --- |"]
            for column in relation.columns:
                said = " ".join(plain(relation.column_descriptions.get(column.name, "")).split())
                lines.append(f"| {cell(column.name)} | {cell(show(column.type))} | {said} |")
        rules = list(self._rules(relation))
        if rules:
            lines += ["", "What must hold:", "", *rules]
        return Markdown("\n".join(lines), f"about {relation.name}")

    def _kind(self, relation: Relation) -> Iterator[str]:
        match relation.kind:
            case "source":
                yield f"A source{self._place(relation)}."
            case "view":
                yield f"A view{self._made_of(relation.name)}."
            case "table" if relation.feeds:
                yield f"The records of {listed(relation.feeds)} that break its rules, as they came."
            case "table" if relation.late_of:
                yield f"What comes late into {listed(relation.late_of)}: nothing, in a notebook."
            case _:
                yield f"A table{self._made_of(relation.name)}."
        if relation.kind == "table":
            yield self._stored(relation)

    def _made_of(self, name: str) -> str:
        reads = self.reads(name)
        return f" made of {listed(reads)}" if reads else ""

    def _place(self, one: Relation | Sink) -> str:
        connection = self.program.connections.get(one.connection or "")
        if connection is None:
            return ""
        name = next((said for key in ("path", "topic", "table") if (said := text(one.options.get(key)))), None)
        what = f"{span(name)} " if name else ""
        return f": {what}in {span(connection.name)} ({connection.kind})"

    def _stored(self, table: Relation) -> str:
        """What runs do with a table, which the notebook doesn't."""
        refresh = word(table.options.get("refresh"), "full")
        how = "replace" if refresh == "full" else f"keep by {span(f'refresh: {refresh}')}"
        stream = ", as a stream" if table.name in self.program.streams else ""
        where = self._place(table).removeprefix(": ")
        return f"Runs {how} it{stream}{' ' if where else ''}{where}." if where else ""

    def _rules(self, relation: Relation) -> Iterator[str]:
        """What must hold, by what becomes of a record otherwise."""
        rules = [rule for part in every_rel(relation.rel) if isinstance(part, Checked) for rule in part.rules]
        for action, otherwise in ACTIONS.items():
            names = [rule.name for rule in rules if rule.action == action]
            if names:
                yield f"- {', '.join([span(name) for name in names])}: else {otherwise}"

    # ------------------------------------------------------------------------------------------------- after all that

    def ending(self) -> Iterator[Markdown]:
        """The sinks, which a notebook doesn't write."""
        if self.sinks:
            lines = ["## What goes out", "", "Runs write these; the notebook does not.", ""]
            for sink in self.sinks:
                mode = word(sink.options.get("mode"), "overwrite")
                said = f": {plain(sink.description)}" if sink.description else ""
                stream = " as a stream" if sink.name in self.program.streams else ""
                lines.append(
                    f"- {span(sink.name)}{self._place(sink)}, the rows of {span(sink.relation)} by `mode: {mode}`"
                    f"{stream}{said}"
                )
            yield Markdown("\n".join(lines), "sinks")


def listed(names: Collection[str]) -> str:
    """Names in a sentence."""
    *most, last = [span(name) for name in names]
    return f"{', '.join(most)} and {last}" if most else last


def cell(name: str) -> str:
    """A name as code in a cell of a table, where a bar would end it even there."""
    return span(name).replace("|", "\\|")
