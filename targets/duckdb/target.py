"""The packaging: one script of plain DuckDB SQL, and its manifest."""

from collections.abc import Mapping

from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedGate
from oftra.ir.gates import gates_of
from oftra.ir.program import Program
from oftra.target import Request, Stage
from oftra.targets.document import HARD, Doc, Printed, cat, render, separated
from oftra.targets.duckdb.script import Part, Script, Wanted, script_of
from oftra.targets.duckdb.support import LIMITS, refuse_in_place, refuse_outside
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.engines.duckdb.functions.macros import macros_for
from oftra.targets.engines.duckdb.lower import lower
from oftra.targets.limits import refuse_streams
from oftra.targets.manifest import made_by, manifest
from oftra.targets.needs import Survey
from oftra.targets.sql.write_query import Writer


class DuckDb:
    """Programs as DuckDB scripts."""

    name = "duckdb"
    engine = "duckdb"

    def compile(self, request: Request, report: Report) -> Mapping[str, str]:
        """`NAME.sql`, which `duckdb < NAME.sql` runs from the project's folder, and `manifest.json`."""
        program = request.program
        script = self._script(request, report)
        if script is None or report.has_errors:
            return {}
        path = f"{program.name}.sql"
        printed = print_script(program, script)
        names = Survey(program).asked(request.only)
        return {path: printed.text, "manifest.json": manifest(program, names, path, printed.origins)}

    def show(self, request: Request, stage: Stage, report: Report) -> str:
        """The program after `lowered` as typed relations, after `plan` as SQL."""
        program = request.program
        if stage == "lowered":
            from oftra.ir.show import show_rel  # a compile shows nothing

            shown = [f"{one.kind} {one.name} =\n{show_rel(lower(one.rel), 2)}\n" for one in program.relations]
            return "\n".join(shown)
        script = self._script(request, report)
        return "" if script is None or report.has_errors else print_script(program, script).text

    def _script(self, request: Request, report: Report) -> Script | None:
        survey = Survey(request.program)
        names = survey.asked(request.only)
        if request.program.mode == "streaming":
            refuse_streams(request.program, names, self.name, report)
        LIMITS.refuse(survey, names, report)
        refuse_outside(request.program, names, report)
        refuse_in_place(request.program, names, report)
        for pipeline, gate in gates_of(request.program, names).waited:
            if gate.action == "skip":  # SQL has no way to leave out what follows but to fail
                report.add(UnsupportedGate(pipeline.name, "a script of duckdb", "skip", span=gate.span))
        return None if report.has_errors else script_of(survey, Wanted(names), report)


TARGET = DuckDb()


def print_script(program: Program, script: Script) -> Printed:
    """The script as text: a line that says what made it, then a statement a relation."""
    writer = Writer(DUCKDB)
    head = f"-- {made_by(program)}"
    parts = [_part(writer, part) for part in script.parts]
    at = sum([part.is_session for part in script.parts])
    parts[at:at] = [writer.statement(macro) for macro in macros_for(writer.called)]
    return render(separated([head, *parts], cat(HARD, HARD)))


def _part(writer: Writer, part: Part) -> Doc:
    """Statements with an empty line between; those of a head stand together."""
    docs: list[Doc] = []
    for statement in part.statements:
        if docs:
            apart = part.kind != "head" or getattr(statement, "description", None)
            docs.append(cat(HARD, HARD) if apart else HARD)
        docs.append(writer.statement(statement))
    return cat(*docs)
