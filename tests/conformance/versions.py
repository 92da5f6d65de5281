"""What Spark's older versions are told, function by function: modules for them, and what they can't do at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from answers import ONE_ROW, Answers, Case, from_rows
from stages import on_columns

from oftra.diagnostics import Report
from oftra.targets.engines.spark.wording import Version
from oftra.targets.needs import Survey
from oftra.targets.pyspark.file import answering

VERSIONS: dict[str, Version] = {"3.5": (3, 5), "4.0": (4, 0)}
"""The versions that a program may ask for besides the one that everything is run on."""


@dataclass(frozen=True)
class Told:
    """What a version is told for the examples of a subject: modules, and why others are refused."""

    texts: tuple[str, ...]
    refused: tuple[str, ...]


def told(answers: Answers, cases: list[Case], version: Version) -> Told:
    """The modules for examples of one subject, its constants in columns."""
    texts: list[str] = []
    refused: list[str] = []
    for question in _questions(cases):
        program = answers.checked.program
        report = Report()
        text = answering(Survey(program), (), on_columns(program, answers.typed(question))[1], version, report)
        if report.has_errors:
            refused += [f"{found.code} {found.title}" for found in report]
        else:
            texts.append(text)
    return Told(tuple(texts), tuple(dict.fromkeys(refused)))


def _questions(cases: list[Case]) -> Iterator[str]:
    for _, same in groupby(cases, key=lambda case: (case.example.columns, case.example.rows)):
        alike = list(same)
        items = ", ".join(f"{case.example.call} as actual_{at}" for at, case in enumerate(alike))
        match alike[0].shape:
            case "row":
                yield f"{ONE_ROW} |> select {items}"
            case "group":
                yield f"{from_rows(alike[0].example)} |> aggregate {items}"
            case "window":
                yield f"{from_rows(alike[0].example)} |> select {items}"
