"""The packaging: a notebook of Jupyter for each pipeline, or for all of the program, for the engine that is chosen."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from oftra.diagnostics import Report
from oftra.diagnostics.notebooks import TooManyRelations, UnknownEngineChoice
from oftra.ir.program import Pipeline
from oftra.target import Request, Stage
from oftra.targets.cells import Cell, ipynb_printed
from oftra.targets.document import Printed
from oftra.targets.duckdb.support import LIMITS as DUCKDB_LIMITS
from oftra.targets.duckdb.support import refuse_outside
from oftra.targets.manifest import manifest
from oftra.targets.needs import Survey
from oftra.targets.notebook.duckdb_code import DuckDbCode
from oftra.targets.notebook.spark_code import SparkCode
from oftra.targets.notebook.story import Story
from oftra.targets.pyspark.support import LIMITS as SPARK_LIMITS

MOST = 100
"""How many relations a notebook tells of; a longer one is read by nobody."""


class Notebook:
    """Programs as notebooks of Jupyter."""

    name = "notebook"
    engine = "duckdb"
    engines = ("duckdb", "spark")

    def compile(self, request: Request, report: Report) -> Mapping[str, str]:
        """`NAME.ipynb`, which Jupyter runs from top to bottom, and its manifest."""
        engine = str(request.options.get("engine", self.engine))
        if engine not in self.engines:
            report.add(UnknownEngineChoice(self.name, engine, self.engines))
            return {}
        program = request.typed or request.program
        survey = Survey(program)
        wanted = _wanted(survey, request.only)
        for title, _, names in wanted:
            relations = [relation for relation in program.relations if relation.name in names]
            if len(relations) > MOST:
                report.add(TooManyRelations(title, len(relations), MOST, span=relations[0].span))
        if report.has_errors:
            return {}
        files: dict[str, str] = {}
        for title, pipeline, names in wanted:
            printed = self._notebook(survey, names, pipeline, engine, report)
            if report.has_errors:
                return {}
            name = _file_name(title, files)
            files[f"{name}.ipynb"] = printed.text
            listing = "manifest.json" if len(wanted) == 1 else f"{name}.manifest.json"
            files[listing] = manifest(program, names, f"{name}.ipynb", printed.origins)
        return files

    def show(self, request: Request, stage: Stage, report: Report) -> str:
        """The notebook itself: its stages are those of its engine."""
        return "\n".join(self.compile(request, report).values())

    def _notebook(
        self, survey: Survey, names: Collection[str], pipeline: Pipeline | None, engine: str, report: Report
    ) -> Printed:
        story = Story(survey, names, pipeline)
        # Gates are told of, and judged by runs alone; all is made in batch.
        survey = Survey(replace(survey.program, pipelines=(), streams=frozenset()))
        limits = DUCKDB_LIMITS if engine == "duckdb" else SPARK_LIMITS
        relations = {name for name in names if name in survey.program.by_name}
        limits.refuse(survey, relations, report, stores=False)
        if engine == "duckdb":
            refuse_outside(
                survey.program, {one for one in relations if survey.program.by_name[one].kind == "source"}, report
            )
        if report.has_errors:
            return Printed("", ())
        code: DuckDbCode | SparkCode = (DuckDbCode if engine == "duckdb" else SparkCode)(survey, relations, report)
        cells: list[Cell] = [*story.beginning(), *code.setup()]
        told: set[str] = set()
        for relation, made in code.sections:
            if relation.name not in told:
                cells.append(story.about(relation))
            told.add(relation.name)
            cells += made
        cells += [*code.ending(), *story.ending()]
        return ipynb_printed(cells)


def _file_name(title: str, taken: Collection[str]) -> str:
    """A name for a file in one folder, whatever a pipeline is called."""
    name = re.sub(r"[^\w.-]", "_", title).lstrip(".") or "_"
    while f"{name}.ipynb".lower() in {one.lower() for one in taken}:
        name += "_"
    return name


def _wanted(survey: Survey, only: tuple[str, ...] | None) -> list[tuple[str, Pipeline | None, set[str]]]:
    """The notebooks that are made: what each is called, and what it is about."""
    program = survey.program
    outputs = [one.name for one in program.relations if one.kind == "table"] + [sink.name for sink in program.sinks]
    asked = set(outputs if only is None else only)
    found: list[tuple[str, Pipeline | None, set[str]]] = []
    for pipeline in program.pipelines:
        built = asked.intersection(pipeline.build)
        if built:
            found.append((pipeline.name, pipeline, survey.needed(built)))
    rest = asked.difference(*[names for _, _, names in found])
    if not outputs:
        found.append((program.name, None, survey.everything))
    elif rest:
        found.append((program.name, None, survey.needed(rest)))
    return found


TARGET = Notebook()
