"""Cells of a notebook, and the two forms in which they are stored: `.ipynb`, and Python with Databricks's comments."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from hashlib import sha256
from io import StringIO
from json import dumps
from tokenize import STRING, generate_tokens
from typing import TypeAlias

from oftra.node import node
from oftra.targets.document import Origin, Printed

PYTHON: Mapping[str, object] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""What a notebook says of itself that any kernel of Python runs."""

_PARTS = re.compile(r"(`[^`\n]+`)")
_ACTIVE = re.compile(r"[`*\[\]<>&$~|]|\\|(?<!\w)_|_(?!\w)")
_OPENS = re.compile(r"^(\s*)([#+\-=]|\d+[.)])")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "\\": "&#92;"}

_COMMAND = re.compile(r"#\s*(?:MAGIC|COMMAND|DBTITLE|Databricks notebook source)")
_PROMPT = re.compile(r"\s*(?:>>>|\.\.\.|In \[\d+\]:)")
_MAGIC = re.compile(r"\s*[%!]")
_BREAKS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")


@node
class Markdown:
    """Text for people. `name` tells it from others, so that it is the same cell after its text was changed."""

    text: str
    name: str = ""


@node
class Code:
    """Statements of Python, which run in the order of the cells.

    One that is folded shows its text when asked to. One that is given was written by somebody, for a notebook: its text
    is stored as it is. `origins` tell where its lines come from.
    """

    text: str
    name: str = ""
    is_folded: bool = False
    origins: tuple[Origin, ...] = field(default=(), compare=False, repr=False)
    is_given: bool = False


Cell: TypeAlias = Markdown | Code


def ipynb(cells: Iterable[Cell], metadata: Mapping[str, object] = PYTHON) -> str:
    """The notebook as Jupyter stores it (nbformat 4.5). Two calls with the same cells give the same text."""
    return ipynb_printed(cells, metadata).text


def ipynb_printed(cells: Iterable[Cell], metadata: Mapping[str, object] = PYTHON) -> Printed:
    """The same with what its lines come from."""
    taken: set[str] = set()
    texts: list[str] = []
    origins: list[Origin] = []
    line = 3  # "{", "cells"
    for cell in cells:
        lines = _json(_stored(cell, _id_of(cell, taken))).split("\n")
        texts.append("  " + "\n  ".join(lines))
        if isinstance(cell, Code) and cell.origins:
            start = line + lines.index(' "source": [')
            origins += [Origin(start + first, start + last, place) for first, last, place in cell.origins]
        line += len(lines)
    rest = _json({"metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).removeprefix("{\n")
    return Printed('{\n "cells": [\n' + ",\n".join(texts) + "\n ],\n" + rest + "\n", tuple(origins))


def _json(value: Mapping[str, object]) -> str:
    return dumps(value, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": "))


def _stored(cell: Cell, id_: str) -> dict[str, object]:
    match cell:
        case Markdown(text):
            kind: dict[str, object] = {"cell_type": "markdown", "metadata": {}}
        case Code(text, is_folded=is_folded):
            text = text if cell.is_given else without_prompts(text)
            kind = {"cell_type": "code", "execution_count": None, "outputs": []}
            kind["metadata"] = {"jupyter": {"source_hidden": True}} if is_folded else {}
    return {"id": id_, "source": text.splitlines(keepends=True), **kind}


def _id_of(cell: Cell, taken: set[str]) -> str:
    """An id that no other cell of the notebook has: by the cell's name, else by its text."""
    meant = f"{type(cell).__name__} {cell.name or cell.text}"
    id_, again = "", 0
    while not id_ or id_ in taken:
        id_ = sha256(f"{meant} {again}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
        again += 1
    taken.add(id_)
    return id_


def databricks_source(cells: Iterable[Cell]) -> str:
    """The notebook as a file of Python, in which comments part its cells."""
    parts = [_as_source(cell) for cell in cells]
    return "# Databricks notebook source\n" + "\n\n# COMMAND ----------\n\n".join(parts) + "\n"


def _as_source(cell: Cell) -> str:
    match cell:
        case Markdown(text):
            lines = ["%md", *text.splitlines()]
            return "\n".join([f"# MAGIC {line}".rstrip() for line in lines])
        case Code(text, is_given=True) if _MAGIC.match(text) or any(map(_COMMAND.match, text.split("\n"))):
            lines = [*([] if _MAGIC.match(text) else ["%python"]), *text.rstrip("\n").split("\n")]
            return "\n".join([f"# MAGIC {line}".rstrip() for line in lines])
        case Code(text, is_given=True):
            return text.rstrip("\n")
        case Code(text):
            return without_commands(text).rstrip("\n")


def without_commands(code: str) -> str:
    """The same code without lines that Databricks would take for its own: neither comments nor texts can hold one."""
    return _without(_COMMAND, code)


def without_prompts(code: str) -> str:
    """The same code without lines that begin with a prompt, which IPython would take away."""
    return _without(_PROMPT, code)


def _without(lines_like: re.Pattern[str], code: str) -> str:
    lines = code.split("\n")
    found = [at for at, line in enumerate(lines) if lines_like.match(line)]
    if not found:
        return code
    inside: set[int] = set()
    for token in generate_tokens(StringIO(code).readline):
        if token.type == STRING and token.start[0] < token.end[0]:
            assert "r" not in token.string[:2].lower(), "a raw text can't say it in another way"
            inside.update(range(token.start[0], token.end[0]))
    for at in found:
        indent = len(lines[at]) - len(lines[at].lstrip())
        first = lines[at][indent]
        if at in inside:
            lines[at] = f"{lines[at][:indent]}\\x{ord(first):02x}{lines[at][indent + 1 :]}"
        elif first == "#":
            lines[at] = f"# {lines[at][1:]}"
    return "\n".join(lines)


def plain(text: str) -> str:
    """Markdown that shows `text` as it is, whatever stands in it; what it has between backticks is shown as code."""
    lines = []
    for line in _BREAKS.sub("\n", text).split("\n"):
        parts = _PARTS.split(line.strip())
        shown = [part if at % 2 else _ACTIVE.sub(_escaped, part) for at, part in enumerate(parts)]
        lines.append(_OPENS.sub(_not_opening, "".join(shown)))
    return "\n".join(lines)


def _escaped(found: re.Match[str]) -> str:
    return _ENTITIES.get(found[0], f"\\{found[0]}")


def _not_opening(found: re.Match[str]) -> str:
    """What would make a line a heading, an item or a rule."""
    mark = found[2]
    return f"{found[1]}{mark[:-1]}\\{mark[-1]}"


def span(text: str) -> str:
    """Markdown that shows `text` as code, on one line."""
    line = " ".join(text.split()) or " "
    longest = max([len(run) for run in re.findall("`+", line)], default=0)
    fence = "`" * (longest + 1)
    around = " " if "`" in (line[0], line[-1]) else ""
    return f"{fence}{around}{line}{around}{fence}"


def fenced(text: str, language: str = "") -> str:
    """Markdown that shows `text` as a block of code."""
    longest = max([len(run) for run in re.findall("`{3,}", text)], default=2)
    fence = "`" * (longest + 1)
    body = text.rstrip("\n")
    return f"{fence}{language}\n{body}\n{fence}"
