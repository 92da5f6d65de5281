"""Notebooks as they are stored: Jupyter's own tools take them as they are, and no text gets out of its cell."""

import ast

import nbformat
import pytest

from oftra.source import Span
from oftra.targets.cells import (
    Cell,
    Code,
    Markdown,
    databricks_source,
    fenced,
    ipynb,
    ipynb_printed,
    plain,
    span,
    without_commands,
    without_prompts,
)
from oftra.targets.document import Origin

HOSTILE = 'it\'s "{{ x }}" `a` %md !ls\n%sql drop\n# COMMAND ----------\n# MAGIC %sh rm\n\u2028\x85 ünï 🦆'
CELLS: tuple[Cell, ...] = (
    Markdown("# Title\n\nText.", "title"),
    Code("a = 1\nb = 2", "values"),
    Markdown(HOSTILE),
    Code("a = 1\nb = 2", "values"),
    Code(""),
)


def test_jupyter_writes_the_same_text() -> None:
    text = ipynb(CELLS)
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert nbformat.writes(notebook) + "\n" == text
    assert [cell.source for cell in notebook.cells] == [cell.text for cell in CELLS]


def test_lines_are_those_of_the_file() -> None:
    place = Span(1, 2, "a.oftra")
    printed = ipynb_printed([*CELLS, Code("a = 1\nb = 2\nc = 3", origins=(Origin(2, 3, place),))])
    ((first, last, span_),) = printed.origins
    assert [line.strip() for line in printed.text.split("\n")[first - 1 : last]] == ['"b = 2\\n",', '"c = 3"']
    assert span_ == place


def test_ids_stay() -> None:
    def ids(*cells: Cell) -> list[str]:
        return [cell.id for cell in nbformat.reads(ipynb(cells), as_version=4).cells]

    assert len(set(ids(*CELLS))) == len(CELLS)
    assert ids(Code("a", "one"), Code("b", "two")) == ids(Code("other", "one"), Code("b", "two"))
    assert ids(Code("a"), Code("b"))[1] == ids(Markdown("new"), Code("b"))[1]


def test_databricks_finds_the_same_cells() -> None:
    source = databricks_source(CELLS)
    first, *rest = source.removesuffix("\n").split("\n\n# COMMAND ----------\n\n")
    assert first == "# Databricks notebook source\n# MAGIC %md\n# MAGIC # Title\n# MAGIC\n# MAGIC Text."
    assert len(rest) == len(CELLS) - 1
    assert rest[0] == "a = 1\nb = 2"
    assert all(line.startswith("# MAGIC") for line in rest[1].split("\n"))
    ast.parse(source)


def test_code_holds_no_command() -> None:
    code = '# MAGIC %sh ls\ntext = """\n# COMMAND ----------\n# Databricks notebook source"""\nx = 1  # MAGIC\n'
    tame = without_commands(code)
    assert not any(line.startswith(("# MAGIC", "# COMMAND", "# Databricks")) for line in tame.split("\n"))
    values: list[dict[str, object]] = [{}, {}]
    for one, names in zip((code, tame), values):
        exec(one, names)
    assert values[0]["text"] == values[1]["text"]


def test_code_holds_no_prompt() -> None:
    code = 'text = """a\n>>> b\n ... c\nIn [1]: d"""\n'
    names: dict[str, object] = {}
    exec(nbformat.reads(ipynb([Code(code)]), as_version=4).cells[0].source, names)
    assert names["text"] == "a\n>>> b\n ... c\nIn [1]: d"
    assert ">>> b" not in without_prompts(code)


@pytest.mark.parametrize(
    "text, shown",
    [
        ("Clock reading, as `hhmm`; dep_time too.", "Clock reading, as `hhmm`; dep_time too."),
        ("# no heading\n- no item\n1. nor this", "\\# no heading\n\\- no item\n1\\. nor this"),
        ("<b>a & b</b>", "&lt;b&gt;a &amp; b&lt;/b&gt;"),
        ("*a* _b_ [c](d) $e$", "\\*a\\* \\_b\\_ \\[c\\](d) \\$e\\$"),
        ("one ` alone, \\( two", "one \\` alone, &#92;( two"),
    ],
)
def test_plain_text(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_code_in_text() -> None:
    assert span("a") == "`a`"
    assert span("a `b`\nc") == "``a `b` c``"
    assert span("`") == "`` ` ``"
    assert fenced("a\n```\n", "sql") == "````sql\na\n```\n````"
