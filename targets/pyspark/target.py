"""The packaging: one PySpark module, and its manifest."""

from collections.abc import Mapping

from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedGate
from oftra.ir.gates import gates_of
from oftra.ir.program import Program
from oftra.target import Request, Stage
from oftra.targets import openlineage
from oftra.targets.document import Printed
from oftra.targets.engines.spark.lower import lower
from oftra.targets.manifest import manifest
from oftra.targets.needs import Survey
from oftra.targets.pyspark.deletes import with_deletes
from oftra.targets.pyspark.file import file_of
from oftra.targets.pyspark.last_rows import with_last_rows
from oftra.targets.pyspark.stream_support import refuse
from oftra.targets.pyspark.support import LIMITS
from oftra.targets.pyspark.version import version_of


class PySpark:
    """Programs as PySpark modules."""

    name = "pyspark"
    engine = "spark"

    def compile(self, request: Request, report: Report) -> Mapping[str, str]:
        """`NAME.py`, which `python NAME.py` and `spark-submit NAME.py` run, and `manifest.json`.

        If OpenLineage is to be told of its runs, what is known before is in `NAME.lineage.json`.
        """
        printed = self._printed(request, report)
        if printed is None or report.has_errors:
            return {}
        program = request.program
        path = f"{program.name}.py"
        names = Survey(program).asked(request.only)
        files = {path: printed.text, "manifest.json": manifest(program, names, path, printed.origins)}
        if request.options.get(openlineage.OPTION):
            told = openlineage.known(request.typed or program, program.name, names, program.streams)
            files[f"{program.name}{openlineage.ENDING}"] = told
        return files

    def show(self, request: Request, stage: Stage, report: Report) -> str:
        """The program after `lowered` as typed relations, after `plan` as Python."""
        if stage == "lowered":
            return _lowered(request.program, report)
        printed = self._printed(request, report)
        return "" if printed is None or report.has_errors else printed.text

    def _printed(self, request: Request, report: Report) -> Printed | None:
        survey = Survey(with_deletes(with_last_rows(request.program)))
        names = survey.asked(request.only)
        version = version_of(request, report)
        LIMITS.refuse(survey, names, report, streams=request.program.streams)
        for pipeline, gate in gates_of(request.program, names).waited:
            if gate.action == "skip" and len(request.program.pipelines) > 1:  # a module ends for all of them
                report.add(UnsupportedGate(pipeline.name, "a module of several pipelines", "skip", span=gate.span))
        if request.program.streams:
            refuse(survey, names, version, report)
        lineage = openlineage.is_asked(request.options, self.name, report)
        return None if report.has_errors else file_of(survey, names, version, report, lineage)


def _lowered(program: Program, report: Report) -> str:
    from oftra.ir.show import show_rel  # a compile shows nothing

    interfaces = {relation.name: relation.interface for relation in program.relations}
    shown = [
        f"{one.kind} {one.name} =\n{show_rel(lower(one.rel, interfaces, report), 2)}\n" for one in program.relations
    ]
    return "\n".join(shown)


TARGET = PySpark()
