"""Random queries in the language's own words: what the checker makes of several operators, and forms with a syntax."""

import re
from functools import cache
from pathlib import Path
from random import Random

from hostile_tables import ALL_TYPES, program_of
from typed_programs import Made, named_apart

from oftra.check import check_query
from oftra.datatypes import BOOLEAN, INT, STRING, show
from oftra.diagnostics import Report
from oftra.diagnostics.render import render_text
from oftra.driver import QUERY, Checked, check_all, parse_all
from oftra.ir.program import Program
from oftra.project.find import Project, ProjectFile
from oftra.source import SourceFile
from oftra.syntax.parser import parse_query

VERSIONS = """
contract version { i int, note string, since timestamp event time }
view versions: version = from times |> where ts is not null |> aggregate max(s) as note group by i, ts as since
  |> select i, note, since
"""

TEMPLATES = tuple(
    [
        (form, text.strip())
        for form, _, text in [
            part.partition("\n")
            for part in f"\n{Path(__file__).with_suffix('.txt').read_text(encoding='utf-8')}".split("\n=== ")[1:]
        ]
    ]
)
"""Queries with the name of what they are about. Words in capitals stand for one of several."""

WORDS: dict[str, tuple[str, ...]] = {
    "AGG": ("sum", "min", "max", "avg", "count"),
    "N1": ("true", "l > 0", "m is not null"),
    "N2": ("i", "s", "ints", "1"),
    "N": ("i", "l", "m", "w"),
    "I": ("i", "p", "i, p", "s"),
    "K": ("i", "p", "x", "s"),
    "JOIN": ("join", "left join"),
    "DIR": ("", "desc"),
    "LIMIT": ("1", "2", "3"),
    "PART1": ("", "partition by i"),
    "PART": ("", "partition by p", "partition by i, p"),
    "COND1": ("a > 1", "s is not null", "b = 2 or p"),
    "COND": ("i > 0", "p", "s is not null", "not p or i = 2"),
    "SETS": ("union all", "union distinct", "intersect", "except", "intersect all", "except all"),
}


GIVEN = {INT: "0", STRING: "''", BOOLEAN: "true"}
"""A value for each type of a column that is never null."""


def written_program(random: Random) -> Made:
    """A query over the hostile tables, written in the language."""
    form, text = random.choice(TEMPLATES)
    chosen = {word: random.choice(options) for word, options in WORDS.items()}
    text = re.sub(r"\b[A-Z][A-Z0-9]*\b", lambda found: chosen.get(found.group(), found.group()), text)
    checked = _checked()
    report = Report()
    source = SourceFile(QUERY, text)
    query = parse_query(source, report)
    assert query is not None and not report.has_errors, f"{text}\n{render_text(report, {QUERY: source})}"
    rel = check_query(checked.resolved, checked.program, query, report)
    assert not report.has_errors, f"{text}\n{render_text(report, {QUERY: source})}"
    tables = program_of(ALL_TYPES)
    own = checked.program.by_name["versions"]
    return Made(Program("p", "1", (*tables.relations, own)), named_apart(rel), (form,))


@cache
def _checked() -> Checked:
    """A program with views of the columns of the hostile tables, for the checker to know their types."""
    views = []
    for name, rel in ALL_TYPES.items():
        columns = ", ".join([f"{column.name} {show(column.type)}" for column in rel.columns])
        cells = ", ".join(["null" if column.nullable else GIVEN[column.type] for column in rel.columns])
        views.append(f"view {name} = from values ({cells}) as rows ({columns})")
    file = ProjectFile("tables.oftra", "", "\n\n".join([*views, VERSIONS]).encode())
    report = Report()
    parsed = parse_all(Project(".", None, (file,)), None, report)
    checked = check_all(parsed, report)
    assert checked is not None and not report.has_errors, render_text(report, parsed.sources)
    return checked
