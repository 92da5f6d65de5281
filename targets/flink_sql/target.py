"""The packaging: one script of Flink SQL for all that is made in batch, one for all streams, and their manifest."""

from collections.abc import Mapping

from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedGate
from oftra.ir.gates import gates_of
from oftra.ir.program import Program
from oftra.target import Request, Stage
from oftra.targets.document import HARD, Doc, Printed, cat, render, separated
from oftra.targets.engines.flink.dialect import FLINK
from oftra.targets.flink_sql.script import Script, Wanted, script_of
from oftra.targets.flink_sql.statements import Option, written
from oftra.targets.flink_sql.support import refuse
from oftra.targets.manifest import made_by, manifest
from oftra.targets.needs import Survey
from oftra.targets.sql.write_query import Writer


class FlinkSql:
    """Programs as scripts of Flink SQL."""

    name = "flink_sql"
    engine = "flink"

    def compile(self, request: Request, report: Report) -> Mapping[str, str]:
        """`NAME.sql`, for `sql-client.sh -f` and the SQL gateway, and `manifest.json`; the same of streams."""
        program = request.program
        found: dict[str, str] = {}
        for ending, names, script in self._scripts(request, report):
            path = f"{program.name}{ending}.sql"
            printed = print_script(program, script)
            found[path] = printed.text
            found[f"manifest{ending}.json"] = manifest(program, names, path, printed.origins)
        return {} if report.has_errors else found

    def show(self, request: Request, stage: Stage, report: Report) -> str:
        """The program after `lowered` as typed relations, after `plan` as SQL."""
        program = request.program
        if stage == "lowered":
            from oftra.ir.show import show_rel  # a compile shows nothing

            shown = [f"{one.kind} {one.name} =\n{show_rel(one.rel, 2)}\n" for one in program.relations]
            return "\n".join(shown)
        scripts = self._scripts(request, report)
        return "" if report.has_errors else "\n".join([print_script(program, script).text for _, _, script in scripts])

    def _scripts(self, request: Request, report: Report) -> list[tuple[str, set[str], Script]]:
        """What is made in batch and what runs as streams, each with what its names end with and all that it needs."""
        survey = Survey(request.program)
        asked = survey.asked(request.only)
        refuse(survey, asked, report)
        for pipeline, gate in gates_of(request.program, asked).waited:
            if gate.action == "skip":  # as of DuckDB, nothing but a failure leaves out what follows
                report.add(UnsupportedGate(pipeline.name, "a script of flink", "skip", span=gate.span))
        if report.has_errors:
            return []
        program = request.program
        streams = program.streams & asked
        batch = asked
        if streams:
            batch = survey.needed([name for name in _outputs(program, asked) if name not in streams])
            # A table of late rows reads nothing in batch.
            streams |= {
                source for name in streams if name in program.by_name for source in program.by_name[name].late_of
            }
        found = []
        for ending, names in (("", batch), ("_streaming", survey.needed(streams))):
            if names:
                found.append((ending, names, script_of(survey, Wanted(names, bool(ending)), report)))
        return found


TARGET = FlinkSql()


def _outputs(program: Program, names: set[str]) -> list[str]:
    found = [one.name for one in program.relations if one.kind == "table"] + [one.name for one in program.sinks]
    return [name for name in found if name in names]


def print_script(program: Program, script: Script) -> Printed:
    """The script as text: a line that says what made it, the values that it needs, then a statement a relation."""
    writer = Writer(FLINK)
    lines = [f"-- {made_by(program)}"]
    if script.runtimes:
        lines.append(
            f"-- Fill in before it is submitted: {', '.join([f'${{{name}}}' for name in sorted(script.runtimes)])}."
        )
    head = separated([written(writer, one) for one in script.statements if isinstance(one, Option)], HARD)
    docs: list[Doc] = [separated(lines, HARD), head]
    docs += [written(writer, one) for one in script.statements if not isinstance(one, Option)]
    return render(separated(docs, cat(HARD, HARD)))
